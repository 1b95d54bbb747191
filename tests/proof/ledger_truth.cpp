// What the data of a history lost, by fault and over the run.
#include "tests/proof/world.hpp"

#include <algorithm>

namespace gameday::proof {

namespace {

// Acknowledged writes that are gone, of which `material` were the last of their keys.
struct Losses {
    double all = 0, material = 0;
    double oldest = infinite, oldest_material = infinite;  // acknowledged
    double kept_before = 0;                                // the last one kept before the oldest

    [[nodiscard]] Claimable count() const { return {all, material}; }
    [[nodiscard]] Claimable span(double fault) const {
        return {oldest < infinite ? std::max(0.0, fault - kept_before) : 0,
                oldest_material < infinite ? std::max(0.0, fault - oldest_material) : 0};
    }
};

template <class Gone>
Losses losses(const Plan& plan, const World& world, double from, double to, const Gone& gone) {
    Losses result;
    // Later writes hide a loss that is not near a fault or a change of office.
    const bool near = plan.data.loss == Loss::suffix || plan.data.loss == Loss::merged;
    const auto hidden = [&](const Write& write) { return !near && world.superseded(write); };
    for (const auto& write : world.writes()) {
        if (!write.acknowledged || write.completed < from || write.completed >= to) continue;
        if (!gone(write)) continue;
        ++result.all;
        result.oldest = std::min(result.oldest, write.completed);
        if (world.superseded_by_gone(write) || hidden(write)) continue;
        ++result.material;
        result.oldest_material = std::min(result.oldest_material, write.completed);
    }
    for (const auto& write : world.writes()) {
        if (write.acknowledged && write.completed < result.oldest && !gone(write)) {
            result.kept_before = std::max(result.kept_before, write.completed);
        }
    }
    return result;
}

}  // namespace

void add_data_truth(const Plan& plan, const World& world, Truth& truth) {
    const auto lost = [&](const Write& write) { return world.lost(write); };
    const auto at_failover = [&](const Write& write) { return world.lost_at_failover(write); };
    const auto total = losses(plan, world, 0, infinite, lost);
    for (std::size_t index = 0; index < truth.faults.size(); ++index) {
        auto& fault = truth.faults[index];
        const auto& planned = plan.faults[index];
        const bool own = total.all > 0 && plan.data.fault == index;
        // What is lost in the force of one fault counts for the RPO of the next as well.
        const bool next = total.all > 0 && plan.data.fault + 1 == index;
        const double until = fault.injected;
        auto before = own ? losses(plan, world, 0, until, lost) : Losses{};
        if (next) {
            const auto& last = truth.faults[index - 1];
            before = losses(plan, world, last.injected, std::min(last.healed, until), lost);
        }
        const auto after = own ? losses(plan, world, until, infinite, lost) : Losses{};
        auto& data = fault.data;
        data["rpo_after_heal"] = before.span(until);
        data["lost_acked"] = {before.all + after.all, own ? before.material : 0};
        data["lost_after_fault"] = {after.all,
                                    plan.data.loss == Loss::way_back ? 0 : after.material};
        const bool way = own && plan.data.loss == Loss::way_back;
        data["failback_lost"] = {way ? total.all : 0, way ? total.material : 0};
        if (own && !way) {  // what is acknowledged after the heal may be of the way back
            data["lost_after_fault"].high_at_least =
                losses(plan, world, until, fault.healed - 0.003, lost).material;
            data["failback_lost"].low_at_most =
                losses(plan, world, fault.healed - 0.003, infinite, lost).all;
        }
        // A fault before the loss may tell of it as lost after itself.
        if (total.all > 0 && !own && !next) data["lost_after_fault"].low_at_most = total.all;
        if (planned.taken.empty()) {
            data["rpo"] = data["rpo_after_heal"];
        } else if (world.survivors_read(index)) {
            const bool fell = plan.data.fault == index &&
                              (plan.data.loss == Loss::suffix || plan.data.loss == Loss::merged);
            const auto seen = fell ? losses(plan, world, 0, until, at_failover) : before;
            data["rpo"] = seen.span(until);
            data["lost_at_failover"] = seen.count();
            if (fell)
                data["lost_at_failover"].low_at_most +=
                    losses(plan, world, until, infinite, at_failover).all;
            if (next) data["lost_at_failover"].high_at_least = 0;
        } else {
            data["rpo"] = {data["rpo_after_heal"].low_at_most, infinite};
        }
        if (fault.overlaps && total.all > 0) data.clear();
    }
    truth.run["lost_acked"] = total.count();
    double behind = 0, returned = 0, resurrected = 0, unexpected = 0;
    for (const auto& write : world.writes()) {
        if (write.behind) ++behind;
        if (write.returned) ++returned;
        if (write.resurrected) ++resurrected;
        if (write.unexpected) ++unexpected;
    }
    truth.run["behind"] = {behind + unexpected, behind};
    truth.run["returned"] = Claimable::point(returned);
    truth.run["resurrected"] = Claimable::point(resurrected);
    truth.run["unexpected"] = {unexpected + resurrected, unexpected};
    truth.run["differing"] = Claimable::point(0);
}

}  // namespace gameday::proof
