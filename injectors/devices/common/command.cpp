#include "injectors/devices/common/command.hpp"

#include "injectors/devices/common/pidfd.hpp"
#include "injectors/devices/common/spawn.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <utility>

namespace gameday::devices {

namespace {

using SteadyTime = std::chrono::steady_clock;
constexpr std::size_t captured_bytes_max = 16U << 20U;

// A log to add to: the file in run_dir, else a file in memory so that errors can quote it.
Result<Descriptor> open_log(const Surroundings& around, const std::string& log) {
    if (around.run_dir.empty() || log.empty()) {
        Descriptor memory(::memfd_create("gameday-output", MFD_CLOEXEC));
        if (!memory.is_open()) return system_error("memfd_create", errno);
        return memory;
    }
    const std::string path = around.run_dir + "/" + log;
    Descriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
    if (!file.is_open()) return system_error("open " + path, errno);
    return file;
}

off_t size_of(int fd) {
    struct stat about {};
    return ::fstat(fd, &about) == 0 ? about.st_size : 0;
}

// The last lines that stand in the file after `begin`, in one line.
std::string tail_of(int fd, off_t begin) {
    constexpr off_t tail_bytes = 600;
    std::array<char, tail_bytes> bytes{};
    const off_t from = std::max(begin, size_of(fd) - tail_bytes);
    const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), from);
    std::string text(bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    if (from > begin) text.erase(0, std::min(text.find('\n') + 1, text.size()));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 3) {
        text.replace(at, 1, " | ");
    }
    return text;
}

std::string with_tail(std::string message, const std::string& tail) {
    return tail.empty() ? std::move(message) : message + "; it said: " + tail;
}

// Adds what the pipe holds to `text`; false once it is over its bound.
bool drain(int fd, std::string& text) {
    std::array<char, 65536> chunk;
    for (;;) {
        const ssize_t got = ::read(fd, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return true;
        text.append(chunk.data(), static_cast<std::size_t>(got));
        if (text.size() > captured_bytes_max) return false;
    }
}

enum class End { exited, timed_out, too_long, stopped };

// Waits for the process, reading `capture` (if open) meanwhile. Not for the end of the pipe: what
// the program left in the background may hold it for ever.
End await_end(int process, Descriptor& capture, const RunOptions& options, std::string& text) {
    const auto deadline = SteadyTime::now() + options.timeout;
    const std::int64_t longest = options.stop.stop_possible() ? 20 : 60'000;  // ms
    for (;;) {
        if (options.stop.stop_requested()) return End::stopped;
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyTime::now());
        std::array<pollfd, 2> wait{{{process, POLLIN, 0}, {capture.get(), POLLIN, 0}}};
        const auto patience = std::clamp<std::int64_t>(left.count(), 0, longest);
        const int ready = ::poll(wait.data(), wait.size(), static_cast<int>(patience));
        const bool hung_up = (wait[1].revents & (POLLHUP | POLLERR)) != 0;
        if (capture.is_open() && !drain(capture.get(), text)) return End::too_long;
        if (hung_up) capture.close();
        if (ready > 0 && wait[0].revents != 0) {
            if (capture.is_open()) (void)drain(capture.get(), text);  // at most a pipe full
            return End::exited;
        }
        if (ready == 0 && left.count() <= 0) return End::timed_out;
    }
}

int reap(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

// The life of the keeper: tells how the program ended, or leaves when told to.
[[noreturn]] void keep(pid_t program, int leave, int status_to) {
    const int process = pidfd_open(program);
    std::array<pollfd, 2> wait{{{process, POLLIN, 0}, {leave, POLLIN, 0}}};
    while (::poll(wait.data(), wait.size(), -1) < 0 && errno == EINTR) {
    }
    if (wait[0].revents != 0) {
        const int status = reap(program);
        if (::write(status_to, &status, sizeof status) < 0) ::_exit(1);
    }
    ::_exit(0);
}

}  // namespace

