#include "harness/console/live_line.hpp"

#include <fmt/format.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace gameday::console {

namespace {

std::string clock_text(Instant instant) {
    const auto whole =
        std::max<std::int64_t>(0, instant.time_since_epoch().count() / 1'000'000'000);
    if (whole >= 3600) {
        return fmt::format("{}:{:02}:{:02}", whole / 3600, whole % 3600 / 60, whole % 60);
    }
    return fmt::format("{:02}:{:02}", whole / 60, whole % 60);
}

std::string bar(double share, std::size_t cells) {
    const auto full =
        static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(cells));
    return "[" + std::string(full, '#') + std::string(cells - full, '.') + "]";
}

// The figures in order of weight; a narrow line drops whole ones from the end.
std::vector<std::string> figures(const Progress::Status& status) {
    std::vector<std::string> result{
        fmt::format("{:<9} {:>6.0f} op/s", status.phase, status.op_per_s),
        fmt::format("ok {:5.1f} %", status.success * 100)};
    if (status.below_minimum) {
        // Tenths are enough for a running clock and keep the line still.
        result.push_back(fmt::format("DOWN {:.1f} s", seconds(status.below_for)));
    }
    if (status.p99_s > 0) {
        result.push_back("p99 " + format_duration(from_seconds(status.p99_s)));
    }
    if (!status.in_force.empty()) {
        result.push_back(fmt::format("! {}", fmt::join(status.in_force, ", ")));
    }
    return result;
}

std::size_t terminal_width(std::FILE* out) {
    winsize size{};
    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

class TerminalProgress final : public Progress {
 public:
    explicit TerminalProgress(std::FILE* out) : out_(out) {}
    ~TerminalProgress() override { wipe(); }
    TerminalProgress(const TerminalProgress&) = delete;
    TerminalProgress& operator=(const TerminalProgress&) = delete;

    void event(Instant at, std::string_view text) override {
        wipe();
        fmt::print(out_, "{}  {}\n", clock_text(at), text);
        draw();
    }
    void status(const Status& status) override {
        line_ = live_line(status, terminal_width(out_) - 1);
        below_ = status.below_minimum;
        draw();
    }

 private:
    void wipe() {
        std::fputs("\r\x1b[K", out_);
        std::fflush(out_);
    }
    void draw() {
        fmt::print(out_, "\r{}{}{}\x1b[K", below_ ? "\x1b[1;31m" : "", line_,
                   below_ ? "\x1b[0m" : "");
        std::fflush(out_);
    }

    std::FILE* out_;
    std::string line_;
    bool below_ = false;
};

class PlainProgress final : public Progress {
 public:
    explicit PlainProgress(std::FILE* out) : out_(out) {}

    void event(Instant at, std::string_view text) override {
        fmt::print(out_, "[+{:6.1f} s] {}\n", seconds(at), text);
        std::fflush(out_);
    }
    void status(const Status& status) override {
        if (status.now < next_) return;
        next_ = status.now + std::chrono::seconds(5);
        event(status.now, fmt::format("{}", fmt::join(figures(status), "  ")));
    }

 private:
    std::FILE* out_;
    Instant next_{};
};

}  // namespace

std::string live_line(const Progress::Status& status, std::size_t width) {
    std::string line = clock_text(status.now) + "/" + clock_text(status.end);
    if (line.size() > width) return {};
    std::string rest;
    for (const auto& figure : figures(status)) {
        if (line.size() + rest.size() + 2 + figure.size() > width) break;
        rest += "  " + figure;
    }
    constexpr std::size_t cells_min = 6;
    if (line.size() + rest.size() + 3 + cells_min <= width) {
        const double share =
            status.end > Instant() ? seconds(status.now) / std::max(1e-9, seconds(status.end)) : 0;
        line += " " + bar(share, std::min<std::size_t>(24, width - line.size() - rest.size() - 3));
    }
    return line + rest;
}

std::unique_ptr<Progress> terminal_progress(std::FILE* out) {
    return std::make_unique<TerminalProgress>(out);
}

std::unique_ptr<Progress> plain_progress(std::FILE* out) {
    return std::make_unique<PlainProgress>(out);
}

std::unique_ptr<Progress> progress_for(std::FILE* out) {
    const char* term = std::getenv("TERM");
    const bool can_redraw =
        isatty(fileno(out)) == 1 && term != nullptr && std::string_view(term) != "dumb";
    return can_redraw ? terminal_progress(out) : plain_progress(out);
}

}  // namespace gameday::console
