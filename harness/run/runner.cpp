#include "harness/run/runner.hpp"

#include "harness/run/active_fault.hpp"
#include "harness/run/gather.hpp"
#include "harness/run/steadiness.hpp"
#include "harness/run/vigil.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <map>
#include <utility>

namespace gameday::run {

namespace {

// The device that opens the hops of links (`Link::listen`); clients dial hops with faults or not.
constexpr std::string_view hop_device = "proxy";

class Run {
 public:
    Run(const Order& order, const Environment& environment)
        : order_(order),
          scenario_(order.scenario),
          env_(environment),
          vigil_(order.scenario, environment) {
        evidence_.topology = scenario_.topology;
        evidence_.started_at = order.started_at;
        evidence_.program_version = order.program_version;
        evidence_.steady_after = false;
    }

    Done go() {
        std::optional<ActiveFault> system;
        auto good = prepare(system);
        if (good) good = become_steady();
        if (!good) end_early(good.error(), Ending::refused);
        if (good) {
            good = play_steps();
            if (good) good = prove_steady_again();
            if (!good) end_early(good.error(), Ending::aborted);
        }
        // What went wrong here stands in the windows; what is left is tried once more below.
        (void)heal_all();
        end_load();
        if (good) good = read_back();
        active_.clear();
        gather();
        take_down(system);
        return {std::move(evidence_), std::move(unhealed_)};
    }

 private:
    Result<void> prepare(std::optional<ActiveFault>& system) {
        vigil_.enter("launch", planned_end(env_.clock.now()));
        if (auto ready = devices_ready(); !ready) return ready;
        if (auto waited = vigil_.wait_until(env_.clock.now()); !waited) return waited;
        if (order_.launch) {
            event("launch " + scenario_.launch.name);
            FaultWindow about;
            about.id = FaultId(0);
            about.name = "launch";
            about.kind = scenario_.launch.name;
            auto up = ActiveFault::inject(about, *order_.launch,
                                          {env_.devices, env_.journal, env_.clock, launch_log_});
            if (!up) return std::move(up.error()).within("launch");
            system.emplace(std::move(*up));
        }
        if (auto waited = vigil_.wait_until(env_.clock.now()); !waited) return waited;
        if (auto started = env_.watch.start(scenario_); !started) {
            return std::move(started.error()).within("probes");
        }
        watch_runs_ = true;
        if (auto started = env_.load.start(scenario_, env_.clock.now()); !started) {
            return std::move(started.error()).within("load");
        }
        load_runs_ = true;
        vigil_.load_runs(true);
        return {};
    }

    // Asks every device that a plan names, and the hops' own, before anything is changed.
    Result<void> devices_ready() {
        std::vector<std::string> names;
        const auto need = [&](const std::string& name) {
            if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
        };
        const auto need_all = [&](const FaultPlan& plan) {
            for (const auto& action : plan.inject) need(action.device);
            for (const auto& action : plan.heal) need(action.device);
        };
        if (order_.launch) need_all(*order_.launch);
        for (const auto& link : scenario_.topology.links) {
            if (link.listen) need(std::string(hop_device));
        }
        for (const auto& fault : scenario_.faults) {
            const auto plan = order_.plan(fault, {}, true);
            if (!plan) return Error(plan.error()).within(fault.name);
            need_all(*plan);
        }
        for (const auto& name : names) {
            Device* device = env_.devices.find(name);
            if (device == nullptr) {
                return Error{ErrorCode::refused, fmt::format("there is no device \"{}\"", name)};
            }
            if (auto ready = device->ready(); !ready) return std::move(ready.error()).within(name);
        }
        return {};
    }

    Result<void> become_steady() {
        env_.load.set_phase(Phase::steady);
        vigil_.enter("steady", planned_end(env_.clock.now()));
        const auto spell = await_steady_state(scenario_, env_, vigil_);
        if (!spell) return spell.error();
        env_.load.set_phase(Phase::active);
        evidence_.steady = spell->window;
        zero_ = spell->window.high;
        evidence_.active = Interval<Instant>::point(*zero_);
        event(fmt::format("steady state: {:.4g} good operations a second", spell->good_per_s()));
        vigil_.faults_begin(spell->good_per_s());
        return {};
    }

