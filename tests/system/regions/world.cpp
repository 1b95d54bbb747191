#include "tests/system/regions/world.hpp"

#include "harness/base/ensure.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace gameday::regions::simulation {

using std::chrono::microseconds;
using std::chrono::milliseconds;

void MemoryDisk::save_vote(Term term, std::optional<Peer> vote) {
    content.blank = false;
    content.term = term;
    content.vote = vote;
}

void MemoryDisk::append(std::span<const Entry> entries) {
    content.blank = false;
    for (const Entry& entry : entries) content.add(entry);
}

World::World(Settings settings, std::uint64_t seed)
    : settings_(std::move(settings)), random_(seed, "world") {
    nodes_ = std::vector<Node>(settings_.regions.size() * settings_.nodes_per_region);
    for (Peer node = 0; node < size(); ++node) restart(node);
}

void World::at(Instant when, std::function<void()> event) {
    events_.push({when, order_++, std::move(event)});
}

void World::run(Duration length) {
    const Instant end = now_ + length;
    Instant next_write = now_ + write_gap;
    while (true) {
        const Instant next = events_.empty() ? end : events_.top().at;
        if (next_write < end && next_write <= next) {
            now_ = next_write;
            next_write += write_gap;
            offer_write(random_.below(size()));
            continue;
        }
        if (next >= end) break;
        now_ = std::max(now_, next);
        const auto event = events_.top().run;
        events_.pop();
        event();
        watch_primary();
    }
    now_ = end;
}

// Runs the event on the node, or later if it is stopped, or never if that life of it is over.
void World::on_node(Peer node, std::uint64_t life, const std::function<void(Engine&)>& event) {
    Node& here = nodes_[node];
    if (!here.engine || here.life != life) return;
    if (now_ < here.paused_until) {
        at(here.paused_until, [this, node, life, event] { on_node(node, life, event); });
        return;
    }
    event(*here.engine);
    if (random_.chance(stop_before_answer)) {
        pause(node, milliseconds(100 + random_.below(2900)));
        at(here.paused_until, [this, node, life] {
            if (nodes_[node].life == life && nodes_[node].engine) settle(node);
        });
        return;
    }
    settle(node);
}

void World::settle(Peer node) {
    Effects effects = nodes_[node].engine->settle(now_);
    for (const Envelope& envelope : effects.messages) {
        const auto* answer = std::get_if<ForwardAnswer>(&envelope.message);
        if (answer != nullptr && answer->status == 0 && answer->value.empty()) {
            note_acknowledgement(answer->version);
        }
        transmit(node, envelope.to, envelope.message);
    }
    for (const Answer& answer : effects.answers) {
        const auto offered = offered_.find(answer.id);
        if (offered == offered_.end()) {
            reads_[answer.id] = answer;
        } else if (answer.status == Status::ok) {
            if (answer.server == node) note_acknowledgement(answer.version);
            acknowledged.push_back(
                {offered->second, "v" + offered->second, answer.version, answer.server, now_});
        }
    }
}

void World::note_acknowledgement(std::uint64_t version) {
    if (!settings_.single_writer()) return;
    const Term term = version >> 40U;
    if (term < newest_term_acknowledged_) ++split_brain_acknowledgements;
    newest_term_acknowledged_ = std::max(newest_term_acknowledged_, term);
}

void World::transmit(Peer from, Peer to, const Message& message) {
    const auto link = std::pair(from, to);
    const std::uint64_t life = nodes_[to].life;
    if (cut_[link]) {
        held_[link].emplace_back(life, message);
        return;
    }
    const Instant arrival = std::max(now_ + microseconds(200 + random_.below(2000)),
                                     last_arrival_[link] + microseconds(1));
    last_arrival_[link] = arrival;
    // The bytes must carry the message: what arrives has been through the codec.
    const std::string bytes = encode(message);
    at(arrival, [this, from, to, life, bytes] {
        on_node(to, life, [this, from, bytes](Engine& engine) {
            const auto decoded = decode(bytes);
            GAMEDAY_ENSURE(decoded.has_value());
            engine.receive(from, *decoded, now_);
        });
    });
}

