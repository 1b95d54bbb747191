#include "harness/load/shard.hpp"

#include <boost/asio/post.hpp>

#include <sys/prctl.h>

#include <algorithm>
#include <cstddef>
#include <span>

namespace gameday::load {
namespace {

constexpr Duration sweep_step = std::chrono::milliseconds(1);
constexpr Duration hand_over_step = std::chrono::milliseconds(200);
constexpr std::size_t handed_over_at_once = 1024;
constexpr std::uint32_t batch = 64;  // arrivals in a row before answers get a turn
constexpr std::uint32_t draws_max = 4096;
constexpr Duration sweep_late = std::chrono::milliseconds(20);
constexpr std::uint32_t events_per_turn = 128;  // that Asio takes from the kernel at once
constexpr Duration drain_max = std::chrono::milliseconds(500);

}  // namespace

Shard::Load::Load(const LoadPlan& plan_in, const Setting& setting)
    : plan(&plan_in),
      pacer(plan_in.pace, Random(setting.seed, "load/" + plan_in.spec.name + "/pacer")),
      mix(plan_in.mix, Random(setting.seed, "load/" + plan_in.spec.name + "/mix")),
      homes(plan_in.homes.size()) {
    const std::uint32_t all = plan_in.spec.in_flight_max;
    in_flight_max = all / setting.count + (setting.index < all % setting.count ? 1U : 0U);
}

Shard::Shard(const Setting& setting)
    : setting_(setting),
      work_(io_.get_executor()),
      arrivals_(io_),
      sweeper_(io_),
      end_(io_),
      hand_over_(io_),
      book_(setting.plan, setting.slice) {}

Shard::~Shard() = default;

Result<void> Shard::prepare(Instant begin) {
    begin_ = begin;
    book_.begin(begin);
    holds_.resize(setting_.plan.clients.size() / setting_.count + 1);
    for (const auto& plan : setting_.plan.loads) {
        Load& load = loads_.emplace_back(plan, setting_);
        for (std::size_t home = 0; home < plan.homes.size(); ++home) {
            load.homes[home].view = routing::first_view(setting_.topology);
            for (const auto& node : setting_.topology.nodes) {
                const ClientContext context{
                    io_,
                    setting_.topology,
                    node.id,
                    setting_.topology.client_endpoint(plan.homes[home], node.id),
                    *this,
                    plan.spec.keys.existing,
                    plan.homes[home]};
                auto client = plan.driver->open(context, plan.spec.driver_params);
                if (!client) return std::move(client).error().within("load " + plan.spec.name);
                load.homes[home].clients.push_back(std::move(*client));
            }
        }
        advance(load);
    }
    arm_arrivals();
    return {};
}

void Shard::run() {
    // 50 us of slack are the default, and most of the lateness of an idle machine.
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    if (setting_.sink != nullptr) arm_hand_over();
    io_.run();
    hand_over();
}

void Shard::post_view(std::uint32_t load, std::uint32_t home, const routing::View& view) {
    boost::asio::post(io_, [this, load, home, view] { loads_[load].homes[home].view = view; });
}

void Shard::post_drain() {
    boost::asio::post(io_, [this] { drain(); });
}

// Moves on to the next operation of a load whose client lives on this shard. A shard may have none
// (a home with a share of 0), or have one once in a blue moon: it looks only so far ahead, and goes
// on looking when that instant has come.
void Shard::advance(Load& load) {
    for (std::uint32_t draws = 0; draws < draws_max; ++draws) {
        const Duration due = load.pacer.next();
        if (due == Duration::max()) {
            load.due = Instant::max();
            return;
        }
        load.due = begin_ + due;
        load.draft = load.mix.next();
        load.is_own = load.draft.client.value % setting_.count == setting_.index;
        if (load.is_own) return;
    }
}

// Issues what is due, the oldest first, at most so many. Returns how many.
std::uint32_t Shard::issue_due(Instant now, std::uint32_t most) {
    const Instant limit = std::min(now, setting_.until.load());
    for (std::uint32_t issued = 0; issued < most; ++issued) {
        const auto first = std::ranges::min_element(loads_, {}, &Load::due);
        if (first == loads_.end() || first->due > limit) return issued;
        if (first->is_own) {
            issue(static_cast<std::uint32_t>(first - loads_.begin()), setting_.clock.now());
        }
        advance(*first);
    }
    return most;
}

void Shard::issue(std::uint32_t load_index, Instant now) {
    Load& load = loads_[load_index];
    Operation operation;
    operation.scheduled = load.due;
    operation.invoked = operation.completed = now;
    operation.value = load.draft.value;
    operation.key = load.draft.key;
    operation.client = load.draft.client;
    operation.verb = load.draft.verb;
    operation.outcome = Outcome::failed;
    operation.phase = setting_.phase.load(std::memory_order_relaxed);
    meter_.count_due();
    if (operation.phase != Phase::active) {
        book_.count_due(load_index, load.draft.home, operation);
    }
    if (load.in_flight >= load.in_flight_max) {
        operation.cause = Cause::shed;
        return record(operation, load_index, load.draft.home, {});
    }
    auto candidates = nodes_for(load, now);
    if (candidates.empty()) {
        operation.cause = Cause::no_route;
        return record(operation, load_index, load.draft.home, {});
    }
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t tag = free_.back();
    free_.pop_back();
    Slot& slot = slots_[tag];
    slot.operation = operation;
    slot.deadline = now + load.plan->spec.timeout;
    slot.candidates = std::move(candidates);
    slot.attempt = 0;
    slot.load = load_index;
    slot.home = load.draft.home;
    slot.so_far = Outcome::failed;
    ++load.in_flight;
    attempt(tag, now);
}

std::vector<NodeId> Shard::nodes_for(Load& load, Instant now) {
    const Draft& draft = load.draft;
    Home& home = load.homes[draft.home];
    const routing::Route& route = load.plan->route;
    const RouteQuestion asked{
        setting_.topology, home.view,  load.plan->homes[draft.home], route.primary_only(draft.verb),
        draft.draw,        home.turn++};
    const auto cohort = setting_.plan.clients[draft.client.index()].cohort;
    ClientHold& hold = held_by(draft.client, draft.verb);
    ClientAnswer answer = load.plan->cohorts[cohort]({route.order, asked, hold, now});
    hold = answer.held;
    return std::move(answer.nodes);
}

ClientHold& Shard::held_by(ClientId client, Verb verb) {
    return holds_[client.index() / setting_.count][static_cast<std::size_t>(verb)];
}

void Shard::attempt(std::uint32_t tag, Instant now) {
    Slot& slot = slots_[tag];
    const NodeId node = slot.candidates[slot.attempt];
    slot.operation.node = node;
    const Instant deadline =
        routing::attempt_deadline(now, slot.deadline, slot.candidates.size() - slot.attempt);
    loads_[slot.load].homes[slot.home].clients[node.index()]->perform(
        Request{slot.operation.verb, loads_[slot.load].plan->name_of(slot.operation.key),
                slot.operation.value},
        tag, now, deadline);
    arm_sweep(deadline);
}

void Shard::on_reply(std::uint64_t tag, const Reply& reply) {
    const Instant now = setting_.clock.now();
    const auto index = static_cast<std::uint32_t>(tag);
    Slot& slot = slots_[index];
    slot.so_far = routing::combine(slot.so_far, reply.outcome);
    slot.operation.cause = reply.cause;
    slot.operation.served_by = reply.served_by;
    slot.operation.version = reply.version;
    if (slot.operation.verb == Verb::read) {
        slot.operation.value = loads_[slot.load].plan->seen(reply.value);
    }
    const bool again = reply.outcome != Outcome::ok && now < slot.deadline &&
                       slot.attempt + 1 < slot.candidates.size();
    if (!again) return complete(index, now, reply);
    ++slot.attempt;
    attempt(index, now);
}

void Shard::complete(std::uint32_t tag, Instant now, const Reply& reply) {
    Slot& slot = slots_[tag];
    Load& load = loads_[slot.load];
    ClientHold& hold = held_by(slot.operation.client, slot.operation.verb);
    if (hold.node == slot.candidates.front()) hold.failed = slot.so_far != Outcome::ok;
    slot.operation.outcome = slot.so_far;
    slot.operation.completed = now;
    record(slot.operation, slot.load, slot.home, reply);
    --load.in_flight;
    free_.push_back(tag);
    if (draining_) finish_if_idle();
}

void Shard::record(const Operation& operation, std::uint32_t load_index, std::uint32_t home,
                   const Reply& reply) {
    const LoadPlan& plan = *loads_[load_index].plan;
    log_.append(operation);
    if (log_.not_handed_over() >= handed_over_at_once) hand_over();
    meter_.count_done(operation, plan.latency_max);
    const bool good = is_good(operation, plan.latency_max);
    if (operation.phase != Phase::active) book_.count_done(load_index, home, operation, good);
    if (plan.spec.ledger && operation.verb == Verb::write && operation.outcome == Outcome::ok) {
        acks_.append({operation.value, operation.completed, operation.key,
                      static_cast<std::uint16_t>(load_index)});
    }
    if (good) return;
    const bool late = operation.outcome == Outcome::ok;
    causes_.add(
        static_cast<std::uint16_t>(load_index), operation,
        late ? "later than " + format_duration(plan.latency_max) : std::string(reply.detail),
        late ? std::string_view() : reply.sample);
}

void Shard::add_notes(Notes& notes) const {
    for (const auto& load : loads_) {
        for (const auto& home : load.homes) {
            for (const auto& client : home.clients) {
                for (const auto& note : client->notes()) {
                    notes[{load.plan->spec.name, note.what}] += note.count;
                }
            }
        }
    }
}

void Shard::hand_over() {
    if (setting_.sink == nullptr) return;
    log_.hand_over(
        [this](std::span<const Operation> operations) { setting_.sink->append(operations); });
}

// So that operations of a slow load do not wait until there are many.
void Shard::arm_hand_over() {
    hand_over_.expires_after(hand_over_step);
    hand_over_.async_wait([this](const boost::system::error_code& error) {
        if (error || draining_) return;
        hand_over();
        arm_hand_over();
    });
}

void Shard::arm_arrivals() {
    Instant next = Instant::max();
    for (const auto& load : loads_) next = std::min(next, load.due);
    if (draining_ || next == Instant::max() || next > setting_.until.load()) return;
    arrivals_.expires_at(setting_.clock.when(next));
    arrivals_.async_wait([this](const boost::system::error_code& error) {
        if (error || draining_) return;
        issue_due(setting_.clock.now(), batch);
        arm_arrivals();
    });
}

// One timer for all timeouts, never oftener than once a step: a deadline may be declared missed a
// step late, and `completed` says when it was.
void Shard::arm_sweep(Instant deadline) {
    if (deadline == Instant::max() || deadline >= sweep_at_) return;
    sweep_at_ = deadline;
    sweeper_.expires_at(setting_.clock.when(deadline));
    sweeper_.async_wait([this](const boost::system::error_code& error) {
        if (!error) on_sweep_due();
    });
}

// When this process did not run for a while (it was stopped, or its machine), answers that came
// meanwhile lie in sockets: they are taken first, as many turns as a look at all of them takes.
void Shard::on_sweep_due() {
    if (setting_.clock.now() - sweep_at_ > sweep_late) {
        std::uint32_t in_flight = 0;
        for (const auto& load : loads_) in_flight += load.in_flight;
        late_turns_ = 2 + in_flight / events_per_turn;
    }
    take_late_turn();
}

void Shard::take_late_turn() {
    if (late_turns_ == 0) return sweep();
    --late_turns_;
    boost::asio::post(io_, [this] { take_late_turn(); });
}

void Shard::sweep() {
    const Instant now = setting_.clock.now();
    sweep_at_ = Instant::max();
    Instant next = Instant::max();
    for (auto& load : loads_) {
        for (auto& home : load.homes) {
            for (auto& client : home.clients) next = std::min(next, client->expire(now));
        }
    }
    if (next != Instant::max()) arm_sweep(std::max(next, now + sweep_step));
}

// Issues what is left up to the common end of all shards, which may be a moment away.
void Shard::drain() {
    const Instant until = setting_.until.load();
    end_.expires_at(setting_.clock.when(until));
    end_.async_wait([this, until](const boost::system::error_code&) {
        arrivals_.cancel();
        issue_rest(until, setting_.clock.now() + drain_max);
    });
}

// In pieces, so that answers get their turns; and not for ever, so that whoever asked for the end
// gets it: a generator that is minutes behind says how much it left undone.
void Shard::issue_rest(Instant until, Instant give_up) {
    const bool more = issue_due(until, batch * batch) == batch * batch;
    const bool in_time = setting_.clock.now() < give_up;
    if (more && in_time) {
        boost::asio::post(io_, [this, until, give_up] { issue_rest(until, give_up); });
        return;
    }
    if (more) {
        for (const auto& load : loads_) undone_ = std::max(undone_, until - load.due);
    }
    draining_ = true;
    finish_if_idle();
}

void Shard::finish_if_idle() {
    for (const auto& load : loads_) {
        if (load.in_flight > 0) return;
    }
    sweeper_.cancel();
    hand_over_.cancel();
    for (auto& load : loads_) {
        for (auto& home : load.homes) {
            // Not from inside a client's own call.
            for (auto& client : home.clients) {
                boost::asio::post(io_, [each = client.get()] { each->close(); });
            }
        }
    }
    work_.reset();
}

}  // namespace gameday::load
