// The plan of a history: what happens when, drawn before anything is simulated.
#pragma once

#include "tests/proof/history.hpp"

#include "harness/base/random.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace gameday::proof {

struct LoadPlan {
    double rate = 0;  // of all its streams
    double writes = 0.5;
    std::uint64_t space = 0;
    bool poisson = false, ledger = true;
};

struct Pulse {
    double injected = 0, healed = 0;
};

struct FaultPlan {
    std::string name, kind;
    std::vector<Pulse> pulses;
    bool expects_outage = true, bites = true;
    std::vector<std::size_t> taken;     // nodes
    double switched = -1;               // office went elsewhere then; -1: it did not
    double back_begin = -1, back = -1;  // office came back; the way back ended
    double survivors_at = -1;           // survivors are read from then on; -1: they are not

    [[nodiscard]] double injected() const { return pulses.front().injected; }
    [[nodiscard]] double healed() const { return pulses.back().healed; }
};

struct Office {
    double from = 0;
    std::size_t node = 0;
    std::uint64_t term = 1;
};

enum class Loss : std::uint8_t { none, suffix, merged, way_back, after_fault };

// Oddities of the data, as the reads at the end show them.
struct DataPlan {
    Loss loss = Loss::none;
    std::size_t fault = 0;    // whose
    double from = 0, to = 0;  // writes committed between are hit
    double gone_from = 0, gone_to = infinite;
    std::uint64_t behind = 0, stale = 0, returned = 0, resurrected = 0, unexpected = 0;
    std::size_t odd_node = 0;  // where behind, stale and unexpected show
};

// Two writers at once: `loser` keeps its own clients until `to`, `winner` has the others.
struct SplitPlan {
    bool on = false;
    std::size_t loser = 0, winner = 0;  // nodes
    double cut = 0, from = 0, to = 0;   // replication ends; the winner begins; the loser leaves
    bool merged = false;
    enum class Version : std::uint8_t { none, clock, causal } version = Version::none;
};

struct LagPlan {
    bool on = false;
    double base = 0.03;
    struct Peak {
        std::size_t node = 0;
        double from = 0, to = 0, lag = 0;
    };
    std::vector<Peak> peaks;
    double gap_from = 0, gap_to = 0;  // no sample of gap_node; equal: none
    std::size_t gap_node = 0;
};

struct Plan {
    std::uint64_t seed = 0;
    double success = 0.99, hold = 1, latency = 0, timeout = 1;
    double steady_low = 1, active_low = 4, active_high = 0, window = 3;
    std::vector<std::size_t> nodes;  // region of each
    std::size_t regions = 1;
    std::vector<LoadPlan> loads;
    std::vector<FaultPlan> faults;
    std::vector<std::array<std::vector<Piece>, 2>> pieces;  // by region and verb
    std::vector<Office> office;
    DataPlan data;
    SplitPlan split;
    LagPlan lag;
    double paused_from = 0, paused_to = 0;  // the instrument; equal: never
    bool fixed_latency = false, roles = true, by_completed = false, alternates = false;
    // Whether answers say who served: they do, they do not, or some name nobody known.
    enum class Served : std::uint8_t { told, untold, unrecognised } served = Served::told;
    bool small_dead = false;  // one stream is dead all the time

    [[nodiscard]] double bound() const { return latency > 0 ? latency : timeout; }
    [[nodiscard]] double stream_rate(std::size_t load, Verb verb) const;
    [[nodiscard]] double level_window(double rate) const;  // seconds
    [[nodiscard]] bool thin(double rate) const;
    [[nodiscard]] double widest_window() const;  // of streams that are not thin
    [[nodiscard]] std::size_t office_at(double instant) const;
};

// Operations that a window of the level needs.
std::uint64_t needed(double success);

Plan draw_plan(std::uint64_t seed);

double between(Random& random, double low, double high);

}  // namespace gameday::proof
