#include "harness/app/run_log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>

namespace gameday::app {

struct RunLog::State {
    spdlog::logger logger;
    Progress* watcher;
};

RunLog::RunLog(const std::string& run_dir, Progress* watcher)
    : state_(std::make_unique<State>(State{
          spdlog::logger(
              "run", std::make_shared<spdlog::sinks::basic_file_sink_st>(run_dir + "/gameday.log")),
          watcher})) {
    state_->logger.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc);
    state_->logger.flush_on(spdlog::level::info);
}

RunLog::~RunLog() = default;

void RunLog::event(Instant at, std::string_view text) {
    state_->logger.info("[+{:.3f} s] {}", seconds(at), text);
    if (state_->watcher != nullptr) state_->watcher->event(at, text);
}

void RunLog::status(const Status& status) {
    if (state_->watcher != nullptr) state_->watcher->status(status);
}

}  // namespace gameday::app
