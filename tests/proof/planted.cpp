// Random histories with a known truth, judged; and the same proof tried on mutants of a judge.
//
// GAMEDAY_NIGHTLY=1: 30,000 histories instead of 300; GAMEDAY_HISTORIES=n: so many.
// GAMEDAY_SEED=n: one, told in words.
#include "tests/proof/check.hpp"
#include "tests/proof/history.hpp"
#include "tests/proof/judged.hpp"
#include "tests/proof/oracle.hpp"

#include "tests/support/catch.hpp"

#include <cstdlib>
#include <functional>
#include <iostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace gameday::proof {

namespace {

History history_of(std::uint64_t seed) {
    auto history = make_history(seed);
    history.scenario.targets = draw_targets(seed, history);
    return history;
}

Claims by_program(const Scenario& scenario, const Evidence& evidence) {
    const auto report = judged(scenario, evidence);
    return {report.measurements, report.findings, report.verdict, report.reasons};
}

Claims by_oracle(const History& history, Mutation mutation) {
    auto targets = history.scenario.targets;
    for (auto& target : implied_targets(history.truth)) targets.push_back(std::move(target));
    auto said = oracle_judged(history.scenario, history.evidence, targets, mutation);
    return {said.measurements, said.findings, said.verdict, said.reasons};
}

std::uint64_t environment(const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

// Seeds from 1 on, split over two threads.
Tally judge_seeds(std::uint64_t count, const std::function<Claims(const History&)>& judge) {
    const auto decides = [](const History& history) {
        return by_oracle(history, Mutation::none).verdict != Verdict::inconclusive;
    };
    std::vector<Tally> tallies(2);
    std::vector<std::thread> threads;
    for (std::uint64_t part = 0; part < tallies.size(); ++part) {
        threads.emplace_back([&, part] {
            for (std::uint64_t seed = 1 + part; seed <= count; seed += tallies.size()) {
                const auto history = history_of(seed);
                check(seed, history, judge(history), tallies[part],
                      [&] { return decides(history); });
            }
        });
    }
    for (auto& thread : threads) thread.join();
    tallies[0].add(tallies[1]);
    return tallies[0];
}

void require_clean(const Tally& tally) {
    std::cout << tally.text() << std::flush;
    CHECK(tally.count(Wrong::Kind::false_pass) == 0);
    CHECK(tally.count(Wrong::Kind::false_fail) == 0);
    CHECK(tally.count(Wrong::Kind::outside) == 0);
    // An instrument that always says "inconclusive" is no good. Of fewer no share could be told.
    if (tally.enough >= 1000) CHECK(tally.needless * 100 <= 3 * tally.enough);
}

void tell(const std::string& who, std::uint64_t seed, const History& history,
          const Claims& claims) {
    std::cout << "\n" << who << ": " << name_of(claims.verdict) << "\n";
    for (const auto& one : claims.measurements) {
        std::cout << "  " << one.metric << " " << one.client_region << " " << one.fault << " ";
        if (one.value)
            std::cout << "[" << one.value->low << ", " << one.value->high << "]\n";
        else
            std::cout << "none: " << one.why << "\n";
    }
    for (const auto& reason : claims.reasons) std::cout << "  because " << reason << "\n";
    Tally tally;
    check(seed, history, claims, tally);
    std::cout << tally.text();
}

}  // namespace

TEST_CASE("planted truths lie in what the judge claims", "[proof]") {
    if (const auto seed = environment("GAMEDAY_SEED"); seed != 0) {
        const auto history = history_of(seed);
        std::cout << history.truth.story;
        for (const auto& target : history.scenario.targets) {
            std::cout << "target " << target.metric << " " << target.region << " " << target.fault
                      << " " << target.value << "\n";
        }
        tell("oracle", seed, history, by_oracle(history, Mutation::none));
        tell("program", seed, history, by_program(history.scenario, history.evidence));
        return;
    }
    std::uint64_t count = environment("GAMEDAY_HISTORIES");
    if (count == 0) count = environment("GAMEDAY_NIGHTLY") != 0 ? 30000 : 300;
    require_clean(judge_seeds(count, [](const History& history) {
        return by_program(history.scenario, history.evidence);
    }));
}

TEST_CASE("the same seed gives the same history", "[proof]") {
    const auto one = make_history(7), other = make_history(7);
    CHECK(one.evidence == other.evidence);
    CHECK(one.truth.story == other.truth.story);
}

TEST_CASE("the proof finds no fault with the plain reading", "[proof][oracle]") {
    const std::uint64_t count = environment("GAMEDAY_NIGHTLY") != 0 ? 5000 : 300;
    require_clean(judge_seeds(
        count, [](const History& history) { return by_oracle(history, Mutation::none); }));
}

TEST_CASE("the proof finds every mutant of the plain reading", "[proof][oracle]") {
    std::set<Mutation> alive;
    for (int index = 1; index < static_cast<int>(Mutation::count); ++index) {
        alive.insert(static_cast<Mutation>(index));
    }
    for (std::uint64_t seed = 1; seed <= 600 && !alive.empty(); ++seed) {
        const auto history = history_of(seed);
        Tally sound;  // what the proof holds against the reading itself is no find
        check(seed, history, by_oracle(history, Mutation::none), sound);
        if (!sound.wrongs.empty()) continue;
        for (auto mutation = alive.begin(); mutation != alive.end();) {
            Tally tally;
            check(seed, history, by_oracle(history, *mutation), tally);
            if (tally.wrongs.empty()) {
                ++mutation;
                continue;
            }
            const auto& wrong = tally.wrongs.front();
            std::cout << name_of(*mutation) << ": seed " << seed << ", " << wrong.metric << " "
                      << wrong.text << "\n";
            mutation = alive.erase(mutation);
        }
    }
    for (const auto mutation : alive) FAIL_CHECK("not found: " << name_of(mutation));
}

}  // namespace gameday::proof
