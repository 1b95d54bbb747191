// Kills a child process at each of its system calls in turn, as it enters one and as it leaves it:
// between two of them it changes nothing outside itself, so these are all the moments that count.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace gameday::test {

// What is done to the child, and around its death.
struct Killing {
    // Done by each child; false: it went wrong. What it starts with is what the caller has then,
    // who has one thread.
    std::function<bool()> work;
    // While the child stands still, just before it is killed; optional.
    std::function<void()> before;
    // When the child is gone; `point` says where it was.
    std::function<void(const std::string& point)> after;
};

struct Kills {
    std::size_t points = 0;  // places to die in one run of the work
    std::size_t kills = 0;   // children killed at one of them
    std::size_t missed = 0;  // children that ended before theirs: threads do not repeat exactly
    bool sound = true;       // the work of children that were left alone went well
};

// Follows the work once, then kills children at up to `most` of the places where it was seen: those
// where something is sent, closed or entered, then others, each sort evenly spread.
Kills kill_at_every_step(const Killing& killing, std::size_t most);

// How many kills GAMEDAY_KILLS in the environment allows; otherwise `nightly`, and 150 in the quick
// lane. There are as many as there are effects, at least.
std::size_t kills_allowed(std::size_t nightly);

// Whether this build cannot do it, which is said: sanitizers trace the process themselves.
bool untraceable();

}  // namespace gameday::test
