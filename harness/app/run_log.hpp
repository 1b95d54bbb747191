// RunLog: passes a run's progress on to whoever watches, and writes its events to gameday.log.
#pragma once

#include "harness/ports/clock.hpp"

#include <memory>
#include <string>

namespace gameday::app {

class RunLog final : public Progress {
 public:
    // `watcher` may be null; it outlives the log.
    RunLog(const std::string& run_dir, Progress* watcher);
    ~RunLog() override;
    RunLog(const RunLog&) = delete;
    RunLog& operator=(const RunLog&) = delete;
    RunLog(RunLog&&) = delete;
    RunLog& operator=(RunLog&&) = delete;

    void event(Instant at, std::string_view text) override;
    void status(const Status& status) override;

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gameday::app
