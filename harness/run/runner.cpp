#include "harness/run/runner.hpp"

#include "harness/run/active_fault.hpp"
#include "harness/run/agenda.hpp"
#include "harness/run/gather.hpp"
#include "harness/run/preflight.hpp"
#include "harness/run/steadiness.hpp"
#include "harness/run/surveyor.hpp"
#include "harness/run/wait_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <map>
#include <utility>

namespace gameday::run {

namespace {

class Run {
 public:
    Run(const Order& order, const Environment& environment)
        : order_(order),
          scenario_(order.scenario),
          env_(environment),
          wait_loop_(order.scenario, environment),
          surveyor_(order.scenario, environment.load) {
        wait_loop_.on_look = [this](Instant now, const LoadStatus& load) {
            surveyor_.look(now, load);
        };
        evidence_.run_id = order.run_id;
        evidence_.topology = scenario_.topology;
        evidence_.started_at = order.started_at;
        evidence_.program_version = order.program_version;
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
        wait_loop_.enter("launch", planned_end(env_.clock.now()));
        if (auto ready = devices_ready(order_, env_.devices); !ready) return ready;
        if (auto waited = wait_loop_.wait_until(env_.clock.now()); !waited) return waited;
        if (order_.launch) {
            event("launch " + scenario_.launch.name);
            FaultWindow about;
            about.id = FaultId(0);
            about.name = "launch";
            about.kind = scenario_.launch.name;
            // Waited for whatever happens: half of a system is hard to take down.
            auto up = put_in_force(about, *order_.launch, launch_log_, false);
            if (!up) return std::move(up.error()).within("launch");
            system.emplace(std::move(*up));
        }
        if (auto waited = wait_loop_.wait_until(env_.clock.now()); !waited) return waited;
        if (auto good = faults_can_be_done(order_, env_.devices); !good) return good;
        if (auto started = env_.watch.start(scenario_, order_.run_id); !started) {
            return std::move(started.error()).within("probes");
        }
        watch_runs_ = true;
        auto started = env_.load.start(scenario_, order_.run_id, env_.clock.now());
        if (!started) return std::move(started.error()).within("load");
        load_began_ = *started;
        load_runs_ = true;
        wait_loop_.load_runs(true);
        return {};
    }

    Result<ActiveFault> put_in_force(const FaultWindow& about, FaultPlan plan, FaultLog& log,
                                     bool can_be_interrupted = true) {
        std::optional<Result<ActiveFault>> active;
        Breaking breaking(env_.devices);
        const Effects effects{env_.devices, env_.journal, env_.clock, log, &breaking};
        const auto inject = [&] {
            active.emplace(ActiveFault::inject(about, std::move(plan), effects));
        };
        const auto break_off = [&] { breaking.break_off(); };
        wait_loop_.during(inject, can_be_interrupted ? std::function<void()>(break_off) : nullptr);
        return std::move(*active);
    }

    Result<void> become_steady() {
        env_.load.set_phase(Phase::steady);
        wait_loop_.enter("steady", planned_end(env_.clock.now()));
        const auto steady = await_steady_state(scenario_, env_, wait_loop_, load_began_);
        if (!steady) return steady.error();
        env_.load.set_phase(Phase::active);
        evidence_.steady = steady->window;
        evidence_.active = Interval<Instant>::point(steady->window.high);
        // Where operations are slow a window is known to be steady a while after its end.
        zero_ = std::max(steady->window.high, env_.clock.now() - steady_slice(scenario_.steady));
        event(fmt::format("steady state: {:.4g} good operations a second", steady->good_per_s()));
        for (const auto& note : env_.load.readable().notes) {
            evidence_.notes.push_back(note);
            event(note);
        }
        wait_loop_.faults_begin();
        return {};
    }

    Result<void> play_steps() {
        wait_loop_.enter("faults", *zero_ + scenario_.duration + scenario_.settle);
        Agenda agenda(scenario_, order_.steps);
        while (const auto step = agenda.next()) {
            if (auto waited = wait_loop_.wait_until(*zero_ + step->at); !waited) return waited;
            auto done = step->kind == scenario::StepKind::inject ? inject(*step, agenda)
                                                                 : heal(step->fault);
            if (!done) return done;
            if (step->kind == scenario::StepKind::heal) {
                agenda.done(*step, env_.clock.now() - *zero_);
            }
        }
        if (active_.empty()) return {};
        if (auto waited = wait_loop_.wait_until(*zero_ + scenario_.duration); !waited)
            return waited;
        return heal_all();
    }

