// Starting a node as a process that outlives whoever started it. See node.hpp.
#include "examples/regions/layout.hpp"
#include "examples/regions/node.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace gameday::regions {
namespace {

constexpr std::string_view ready_word = "ready";

Error system_error(const char* call) {
    return {ErrorCode::failed, std::string(call) + ": " + std::strerror(errno)};
}

void say(int pipe, std::string_view text) {
    // When nobody listens any more there is nobody to tell.
    if (::write(pipe, text.data(), text.size()) < 0) return;
}

// Standard input from nowhere, output to the log, and no other file of the parent but `pipe`: a
// node that kept a listener or a pipe of gameday open would outlive it in a bad way.
bool cut_loose(const std::filesystem::path& log, int pipe) {
    const int nowhere = ::open("/dev/null", O_RDONLY);
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (nowhere < 0 || output < 0) return false;
    if (::dup2(nowhere, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0) return false;
    const auto kept = static_cast<unsigned>(pipe);
    if (kept > 3 && ::close_range(3, kept - 1, 0) != 0) return false;
    return ::close_range(kept + 1, ~0U, 0) == 0;
}

[[noreturn]] void child(const NodeConfig& config, int pipe) {
    const NodeFiles files = files_of(config.folder, config.name);
    (void)std::signal(SIGPIPE, SIG_IGN);  // whoever started it may be gone before it is ready
    if (::setsid() < 0 || !cut_loose(files.log, pipe)) {
        say(pipe, system_error("cannot detach").message);
        ::_exit(1);
    }
    const auto done = run_node(config, [pipe] {
        say(pipe, ready_word);
        ::close(pipe);
    });
    const std::string& message = done.error().message;
    std::fprintf(stderr, "%s\n", message.c_str());
    say(pipe, message);
    ::_exit(1);
}

std::string hear(int pipe) {
    std::string heard;
    std::array<char, 512> chunk{};
    while (true) {
        const ssize_t size = ::read(pipe, chunk.data(), chunk.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return heard;
        heard.append(chunk.data(), static_cast<std::size_t>(size));
    }
}

}  // namespace

Result<void> start_node(const NodeConfig& config) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("pipe");
    const pid_t pid = ::fork();
    if (pid < 0) return system_error("fork");
    if (pid == 0) {
        ::close(ends[0]);
        child(config, ends[1]);
    }
    ::close(ends[1]);
    const std::string heard = hear(ends[0]);
    ::close(ends[0]);
    if (heard == ready_word) return {};
    ::waitpid(pid, nullptr, 0);
    return Error{ErrorCode::failed, heard.empty() ? config.name + ": ended at once" : heard};
}

}  // namespace gameday::regions
