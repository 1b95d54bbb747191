#include "tests/proof/shapes.hpp"

#include <algorithm>

namespace gameday::proof {

namespace {

Mode draw_mode(const Plan& plan, Random& random) {
    const double draw = random.unit();
    if (draw < 0.4) return Mode::refuse;
    if (draw < 0.6) return Mode::time_out;
    if (draw < 0.8) return Mode::error;
    if (draw < 0.9) return Mode::stall;
    return plan.latency > 0 ? Mode::slow : Mode::time_out;
}

// Which regions and verbs a fault hits.
struct Scope {
    bool all_regions = true;
    std::size_t region = 0;
    bool reads = true, writes = true;

    [[nodiscard]] bool has(std::size_t where, std::size_t verb) const {
        return (all_regions || region == where) && (verb == 0 ? reads : writes);
    }
};

Scope draw_scope(const Plan& plan, Random& random) {
    Scope scope;
    scope.all_regions = random.chance(0.6);
    scope.region = random.below(plan.regions);
    const double verbs = random.unit();
    scope.reads = verbs < 0.8;
    scope.writes = verbs < 0.6 || verbs >= 0.8;
    return scope;
}

void add(Plan& plan, const Scope& scope, const Piece& piece) {
    for (std::size_t region = 0; region < plan.regions; ++region) {
        for (std::size_t verb = 0; verb < 2; ++verb) {
            if (scope.has(region, verb)) plan.pieces[region][verb].push_back(piece);
        }
    }
}

void weaken(const Plan& plan, Random& random, Piece& piece) {
    if (random.chance(0.5)) {
        // Such a share that no window of the level can look sound by chance.
        piece.share = plan.success < 0.97 ? between(random, 0.85, 0.95)
                                          : between(random, plan.success < 0.985 ? 0.5 : 0.3, 0.9);
    } else {
        const auto most = static_cast<std::uint64_t>(0.45 / (1 - plan.success));
        piece.every = static_cast<std::uint32_t>(2 + random.below(most - 1));
    }
}

// The outages of one pulse that is in force from `pulse.injected`; returns when all is over.
double draw_outages(Plan& plan, Random& random, const Pulse& pulse, double apart, bool last) {
    const Scope scope = draw_scope(plan, random);
    const double length = pulse.healed - pulse.injected;
    Piece piece;
    piece.mode = draw_mode(plan, random);
    if (plan.loads.size() == 2 && random.chance(0.15)) piece.load = 0;
    piece.begin = pulse.injected + between(random, 0, 0.03);
    piece.end = piece.begin + between(random, 0.15, 0.85) * length;
    const auto kind = random.below(last ? 12 : 4);
    switch (kind) {
        case 0: break;
        case 1:
            weaken(plan, random, piece);
            piece.end = pulse.injected + 0.9 * length;
            break;
        case 2: {  // a short blip first
            Piece blip = piece;
            blip.end = blip.begin + between(random, 0.004, 0.08);
            add(plan, scope, blip);
            piece.begin = blip.end + apart * between(random, 1.05, 1.4);
            piece.end = piece.begin + between(random, 0.3, 2);
            break;
        }
        case 3: return pulse.healed;  // ridden out
        case 4: {                     // two or three spans
            add(plan, scope, {piece.begin, piece.begin + 0.5, piece.mode});
            piece.begin += 0.5 + apart * between(random, 1.02, 1.3);
            piece.end = piece.begin + between(random, 0.3, 2);
            break;
        }
        case 5:  // only the heal ends it
            piece.end = pulse.healed + between(random, 0.0, 0.3);
            if (random.chance(0.3)) piece.mode = Mode::stall;
            break;
        case 6:
            piece.begin = pulse.healed + plan.hold * between(random, 0.15, 0.6);
            piece.end = piece.begin + between(random, 0.3, 1.5);
            break;
        case 7:
            piece.begin = pulse.healed + plan.hold * between(random, 1.5, 2.0);
            piece.end = piece.begin + between(random, 0.3, 1.5);
            break;
        case 8:
            piece.begin = pulse.injected - between(random, 0.3, 1);  // was down already
            piece.begin = std::max(piece.begin, plan.active_low + 0.02);
            piece.end = pulse.injected + between(random, 0.3, 0.8) * length;
            break;
        case 9: {  // two that melt into one
            add(plan, scope, {piece.begin, piece.begin + 0.6, piece.mode});
            piece.begin += 0.6 + 0.3 * plan.hold;
            piece.end = piece.begin + between(random, 0.4, 1.5);
            piece.close = true;
            break;
        }
        case 10: piece.end = piece.begin + between(random, 0.002, 0.1); break;  // a blip alone
        default: {  // two, the second only ended by the heal
            add(plan, scope, {piece.begin, piece.begin + 0.4, piece.mode});
            piece.begin += 0.4 + apart * between(random, 1.02, 1.2);
            piece.end = std::max(pulse.healed, piece.begin + 0.3) + between(random, 0.01, 0.3);
        }
    }
    add(plan, scope, piece);
    return std::max(pulse.healed, piece.end);
}

std::size_t elsewhere(const Plan& plan, Random& random, const std::vector<std::size_t>& taken) {
    std::vector<std::size_t> others;
    for (std::size_t node = 0; node < plan.nodes.size(); ++node) {
        if (std::find(taken.begin(), taken.end(), node) == taken.end()) others.push_back(node);
    }
    return others.empty() ? plan.nodes.size() : others[random.below(others.size())];
}

// The fault takes the node in office away, perhaps with all of its region.
double take_office(Plan& plan, Random& random, FaultPlan& fault, double apart) {
    const std::size_t old = plan.office.back().node;
    const bool region = random.chance(0.7);
    for (std::size_t node = 0; node < plan.nodes.size(); ++node) {
        if (node == old || (region && plan.nodes[node] == plan.nodes[old])) {
            fault.taken.push_back(node);
        }
    }
    fault.kind = "node_kill";
    const std::size_t next = elsewhere(plan, random, fault.taken);
    const bool fails_over = next < plan.nodes.size() && random.chance(0.75);
    const double length = fault.healed() - fault.injected();
    const double begin = fault.injected() + between(random, 0, 0.02);
    double end = fails_over ? fault.injected() + length * between(random, 0.15, 0.6)
                            : fault.healed() + between(random, 0.0, 0.3);
    constexpr std::array<Mode, 3> modes{Mode::refuse, Mode::time_out, Mode::error};
    Piece piece{begin, end, modes[random.below(3)]};
    piece.fixed = true;
    double over = end;
    for (auto& verbs : plan.pieces) {
        for (auto& pieces : verbs) {
            piece.end = end + between(random, 0.0, 0.2);
            over = std::max(over, piece.end);
            pieces.push_back(piece);
        }
    }
    if (!fails_over) return over;
    fault.switched = end - 0.03;
    plan.office.push_back({fault.switched, next, plan.office.back().term + 1});
    const double survivors = over + 1.2 * plan.widest_window() + 0.2;
    if (survivors < fault.healed() - 0.8) fault.survivors_at = survivors;
    if (!random.chance(0.5)) return std::max(over, fault.healed());
    fault.back_begin =
        std::max(fault.healed() + plan.hold * 1.5 + between(random, 0.2, 1.0), over + apart + 0.1);
    piece.begin = fault.back_begin;
    piece.end = fault.back = piece.begin + between(random, 0.25, 0.5);
    add(plan, {}, piece);
    plan.office.push_back({fault.back_begin + 0.1, old, plan.office.back().term + 1});
    return fault.back;
}

FaultPlan draw_fault(Random& random, double begin, std::size_t index, double apart) {
    FaultPlan fault;
    fault.name = "step-" + std::to_string(index + 1);
    fault.kind = "latency";
    fault.expects_outage = !random.chance(0.2);
    fault.bites = !random.chance(0.03);
    if (index == 0 && random.chance(0.2)) {
        fault.kind = "process_pause";
        double at = begin;
        for (std::uint64_t pulse = 0, count = 2 + random.below(2); pulse < count; ++pulse) {
            fault.pulses.push_back({at, at + between(random, 1.0, 2.0)});
            at = fault.pulses.back().healed + apart + between(random, 0.1, 1.0);
        }
    } else {
        fault.pulses.push_back({begin, begin + between(random, 3, 7.5)});
    }
    return fault;
}

}  // namespace

void draw_faults(Plan& plan, Random& random) {
    const double apart = 1.7 * plan.widest_window() + 0.3;
    double begin = plan.active_low + between(random, 0.3, 1.2), over = begin;
    const std::size_t count = 1 + random.below(3);
    bool alone = true;  // the one before may be overlapped
    for (std::size_t index = 0; index < count && begin < plan.active_low + 22; ++index) {
        bool overlaps = false;
        if (index > 0 && !alone && random.chance(0.4)) {
            const auto& before = plan.faults.back();
            begin = before.injected() +
                    between(random, 0.2, 0.7) * (before.healed() - before.injected());
            overlaps = true;
        }
        auto fault = draw_fault(random, begin, index, apart);
        alone = true;
        if (!overlaps && fault.pulses.size() == 1 && random.chance(0.5)) {
            over = std::max(over, take_office(plan, random, fault, apart));
        } else {
            for (std::size_t pulse = 0; pulse < fault.pulses.size(); ++pulse) {
                const bool last = pulse + 1 == fault.pulses.size();
                over = std::max(over, draw_outages(plan, random, fault.pulses[pulse], apart, last));
            }
            alone = overlaps;
        }
        over = std::max(over, fault.healed());
        plan.faults.push_back(std::move(fault));
        begin = over + apart + between(random, 0.2, 1.5);
    }
    if (plan.loads.size() > 0 && random.chance(0.02)) {
        add(plan, {}, {over + apart + 0.2, 1000, Mode::refuse});  // never comes back
    }
    plan.active_high =
        over + plan.timeout + plan.window + 1.6 * plan.widest_window() + between(random, 0.2, 1);
}

void draw_split(Plan& plan, Random& random) {
    plan.loads.resize(1);
    plan.small_dead = false;
    auto& load = plan.loads[0];
    load.rate = std::min(load.rate, 300.0);
    load.ledger = true;
    auto& split = plan.split;
    split.on = true;
    split.loser = plan.office.front().node;
    do {
        split.winner = random.below(plan.nodes.size());
    } while (plan.nodes[split.winner] == plan.nodes[split.loser]);
    const double apart = 1.7 * plan.widest_window() + 0.3;
    FaultPlan fault;
    fault.name = "step-1";
    fault.kind = "partition";
    const double begin = plan.active_low + between(random, 0.3, 1);
    fault.pulses.push_back({begin, begin + between(random, 4, 7)});
    split.cut = begin;
    split.from = begin + between(random, 0.5, 2);
    split.to = random.chance(0.5) ? fault.healed() - between(random, 0.5, 1)
                                  : fault.healed() + plan.hold * between(random, 0.2, 0.6);
    split.merged = load.space == 0 && random.chance(0.5);
    split.version = static_cast<SplitPlan::Version>(random.below(3));
    for (std::size_t region = 0; region < plan.regions; ++region) {
        const bool mine = region == plan.nodes[split.loser];
        const double from = mine ? split.to : begin + between(random, 0, 0.02);
        const double to = mine ? split.to + between(random, 0.2, 0.5) : split.from;
        for (auto& pieces : plan.pieces[region]) {
            pieces.push_back({from, to, random.chance(0.5) ? Mode::refuse : Mode::time_out});
            pieces.back().fixed = true;
        }
    }
    plan.office.push_back({split.from, split.winner, 2});
    plan.faults.push_back(fault);
    plan.active_high = fault.healed() + 2 * plan.hold + apart + plan.timeout + plan.window + 1;
}

void draw_alternation(Plan& plan, Random& random) {
    for (const auto& fault : plan.faults) {
        if (!fault.taken.empty()) return;
    }
    const std::size_t home = plan.office.front().node;
    const std::size_t other = (home + 1) % plan.nodes.size();
    plan.alternates = plan.fixed_latency = true;
    const auto& fault = plan.faults.back();
    double at = fault.injected() + between(random, 0.3, 0.8);
    for (auto& verbs : plan.pieces) {  // who serves must show all the time
        for (auto& pieces : verbs) {
            std::erase_if(pieces, [&](const Piece& piece) { return piece.end > at - 0.1; });
        }
    }
    const std::uint64_t changes = 1 + random.below(8);
    for (std::uint64_t change = 0; change < changes && at < plan.active_high - 1; ++change) {
        const bool away = change % 2 == 0;
        plan.office.push_back({at, away ? other : home, plan.office.back().term + 1});
        at += between(random, 0.3, 1.2);
    }
}

void draw_loss(Plan& plan, Random& random, std::size_t index, bool spaced) {
    const auto& fault = plan.faults[index];
    auto& data = plan.data;
    data.fault = index;
    const bool another = index + 1 < plan.faults.size() && fault.back > 0;
    const double draw = another && random.chance(0.3) ? 0.7 : random.unit();
    if (draw < 0.35 || (draw < 0.6 && spaced)) {
        data.loss = Loss::suffix;
    } else if (draw < 0.6) {
        data.loss = Loss::merged;
    } else if (draw < 0.8) {
        if (fault.back < 0) return;
        data.loss = Loss::way_back;
    } else {
        if (fault.healed() - fault.switched < 1.2) return;
        data.loss = Loss::after_fault;
    }
    if (data.loss == Loss::suffix || data.loss == Loss::merged) {
        data.from = fault.injected() - between(random, 0.05, 0.6);
        data.to = data.gone_from = fault.switched;
        if (data.loss == Loss::merged) data.gone_to = fault.healed() + 0.2;
    } else if (data.loss == Loss::way_back) {
        data.from = fault.healed() + 0.05;
        data.to = data.gone_from = fault.back_begin + 0.1;
    } else {
        data.from = fault.switched + 0.5;
        data.to = data.gone_from = fault.healed();
    }
}

}  // namespace gameday::proof
