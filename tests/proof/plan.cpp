#include "tests/proof/plan.hpp"

#include "tests/proof/shapes.hpp"

#include <algorithm>
#include <cmath>

namespace gameday::proof {

double between(Random& random, double low, double high) {
    return low + (high - low) * random.unit();
}

std::uint64_t needed(double success) {
    return static_cast<std::uint64_t>(std::ceil(1 / (1 - success) - 1e-6));
}

double Plan::stream_rate(std::size_t load, Verb verb) const {
    const auto& plan = loads[load];
    const double share = verb == Verb::write ? plan.writes : 1 - plan.writes;
    return plan.rate * share / static_cast<double>(regions);
}

double Plan::level_window(double rate) const {
    return std::max(hold, static_cast<double>(needed(success)) / rate);
}

// With a margin, so that the share of streams on the edge is small; see also `doubtful`.
bool Plan::thin(double rate) const {
    return rate * window < static_cast<double>(needed(success)) * 1.02 + 2;
}

double Plan::widest_window() const {
    double widest = hold;
    for (std::size_t load = 0; load < loads.size(); ++load) {
        for (const auto verb : {Verb::read, Verb::write}) {
            const double rate = stream_rate(load, verb);
            if (!thin(rate)) widest = std::max(widest, level_window(rate));
        }
    }
    return widest;
}

std::size_t Plan::office_at(double instant) const {
    std::size_t node = office.front().node;
    for (const auto& entry : office) {
        if (entry.from <= instant) node = entry.node;
    }
    return node;
}

namespace {

void draw_system(Plan& plan, Random& random) {
    plan.regions = 1 + random.below(3);
    for (std::size_t region = 0; region < plan.regions; ++region) {
        const std::size_t count = 1 + random.below(2);
        for (std::size_t node = 0; node < count; ++node) plan.nodes.push_back(region);
    }
    constexpr std::array<double, 6> levels{0.99, 0.99, 0.99, 0.9, 0.95, 0.98};
    plan.success = levels[random.below(levels.size())];
    constexpr std::array<double, 5> holds{1, 1, 1, 0.5, 2};
    plan.hold = holds[random.below(holds.size())];
    plan.timeout = random.chance(0.2) ? between(random, 1.2, 2.5) : between(random, 0.4, 1.0);
    if (random.chance(0.4)) plan.latency = between(random, 0.05, plan.timeout - 0.2);
    plan.office.push_back({0, random.below(plan.nodes.size()), 1});
    plan.roles = random.chance(0.8);
    plan.by_completed = random.chance(0.5);
    plan.fixed_latency = random.chance(0.2);
    if (random.chance(0.06)) {
        plan.served = random.chance(0.5) ? Plan::Served::untold : Plan::Served::unrecognised;
    }
}

void draw_loads(Plan& plan, Random& random) {
    const std::size_t count = random.chance(0.3) ? 2 : 1;
    double budget = 700;
    for (std::size_t load = 0; load < count; ++load) {
        LoadPlan one;
        const double draw = random.unit();
        double each = between(random, 60, 200);
        if (draw < 0.2) each = between(random, 20, 60);
        if (draw > 0.9) each = between(random, 200, 400);
        const double streams = 2.0 * static_cast<double>(plan.regions);
        one.rate = std::min(each * streams, budget * 0.7);
        budget -= one.rate;
        one.writes = between(random, 0.35, 0.65);
        one.poisson = random.chance(0.4);
        // Unique keys of several loads share one counter, keys of a space do not.
        if (load == 0 && random.chance(0.3)) one.space = 10 + random.below(70);
        const double reads = one.rate * one.writes * 25 * static_cast<double>(plan.nodes.size());
        one.ledger = one.space > 0 || reads < 14000;
        plan.loads.push_back(one);
    }
    plan.small_dead = count == 2 && random.chance(0.15);
    if (plan.small_dead) plan.loads[1].rate = 12.0 * 2 * static_cast<double>(plan.regions);
}

// Pieces of one region and verb keep apart, so that each is a span of its own for certain.
// `melts`: the pause between two that are meant to be one.
void keep_apart(std::vector<Piece>& pieces, double apart, double melts) {
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
    std::vector<Piece> kept;
    for (const auto& piece : pieces) {
        bool room = true;
        for (const auto& other : pieces) {
            const bool near = piece.begin < other.end + apart && other.begin < piece.end + apart;
            if (&other != &piece && near && other.fixed && !piece.fixed && !piece.close) {
                room = false;
            }
        }
        if (!kept.empty() && !piece.close && !piece.fixed &&
            piece.begin < kept.back().end + apart) {
            room = false;
        }
        if (piece.close) {
            room = !kept.empty() && std::abs(piece.begin - kept.back().end - melts) < 1e-6;
        }
        if (room) kept.push_back(piece);
    }
    pieces = std::move(kept);
}

void draw_pause(Plan& plan, Random& random) {
    if (!random.chance(0.12)) return;
    for (int attempt = 0; attempt < 20; ++attempt) {
        const double length = between(random, 0.3, 1.2);
        const double from = between(random, plan.active_low + 0.2, plan.active_high - 4 - length);
        bool free = from > plan.active_low;
        for (const auto& verbs : plan.pieces) {
            for (const auto& pieces : verbs) {
                for (const auto& piece : pieces) {
                    if (from < piece.end + 0.4 && piece.begin < from + length + 0.4) free = false;
                }
            }
        }
        for (const auto& entry : plan.office) {
            if (entry.from > from - 0.4 && entry.from < from + length + 0.4) free = false;
        }
        if (!free) continue;
        plan.paused_from = from;
        plan.paused_to = from + length;
        return;
    }
}

void draw_lag(Plan& plan, Random& random) {
    if (plan.nodes.size() < 2 || !random.chance(0.5)) return;
    plan.lag.on = true;
    plan.lag.base = between(random, 0.01, 0.08);
    const auto replica = [&] {
        const std::size_t node = random.below(plan.nodes.size() - 1);
        return node >= plan.office.front().node ? node + 1 : node;
    };
    if (random.chance(0.3)) plan.lag.peaks.push_back({replica(), 0.2, 0.8, 2.0});  // warm-up
    if (random.chance(0.5)) {
        const double from = between(random, plan.active_low, plan.active_high - 3);
        plan.lag.peaks.push_back({replica(), from, from + 1.0, between(random, 0.3, 2.5)});
    }
    if (random.chance(0.4)) {
        plan.lag.gap_node = replica();
        plan.lag.gap_from = between(random, plan.active_low, plan.active_high - 7);
        plan.lag.gap_to = plan.lag.gap_from + between(random, 2, 6);
        const double length = plan.lag.gap_to - plan.lag.gap_from;
        // Nothing falls behind faster than time goes by.
        std::erase_if(plan.lag.peaks, [&](const auto& peak) {
            return peak.node == plan.lag.gap_node && peak.from < plan.lag.gap_to &&
                   peak.to > plan.lag.gap_from;
        });
        plan.lag.peaks.push_back({plan.lag.gap_node, plan.lag.gap_from + 0.9 * length,
                                  plan.lag.gap_to - 0.05, between(random, 0, 0.8) * length});
    }
}

void draw_data(Plan& plan, Random& random) {
    bool unique = false, spaced = false, kept = true;
    for (const auto& load : plan.loads) {
        if (!load.ledger) kept = false;
        if (load.ledger && load.space == 0) unique = true;
        if (load.space > 0) spaced = true;
    }
    if (!kept || plan.split.on) return;
    auto& data = plan.data;
    for (std::size_t index = 0; index < plan.faults.size(); ++index) {
        const auto& fault = plan.faults[index];
        if (fault.switched < 0 || data.loss != Loss::none || !random.chance(0.75)) continue;
        draw_loss(plan, random, index, spaced);
    }
    if (!unique) return;
    const std::size_t last = plan.office_at(infinite);
    data.odd_node = random.below(plan.nodes.size());
    const bool replica = data.odd_node != last;
    if (replica && random.chance(0.15)) data.behind = 1 + random.below(60);
    if (replica && random.chance(0.1)) data.stale = 1 + random.below(40);
    if (random.chance(0.07)) data.returned = 1 + random.below(40);
    if (random.chance(0.15)) data.resurrected = 1 + random.below(20);
    if (replica && random.chance(0.07)) data.unexpected = 1 + random.below(60);
}

}  // namespace

Plan draw_plan(std::uint64_t seed) {
    Random random(seed, "proof/plan");
    Plan plan;
    plan.seed = seed;
    draw_system(plan, random);
    draw_loads(plan, random);
    plan.pieces.resize(plan.regions);
    const double flavour = random.unit();
    if (flavour < 0.08 && plan.regions > 1) {
        draw_split(plan, random);
    } else {
        draw_faults(plan, random);
        if (flavour > 0.88 && plan.nodes.size() > 1) draw_alternation(plan, random);
    }
    const double apart = 1.7 * plan.widest_window() + 0.3;
    for (auto& verbs : plan.pieces) {
        for (auto& pieces : verbs) keep_apart(pieces, apart, 0.3 * plan.hold);
    }
    draw_data(plan, random);
    draw_pause(plan, random);
    draw_lag(plan, random);
    return plan;
}

}  // namespace gameday::proof
