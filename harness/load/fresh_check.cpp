#include "harness/load/fresh_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace gameday::load {
namespace {

// The first key of a load, and some further on.
std::vector<std::uint32_t> fresh_sample(const LoadPlan& plan) {
    constexpr std::uint64_t count = 8;
    const std::uint64_t space = plan.spec.keys.space;
    std::vector<std::uint32_t> keys;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t key =
            space > 0 ? 1 + i * std::max<std::uint64_t>(1, space / count)
                      : plan.mix.first_fresh_key + plan.mix.offset + i * i * plan.mix.stride;
        if (space > 0 && key > space) break;
        keys.push_back(static_cast<std::uint32_t>(key));
    }
    return keys;
}

}  // namespace

Result<void> keys_are_fresh(const EnginePlan& plan, const Topology& topology,
                            const SteadyClock& clock,
                            const std::vector<std::vector<ClientId>>& readers, Duration patience) {
    const Instant deadline = clock.now() + patience;
    for (std::size_t load = 0; load < plan.loads.size(); ++load) {
        const LoadPlan& each = plan.loads[load];
        if (!each.spec.ledger || each.spec.keys.existing) continue;
        boost::asio::io_context io{1};
        std::size_t pending = 0;
        std::optional<Operation> found;
        PlaceReads reads({io, each, topology, clock}, direct_places(topology, readers[load]),
                         [&](const PlaceReads::Ended& ended) {
                             --pending;
                             const bool there =
                                 ended.read.outcome == Outcome::ok && ended.read.value != 0;
                             if (there && !found) found = ended.read;
                         });
        if (auto opened = reads.open(); !opened) return opened;
        for (const std::uint32_t key : fresh_sample(each)) {
            for (std::size_t place = 0; place < topology.nodes.size(); ++place) {
                reads.read(place, key, Phase::warmup, clock.now());
                ++pending;
            }
        }
        const auto work = boost::asio::make_work_guard(io);
        while (pending > 0 && !found && clock.now() < deadline) {
            reads.expire(clock.now());
            io.run_for(std::chrono::milliseconds(1));
        }
        reads.close();
        if (!found) continue;
        return refused(
            "load {}: {} shows the value {} for key {}, which this run has not written "
            "yet. Write {{key}} in the path under `read` and `write`, or \"existing\": "
            "true under `keys` if the keys stand already",
            each.spec.name, topology.node_name(found->node), found->value,
            each.name_of(found->key));
    }
    return {};
}

}  // namespace gameday::load
