#include "harness/app/stop_signals.hpp"

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <utility>

namespace gameday::app {

struct StopSignals::State {
    std::function<void(std::string_view)> tell;
    std::stop_source source;
    std::atomic<bool> leaving{false};
    sigset_t signals{};
    std::thread thread;
};

StopSignals::StopSignals(std::function<void(std::string_view)> tell)
    : state_(std::make_unique<State>()) {
    state_->tell = std::move(tell);
    sigemptyset(&state_->signals);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&state_->signals, number);
    pthread_sigmask(SIG_BLOCK, &state_->signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    state_->thread = std::thread([state = state_.get()] {
        for (;;) {
            int number = 0;
            sigwait(&state->signals, &number);
            if (state->leaving) return;
            state->tell(state->source.stop_requested()
                            ? "still healing; please wait (kill -9 leaves the rest to "
                              "`gameday recover`)"
                            : "stop asked for: healing and ending the run");
            state->source.request_stop();
        }
    });
}

StopSignals::~StopSignals() {
    state_->leaving = true;
    pthread_kill(state_->thread.native_handle(), SIGTERM);
    state_->thread.join();
}

std::stop_token StopSignals::token() const { return state_->source.get_token(); }

}  // namespace gameday::app
