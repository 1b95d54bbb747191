// Device: the only thing that changes anything outside us. Action: what it is told, as data.
#pragma once

#include "harness/base/id.hpp"
#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/topology.hpp"
#include "harness/model/value.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

// Something a device can do: it can be printed, compared, written to the journal and replayed by
// another process. args holds everything needed; for a heal verb also what identifies the target.
struct Action {
    std::string device, verb;
    Params args;
    bool operator==(const Action&) const = default;
};

// What packets of our own saw of a fault.
struct Proof {
    std::vector<std::string> notes;  // one line for each way they went
    std::string contradiction;       // "" when what they saw is what the fault should have done
};

// What became of the connections that a device has carried.
struct Connections {
    std::vector<ConnectionCount> counts;
    std::vector<std::string> notes;  // what a reader must know of them
};

// One call at a time but for interrupt; perform blocks.
class Device {
 public:
    virtual ~Device() = default;
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;

    // Whether this machine lets us, asked once before the load starts (privilege, binaries, ports).
    // Hops are opened here. unsupported or refused, with what is missing and how to get it.
    virtual Result<void> ready() = 0;

    // Whether ready() opens the hops of links (`Link::listen`). Clients dial hops, with faults or
    // not.
    [[nodiscard]] virtual bool carries_hops() const noexcept { return false; }

    // What to mind about how it works on this machine, one line, once it is ready; "" when it works
    // as it does anywhere.
    [[nodiscard]] virtual std::string remark() const { return {}; }

    // Whether the action could be done now, once what it is aimed at stands and before any fault:
    // programs that can be executed, processes that live and may be signalled. Changes nothing.
    // `refused` with what to write.
    virtual Result<void> check(const Action&) { return {}; }

    // Does all of an inject action that nobody can notice, and finds out whether the rest will
    // work, so that perform() of the same, which follows, has little left to do. What it made is
    // undone by the heal verbs. Faults on several hosts are prepared on all of them first.
    virtual Result<void> prepare(FaultId, const Action&) { return {}; }

    // Returns once the action is in force. Heal verbs are safe to repeat, and succeed when there is
    // nothing to heal. `id` names the fault the action belongs to: healing one leaves the others.
    virtual Result<void> perform(FaultId id, const Action& action) = 0;

    // From any thread: ends what the perform that is under way waits for, if that can be, so that
    // it fails with `interrupted`. Not called while anything is healed.
    virtual void interrupt() {}

    // How often the fault has bitten so far; -1 when the device cannot tell.
    [[nodiscard]] virtual std::int64_t affected(FaultId id) const = 0;

    // Why the fault was not in force all the time between inject and heal (a lease that ran out,
    // packets that were lost to a full queue); "" when it was, as far as the device can tell.
    [[nodiscard]] virtual std::string trouble(FaultId) const { return {}; }

    // Asked when all faults are healed and what they were aimed at still stands. May block for a
    // second.
    virtual Proof proof(FaultId) { return {}; }

    // All connections so far, asked once, when the load has ended; the list of them, where the
    // device keeps one, ends here.
    virtual Connections connections() { return {}; }
};

struct DeviceContext {
    const Topology* topology = nullptr;  // outlives the device
    std::string run_dir;                 // for logs of commands; "" in recover
    std::uint64_t seed = 1;
    bool prove = false;  // send packets of our own to see what faults do, see Device::proof
    std::chrono::steady_clock::time_point began{};  // the zero of the run's clock
    std::map<FaultId, std::string> faults{};        // names of the steps
};

// What `gameday doctor` finds out about a device by doing it.
struct DeviceCheckup {
    std::string_view capability;
    std::string_view seen;    // what was done, where it could be
    std::string_view remedy;  // the way to get it on the common systems
    // Leaves nothing behind; null: ready() of the device does it.
    Result<void> (*tried)() = nullptr;
};

struct DeviceKind {
    std::string_view name, meaning;
    std::string_view privileges;  // "none", "same user as the process", …
    std::unique_ptr<Device> (*make)(const DeviceContext&);
    // The shell lines that do the same as the action by hand, exact enough to paste; null: there
    // are none. It may look at the host (for the names of its interfaces) and changes nothing.
    std::vector<std::string> (*commands)(const Action&) = nullptr;
    std::span<const DeviceCheckup> checkups{};
};

}  // namespace gameday
