#include "harness/app/doctor_network.hpp"

#include "harness/app/catalog.hpp"
#include "harness/ports/device.hpp"
#include "injectors/kernel/host/host.hpp"

#include <linux/capability.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

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
    const auto tried = has ? Result<void>() : Result<void>(refused("this process has it not"));
    return judged("CAP_NET_ADMIN (faults in the kernel)", tried, "this process has it",
                  privilege_remedy);
}

}  // namespace

std::vector<Checkup> examine_network() {
    const auto scratch = kernel::Namespace::scratch();
    const Result<void> spaces = scratch ? Result<void>() : Result<void>(scratch.error());
    std::vector<Checkup> all{network_privilege(), judged("network namespaces", spaces,
                                                         "made one and left it", namespace_remedy)};
    for (const DeviceKind* kind : catalog().devices) {
        for (const auto& [capability, seen, remedy, tried] : kind->checkups) {
            const auto done = tried == nullptr ? kind->make({})->ready() : tried();
            all.push_back(judged(std::string(capability), done, seen, remedy));
        }
    }
    return all;
}

}  // namespace gameday::app
