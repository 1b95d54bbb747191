// Makes the process device: signals and restarts, each verified before it returns.
#include "harness/ports/device.hpp"
#include "injectors/devices/common/command.hpp"
#include "injectors/devices/process/actions.hpp"
#include "injectors/devices/process/family.hpp"
#include "injectors/devices/process/family_record.hpp"
#include "injectors/devices/process/listeners.hpp"
#include "injectors/devices/process/sight.hpp"

#include <fmt/format.h>

#include <sys/types.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace gameday::devices {

namespace process {
namespace {

constexpr Duration verify_patience = std::chrono::seconds(5);

Result<Found> find(const Target& target) {
    Found found{static_cast<pid_t>(target.pid), {}};
    if (!target.pid_file.empty()) {
        auto pid = read_pid_file(target.pid_file);
        if (!pid) return std::move(pid.error()).within(target.node);
        found.pid = *pid;
    }
    found.sight = look(found.pid);
    return found;
}

// What one fault holds a process in; who asks for the same again is held too.
struct Hold {
    std::set<FaultId> faults;
    Found process;
    std::vector<Found> family;  // of a stopped one: it, and those that descended from it
    bool is_waking = false;     // a heal has begun, and failed
};

class ProcessDevice final : public Device {
 public:
    explicit ProcessDevice(const DeviceContext& context)
        : around_(surroundings(context.run_dir)),
          record_(context.run_dir),
          topology_(context.topology) {}

    [[nodiscard]] std::string_view name() const noexcept override { return "process"; }
    Result<void> ready() override { return kernel_starts_programs(); }

    Result<void> check(const Action& action) override {
        auto target = expanded_target(action);
        if (!target) return target.error();
        if (action.verb == "restart") {
            auto how = restart_of(action);
            if (!how) return how.error();
            return how->argv.empty() ? Result<void>()
                                     : can_be_run({how->argv, {}, how->folder}, around_);
        }
        return action.verb == "cont" ? Result<void>() : can_be_hit(*target);
    }

    // What is not there is found out while nothing is in force.
    Result<void> prepare(FaultId, const Action& action) override {
        if (action.verb != "kill" && action.verb != "stop") return {};
        auto target = expanded_target(action);
        if (!target) return target.error();
        const auto found = find(*target);
        if (!found) return found.error();
        const auto hold = killed_.find(key(*target));
        const bool is_down = hold != killed_.end() && !hold->second.faults.empty();
        if (!runs(*found) && !(is_down && action.verb == "kill")) return gone(*target, found->pid);
        return {};
    }

    Result<void> perform(FaultId id, const Action& action) override {
        const auto target = expanded_target(action);
        if (!target) return target.error();
        if (action.verb == "kill") return kill(id, *target);
        if (action.verb == "stop") return stop(id, *target);
        if (action.verb == "cont") return cont(id, *target);
        if (action.verb == "restart") {
            auto how = restart_of(action);
            return how ? restart(id, *target, *how) : Result<void>(how.error());
        }
        return invalid("\"process {}\" is not known, want kill, stop, cont or restart",
                       action.verb);
    }

    [[nodiscard]] std::int64_t affected(FaultId id) const override {
        const auto found = affected_.find(id);
        return found == affected_.end() ? 0 : found->second;
    }

    [[nodiscard]] std::string trouble(FaultId id) const override {
        const auto found = troubles_.find(id);
        return found == troubles_.end() ? std::string() : found->second;
    }

 private:
    Result<Target> expanded_target(const Action& action) const {
        auto target = target_of(action);
        if (!target) return target;
        auto path = expand(target->pid_file, around_);
        if (!path) return path.error();
        target->pid_file = *path;
        return target;
    }

    // Before any fault: it lives, may be signalled, and is who serves at the node's endpoint.
    Result<void> can_be_hit(const Target& target) const {
        const auto unfit = [&](const std::string& why) {
            return refused("{}: {}; write the pid file of the process that serves it", target.node,
                           why);
        };
        const auto found = find(target);
        if (!found) return unfit(found.error().message);
        if (!runs(*found)) {
            return unfit(fmt::format("process {} ({}) is not running", found->pid, key(target)));
        }
        const auto family = family_of(found->pid);
        if (!family) return family.error();
        if (auto may = may_signal_all(*family); !may) return unfit(may.error().message);
        const auto node = topology_ == nullptr ? std::nullopt : topology_->find_node(target.node);
        if (!node) return {};
        const Endpoint& endpoint = topology_->node(*node).endpoint;
        const auto owner = other_listener(found->pid, endpoint);
        if (!owner) return {};
        return unfit(
            fmt::format("process {} ({}) does not listen at its endpoint "
                        "{}, {} does",
                        found->pid, key(target), endpoint.text(), *owner));
    }

