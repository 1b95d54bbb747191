#include "tests/injectors/scratch.hpp"

#include "tests/support/catch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>

namespace gameday::test {

Scratch::Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gameday-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
}

Scratch::~Scratch() {
    for (const auto& name : pid_files_) {
        const pid_t pid = std::atoi(read(name).c_str());
        if (pid > 1) ::kill(pid, SIGKILL);
    }
    for (const pid_t child : children_) {
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
}

std::string Scratch::path(const std::string& name) const {
    return name.empty() ? folder_.string() : (folder_ / name).string();
}

void Scratch::write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
}

std::string Scratch::read(const std::string& name) const {
    std::ifstream file(path(name));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

pid_t Scratch::spawn(const std::string& name, const std::vector<std::string>& argv) {
    std::vector<std::string> words = argv;
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    // Until its program runs a child has our sockets: that end of the pipe closes with them.
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::execvp(pointers[0], pointers.data());
        ::_exit(127);
    }
    ::close(ends[1]);
    char nothing = 0;
    while (::read(ends[0], &nothing, 1) < 0 && errno == EINTR) {
    }
    ::close(ends[0]);
    children_.push_back(child);
    write(name, std::to_string(child) + "\n");
    return child;
}

char state_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) return ' ';
    return line.at(line.rfind(')') + 2);
}

bool is_awake(pid_t pid) {
    const char state = state_of(pid);
    return state == 'S' || state == 'R' || state == 'D';
}

}  // namespace gameday::test