Surroundings surroundings(std::string run_dir) {
    std::array<char, 4096> path{};
    const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
    std::string executable(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    const auto slash = executable.rfind('/');
    return {std::move(run_dir), slash == std::string::npos ? "." : executable.substr(0, slash)};
}

Result<std::string> expand(std::string_view text, const Surroundings& around) {
    const std::array<std::pair<std::string_view, const std::string*>, 2> names{
        {{"{run_dir}", &around.run_dir}, {"{bin_dir}", &around.bin_dir}}};
    std::string result(text);
    for (const auto& [name, value] : names) {
        for (std::size_t at = 0; (at = result.find(name, at)) != std::string::npos;) {
            if (value->empty()) {
                return invalid("\"{}\" needs a run directory, and there is none", text);
            }
            result.replace(at, name.size(), *value);
            at += value->size();
        }
    }
    return result;
}

std::string command_text(const std::vector<std::string>& argv) {
    std::string result;
    for (const auto& word : argv) {
        const bool plain = !word.empty() && word.find_first_of(" \t\n\"'$\\") == std::string::npos;
        result += (result.empty() ? "" : " ") + (plain ? word : "'" + word + "'");
    }
    return result;
}

Result<void> kernel_starts_programs() {
    const Descriptor self(pidfd_open(::getpid()));
    if (self.is_open() && ::close_range(~0U, ~0U, 0) == 0) return {};
    return unsupported("this kernel lacks pidfd_open or close_range; Linux 5.11 or later has both");
}

std::string describe_status(int wait_status) {
    if (WIFSIGNALED(wait_status)) {
        return fmt::format("was killed by signal {}", WTERMSIG(wait_status));
    }
    return fmt::format("exited with status {}", WEXITSTATUS(wait_status));
}

Result<std::string> run_command(const Command& command, const Surroundings& around,
                                const RunOptions& options) {
    auto prepared = prepare(command, around);
    auto log = open_log(around, options.log);
    auto trouble = make_pipe();
    auto output = options.capture ? make_pipe() : Result<Pipe>(Pipe());
    if (!prepared) return prepared.error();
    if (!log) return log.error();
    if (!trouble) return trouble.error();
    if (!output) return output.error();
    const std::string heading = "$ " + command_text(prepared->argv) + "\n";
    if (::write(log->get(), heading.data(), heading.size()) < 0) {
        return system_error("write " + options.log, errno);
    }
    const off_t begin = size_of(log->get());
    const pid_t self = ::getpid();
    const int out = options.capture ? output->write.get() : log->get();
    const pid_t child = ::fork();
    if (child < 0) return system_error("fork", errno);
    if (child == 0) become(*prepared, {out, log->get(), trouble->write.get(), self});
    if (auto started = await_exec(*trouble, *prepared); !started) {
        (void)reap(child);
        return started.error();
    }
    output->write.close();
    if (options.capture) ::fcntl(output->read.get(), F_SETFL, O_NONBLOCK);

    const Descriptor process(pidfd_open(child));
    std::string text;
    const End end = await_end(process.get(), output->read, options, text);
    if (end != End::exited) ::kill(-child, SIGKILL);  // it leads its group
    const int status = reap(child);
    const std::string said = tail_of(log->get(), begin);
    const std::string name = "\"" + command_text(prepared->argv) + "\"";
    if (end == End::too_long) {
        return Error{ErrorCode::failed, name + " printed more than 16 MiB and was killed"};
    }
    if (end == End::stopped) {
        return Error{ErrorCode::interrupted,
                     with_tail(name + " was killed, since the run is to end", said)};
    }
    if (end == End::timed_out) {
        return Error{ErrorCode::timed_out,
                     with_tail(fmt::format("{} did not end within {} and was killed", name,
                                           format_duration(options.timeout)),
                               said)};
    }
    if (status != 0) {
        return Error{ErrorCode::failed,
                     with_tail(fmt::format("{} {}", name, describe_status(status)), said)};
    }
    return text;
}

Result<void> can_be_run(const Command& command, const Surroundings& around) {
    const auto cannot = [&](const std::string& what, const std::string& why) {
        return refused("\"{}\" cannot be run: {}: {}", command_text(command.argv), what, why);
    };
    const auto prepared = prepare(command, around);
    if (!prepared) return cannot("it", prepared.error().message);
    const std::string& folder = prepared->folder;
    if (!folder.empty() && ::access(folder.c_str(), X_OK) != 0) {
        return cannot("its folder " + folder, std::strerror(errno));
    }
    const bool is_relative = !folder.empty() && prepared->program.front() != '/';
    const std::string program = is_relative ? folder + "/" + prepared->program : prepared->program;
    struct stat about {};
    if (::stat(program.c_str(), &about) != 0 || ::access(program.c_str(), X_OK) != 0) {
        const int error = errno;
        std::error_code ignored;
        const std::string from = program.front() == '/'
                                     ? ""
                                     : fmt::format(" (from {}, where gameday runs)",
                                                   std::filesystem::current_path(ignored).string());
        return cannot(program + from, std::strerror(error));
    }
    if (!S_ISREG(about.st_mode)) return cannot(program, "is no program");
    return {};
}

Result<Detached> start_detached(const Command& command, const Surroundings& around,
                                const std::string& log) {
    auto prepared = prepare(command, around);
    auto output = around.run_dir.empty()
                      ? Result<Descriptor>(Descriptor(::open("/dev/null", O_RDWR | O_CLOEXEC)))
                      : open_log(around, log);
    auto trouble = make_pipe();
    auto leave = make_pipe();
    auto status = make_pipe();
    if (!prepared) return prepared.error();
    if (!output) return output.error();
    if (!trouble || !leave || !status) return system_error("pipe", EMFILE);
    const off_t begin = size_of(output->get());
    const pid_t keeper = ::fork();
    if (keeper < 0) return system_error("fork", errno);
    if (keeper == 0) {
        ::setsid();
        const pid_t program = ::fork();
        if (program == 0) {
            become(*prepared, {output->get(), output->get(), trouble->write.get(), 0});
        }
        // Its ends only: the pipes must hang up when our parent lets go of them.
        const int leave_fd = leave->read.get();
        const int status_fd = status->write.get();
        for (const int fd : {trouble->write.get(), leave->write.get()}) ::close(fd);
        if (program < 0) ::_exit(1);
        keep(program, leave_fd, status_fd);
    }
    Detached result;
    result.keeper_ = keeper;
    result.leave_ = std::move(leave->write);
    result.status_ = std::move(status->read);
    result.log_ = std::move(*output);
    result.log_begin_ = begin;
    if (auto started = await_exec(*trouble, *prepared); !started) return started.error();
    ::fcntl(result.status_.get(), F_SETFL, O_NONBLOCK);
    return result;
}

Detached::Detached(Detached&& other) noexcept
    : keeper_(std::exchange(other.keeper_, -1)),
      leave_(std::move(other.leave_)),
      status_(std::move(other.status_)),
      log_(std::move(other.log_)),
      log_begin_(other.log_begin_),
      ended_(other.ended_) {}

Detached::~Detached() {
    leave_.close();
    if (keeper_ > 0) (void)reap(keeper_);
}

std::optional<int> Detached::ended() {
    int status = 0;
    if (!ended_ && ::read(status_.get(), &status, sizeof status) == sizeof status) ended_ = status;
    return ended_;
}

std::string Detached::tail() const { return tail_of(log_.get(), log_begin_); }

}  // namespace gameday::devices