    using Holds = std::map<std::string, Hold>;  // by process

    static std::string key(const Target& target) {
        return target.pid_file.empty() ? fmt::format("pid {}", target.pid) : target.pid_file;
    }

    static Error gone(const Target& target, pid_t pid) {
        return failed("{}: process {} ({}) is not running", target.node, pid, key(target));
    }

    Result<void> kill(FaultId id, const Target& target) {
        auto found = find(target);
        if (!found) return found.error();
        Hold& hold = killed_[key(target)];
        troubles_.erase(id);
        if (!runs(*found)) {
            if (hold.faults.empty()) return gone(target, found->pid);
            hold.faults.insert(id);  // another fault keeps it down already
            return {};
        }
        hold.faults.insert(id);
        hold.process = *found;
        // Stopped first, so that none of them sees another one dead, or leaves a child behind.
        std::vector<Found> family;
        auto done = stop(target, *found, family);
        if (done) done = kill_all(family, verify_patience);
        if (!done) {
            (void)wake_all(family, verify_patience);
            return std::move(done.error()).within(target.node);
        }
        clear_record();
        if (family.empty()) return gone(target, found->pid);
        affected_[id] += std::ssize(family);
        return {};
    }

    Result<void> stop(FaultId id, const Target& target) {
        auto found = find(target);
        if (!found) return found.error();
        if (!runs(*found)) return gone(target, found->pid);
        Hold& hold = stopped_[key(target)];
        troubles_.erase(id);
        hold.faults.insert(id);
        hold.process = *found;
        std::vector<Found> family;
        auto done = stop(target, *found, family);
        for (const Found& each : family) hold.family.push_back(each);
        if (!done) return std::move(done.error()).within(target.node);
        if (family.empty() || !is_same(family.front(), *found)) return gone(target, found->pid);
        affected_[id] += std::ssize(family);
        return {};
    }

    // The family of a process, on record before any of them stands still.
    Result<void> stop(const Target& target, const Found& root, std::vector<Found>& stopped) const {
        return stop_family(root, verify_patience, stopped, [&](const std::vector<Found>& next) {
            return record_.add(key(target), next);
        });
    }

    void clear_record() const {
        if (stopped_.empty()) record_.clear();
    }

    Result<void> cont(FaultId id, const Target& target) {
        std::vector<Found> family;
        const auto hold = stopped_.find(key(target));
        if (hold != stopped_.end()) {
            Hold& held = hold->second;
            if (!held.is_waking) note_early_end(id, target, held);
            if (held.faults.size() > 1 && held.faults.erase(id) > 0) return {};  // another keeps it
            family = held.family;
            held.is_waking = true;
        }
        if (auto woken = wake(target, std::move(family)); !woken) return woken;
        if (hold != stopped_.end()) stopped_.erase(hold);
        clear_record();
        return {};
    }

    // Those that were stopped, by us or before us, and those of the one the pid file names by now.
    Result<void> wake(const Target& target, std::vector<Found> family) const {
        const auto add = [&](const std::vector<Found>& more) {
            for (const Found& each : more) {
                const auto same = [&](const Found& known) { return is_same(known, each); };
                if (std::ranges::none_of(family, same)) family.push_back(each);
            }
        };
        add(record_.stopped(key(target)));
        Result<void> seen;
        if (const auto found = find(target)) {
            if (auto now = family_of(found->pid)) {
                add(*now);
            } else {
                seen = std::move(now).error();
            }
        }
        auto woken = wake_all(family, verify_patience);
        if (woken) woken = std::move(seen);
        return woken ? woken : Result<void>(std::move(woken.error()).within(target.node));
    }

    // A process that was stopped and is not any more has ended the fault before its time.
    void note_early_end(FaultId id, const Target& target, const Hold& hold) {
        if (!hold.faults.contains(id)) return;
        for (const Found& each : hold.family) {
            const Found now{each.pid, look(each.pid)};
            const bool ran = is_same(each, now) && now.sight.life == Life::alive;
            const bool gone = each.pid == hold.process.pid && !(is_same(each, now) && runs(now));
            if (!ran && !gone) continue;
            troubles_[id] = fmt::format(
                "{}: ended early: process {}, which was stopped, {} before the fault was healed",
                target.node, each.pid, ran ? "ran again" : "was gone");
            return;
        }
    }

