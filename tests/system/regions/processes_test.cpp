// Processes of a run directory, found among those that come and go meanwhile.
#include "examples/regions/processes.hpp"

#include "tests/support/catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

namespace gameday::regions {
namespace {

TEST_CASE("processes that end while they are looked at are none of a run's") {
    const std::filesystem::path folder = "/nowhere/system";
    std::vector<std::jthread> others;
    for (int thread = 0; thread < 3; ++thread) {
        others.emplace_back([](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                const pid_t child = ::fork();
                if (child == 0) ::_exit(0);
                ::waitpid(child, nullptr, 0);
            }
        });
    }
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    while (std::chrono::steady_clock::now() < end) {
        REQUIRE(processes_of(folder).empty());
    }
}

}  // namespace
}  // namespace gameday::regions
