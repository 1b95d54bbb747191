// A folder that is gone at the end of the test, and small programs that stand in it for nodes.
#pragma once

#include "harness/base/result.hpp"
#include "tests/support/catch.hpp"

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace gameday::test {

class Scratch {
 public:
    Scratch();
    ~Scratch();  // also kills what spawn() started
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    [[nodiscard]] std::string path(const std::string& name = "") const;
    void write(const std::string& name, const std::string& text) const;
    [[nodiscard]] std::string read(const std::string& name) const;  // "" when there is no such file
    // Starts a child of ours that reads nothing, and writes its pid to the file `name`.
    pid_t spawn(const std::string& name, const std::vector<std::string>& argv);
    // Kills, at the end, the process whose pid the file holds by then.
    void owns(const std::string& name) { pid_files_.push_back(name); }

 private:
    std::filesystem::path folder_;
    std::vector<pid_t> children_;
    std::vector<std::string> pid_files_;
};

// The state letter of proc(5), ' ' when there is no such process.
char state_of(pid_t pid);
bool is_awake(pid_t pid);  // neither stopped nor dead

// Whether there is no error; the error is printed if a check fails next.
template <class T>
bool is_good(const Result<T>& result) {
    if (!result) UNSCOPED_INFO(result.error().message);
    return result.has_value();
}

// Asks until it is so, for up to a minute: it ends a test that cannot go on, and judges no speed.
bool comes_true(const auto& question,
                std::chrono::steady_clock::duration limit = std::chrono::seconds(60)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    // Questions that start programs would take the processor from what they wait for.
    constexpr std::chrono::milliseconds most(50);
    for (auto pause = most / 50; !question(); pause = std::min(2 * pause, most)) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(pause);
    }
    return true;
}

}  // namespace gameday::test
