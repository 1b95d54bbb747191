#include "injectors/devices/common/spawn.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace gameday::devices {

namespace {

// argv[0] without a '/': in bin_dir, then in the folders of PATH.
Result<std::string> find_program(const std::string& name, const Surroundings& around) {
    if (name.find('/') != std::string::npos) return name;
    const char* path = std::getenv("PATH");
    std::string folders = around.bin_dir + ":" + (path == nullptr ? "/usr/bin:/bin" : path);
    for (std::size_t from = 0; from <= folders.size();) {
        const auto end = std::min(folders.find(':', from), folders.size());
        const std::string candidate = folders.substr(from, end - from) + "/" + name;
        if (end > from && ::access(candidate.c_str(), X_OK) == 0) return candidate;
        from = end + 1;
    }
    return failed("the program \"{}\" is neither in {} nor in PATH", name, around.bin_dir);
}

std::vector<std::string> merged_environment(std::map<std::string, std::string> extra,
                                            const Surroundings& around) {
    extra.insert_or_assign("GAMEDAY_BIN_DIR", around.bin_dir);
    extra.insert_or_assign("GAMEDAY_RUN_DIR", around.run_dir);
    std::vector<std::string> result;
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string entry(*each);
        if (!extra.contains(entry.substr(0, entry.find('=')))) result.push_back(entry);
    }
    for (const auto& [name, value] : extra) result.push_back(name + "=" + value);
    return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

}  // namespace

Error system_error(const std::string& what, int number) {
    return failed("{}: {}", what, std::strerror(number));
}

Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe", errno);
    return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

Result<Prepared> prepare(const Command& command, const Surroundings& around) {
    if (command.argv.empty()) return invalid("the command is empty");
    Prepared result;
    for (const auto& word : command.argv) {
        auto expanded = expand(word, around);
        if (!expanded) return expanded.error();
        result.argv.push_back(std::move(*expanded));
    }
    auto program = find_program(result.argv.front(), around);
    auto folder = expand(command.folder, around);
    if (!program) return program.error();
    if (!folder) return folder.error();
    result.program = std::move(*program);
    result.folder = std::move(*folder);
    result.env = merged_environment(command.env, around);
    result.argv_pointers = pointers(result.argv);
    result.env_pointers = pointers(result.env);
    return result;
}

void become(const Prepared& prepared, const Streams& streams) {
    const int trouble = ::fcntl(streams.trouble, F_DUPFD_CLOEXEC, 3);
    const auto give_up = [trouble] {
        const int number = errno;
        if (::write(trouble, &number, sizeof number) < 0) ::_exit(126);
        ::_exit(127);
    };
    ::setsid();
    if (streams.dies_with_parent != 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != streams.dies_with_parent) ::_exit(127);  // it was gone before the call
    }
    // Above 2 first: one of them may stand where another has to go.
    const int in = ::fcntl(::open("/dev/null", O_RDONLY), F_DUPFD, 3);
    const int out = ::fcntl(streams.out, F_DUPFD, 3);
    const int err = ::fcntl(streams.err, F_DUPFD, 3);
    if (::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0) give_up();
    if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) give_up();
    // Ignored signals would stay ignored, and blocked ones blocked, in the new program.
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &usual, nullptr);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (!prepared.folder.empty() && ::chdir(prepared.folder.c_str()) != 0) give_up();
    ::execve(prepared.program.c_str(), prepared.argv_pointers.data(), prepared.env_pointers.data());
    give_up();
    ::_exit(127);
}

Result<void> await_exec(Pipe& trouble, const Prepared& prepared) {
    trouble.write.close();
    int number = 0;
    ssize_t got = 0;
    do {
        got = ::read(trouble.read.get(), &number, sizeof number);
    } while (got < 0 && errno == EINTR);
    if (got != sizeof number) return {};
    const std::string where = prepared.folder.empty() ? "" : " in " + prepared.folder;
    return system_error(fmt::format("cannot execute {}{}", prepared.program, where), number);
}

}  // namespace gameday::devices
