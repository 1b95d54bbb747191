#include "harness/console/live_line.hpp"

#include "tests/support/catch.hpp"

#include <cstdio>
#include <string>

using namespace gameday;
using namespace std::chrono_literals;

namespace {

Progress::Status sample() {
    Progress::Status status;
    status.now = at(12s);
    status.end = at(30s);
    status.phase = "faults";
    status.in_force = {"us-east"};
    status.op_per_s = 298;
    status.success = 0.432;
    status.p99_s = 0.512;
    status.below_minimum = true;
    status.below_for = 1520ms;
    return status;
}

std::string written_by(std::unique_ptr<Progress> (*make)(std::FILE*), void (*use)(Progress&)) {
    std::FILE* file = std::tmpfile();
    {
        auto progress = make(file);
        use(*progress);
    }
    std::rewind(file);
    std::string text(4096, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    return text;
}

}  // namespace

TEST_CASE("the live line shows time, bar, phase, rate, success, p99, faults and the outage clock") {
    CHECK(console::live_line(sample(), 120) ==
          "00:12/00:30 [#########...............]  faults       298 op/s  ok  43.2 %  DOWN 1.5 s"
          "  p99 512 ms  ! us-east");
}

TEST_CASE("a narrow terminal loses the bar first and never overflows") {
    CHECK(console::live_line(sample(), 76) ==
          "00:12/00:30  faults       298 op/s  ok  43.2 %  DOWN 1.5 s  p99 512 ms");
    for (std::size_t width = 1; width < 200; ++width) {
        CHECK(console::live_line(sample(), width).size() <= width);
    }
}

TEST_CASE("without a terminal every event is a timestamped line and status comes every 5 s") {
    const auto text = written_by(console::plain_progress, [](Progress& progress) {
        progress.event(at(1s), "steady state reached");
        auto status = sample();
        for (int i = 0; i < 12; ++i) {
            status.now = at(std::chrono::seconds(i));
            progress.status(status);
        }
    });
    CHECK(text.find("[+   1.0 s] steady state reached\n") != std::string::npos);
    std::size_t lines = 0;
    for (const char c : text) lines += c == '\n' ? 1 : 0;
    CHECK(lines == 4);  // one event, status at 0, 5 and 10 s
    CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("on a terminal an event scrolls above the live line and nothing is left at the end") {
    const auto text = written_by(console::terminal_progress, [](Progress& progress) {
        progress.status(sample());
        progress.event(at(13s), "heal us-east");
    });
    CHECK(text.find("00:13  heal us-east\n") != std::string::npos);
    CHECK(text.ends_with("\r\x1b[K"));
}
