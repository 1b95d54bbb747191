#include "harness/app/doctor_kernel.hpp"

#include "injectors/devices/common/kernel/host.hpp"

#include <array>
#include <string>
#include <string_view>

namespace gameday::app {

namespace {

struct KernelDevice {
    std::string_view name, capability, tried, remedy;
};

constexpr std::string_view privileges =
    "run as root, with CAP_SYS_ADMIN and CAP_NET_ADMIN, or inside `unshare -Urn`; in Docker: "
    "--cap-add "
    "SYS_ADMIN --cap-add NET_ADMIN; without, faults go through the proxy (\"listen\" of links)";

constexpr std::array<KernelDevice, 3> kernel_devices{{
    {"firewall", "firewall (owned tables, egress hook)",
     "an owned table on ingress and egress of a scratch namespace",
     "Linux 5.16 or later with CONFIG_NF_TABLES_NETDEV: Debian 12, Ubuntu 24.04, RHEL 10 and later "
     "have it; WSL2 and Docker Desktop: a kernel of your own; or cut by the proxy"},
    {"netem", "netem (sch_netem, ifb, nf_tables)", "a netem on an ifb of a scratch namespace",
     "Debian: modprobe sch_netem ifb; Ubuntu: apt-get install linux-modules-extra-$(uname -r) "
     "first; RHEL: dnf install kernel-modules-extra first; WSL2 and Docker Desktop have none: "
     "nfqueue is used instead"},
    {"nfqueue", "nfqueue (NFQUEUE, for lack of netem)", "a queue of a scratch namespace",
     "modprobe nfnetlink_queue nft_queue xt_NFQUEUE (packaged with the kernel on Debian, Ubuntu "
     "and "
     "RHEL; WSL2 and Docker Desktop: a kernel of your own); or delay by the proxy"},
}};

}  // namespace

std::vector<Checkup> examine_kernel(const Able& able) {
    using State = Checkup::State;
    std::vector<Checkup> result;
    const auto scratch = devices::kernel::Namespace::scratch();
    const std::string what = "network namespaces (CAP_SYS_ADMIN)";
    result.push_back(scratch ? Checkup{what, State::ok, "made one and left it", {}, true}
                             : Checkup{what, State::missing, scratch.error().message,
                                       std::string(privileges), true});
    for (const auto& device : kernel_devices) {
        const std::string capability(device.capability);
        const auto good = able(device.name);
        if (good) {
            result.push_back(
                {capability, State::ok, "made " + std::string(device.tried), {}, true});
            continue;
        }
        const auto remedy = scratch ? device.remedy : privileges;
        result.push_back(
            {capability, State::missing, good.error().message, std::string(remedy), true});
    }
    return result;
}

}  // namespace gameday::app
