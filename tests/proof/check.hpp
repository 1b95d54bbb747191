// Holds what somebody claims of a history against what was true in it.
#pragma once

#include "tests/proof/history.hpp"

#include "harness/model/verdict.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace gameday::proof {

// What a judge said, whoever it was.
struct Claims {
    std::vector<Measurement> measurements;
    std::vector<Finding> findings;
    Verdict verdict = Verdict::inconclusive;
    std::vector<std::string> reasons;
};

struct Wrong {  // one thing that is wrong
    enum class Kind : std::uint8_t { outside, false_pass, false_fail } kind = Kind::outside;
    std::uint64_t seed = 0;
    std::string metric, region, fault, text;
};

struct Tally {
    std::uint64_t histories = 0, passed = 0, failed = 0, inconclusive = 0, other = 0;
    std::uint64_t checked = 0;  // intervals
    // Far from every target: those that the plain reading decides, and of them those that were
    // inconclusive all the same.
    std::uint64_t enough = 0, needless = 0;
    std::uint64_t undecided = 0;  // inconclusive by the plain reading, too
    std::vector<Wrong> wrongs;
    std::map<std::string, std::uint64_t> reasons;       // of the needless ones, without numbers
    std::map<std::string, std::vector<double>> widths;  // in spacings of the arrivals, by metric

    void add(const Tally& other);
    [[nodiscard]] std::uint64_t count(Wrong::Kind kind) const;
    [[nodiscard]] std::string text() const;
};

// Checks every interval, every finding and the verdict. `decides`: whether the definitions, read
// plainly, decide this history; asked only where the claims do not. Empty: they always do.
void check(std::uint64_t seed, const History& history, const Claims& claims, Tally& tally,
           const std::function<bool()>& decides = {});

}  // namespace gameday::proof
