// The killing itself: does it find what is left behind, and only that?
#include "tests/injectors/kill_at.hpp"
#include "tests/injectors/scratch.hpp"
#include "tests/support/catch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <string>
#include <thread>

namespace kill_at_test {

using namespace gameday;
using namespace gameday::test;

TEST_CASE("what a child leaves behind between two of its steps is found, at these steps alone") {
    if (untraceable()) return;
    const Scratch scratch;
    const std::string file = scratch.path("made");
    Killing killing;
    killing.work = [&] {
        // Made by one thread and taken away by another.
        std::thread([&] { ::close(::open(file.c_str(), O_CREAT | O_WRONLY, 0600)); }).join();
        return ::unlink(file.c_str()) == 0;
    };
    std::set<std::string> left;
    killing.after = [&](const std::string& point) {
        if (std::filesystem::remove(file)) left.insert(point);
    };
    const auto kills = kill_at_every_step(killing, 1000);
    CHECK(kills.sound);
    CHECK(kills.kills + kills.missed == kills.points);
    // At least as open returns, around close, and before unlink; never before or after these.
    CHECK(left.size() >= 4);
    CHECK(left.size() < kills.points);
}

TEST_CASE("a child that makes and undoes nothing leaves nothing, and one that fails is told") {
    if (untraceable()) return;
    Killing killing;
    killing.work = [] { return ::getppid() > 0; };
    killing.after = [](const std::string&) {};
    CHECK(kill_at_every_step(killing, 1000).sound);
    killing.work = [] { return false; };
    CHECK_FALSE(kill_at_every_step(killing, 1000).sound);
}

TEST_CASE("with little room to kill, the steps that others can notice come first") {
    if (untraceable()) return;
    Killing killing;
    killing.work = [] {
        for (int i = 0; i < 50; ++i) (void)::getppid();
        return ::close(::dup(0)) == 0;
    };
    std::string points;
    killing.after = [&](const std::string& point) { points += point + "\n"; };
    const auto kills = kill_at_every_step(killing, 12);
    CHECK(kills.points > 100);
    CHECK(kills.kills == 12);
    INFO(points);
    CHECK(points.find("entering close for the 1. time") != std::string::npos);
    CHECK(points.find("leaving close for the 1. time") != std::string::npos);
    points.clear();
    CHECK(kill_at_every_step(killing, 1).kills == 1);
    CHECK(points.find(" close for the 1. time") != std::string::npos);
}

}  // namespace kill_at_test
