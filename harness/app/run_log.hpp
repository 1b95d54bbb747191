// RunLog: passes a run's progress on to whoever watches, and writes its events to gameday.log.
#pragma once

#include "harness/ports/clock.hpp"

#include <cstdio>
#include <memory>
#include <string>

namespace gameday::app {

class RunLog final : public Progress {
 public:
    // `watcher` may be null; it outlives the log. A file that cannot be opened is done without: the
    // events are in the evidence as well.
    RunLog(const std::string& run_dir, Progress* watcher);

    void event(Instant at, std::string_view text) override;
    void status(const Status& status) override;

 private:
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    Progress* watcher_;
};

}  // namespace gameday::app
