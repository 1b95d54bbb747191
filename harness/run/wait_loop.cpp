#include "harness/run/wait_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace gameday::run {

namespace {

constexpr Duration look_every = std::chrono::milliseconds(200);

}  // namespace

WaitLoop::WaitLoop(const Scenario& scenario, const Environment& environment)
    : scenario_(scenario),
      environment_(environment),
      held_since_(scenario.stop_conditions.size()) {}

void WaitLoop::enter(std::string_view phase, Instant end) {
    phase_ = phase;
    end_ = end;
    next_look_ = environment_.clock.now();
}

Result<void> WaitLoop::wait_until(Instant then) {
    while (true) {
        if (environment_.stop.stop_requested()) {
            return Error{ErrorCode::interrupted, "interrupted"};
        }
        if (!ended_) return ended_;
        const Instant now = environment_.clock.now();
        if (now >= next_look_) {
            next_look_ = now + look_every;
            if (auto good = look(now); !good) return good;
        }
        if (now >= then) return {};
        // The answer is that of stop_requested, which is looked at next.
        (void)environment_.clock.sleep_until(std::min(then, next_look_), environment_.stop);
    }
}

void WaitLoop::during(const std::function<void()>& call, const std::function<void()>& interrupt) {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::exception_ptr thrown;
    std::thread worker([&] {
        try {
            call();
        } catch (...) {
            thrown = std::current_exception();
        }
        const std::scoped_lock lock(mutex);
        done = true;
        changed.notify_one();
    });
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, look_every, [&] { return done; })) {
        lock.unlock();
        auto good = look(environment_.clock.now());
        if (!good && ended_) ended_ = std::move(good);
        if (interrupt && (!ended_ || environment_.stop.stop_requested())) interrupt();
        lock.lock();
    }
    lock.unlock();
    worker.join();
    next_look_ = std::min(next_look_, environment_.clock.now() + look_every);
    if (thrown) std::rethrow_exception(thrown);
}

Result<void> WaitLoop::look(Instant now) {
    Progress::Status status;
    status.now = now;
    status.end = end_;
    status.phase = phase_;
    status.in_force = in_force;
    Result<void> good;
    if (load_runs_) {
        const LoadStatus load = environment_.load.status();
        status.op_per_s = load.op_per_s;
        status.success = load.success;
        status.p99_s = load.p99_s;
        status.below_minimum = armed_ && is_below_minimum(load);
        if (!status.below_minimum) {
            below_since_.reset();
        } else if (!below_since_) {
            below_since_ = now;
        }
        if (below_since_) status.below_for = now - *below_since_;
        if (armed_) good = check_stop_conditions(now, load);
        if (on_look) on_look(now, load);
    }
    environment_.progress.status(status);
    return good;
}

Result<void> WaitLoop::check_stop_conditions(Instant now, const LoadStatus& load) {
    for (std::size_t i = 0; i < scenario_.stop_conditions.size(); ++i) {
        const auto& condition = scenario_.stop_conditions[i];
        if (condition.metric != "success_rate" || load.success >= condition.below) {
            held_since_[i].reset();
            continue;
        }
        if (!held_since_[i]) held_since_[i] = now;
        if (now - *held_since_[i] < condition.length) continue;
        return failed("stop condition: success rate {:.4g}, below {:.4g} for {}", load.success,
                      condition.below, format_duration(condition.length));
    }
    return {};
}

bool WaitLoop::is_below_minimum(const LoadStatus& load) const {
    return load.success < scenario_.minimum.success;
}

}  // namespace gameday::run
