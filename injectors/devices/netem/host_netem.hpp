// The impairments of one network namespace: its ifbs, their netems and the table of nf_tables that
// leads there. Has effects; one thread at a time.
//
// Whatever changes: the ifbs that will be needed are made first, and nobody uses them yet; then the
// table is replaced; then those that are no longer needed run dry and are deleted. Killed anywhere
// in between, the table goes, and traffic is normal.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/devices/netem/encode.hpp"
#include "injectors/devices/netem/links.hpp"
#include "injectors/devices/netem/steering_tree.hpp"
#include "injectors/kernel/host/host.hpp"
#include "injectors/kernel/host/lease_keeper.hpp"
#include "injectors/kernel/nft/netlink.hpp"
#include "injectors/kernel/nft/owned_tables.hpp"
#include "injectors/kernel/prove/target_watch.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gameday::devices::netem {

class HostNetem {
 public:
    // `keeper` outlives it.
    static Result<std::unique_ptr<HostNetem>> open(kernel::Namespace where, std::string run_dir,
                                                   kernel::LeaseKeeper& keeper);
    HostNetem(const HostNetem&) = delete;
    HostNetem& operator=(const HostNetem&) = delete;
    // The table goes; ifbs stay unless cleared.
    ~HostNetem();

    // Makes all that set() of the same fault will need, which no packet notices.
    Result<void> prepare(const Steered& fault);
    // Puts the fault in force beside the others, instead of what it was before. As it was when it
    // fails.
    Result<void> set(const Steered& fault);
    // Takes the fault off; also ifbs of ours that a set which broke off has left.
    Result<void> clear(std::uint32_t fault);
    [[nodiscard]] bool idle() const { return faults_.empty() && !ready_; }
    // All faults that were ever set here.
    [[nodiscard]] const std::set<std::uint32_t>& seen() const { return seen_; }

    // Packets that were led through an ifb for the fault; -1 when the kernel does not say.
    [[nodiscard]] std::int64_t packets(std::uint32_t fault) const;
    // Why the fault is or was not what it should be; "" when it is.
    [[nodiscard]] std::string trouble(std::uint32_t fault) const;
    // The same of those that are over, by fault.
    [[nodiscard]] const std::map<std::uint32_t, std::string>& troubles() const { return troubles_; }

 private:
    struct End {
        Link link;
        Leaf leaf;
        Settings settings;
    };
    using AllEnds = std::map<std::string, End>;  // by chain

    HostNetem(kernel::Namespace where, std::unique_ptr<kernel::TargetWatch> watch,
              std::string run_dir, kernel::LeaseKeeper& keeper, kernel::Netlink route,
              std::shared_ptr<kernel::OwnedTables> tables);
    // What has been prepared and is not in force.
    struct Ready {
        std::vector<Steered> faults;
        AllEnds ends;
    };
    [[nodiscard]] std::vector<Steered> with(const Steered& fault) const;
    Result<void> apply(const std::vector<Steered>& faults);
    Result<AllEnds> ends_for(const std::vector<Steered>& faults);
    static AllEnds without(AllEnds ends, const AllEnds& others);
    Result<void> forget_ready();
    Result<End> make_end(const Leaf& leaf);
    Result<void> add_qdiscs(const End& end);
    Result<void> read_back(const End& end);
    Result<void> put(Result<void> (kernel::OwnedTables::*way)(std::vector<kernel::nft::Table>),
                     const std::vector<Steered>& faults, const AllEnds& ends);
    Result<void> steer(const std::vector<Steered>& faults, const AllEnds& ends);
    Result<void> retire(AllEnds ends);
    Result<void> remove(const End& end);
    void note_overflow(const End& end, const Counters& counters);
    void note_lapse();
    void note_changes();

    kernel::Namespace where_;
    std::unique_ptr<kernel::TargetWatch> watch_;
    std::string run_dir_;
    kernel::LeaseKeeper& keeper_;
    kernel::Netlink route_;
    std::shared_ptr<kernel::OwnedTables> tables_;
    std::vector<Steered> faults_;
    std::set<std::uint32_t> seen_;
    AllEnds ends_;
    std::optional<Ready> ready_;
    std::map<std::uint32_t, std::string> troubles_;
    std::uint32_t made_ = 0;
};

// Deletes the ifbs of a run in a namespace when they are empty. For what a process that has died
// left: its table has gone with it.
Result<void> sweep(const kernel::Namespace& where, const std::string& run_dir);

}  // namespace gameday::devices::netem