void World::tick(Peer node, std::uint64_t life) {
    if (nodes_[node].life != life || !nodes_[node].engine) return;
    if (now_ >= nodes_[node].paused_until) {
        on_node(node, life, [this](Engine& engine) { engine.tick(now_); });
    }
    at(now_ + milliseconds(10), [this, node, life] { tick(node, life); });
}

void World::offer_write(Peer node) {
    Request request;
    request.id = ++requests_;
    request.write = true;
    request.key = "k" + std::to_string(request.id);
    request.value = "v" + request.key;
    request.wall_us = static_cast<std::uint64_t>(now_.time_since_epoch().count() / 1000);
    offered_[request.id] = request.key;
    on_node(node, nodes_[node].life,
            [this, request](Engine& engine) { engine.submit(request, now_); });
}

void World::cut(Peer from, Peer to) { cut_[{from, to}] = true; }

void World::isolate(Peer node) {
    for (Peer other = 0; other < size(); ++other) {
        if (other == node) continue;
        cut(node, other);
        cut(other, node);
    }
}

void World::join_all() {
    cut_.clear();
    for (auto& [link, messages] : std::exchange(held_, {})) {
        for (auto& [life, message] : messages) {
            if (nodes_[link.second].life == life) transmit(link.first, link.second, message);
        }
    }
}

void World::crash(Peer node) { nodes_[node].engine.reset(); }

void World::restart(Peer node) {
    Node& here = nodes_[node];
    if (here.engine) return;
    ++here.life;
    here.paused_until = Instant::min();
    if (settings_.bug == Bug::forget_on_restart) here.disk.content = {};
    here.engine = make_engine(settings_, node, here.disk.content, here.disk, now_);
    tick(node, here.life);
}

void World::pause(Peer node, Duration length) {
    Node& here = nodes_[node];
    here.paused_until = std::max(here.paused_until, now_ + length);
}

void World::watch_primary() {
    const auto now_primary = primary();
    if (!now_primary) return;
    if (last_primary_ && *last_primary_ != *now_primary) ++changes_of_primary;
    last_primary_ = now_primary;
}

// The primary of the newest term, if any node is one.
std::optional<Peer> World::primary() const {
    std::optional<Peer> found;
    Term term = 0;
    for (Peer node = 0; node < size(); ++node) {
        if (!nodes_[node].engine || now_ < nodes_[node].paused_until) continue;
        const View view = nodes_[node].engine->view(now_);
        if (view.primary && (!found || view.term > term)) {
            found = node;
            term = view.term;
        }
    }
    return found;
}

bool World::serves(Duration patience) {
    const std::size_t before = acknowledged.size();
    const Instant end = now_ + patience;
    while (now_ < end && acknowledged.size() == before) run(milliseconds(50));
    return acknowledged.size() > before;
}

std::optional<Answer> World::read(Peer node, const std::string& key) {
    Request request;
    request.id = ++requests_;
    request.key = key;
    nodes_[node].engine->submit(request, now_);
    settle(node);
    const auto found = reads_.find(request.id);
    return found == reads_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> World::lost() {
    stop_before_answer = 0;
    join_all();
    for (Peer node = 0; node < size(); ++node) {
        nodes_[node].paused_until = std::min(nodes_[node].paused_until, now_);
        restart(node);
    }
    run(std::chrono::seconds(8));
    const Duration gap = std::exchange(write_gap, std::chrono::hours(1));
    run(std::chrono::seconds(2));  // without writes, so that all nodes can hold the same
    write_gap = gap;
    std::set<std::string> missing;
    for (Peer node = 0; node < size(); ++node) {
        for (const Acknowledged& write : acknowledged) {
            const auto answer = read(node, write.key);
            const bool held = answer && answer->status == Status::ok &&
                              answer->value == write.value && answer->version == write.version;
            if (!held) missing.insert(write.key);
        }
    }
    return {missing.begin(), missing.end()};
}

}  // namespace gameday::regions::simulation
