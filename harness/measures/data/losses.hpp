// Losses: the ledger's lost writes by the fault that they are put down to, in the words of rpo.
//
// A write acknowledged before a fault counts for the recovery point of the next fault to come, and
// one acknowledged while another fault was in force does so as well; but not one acknowledged
// between a heal and t_back, which belongs to the way back of the fault healed. A write
// acknowledged while a fault was in force is lost *after* that fault. What has no other place,
// acknowledged when all faults were over, is put down to the last of them, as lost after it. One
// acknowledged while a fault was being injected or healed may have either place, and is in doubt in
// both.
#pragma once

#include "harness/model/verdict.hpp"
#include "harness/view/recovery.hpp"
#include "harness/view/view.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gameday::measures {

// Faults by index.
struct Homes {
    std::vector<std::size_t> before;    // for whose recovery point it counts; two: for either
    std::vector<std::size_t> after;     // after which it was lost
    std::vector<std::size_t> way_back;  // whose way back it belongs to
};

class Attribution {
 public:
    explicit Attribution(const view::View& view);
    [[nodiscard]] Homes homes_of(Instant acknowledged) const;
    // Whether it was acknowledged while no fault was being injected or healed, nor perhaps on the
    // way back.
    [[nodiscard]] bool is_certain(Instant acknowledged) const;
    // End of the way back from that fault; the beginning of time when it was not healed.
    [[nodiscard]] view::WayBack back(std::size_t fault) const { return backs_[fault]; }

 private:
    const view::View& view_;
    std::vector<view::WayBack> backs_;
};

// Lost writes, proven and possible, in order of `completed`.
struct Losses {
    std::vector<const Operation*> lost, doubtful;

    void add(const Operation& write, bool certain);
    // `lost` in order of `completed`; of `doubtful` only the first and the last stand in their
    // places.
    void sort();
    [[nodiscard]] Interval<double> count() const;  // [lost, lost and doubtful]
};

// Of one fault; without faults, of the whole run.
struct FaultLosses {
    Interval<Instant> instant;  // t_fault; without a fault the end of the load
    Losses before, after;
    Losses apart;  // those of `after` that count for no fault's recovery point
};

// By index of the faults, exactly one without any. `region`: only writes of its clients.
std::vector<FaultLosses> losses_of(const view::View& view, const Attribution& attribution,
                                   std::optional<RegionId> region);

// Instants of all acknowledgements, in order: sorted when first asked for.
class Acknowledgements {
 public:
    explicit Acknowledgements(const view::View& view) : view_(view) {}
    std::optional<Instant> last_before(Instant when);

 private:
    const view::View& view_;
    std::vector<Instant> sorted_;
};

// t_fault − P in seconds, P the latest instant such that all acknowledged up to P is readable: it
// lies between the acknowledgement before the oldest lost one and its own. What was lost after the
// fault has an age below 0 and so changes nothing.
Interval<double> recovery_point_age(const Interval<Instant>& fault, const Losses& before,
                                    Acknowledgements& acknowledgements);

// Seconds from t_fault to the last of them; absent when there are none.
std::optional<Interval<double>> span_after(const Interval<Instant>& fault, const Losses& after);

Figure count_figure(const char* name, std::uint64_t count);

// Whether the client of the write is at home in that region; always without one.
bool is_of(const view::LedgerEntry& entry, std::optional<RegionId> region);

// The reason why the ledger says nothing, "" when it does; and why the final reads say nothing.
std::string unusable(const view::Ledger& ledger);
std::string unmeasurable(const view::Ledger& ledger);

}  // namespace gameday::measures