    // One that was killed and runs again though nobody healed it.
    void note_new_life(FaultId id, const Target& target, const Hold& hold) {
        const auto found = find(target);
        if (!found || !runs(*found)) return;
        if (is_same(hold.process, *found)) return;
        troubles_[id] = fmt::format(
            "{}: ended early: process {} took the place of the one that was killed, {} before the "
            "fault was healed",
            target.node, found->pid, format_duration(age_of(found->sight)));
    }

    Result<void> restart(FaultId id, const Target& target, const Restart& how) {
        const auto hold = killed_.find(key(target));
        const bool killed_here = hold != killed_.end() && hold->second.faults.contains(id);
        // A fault of this run that did not get as far as killing has nothing to heal: what runs
        // somewhere else must not get a second copy. After a death of ours nobody knows.
        if (!killed_here && topology_ != nullptr) return {};
        if (killed_here) {
            if (!how.argv.empty()) note_new_life(id, target, hold->second);
            hold->second.faults.erase(id);
            if (!hold->second.faults.empty()) return {};  // another fault keeps it down
            killed_.erase(hold);
        }
        const auto begin = std::chrono::steady_clock::now();
        auto found = find(target);
        // A kill that failed, or a run that was killed, between stopping and killing may have left
        // it standing, or children of it. What another fault has stopped stays so.
        if (!stopped_.contains(key(target))) {
            if (auto woken = wake(target, {}); !woken) return woken;
            clear_record();
        }
        if (found && runs(*found)) return {};
        if (found && found->sight.life == Life::dying) {
            wait_until(how.timeout, [&] { return look(found->pid).life != Life::dying; });
        }
        // A run that was killed in the middle of this restart may have left its command at work: a
        // second one beside it would find the port taken. What it starts has the mark as well.
        const std::string mark = around_.run_dir + " " + target.node;
        wait_until(std::min<Duration>(how.timeout / 2, std::chrono::seconds(10)), [&] {
            // Twice: in the middle of an exec(2) a process shows no environment.
            for (const auto pause : {std::chrono::milliseconds(20), std::chrono::milliseconds(0)}) {
                found = find(target);
                if (found && runs(*found)) return true;
                if (lives_with("GAMEDAY_RESTART=" + mark)) return false;
                std::this_thread::sleep_for(pause);
            }
            return true;
        });
        if (found && runs(*found)) return {};
        std::optional<Detached> program;
        if (!how.argv.empty()) {
            const Command command{how.argv, {{"GAMEDAY_RESTART", mark}}, how.folder};
            auto started = start_detached(command, around_, "restart.log");
            if (!started) return std::move(started.error()).within(target.node);
            program.emplace(std::move(*started));
        }
        std::optional<int> ended;
        const Duration spent = std::chrono::steady_clock::now() - begin;
        const bool alive = wait_until(how.timeout - spent, [&] {
            const auto now = find(target);
            if (now && runs(*now)) return true;
            if (program) ended = program->ended();
            return ended && *ended != 0;
        });
        if (alive && !(ended && *ended != 0)) return {};
        return not_restarted(target, how, program, ended);
    }

    static Error not_restarted(const Target& target, const Restart& how,
                               const std::optional<Detached>& program, std::optional<int> ended) {
        const std::string said = program ? program->tail() : "";
        const bool broken = ended && *ended != 0;
        std::string what =
            broken ? fmt::format("the restart command \"{}\" {}", command_text(how.argv),
                                 describe_status(*ended))
                   : fmt::format("no live process in {} {} after {}", key(target),
                                 how.argv.empty() ? "(something else has to restart it)"
                                                  : "by \"" + command_text(how.argv) + "\"",
                                 format_duration(how.timeout));
        if (!said.empty()) what += "; it said: " + said;
        return Error{broken ? ErrorCode::failed : ErrorCode::timed_out, target.node + ": " + what};
    }

    Surroundings around_;
    FamilyRecord record_;
    const Topology* topology_;  // null: healing what another process did
    Holds killed_, stopped_;
    std::map<FaultId, std::string> troubles_;
    std::map<FaultId, std::int64_t> affected_;
};

}  // namespace
}  // namespace process

namespace {

std::unique_ptr<Device> make_process(const DeviceContext& context) {
    return std::make_unique<process::ProcessDevice>(context);
}

}  // namespace

extern const DeviceKind process_kind{
    "process",
    "signals and restarts of the nodes' processes: kill, stop, continue, "
    "restart, each verified",
    "same user as the process", make_process};

}  // namespace gameday::devices
