#include "tests/proof/world.hpp"

#include <algorithm>
#include <cmath>

namespace gameday::proof {

Instant instant(double seconds) {
    return Instant(Duration(static_cast<std::int64_t>(std::llround(seconds * 1e9))));
}

std::uint32_t run_id_of(std::uint64_t seed) {
    return 1 + static_cast<std::uint32_t>(mix64(seed) % (run_id_max - 1));
}

World::World(const Plan& plan, Random& random)
    : plan_(plan),
      random_(random),
      run_id_(run_id_of(plan.seed)),
      recent_(plan.loads.size()),
      survivors_read_(plan.faults.size(), false) {
    make_streams();
    if (plan.split.on) revision_ = std::uint64_t{1} << 20U;
}

void World::make_streams() {
    for (std::size_t load = 0; load < plan_.loads.size(); ++load) {
        for (std::size_t region = 0; region < plan_.regions; ++region) {
            for (const auto verb : {Verb::read, Verb::write}) {
                StreamTruth stream;
                stream.load = static_cast<std::uint16_t>(load);
                stream.region = region;
                stream.verb = verb;
                stream.rate = plan_.stream_rate(load, verb);
                stream.window = plan_.level_window(stream.rate);
                stream.thin = plan_.thin(stream.rate);
                for (const auto& piece : plan_.pieces[region][verb == Verb::write ? 1 : 0]) {
                    SpanTruth span;
                    span.begin = span.begin_late = piece.begin;
                    span.end = span.end_early = piece.end;
                    span.down = piece.end - piece.begin;
                    span.whole = piece.share >= 1 && piece.every == 0;
                    stream.spans.push_back(span);
                }
                streams_.push_back(std::move(stream));
                seen_.emplace_back(streams_.back().spans.size(), 0);
            }
        }
    }
}

std::vector<World::Due> World::arrivals() {
    std::vector<Due> all;
    for (std::size_t index = 0; index < streams_.size(); ++index) {
        const double spacing = 1 / streams_[index].rate;
        const bool poisson = plan_.loads[streams_[index].load].poisson;
        double at = spacing * random_.unit();
        while (at < plan_.active_high) {
            all.push_back({at, index});
            at += poisson ? std::max(1e-6, random_.exponential(spacing)) : spacing;
        }
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Due& a, const Due& b) { return a.scheduled < b.scheduled; });
    return all;
}

std::size_t World::server(std::size_t region, double at) const {
    const auto& split = plan_.split;
    if (split.on && region == plan_.nodes[split.loser] && at < split.to) return split.loser;
    return plan_.office_at(at);
}

const Piece* World::hit(const StreamTruth& stream, double invoked, double service,
                        std::size_t& index) {
    const auto& pieces = plan_.pieces[stream.region][stream.verb == Verb::write ? 1 : 0];
    const auto which = static_cast<std::size_t>(&stream - streams_.data());
    for (index = 0; index < pieces.size(); ++index) {
        const auto& piece = pieces[index];
        if (piece.load >= 0 && piece.load != stream.load) continue;
        if (invoked >= piece.end || invoked + service <= piece.begin) continue;
        if (piece.share >= 1 && piece.every == 0) return &piece;
        if (invoked < piece.begin) continue;
        const std::uint64_t count = seen_[which][index]++;
        if (piece.every > 0 ? count % piece.every == 0 : random_.chance(piece.share)) return &piece;
    }
    return nullptr;
}

void World::end_badly(Operation& operation, const Piece& piece, double invoked) {
    switch (piece.mode) {
        case Mode::refuse:
            operation.outcome = Outcome::failed;
            operation.cause = Cause::refused;
            operation.completed = instant(invoked + 0.0003);
            break;
        case Mode::error:
            operation.cause = Cause::server_error;
            operation.completed = instant(invoked + 0.001);
            break;
        case Mode::slow:
            operation.outcome = Outcome::ok;
            operation.completed = instant(invoked + plan_.bound() + between(random_, 0.01, 0.1));
            break;
        case Mode::time_out:
        case Mode::stall:
            operation.cause = Cause::timed_out;
            operation.completed = instant(invoked + plan_.timeout);
            break;
    }
}

