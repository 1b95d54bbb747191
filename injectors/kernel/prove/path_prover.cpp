#include "injectors/kernel/prove/path_prover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace gameday::kernel {

namespace {

using namespace std::chrono_literals;

constexpr int requests = 5;
constexpr Duration longest = 3s;  // more than that nobody waits for an answer under a delay

}  // namespace

Effect effect_of(const Impairment& it) {
    Effect effect;
    effect.silence = it.loss.share >= 1 && !it.gilbert_elliott && !it.four_state;
    const bool bounded =
        it.jitter == Duration{} || (it.distribution == Distribution::uniform && it.reorder == 0);
    // Timers of the kernel may be early by a tick.
    if (bounded && it.reorder == 0) effect.least = (it.delay - it.jitter) * 95 / 100;
    effect.least = std::max(effect.least, Duration{});
    return effect;
}

PathProver::~PathProver() {
    for (const auto& [key, ways] : ways_) ways->thread.request_stop();
}

void PathProver::before(FaultId id, const Host& host, const std::vector<Flow>& flows) {
    if (!enabled_) return;
    auto& ways = ways_[{id, host_text(host)}];
    if (ways) return;
    ways = std::make_unique<Ways>();
    ways->host = host;
    for (const auto& path : paths_of(flows)) ways->views.push_back({path, {}, {}, {}});
    std::vector<std::jthread> asking;
    for (auto& view : ways->views) {
        asking.emplace_back([&view, &host](const std::stop_token& stop) {
            view.before = probe(host, view.path, 1, 150ms, stop);
        });
    }
    for (auto& thread : asking) thread.join();
}

void PathProver::begin(FaultId id, const Host& host, Effect effect) {
    const auto found = ways_.find({id, host_text(host)});
    if (found == ways_.end() || effect.least > longest) return;
    Ways& ways = *found->second;
    ways.effect = effect;
    const bool known =
        std::ranges::all_of(ways.views, [](const View& view) { return view.during.has_value(); });
    if (known || ways.thread.joinable()) return;
    ways.thread = std::jthread([&ways](const std::stop_token& stop) {
        for (auto& view : ways.views) {
            const auto answers =
                probe(ways.host, view.path, requests, 2 * ways.effect.least + 300ms, stop);
            const std::lock_guard lock(ways.mutex);
            if (answers && !view.during) view.during = answers;
        }
    });
}

void PathProver::end(FaultId id, const Host& host) {
    const auto found = ways_.find({id, host_text(host)});
    if (found == ways_.end() || !found->second->thread.joinable()) return;
    found->second->thread.request_stop();
    found->second->thread.join();
}

std::int64_t PathProver::packets(FaultId id) const {
    // A request and its answer, on both hosts of a fault on two.
    std::int64_t most = 0, hosts = 0;
    for (const auto& [key, ways] : ways_) {
        if (key.first != id) continue;
        ++hosts;
        const std::lock_guard lock(ways->mutex);
        for (const auto& view : ways->views) most += view.during ? 2 * view.during->sent : 0;
    }
    return most * std::min<std::int64_t>(hosts, 2);
}

std::string PathProver::contradiction(const View& view, const Effect& effect) {
    const auto way = path_text(view.path);
    const bool answered = view.during && view.during->answered > 0;
    if (answered && effect.silence) {
        return fmt::format(
            "{} of {} packets of gameday's own were answered on the way {}, which "
            "should have been cut",
            view.during->answered, view.during->sent, way);
    }
    if (answered && view.during->median < effect.least) {
        return fmt::format(
            "packets of gameday's own came back after {} on the way {}, where each "
            "should have taken {} or more",
            format_duration(view.during->median), way, format_duration(effect.least));
    }
    const bool was_well = view.before && view.before->answered > 0;
    if (!was_well || !view.after) return {};
    if (view.after->answered == 0) {
        return fmt::format("the way {} answered before the fault, and does not at the end", way);
    }
    if (effect.least > 10ms && view.before->median < effect.least / 2 &&
        view.after->median >= effect.least) {
        return fmt::format("packets on the way {} still take {} at the end, {} before", way,
                           format_duration(view.after->median),
                           format_duration(view.before->median));
    }
    return {};
}

Proof PathProver::proof(FaultId id) {
    Proof made;
    std::vector<std::jthread> asking;  // all hosts at once: a second for all of them
    for (const auto& [key, ways] : ways_) {
        if (key.first != id) continue;
        end(id, ways->host);
        for (auto& view : ways->views) {
            asking.emplace_back([&view, &host = ways->host](const std::stop_token& stop) {
                view.after = probe(host, view.path, requests, 1s, stop);
            });
        }
    }
    for (auto& thread : asking) thread.join();
    for (const auto& [key, ways] : ways_) {
        if (key.first != id) continue;
        for (const auto& view : ways->views) {
            if (!view.before && !view.during && !view.after) continue;
            const auto said = [](const std::optional<Answers>& answers) {
                return answers ? answers_text(*answers) : std::string("not asked");
            };
            made.notes.push_back(fmt::format(
                "packets of gameday's own, {} {}: {} before, {} under the fault, {} at the end",
                key.second, path_text(view.path), said(view.before), said(view.during),
                said(view.after)));
            if (made.contradiction.empty()) made.contradiction = contradiction(view, ways->effect);
        }
    }
    return made;
}

}  // namespace gameday::kernel
