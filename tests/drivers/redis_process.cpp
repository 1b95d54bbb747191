#include "tests/drivers/redis_process.hpp"

#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

namespace gameday::test {
namespace {

using namespace std::chrono_literals;

bool is_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "" : path);
    for (std::string folder; std::getline(folders, folder, ':');) {
        if (::access((folder + "/" + name).c_str(), X_OK) == 0) return true;
    }
    return false;
}

sockaddr_in here_at(std::uint16_t port) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_port = htons(port);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return here;
}

bool is_free(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in here = here_at(port);
    const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0;
    ::close(socket);
    return bound;
}

// Below those that the kernel gives to whoever connects meanwhile, and free with the one that a
// cluster's servers have 10000 above. Another process looks elsewhere first.
std::uint16_t free_port() {
    static unsigned turn = static_cast<unsigned>(::getpid()) * 37U;
    for (unsigned tries = 0; tries < 1000; ++tries) {
        const auto port = static_cast<std::uint16_t>(11000U + ++turn % 10000U);
        if (is_free(port) && is_free(static_cast<std::uint16_t>(port + 10000U))) return port;
    }
    FAIL("no free ports");
    return 0;
}

}  // namespace

std::string redis_is_missing() {
    return is_program("redis-server") ? "" : "no redis-server, which is in the package of its name";
}

RedisProcess::RedisProcess(const std::vector<std::string>& arguments)
    : endpoint_{"127.0.0.1", free_port()} {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "gameday-redis-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    std::vector<std::string> argv{"redis-server",
                                  "--port",
                                  std::to_string(endpoint_.port),
                                  "--bind",
                                  "127.0.0.1",
                                  "--save",
                                  "",
                                  "--dir",
                                  folder_.string(),
                                  "--repl-diskless-sync-delay",
                                  "0"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    spawn(argv);
    REQUIRE(wait_for("PING", "\r\n"));  // who wants a password says so
}

RedisProcess::RedisProcess(AsSentinel, const std::string& name, const Endpoint& master)
    : endpoint_{"127.0.0.1", free_port()} {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "gameday-redis-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    const auto file = (folder_ / "sentinel.conf").string();
    std::ofstream(file) << fmt::format(
        "port {}\nbind 127.0.0.1\ndir {}\nsentinel monitor {} {} {} 1\n"
        "sentinel down-after-milliseconds {} 500\nsentinel failover-timeout {} 2000\n",
        endpoint_.port, folder_.string(), name, master.address, master.port, name, name);
    spawn({"redis-server", file, "--sentinel"});
    REQUIRE(wait_for("PING", "\r\n"));  // who wants a password says so
}

RedisProcess RedisProcess::sentinel(const std::string& name, const Endpoint& master) {
    return RedisProcess(AsSentinel{}, name, master);
}

RedisProcess::~RedisProcess() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void RedisProcess::spawn(const std::vector<std::string>& argv) {
    std::vector<std::string> words = argv;
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const auto log = (folder_ / "log").string();
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT, 0600);
    ::dup2(file, 1);
    ::dup2(file, 2);
    ::close_range(3, ~0U, 0);
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
}

void RedisProcess::kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void RedisProcess::signal(int number) const { ::kill(pid_, number); }

std::string RedisProcess::ask(const std::string& command) const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in there = here_at(endpoint_.port);
    std::string answer;
    const std::string line = command + "\r\n";
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0 &&
        ::send(socket, line.data(), line.size(), MSG_NOSIGNAL) > 0) {
        pollfd waiting{socket, POLLIN, 0};
        std::array<char, 16384> some{};
        if (::poll(&waiting, 1, 1000) == 1) {
            const ssize_t size = ::recv(socket, some.data(), some.size(), 0);
            if (size > 0) answer.assign(some.data(), static_cast<std::size_t>(size));
        }
    }
    ::close(socket);
    return answer;
}

bool RedisProcess::wait_for(const std::string& command, const std::string& text) const {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < end) {
        if (ask(command).find(text) != std::string::npos) return true;
        std::this_thread::sleep_for(20ms);
    }
    return false;
}

}  // namespace gameday::test