    Result<void> play_steps() {
        vigil_.enter("faults", *zero_ + scenario_.duration + scenario_.settle);
        for (const auto& step : order_.steps) {
            if (auto waited = vigil_.wait_until(*zero_ + step.at); !waited) return waited;
            auto done = step.kind == scenario::StepKind::inject ? inject(step) : heal(step.fault);
            if (!done) return done;
        }
        if (active_.empty()) return {};
        if (auto waited = vigil_.wait_until(*zero_ + scenario_.duration); !waited) return waited;
        return heal_all();
    }

    Result<void> inject(const scenario::Step& step) {
        const FaultStep& fault = scenario_.faults.at(step.index);
        auto plan = order_.plan(fault, env_.watch.roles(), false);
        if (!plan) return Error(plan.error()).within(fault.name);
        FaultWindow about;
        about.id = fault.id;
        about.name = fault.name;
        about.kind = fault.fault;
        about.nodes = plan->nodes;
        about.expects_outage = fault.expects_outage;
        about.notes = plan->notes;
        event(fmt::format("inject {}: {}{}", fault.name, fault.fault, on_nodes(plan->nodes)));
        auto active = ActiveFault::inject(about, std::move(*plan),
                                          {env_.devices, env_.journal, env_.clock, log_});
        if (!active) return std::move(active.error()).within(fault.name);
        active_.push_back(std::move(*active));
        show_in_force();
        return {};
    }

    Result<void> heal(FaultId id) {
        for (auto fault = active_.begin(); fault != active_.end(); ++fault) {
            if (fault->id() != id) continue;
            auto healed = heal(*fault);
            if (healed) active_.erase(fault);
            show_in_force();
            return healed;
        }
        return {};
    }

    // One way to heal: told to those who watch, and remembered when it had to be tried again.
    Result<void> heal(ActiveFault& fault) {
        const std::string name = fault.window().name;
        event("heal " + name);
        auto healed = fault.heal();
        if (healed) return healed;
        event(fmt::format("NOT HEALED: {}: {}", name, healed.error().message));
        evidence_.notes.push_back(
            fmt::format("healing {} failed: {}", name, healed.error().message));
        return std::move(healed.error()).within("healing " + name + " failed");
    }

    // Newest first; tries all, keeps those that failed for one more try, gives the first failure.
    Result<void> heal_all() {
        Result<void> first;
        for (auto fault = active_.end(); fault != active_.begin();) {
            --fault;
            auto healed = heal(*fault);
            if (healed) fault = active_.erase(fault);
            if (!healed && first) first = std::move(healed);
        }
        show_in_force();
        return first;
    }

    // The load goes on to the end of the duration, and until a whole steady window has passed since
    // the last heal; the last window of it tells whether the system is as it was.
    Result<void> prove_steady_again() {
        const Duration window = scenario_.steady.window;
        const Instant end = std::max(*zero_ + scenario_.duration, env_.clock.now() + window);
        vigil_.enter("faults", end + scenario_.settle);
        if (auto waited = vigil_.wait_until(end - window); !waited) return waited;
        const Look before = look_at(env_);
        if (auto waited = vigil_.wait_until(end); !waited) return waited;
        const Spell spell = between(before, look_at(env_));
        evidence_.steady_after = spell.is_steady(scenario_.steady);
        if (!evidence_.steady_after) {
            evidence_.notes.push_back("not steady at the end: " + spell.text(scenario_.steady));
            event(evidence_.notes.back());
        }
        return {};
    }

    void end_load() {
        if (!load_runs_) return;
        if (zero_) evidence_.active.high = env_.clock.now();
        env_.load.stop();
        vigil_.load_runs(false);
    }

