#include "injectors/devices/netem/steering_choice.hpp"

#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/netem/clsact/filter_steering.hpp"
#include "injectors/devices/netem/host_netem.hpp"
#include "injectors/devices/netem/table_steering.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace gameday::devices::netem {

namespace {

constexpr const char* scratch_run = "ready";

Result<void> try_all(const OpenSteering& open_steering) {
    auto scratch = kernel::Namespace::scratch();
    if (!scratch) return scratch.error();
    kernel::LeaseKeeper keeper;
    auto host = HostNetem::open(std::move(*scratch), scratch_run, keeper, open_steering);
    if (!host) return host.error();
    kernel::Impairment impairment;
    impairment.delay = std::chrono::milliseconds(1);
    kernel::Flow in, out;
    in.peers = out.peers = {"192.0.2.1"};
    out.side = kernel::Side::egress;
    auto done = (*host)->set({0, {in, out}, impairment, default_lease});
    return done ? (*host)->clear(0) : done;
}

}  // namespace

Result<void> try_table() { return try_all(steer_by_table(scratch_run)); }

Result<void> try_filters() {
    auto reaper = Reaper::start();
    if (!reaper) return reaper.error();
    return try_all(steer_by_filters(scratch_run, std::shared_ptr<Reaper>(std::move(*reaper))));
}

Result<SteeringChoice> choose_steering() {
    const auto table = try_table();
    if (table) return SteeringChoice{};
    const auto& refused = table.error();
    // Without privilege the other way would fail as well, and say less.
    if (refused.code == ErrorCode::refused) return refused;
    const auto filters = try_filters();
    if (filters) return SteeringChoice{true, refused.message};
    // What both lack, an ifb or netem, says best what is missing.
    if (filters.error() == refused && refused.code == ErrorCode::unsupported) return refused;
    return Error{ErrorCode::unsupported,
                 fmt::format("netem does not work here (led by nf_tables: {}; by clsact: {}); it "
                             "needs sch_netem, ifb, and either Linux 5.16 with nf_tables of family "
                             "netdev and nft_fwd_netdev, or sch_ingress, cls_u32 and act_mirred; "
                             "or use nfqueue or proxy",
                             refused.message, filters.error().message)};
}

std::string remark_on(const SteeringChoice& choice) {
    if (!choice.by_filters) return {};
    return fmt::format(
        "packets are led to it by u32 filters in a clsact, since nf_tables cannot ({}; that takes "
        "Linux 5.16 and nft_fwd_netdev); a process of gameday's takes them off when gameday dies",
        choice.why);
}

}  // namespace gameday::devices::netem
