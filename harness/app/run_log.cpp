#include "harness/app/run_log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

namespace gameday::app {

RunLog::RunLog(const std::string& run_dir, Progress* watcher)
    : file_(std::fopen((run_dir + "/gameday.log").c_str(), "ae"), &std::fclose),
      watcher_(watcher) {}

void RunLog::event(Instant at, std::string_view text) {
    if (file_) {
        const auto now =
            std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        fmt::print(file_.get(), "{:%Y-%m-%dT%H:%M:%S}Z [+{:.3f} s] {}\n", now, seconds(at), text);
        std::fflush(file_.get());
    }
    if (watcher_ != nullptr) watcher_->event(at, text);
}

void RunLog::status(const Status& status) {
    if (watcher_ != nullptr) watcher_->status(status);
}

}  // namespace gameday::app
