#include "injectors/devices/netem/clsact/reaper.hpp"

#include "tests/support/catch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

using namespace gameday;
using namespace gameday::devices;
using namespace std::chrono_literals;
using netem::Reaper;

namespace {

// In place of the kernel: what the reaper sends can be read at the other end.
class Listener {
 public:
    Listener() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
        ours_ = Descriptor(ends[0]);
        theirs_ = Descriptor(ends[1]);
    }
    [[nodiscard]] int kernel() const { return theirs_.get(); }
    // What came within the time; "" for nothing, "closed" when nobody has the other end.
    std::string heard(std::chrono::milliseconds patience) {
        const auto us = std::chrono::microseconds(patience).count();
        const timeval limit{us / 1'000'000, us % 1'000'000};
        ::setsockopt(ours_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        std::array<char, 4096> buffer{};
        const auto got = ::recv(ours_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0) return {};
        return got == 0 ? "closed" : std::string(buffer.data(), static_cast<std::size_t>(got));
    }
    void let_go() { theirs_.close(); }

 private:
    Descriptor ours_, theirs_;
};

netem::Bytes words(const std::string& text) { return {text.begin(), text.end()}; }

std::unique_ptr<Reaper> started() {
    auto reaper = Reaper::start();
    REQUIRE(reaper.has_value());
    return std::move(*reaper);
}

}  // namespace

TEST_CASE("the reaper sends what it was last told when we end, and nothing of those that left") {
    Listener first, second, third;
    auto reaper = started();
    const auto one = reaper->join(first.kernel()).value();
    const auto two = reaper->join(second.kernel()).value();
    const auto three = reaper->join(third.kernel()).value();
    REQUIRE(reaper->arm(one, words("old"), 10s).has_value());
    REQUIRE(reaper->arm(one, words("new"), 10s).has_value());
    REQUIRE(reaper->arm(two, words("left"), 10s).has_value());
    REQUIRE(reaper->arm(three, {}, 10ms).has_value());
    reaper->leave(two);
    for (auto* each : {&first, &second, &third}) each->let_go();
    CHECK(second.heard(1s) == "closed");
    CHECK(first.heard(20ms) == "");
    CHECK(reaper->beat(three).has_value());
    reaper.reset();
    CHECK(first.heard(1s) == "new");
    CHECK(first.heard(1s) == "closed");
    CHECK(third.heard(1s) == "closed");
}

TEST_CASE("a lease that is not renewed ends, once, and says so until the seat is taken anew") {
    Listener listener;
    auto reaper = started();
    const auto seat = reaper->join(listener.kernel()).value();
    REQUIRE(reaper->arm(seat, words("off"), 200ms).has_value());
    for (int i = 0; i < 5; ++i) {
        CHECK(listener.heard(100ms) == "");
        CHECK(reaper->beat(seat).has_value());
    }
    CHECK(listener.heard(2s) == "off");
    CHECK(reaper->beat(seat).error().code == ErrorCode::timed_out);
    CHECK(reaper->arm(seat, words("again"), 10s).error().code == ErrorCode::timed_out);
    reaper->leave(seat);
    const auto next = reaper->join(listener.kernel()).value();
    CHECK(reaper->arm(next, words("again"), 10s).has_value());
    CHECK(reaper->beat(next).has_value());
}

TEST_CASE("a lease that ended while both stood still is not renewed by who wakes first") {
    Listener listener;
    auto reaper = started();
    const auto seat = reaper->join(listener.kernel()).value();
    REQUIRE(reaper->arm(seat, words("off"), 100ms).has_value());
    ::kill(reaper->pid(), SIGSTOP);
    std::thread waking([&] {
        std::this_thread::sleep_for(400ms);
        ::kill(reaper->pid(), SIGCONT);
    });
    CHECK(reaper->beat(seat).error().code == ErrorCode::timed_out);
    waking.join();
    CHECK(listener.heard(1s) == "off");
}

TEST_CASE("the reaper holds no descriptor of ours, ignores polite signals, and is in no group") {
    const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(::listen(listening, 1) == 0);
    Listener listener;
    auto reaper = started();
    const auto seat = reaper->join(listener.kernel()).value();
    REQUIRE(reaper->beat(seat).has_value());
    const auto proc = "/proc/" + std::to_string(reaper->pid());
    std::multiset<std::string> kinds;
    for (const auto& each : std::filesystem::directory_iterator(proc + "/fd")) {
        const auto target = std::filesystem::read_symlink(each).string();
        kinds.insert(target.substr(0, target.find('[')));
    }
    // To us, to the "kernel"; we ourselves; three times nothing.
    CHECK(kinds == std::multiset<std::string>{"/dev/null", "/dev/null", "/dev/null",
                                              "anon_inode:", "socket:", "socket:"});
    CHECK(::getpgid(reaper->pid()) == reaper->pid());
    CHECK(std::filesystem::read_symlink(proc + "/cwd") == "/");
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) ::kill(reaper->pid(), number);
    CHECK(reaper->beat(seat).has_value());
    ::close(listening);
}

TEST_CASE(
    "a reaper that was killed is noticed; one that was stopped does not hold us up for long") {
    Listener listener;
    auto reaper = started();
    const auto seat = reaper->join(listener.kernel()).value();
    ::kill(reaper->pid(), SIGKILL);
    CHECK(reaper->beat(seat).error().code == ErrorCode::failed);
    auto stopped = started();
    ::kill(stopped->pid(), SIGSTOP);
    const pid_t pid = stopped->pid();
    stopped.reset();
    CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("what a child of ours still holds does not keep the reaper from seeing our end") {
    Listener listener;
    std::array<int, 2> told{};
    REQUIRE(::pipe2(told.data(), O_CLOEXEC) == 0);
    const pid_t us = ::fork();
    if (us == 0) {
        auto reaper = Reaper::start();
        const auto seat = reaper.value()->join(listener.kernel()).value();
        (void)reaper.value()->arm(seat, words("off"), 10s);
        const pid_t other = ::fork();  // inherits the socket to the reaper
        if (other != 0) (void)!::write(told[1], &other, sizeof other);
        for (;;) ::pause();
    }
    pid_t other = 0;
    REQUIRE(::read(told[0], &other, sizeof other) == sizeof other);
    ::kill(us, SIGKILL);
    ::waitpid(us, nullptr, 0);
    CHECK(listener.heard(1s) == "off");
    ::kill(other, SIGKILL);
    ::close(told[0]);
    ::close(told[1]);
}

TEST_CASE("more seats than there are, and more to send than there is room, are refused") {
    Listener listener;
    auto reaper = started();
    Reaper::Seat last = 0;
    for (std::size_t i = 0; i < Reaper::seats_most; ++i) {
        last = reaper->join(listener.kernel()).value();
    }
    CHECK(reaper->join(listener.kernel()).error().code == ErrorCode::refused);
    CHECK(reaper->arm(last, netem::Bytes(Reaper::messages_most), 10s).has_value());
    CHECK(reaper->arm(last, netem::Bytes(Reaper::messages_most + 1), 10s).error().code ==
          ErrorCode::refused);
    reaper->leave(last);
    CHECK(reaper->join(listener.kernel()).value() == last);
}
