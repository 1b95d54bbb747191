#include "harness/app/doctor_network.hpp"

#include "harness/app/catalog.hpp"
#include "harness/ports/device.hpp"
#include "injectors/devices/netem/links.hpp"
#include "injectors/devices/proxy/net/socket_filter.hpp"
#include "injectors/kernel/host/host.hpp"
#include "injectors/kernel/nft/netlink.hpp"

#include <fmt/format.h>

#include <linux/capability.h>
#include <linux/netlink.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace gameday::app {

namespace {

using State = Checkup::State;

constexpr std::string_view privilege_remedy =
    "run as root, or inside `unshare -Urn`; Docker: --cap-add NET_ADMIN --cap-add SYS_ADMIN; the "
    "proxy needs no privilege";
constexpr std::string_view namespace_remedy =
    "run as root, or allow user namespaces. Debian: sysctl kernel.unprivileged_userns_clone=1; "
    "Ubuntu 24.04: sysctl kernel.apparmor_restrict_unprivileged_userns=0; RHEL: sysctl "
    "user.max_user_namespaces=10000; then: unshare -Urn gameday …";
constexpr std::string_view ifb_remedy =
    "modprobe ifb. Ubuntu: apt-get install linux-modules-extra-$(uname -r); RHEL: dnf install "
    "kernel-modules-extra; WSL2 and Docker Desktop have none: nfqueue and the proxy do without";
constexpr std::string_view firewall_remedy =
    "Linux 5.16 or newer with nf_tables: modprobe nf_tables. Debian 12, Ubuntu 22.04 (linux-image-"
    "generic-hwe), RHEL 10 and WSL2 have it; or use the proxy";
constexpr std::string_view netem_remedy =
    "modprobe -a sch_netem ifb nf_tables nft_fwd_netdev. Debian has them; Ubuntu: apt-get install "
    "linux-modules-extra-$(uname -r); RHEL: dnf install kernel-modules-extra; WSL2 and Docker "
    "Desktop have no sch_netem. Without netem nfqueue is used instead";
constexpr std::string_view filter_remedy =
    "run as root, inside `unshare -Urn`, or after `setcap cap_net_admin+ep` of the program; "
    "Docker: "
    "--cap-add NET_ADMIN. Without it black holes by proxy hold bytes, and TCP notices nothing";
constexpr std::string_view nfqueue_remedy =
    "modprobe -a nfnetlink_queue nft_queue, or nft_compat and xt_NFQUEUE; Debian, Ubuntu and RHEL "
    "have them; or use the proxy";

Checkup judged(std::string capability, const Result<void>& tried, std::string_view seen,
               std::string_view remedy) {
    Checkup result{std::move(capability), State::ok, std::string(seen), {}, true};
    if (tried) return result;
    result.state = State::missing;
    result.seen = tried.error().message;
    result.remedy = remedy;
    return result;
}

// The effective capabilities of this process.
std::uint64_t capabilities() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("CapEff:")) return std::stoull(line.substr(7), nullptr, 16);
    }
    return 0;
}

Checkup network_privilege() {
    const bool has = (capabilities() >> CAP_NET_ADMIN & 1U) != 0;
    const auto tried =
        has ? Result<void>() : Result<void>(Error{ErrorCode::refused, "this process has it not"});
    return judged("CAP_NET_ADMIN (faults in the kernel)", tried, "this process has it",
                  privilege_remedy);
}

Result<void> try_ifb() {
    auto scratch = kernel::Namespace::scratch();
    if (!scratch) return scratch.error();
    auto route = kernel::Netlink::open(*scratch, NETLINK_ROUTE);
    if (!route) return route.error();
    auto made = devices::netem::create_ifb(*route, "gddoctor", "gameday doctor");
    return made ? Result<void>() : Result<void>(made.error());
}

Result<void> try_device(std::string_view name) {
    const auto* kind = find_kind(catalog().devices, name);
    if (kind == nullptr) return Error{ErrorCode::unsupported, "this build does not have it"};
    return kind->make({})->ready();
}

}  // namespace

std::vector<Checkup> examine_network() {
    const auto scratch = kernel::Namespace::scratch();
    const Result<void> spaces = scratch ? Result<void>() : Result<void>(scratch.error());
    return {
        network_privilege(),
        judged("proxy: black holes below TCP", devices::proxy::may_filter_packets(),
               "put a packet filter on a socket of our own", filter_remedy),
        judged("network namespaces", spaces, "made one and left it", namespace_remedy),
        judged("firewall: nf_tables, owned, in and out", try_device("firewall"),
               "put a cut in force in a namespace of our own", firewall_remedy),
        judged("ifb interfaces", try_ifb(), "made one and deleted it", ifb_remedy),
        judged("netem: sch_netem on an ifb", try_device("netem"),
               "delayed packets in a namespace of our own", netem_remedy),
        judged("nfqueue: packets to user space", try_device("nfqueue"),
               "led packets to us in a namespace of our own", nfqueue_remedy),
    };
}

}  // namespace gameday::app
