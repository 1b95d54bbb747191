// SIGINT, SIGTERM and SIGHUP as a stop token: the first asks the run to end and heal; more of them
// only say that healing is under way.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

namespace gameday::app {

// Make one before any other thread exists: the signals are blocked in all threads and taken by a
// thread of this object.
class StopSignals {
 public:
    explicit StopSignals(std::function<void(std::string_view)> tell);
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    [[nodiscard]] std::stop_token token() const;

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gameday::app