void World::serve(const Due& due) {
    auto& stream = streams_[due.stream];
    Operation operation;
    operation.verb = stream.verb;
    operation.client =
        ClientId::of((stream.load * plan_.regions + stream.region) * 2 + random_.below(2));
    double invoked = due.scheduled + (plan_.fixed_latency ? 0.0001 : 0.0004 * random_.unit());
    if (invoked >= plan_.paused_from && invoked < plan_.paused_to) {
        invoked = plan_.paused_to + (due.scheduled - plan_.paused_from) * 0.01;
    }
    const double service =
        plan_.fixed_latency ? 0.0012 : 0.0008 + std::min(0.008, random_.exponential(0.0007));
    std::size_t index = 0;
    const bool dead = plan_.small_dead && stream.load == 1;
    Piece always{0, 1e9};
    const Piece* piece = dead ? &always : hit(stream, invoked, service, index);
    double completed = invoked + service, committed = invoked + service / 2;
    operation.outcome = Outcome::ok;
    const bool stalls = piece != nullptr && piece->mode == Mode::stall;
    if (stalls && piece->end + service - due.scheduled <= plan_.bound() - 0.001 &&
        piece->end + service - invoked < plan_.timeout - 0.001) {
        completed = piece->end + service;  // waits, and is served
        committed = piece->end + service / 2;
        stream.spans[index].harmless = true;
        piece = nullptr;
    }
    bool effective = true;
    const std::size_t node = server(stream.region, committed);
    operation.node = NodeId::of(node);
    if (piece != nullptr) {
        operation.outcome = Outcome::unknown;
        end_badly(operation, *piece, invoked);
        completed = std::max(seconds(operation.completed), piece->begin + 0.0002);
        effective = operation.outcome == Outcome::ok;
        bool taken = false;
        for (const auto& fault : plan_.faults) {
            if (!fault.taken.empty() && invoked > fault.injected() - 0.1) taken = true;
        }
        if (operation.outcome == Outcome::unknown && !taken && !plan_.split.on) {
            effective = random_.chance(0.5);
        }
        const bool spoiled = plan_.paused_to > plan_.paused_from &&
                             due.scheduled <= 2 * plan_.paused_to - plan_.paused_from &&
                             completed >= plan_.paused_from;
        if (!dead && !spoiled) {
            stream.spans[index].hits.push_back(due.scheduled);
        }
    }
    if (operation.outcome == Outcome::ok) operation.served_by = named(node);
    if (stream.verb == Verb::write) {
        take_write(operation, stream, invoked, committed, completed, effective);
    } else if (operation.outcome == Outcome::ok) {
        answer_read(operation, stream, committed);
    } else if (!recent_[stream.load].empty()) {
        operation.key = recent_[stream.load].back();
    }
    if (due.scheduled < plan_.steady_low)
        operation.phase = Phase::warmup;
    else
        operation.phase = due.scheduled < plan_.active_low ? Phase::steady : Phase::active;
    account(stream, operation, due.scheduled, completed);
    emit(operation, due.scheduled, invoked, completed);
}

void World::account(StreamTruth& stream, const Operation& operation, double scheduled,
                    double completed) {
    if (operation.phase == Phase::steady) ++stream.steady_due;
    if (operation.phase != Phase::active) return;
    if (scheduled >= plan_.faults.back().healed()) ++stream.tail_due;
    const double latency = completed - scheduled;
    const bool ok = operation.outcome == Outcome::ok;
    const bool good = ok && latency <= plan_.bound();
    const bool paused = plan_.paused_to > plan_.paused_from && !good &&
                        scheduled <= 2 * plan_.paused_to - plan_.paused_from &&
                        completed >= plan_.paused_from;
    ++stream.due;
    if (good) ++stream.good;
    if (paused) ++stream.spoiled;
    const double shown = ok ? latency : infinite;
    stream.latencies.push_back(shown);
    // Whatever was due during the pause shows the instrument, not the system.
    const bool late = plan_.paused_to > plan_.paused_from &&
                      scheduled <= 2 * plan_.paused_to - plan_.paused_from &&
                      completed >= plan_.paused_from;
    if (!late) stream.unspoiled.push_back(shown);
}

void World::emit(Operation operation, double scheduled, double invoked, double completed) {
    operation.scheduled = instant(scheduled);
    operation.invoked = instant(invoked);
    operation.completed = instant(completed);
    operations_.push_back(operation);
}

void World::run() {
    for (const auto& due : arrivals()) serve(due);
    mark_oddities();
    for (std::size_t fault = 0; fault < plan_.faults.size(); ++fault) read_survivors(fault);
    finished_ = plan_.active_high + 2;
    read_at_the_end();
    std::stable_sort(
        operations_.begin(), operations_.end(), [&](const Operation& a, const Operation& b) {
            return plan_.by_completed ? a.completed < b.completed : a.scheduled < b.scheduled;
        });
    std::uint64_t seq = 0;
    for (auto& operation : operations_) operation.seq = ++seq;
}

}  // namespace gameday::proof