    Result<void> inject(const scenario::Step& step, Agenda& agenda) {
        const FaultStep& fault = scenario_.faults.at(step.index);
        auto plan = order_.plan(fault, env_.watch.roles(), false);
        if (!plan) return Error(plan.error()).within(fault.name);
        FaultWindow about;
        about.id = fault.id;
        about.name = fault.name;
        about.kind = fault.fault;
        about.nodes = plan->nodes;
        about.taken = plan->taken;
        about.expects_outage = fault.expects_outage;
        about.notes = plan->notes;
        event(fmt::format("inject {}: {}{}", fault.name, fault.fault, on_nodes(plan->nodes)));
        auto active = put_in_force(about, std::move(*plan), log_);
        if (!active) {
            // A call that was broken off says so; why it was broken off says more.
            if (!wait_loop_.ended()) return wait_loop_.ended();
            if (active.error().code == ErrorCode::interrupted) {
                return Error{ErrorCode::interrupted, "interrupted"};
            }
            return std::move(active.error()).within(fault.name);
        }
        active_.push_back(std::move(*active));
        show_in_force();
        const FaultWindow& window = active_.back().window();
        agenda.done(step, window.injected.high - *zero_);
        // What was acknowledged while it came into force may have been before: it is asked for
        // first.
        surveyor_.in_force(fault.id, window.taken, window.injected.high,
                           *zero_ + agenda.heal_of(step));
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
        surveyor_.heal_begins(fault.id());
        Result<void> healed;
        wait_loop_.during([&] { healed = fault.heal(); });
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
    // the last heal and the longest client timeout: what is due in it no fault can have touched.
    // Whether it is steady the judge tells from the evidence.
    Result<void> prove_steady_again() {
        Duration longest{};
        for (const auto& load : scenario_.loads) longest = std::max(longest, load.timeout);
        const Instant end = std::max(*zero_ + scenario_.duration,
                                     env_.clock.now() + longest + scenario_.steady.window);
        wait_loop_.enter("faults", end + scenario_.settle);
        return wait_loop_.wait_until(end);
    }

    void end_load() {
        if (!load_runs_) return;
        if (zero_) evidence_.active.high = env_.clock.now();
        env_.load.stop();
        wait_loop_.load_runs(false);
    }

    Result<void> read_back() {
        const Instant settled = env_.clock.now() + scenario_.settle;
        wait_loop_.enter("settle", settled);
        auto good = wait_loop_.wait_until(settled);
        if (good) {
            wait_loop_.enter("read back", settled + scenario_.ledger_patience);
            good = wait_loop_.wait_until(env_.clock.now());
        }
        if (good) {
            event("read the ledger back");
            auto read = env_.load.read_back(scenario_.ledger_patience, env_.stop);
            if (!read && !env_.stop.stop_requested()) {
                evidence_.notes.push_back("reading back failed: " + read.error().message);
                event(evidence_.notes.back());
            }
            good = wait_loop_.wait_until(env_.clock.now());
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
            evidence_.causes = env_.load.take_causes();
            for (auto& note : env_.load.take_notes()) evidence_.notes.push_back(std::move(note));
            if (evidence_.ending == Ending::refused) {
                evidence_.ending_reason += top_causes(evidence_.causes);
            }
            mark_phases(evidence_.operations, zero_ ? &evidence_.steady : nullptr);
            evidence_.instrument = instrument_health(evidence_.operations);
        }
        if (env_.suspended) evidence_.instrument.suspended = env_.suspended();
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
        wait_loop_.during([&] {
            (void)system->heal();
        });  // a failure is tried once more, by dropping it, and then noted
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

    void event(const std::string& text) {
        env_.progress.event(env_.clock.now(), text);
        tell();
    }

    // What is known by now, for those who judge this run should it be killed.
    void tell() {
        if (env_.sink == nullptr) return;
        evidence_.faults.assign(log_.begin(), log_.end());
        if (env_.suspended) evidence_.instrument.suspended = env_.suspended();
        env_.sink->update(evidence_);
    }

    void show_in_force() {
        tell();
        wait_loop_.in_force.clear();
        for (const auto& fault : active_) wait_loop_.in_force.push_back(fault.window().name);
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
    WaitLoop wait_loop_;
    Surveyor surveyor_;
    Evidence evidence_;
    std::vector<std::string> unhealed_;
    FaultLog log_, launch_log_;  // before active_, which writes into it until the end
    std::list<ActiveFault> active_;
    Instant load_began_{};
    std::optional<Instant> zero_;  // end of the steady window: time zero of the faults
    bool load_runs_ = false, watch_runs_ = false;
};

}  // namespace

Done run(const Order& order, const Environment& environment) {
    return Run(order, environment).go();
}

}  // namespace gameday::run
