// A machine that is taken away from time to time: `bench_stalls [SHARE] [SECONDS] [SEED]`. On each
// core a real-time loop runs for 10 to 200 ms at a time, SHARE of the time in all (0.2), until
// SECONDS (60) are over. Tests that run beside it must not fail: `bench_stalls 0.2 600 & ctest …`.
#include <pthread.h>
#include <sched.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

struct Plan {
    double share = 0.2;
    double seconds = 60;
    std::uint64_t seed = 1;
};

// An error number, or 0.
int take_core(std::size_t core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (const int error = ::pthread_setaffinity_np(::pthread_self(), sizeof cores, &cores)) {
        return error;
    }
    const sched_param priority{1};
    return ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &priority);
}

// Returns for how long the core was taken.
Clock::duration stall(const Plan& plan, std::size_t core, Clock::time_point end) {
    std::mt19937_64 random(plan.seed + core);
    std::uniform_int_distribution<int> length_ms(10, 200);
    Clock::duration taken{};
    for (auto now = Clock::now(); now < end; now = Clock::now()) {
        const auto length = std::chrono::milliseconds(length_ms(random));
        while (Clock::now() - now < length) {
        }
        taken += Clock::now() - now;
        std::this_thread::sleep_for(length * (1 - plan.share) / plan.share);
    }
    return taken;
}

bool read(int count, char** words, Plan& plan) {
    if (count > 1) plan.share = std::strtod(words[1], nullptr);
    if (count > 2) plan.seconds = std::strtod(words[2], nullptr);
    if (count > 3) plan.seed = std::strtoull(words[3], nullptr, 10);
    return count <= 4 && plan.share > 0 && plan.share <= 0.9 && plan.seconds > 0;
}

}  // namespace

int main(int count, char** words) {
    Plan plan;
    if (!read(count, words, plan)) {
        std::fprintf(stderr, "usage: %s [SHARE up to 0.9] [SECONDS] [SEED]\n", words[0]);
        return 2;
    }
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(plan.seconds));
    std::vector<std::thread> threads;
    std::vector<Clock::duration> taken(std::thread::hardware_concurrency());
    std::vector<int> errors(taken.size());
    for (std::size_t core = 0; core < taken.size(); ++core) {
        threads.emplace_back([&, core] {
            errors[core] = take_core(core);
            if (errors[core] == 0) taken[core] = stall(plan, core, end);
        });
    }
    for (auto& thread : threads) thread.join();
    const std::chrono::duration<double> lasted = Clock::now() - begin;
    int status = 0;
    for (std::size_t core = 0; core < taken.size(); ++core) {
        if (errors[core] != 0) {
            std::fprintf(stderr, "core %zu: %s: run as root\n", core, std::strerror(errors[core]));
            status = 1;
            continue;
        }
        std::printf("core %zu: taken for %.1f %% of %.1f s\n", core,
                    100 * (std::chrono::duration<double>(taken[core]) / lasted), lasted.count());
    }
    return status;
}
