#include "injectors/devices/nfqueue/engine.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace gameday::devices::nfqueue {

namespace {

Duration monotonic_now() {
    return std::chrono::duration_cast<Duration>(
        std::chrono::steady_clock::now().time_since_epoch());
}

// Timers to the nanosecond, and before others where the kernel lets us.
void be_punctual() {
    ::prctl(PR_SET_NAME, "gameday-nfqueue");
    ::prctl(PR_SET_TIMERSLACK, 1UL);
    (void)::setpriority(PRIO_PROCESS, 0, -20);  // Without privilege it stays as it is.
}

}  // namespace

Engine::Engine(PacketQueue queue, std::optional<CopySender> copies,
               const kernel::Impairment& impairment, std::uint64_t seed)
    : queue_(std::move(queue)), copies_(std::move(copies)), schedule_(impairment, seed) {}

Result<std::unique_ptr<Engine>> Engine::start(const kernel::Namespace& where,
                                              const kernel::Impairment& impairment,
                                              std::uint64_t seed) {
    auto queue = PacketQueue::open(where, needs_whole_packets(impairment));
    if (!queue) return queue.error();
    std::optional<CopySender> copies;
    if (impairment.duplicate > 0) {
        auto opened = CopySender::open(where);
        if (!opened) return opened.error();
        copies.emplace(std::move(*opened));
    }
    std::unique_ptr<Engine> engine(
        new Engine(std::move(*queue), std::move(copies), impairment, seed));
    engine->wake_ = Descriptor(::eventfd(0, EFD_CLOEXEC));
    if (!engine->wake_.is_open()) {
        return failed("no eventfd: {}", std::strerror(errno));
    }
    engine->thread_ = std::thread([raw = engine.get()] { raw->work(); });
    return engine;
}

Engine::~Engine() { stop(); }

void Engine::stop() {
    if (!thread_.joinable()) return;
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one,
                   sizeof one);  // Fails only when the counter is full: woken already.
    thread_.join();
}

Tally Engine::tally() const {
    const std::lock_guard lock(mutex_);
    return tally_;
}

void Engine::work() {
    be_punctual();
    bool more = true;
    while (more || wait()) {
        // In turns, so that a flood that never ends does not keep back what is due.
        more = take_in();
        let_go();
        publish();
    }
    release_all();
    publish();
}

bool Engine::take_in() {
    const Duration now = monotonic_now();
    return queue_.read([&](const PacketQueue::Waiting& waiting) {
        const auto packet = parse_packet(waiting.bytes, waiting.side);
        if (!packet) {
            queue_.pass(waiting.number);
            return;
        }
        schedule_.arrive({waiting.number, waiting.device, *packet, waiting.bytes}, now);
    });
}

void Engine::let_go() {
    const Duration now = monotonic_now();
    while (const auto departure = schedule_.depart(now)) send(*departure);
    queue_.flush();
}

void Engine::send(const Departure& departure) {
    switch (departure.what) {
        case Departure::What::pass: queue_.pass(departure.number, departure.bytes); break;
        case Departure::What::drop: queue_.drop(departure.number); break;
        case Departure::What::resend:
            queue_.flush();  // What is due before the copy leaves before it.
            if (!copies_ || !copies_->send(departure.bytes, departure.device)) ++not_copied_;
            break;
    }
}

void Engine::release_all() {
    for (const auto& departure : schedule_.empty()) send(departure);
    queue_.flush();
    // A packet that met the rule just before it went may still be on its way to the queue.
    pollfd late{queue_.descriptor(), POLLIN, 0};
    while (::poll(&late, 1, 2) > 0) {
        while (queue_.read(
            [this](const PacketQueue::Waiting& waiting) { queue_.pass(waiting.number); })) {
        }
        queue_.flush();
    }
}

void Engine::publish() {
    const std::lock_guard lock(mutex_);
    tally_.counts = schedule_.counts();
    tally_.vanished = queue_.vanished();
    tally_.not_copied = not_copied_;
}

// Until a packet comes, or one is due; false when it is time to stop.
bool Engine::wait() {
    std::array<pollfd, 2> sources{pollfd{queue_.descriptor(), POLLIN, 0},
                                  pollfd{wake_.get(), POLLIN, 0}};
    timespec patience{};
    const auto due = schedule_.next_due();
    if (due) {
        const Duration left = std::max(Duration{}, *due - monotonic_now());
        patience.tv_sec = static_cast<time_t>(left / std::chrono::seconds(1));
        patience.tv_nsec = static_cast<long>((left % std::chrono::seconds(1)).count());
    }
    const int ready = ::ppoll(sources.data(), sources.size(), due ? &patience : nullptr, nullptr);
    return ready <= 0 || (sources[1].revents & POLLIN) == 0;
}

}  // namespace gameday::devices::nfqueue