    Result<void> read_back() {
        const Instant settled = env_.clock.now() + scenario_.settle;
        vigil_.enter("settle", settled);
        auto good = vigil_.wait_until(settled);
        if (good) {
            vigil_.enter("read back", settled + scenario_.ledger_patience);
            good = vigil_.wait_until(env_.clock.now());
        }
        if (good) {
            event("read the ledger back");
            auto read = env_.load.read_back(scenario_.ledger_patience, env_.stop);
            if (!read && !env_.stop.stop_requested()) {
                evidence_.notes.push_back("reading back failed: " + read.error().message);
                event(evidence_.notes.back());
            }
            good = vigil_.wait_until(env_.clock.now());
        }
        if (!good) end_early(good.error(), Ending::aborted);
        return good;
    }

    void gather() {
        if (watch_runs_) {
            env_.watch.stop();
            evidence_.roles = env_.watch.take_roles();
            evidence_.lags = env_.watch.take_lags();
        }
        if (load_runs_) {
            evidence_.operations = env_.load.take_operations();
            evidence_.clients = env_.load.clients();
            evidence_.health = env_.load.take_health();
            mark_phases(evidence_.operations, zero_ ? &evidence_.steady : nullptr);
            evidence_.instrument = instrument_health(evidence_.operations);
        }
        prove_faults();
        gather_connections();
        evidence_.finished = env_.clock.now();
        evidence_.faults.assign(log_.begin(), log_.end());
        for (const auto& window : log_) {
            if (!window.heal_error.empty()) {
                unhealed_.push_back(fmt::format("{}: {}", window.name, window.heal_error));
            }
        }
    }

    // Once for each fault, however many pulses it had: the first has the notes, all the trouble.
    void prove_faults() {
        std::map<FaultId, Proof> proofs;
        for (auto& window : log_) {
            auto [place, is_new] = proofs.try_emplace(window.id);
            if (is_new) {
                place->second = env_.devices.proof(window.id);
                const auto& notes = place->second.notes;
                window.notes.insert(window.notes.end(), notes.begin(), notes.end());
            }
            if (window.trouble.empty()) window.trouble = place->second.contradiction;
        }
    }

    void gather_connections() {
        auto seen = env_.devices.connections();
        evidence_.connections = std::move(seen.counts);
        for (auto& note : seen.notes) evidence_.notes.push_back(std::move(note));
    }

    void take_down(std::optional<ActiveFault>& system) {
        if (!system) return note_launch();
        event("take the system down");
        (void)system->heal();  // a failure is tried once more, by dropping it, and then noted
        system.reset();
        note_launch();
    }

    void note_launch() {
        for (const auto& window : launch_log_) {
            if (window.heal_error.empty()) continue;
            unhealed_.push_back("launch: " + window.heal_error);
            evidence_.notes.push_back("the system could not be taken down: " + window.heal_error);
            event("NOT HEALED: " + unhealed_.back());
        }
    }

    void end_early(const Error& error, Ending ending) {
        const bool interrupted = error.code == ErrorCode::interrupted;
        evidence_.ending = interrupted ? Ending::aborted : ending;
        evidence_.ending_reason = error.message;
        event(fmt::format("{}: {}", name_of(evidence_.ending), error.message));
    }

    void event(const std::string& text) { env_.progress.event(env_.clock.now(), text); }

    void show_in_force() {
        vigil_.in_force.clear();
        for (const auto& fault : active_) vigil_.in_force.push_back(fault.window().name);
    }

    [[nodiscard]] std::string on_nodes(const std::vector<NodeId>& nodes) const {
        std::string text;
        for (const auto node : nodes) {
            text += (text.empty() ? " on " : ", ") + scenario_.topology.node_name(node);
        }
        return text;
    }

    [[nodiscard]] Instant planned_end(Instant start) const {
        return start + scenario_.steady.window + scenario_.duration + scenario_.settle;
    }

    const Order& order_;
    const Scenario& scenario_;
    const Environment& env_;
    Vigil vigil_;
    Evidence evidence_;
    std::vector<std::string> unhealed_;
    FaultLog log_, launch_log_;  // before active_, which writes into it until the end
    std::list<ActiveFault> active_;
    std::optional<Instant> zero_;  // end of the steady window: time zero of the faults
    bool load_runs_ = false, watch_runs_ = false;
};

}  // namespace

Done run(const Order& order, const Environment& environment) {
    return Run(order, environment).go();
}

}  // namespace gameday::run
