#include "injectors/devices/netem/readiness.hpp"

#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/netem/host_netem.hpp"
#include "injectors/kernel/nft/owned_tables.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

namespace gameday::devices::netem {

namespace {

using kernel::Namespace;
using kernel::OwnedTables;
namespace nft = kernel::nft;

// Both hooks of the loopback interface, with this rule.
nft::Table table_with(const nft::Rule& rule) {
    nft::Table table{nft::Family::netdev, "gameday_ready", {}, {}};
    for (const auto hook : {nft::Hook::ingress, nft::Hook::egress}) {
        nft::Chain chain;
        chain.name = hook == nft::Hook::ingress ? "in" : "out";
        chain.hook = hook;
        chain.device = "lo";
        chain.rules = {rule};
        table.chains.push_back(std::move(chain));
    }
    return table;
}

// Whether nf_tables can lead packets to another interface. Two tables that differ in nothing but
// that tell what it is that the kernel lacks.
Result<void> can_lead(OwnedTables& tables) {
    const auto lacks = [](const Error& said, std::string_view what,
                          std::string_view remedy) -> Result<void> {
        if (said.code == ErrorCode::refused) return said;
        return unsupported(
            "this kernel's nf_tables {}. {}, or write \"via\": \"nfqueue\" or \"auto\" ({})", what,
            remedy, said.message);
    };
    if (auto done = tables.replace({table_with({nft::Count{}})}); !done) {
        return lacks(done.error(), "takes no owned tables on the ingress and egress of interfaces",
                     "Take Linux 5.16 or newer with CONFIG_NF_TABLES_NETDEV");
    }
    constexpr std::uint32_t loopback = 1;
    if (auto done = tables.replace({table_with({nft::ForwardTo{"lo", loopback}})}); !done) {
        return lacks(done.error(), "cannot forward packets to an ifb (nft_fwd_netdev)",
                     "Load that module");
    }
    return {};
}

}  // namespace

Result<void> ready_here() {
    auto scratch = Namespace::scratch();
    if (!scratch) return scratch.error();
    auto tables = OwnedTables::open(*scratch);
    if (!tables) return tables.error();
    if (auto done = can_lead(**tables); !done) return done;
    kernel::LeaseKeeper keeper;
    auto host = HostNetem::open(std::move(*scratch), "ready", keeper);
    if (!host) return host.error();
    kernel::Impairment impairment;
    impairment.delay = std::chrono::milliseconds(1);
    kernel::Flow in, out;
    in.peers = out.peers = {"192.0.2.1"};
    out.side = kernel::Side::egress;
    auto done = (*host)->set({0, {in, out}, impairment, default_lease});
    return done ? (*host)->clear(0) : done;
}

}  // namespace gameday::devices::netem
