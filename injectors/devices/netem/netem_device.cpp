// Makes the netem device: delay, loss and so on by the kernel, for the flows of a fault alone.
#include "harness/ports/device.hpp"
#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/netem/commands.hpp"
#include "injectors/devices/netem/host_netem.hpp"
#include "injectors/devices/netem/links.hpp"
#include "injectors/devices/netem/readiness.hpp"
#include "injectors/kernel/host/host.hpp"
#include "injectors/kernel/nft/netlink.hpp"
#include "injectors/kernel/prove/path_prover.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <linux/netlink.h>
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace gameday::devices {

namespace netem {
namespace {

using kernel::Namespace;

// Whether there is no such host any more: with it went all that was in force there.
bool has_ended(const kernel::Host& host) {
    using Kind = kernel::Host::Kind;
    if (host.kind == Kind::local) return false;
    const auto path = host.kind == Kind::netns ? "/run/netns/" + host.name
                                               : fmt::format("/proc/{}/ns/net", host.pid);
    struct stat found {};
    return ::stat(path.c_str(), &found) != 0 && errno == ENOENT;
}

class NetemDevice final : public Device {
 public:
    explicit NetemDevice(const DeviceContext& context)
        : run_dir_(context.run_dir), prover_(context.prove) {}

    [[nodiscard]] std::string_view name() const noexcept override { return device_name; }

    Result<void> ready() override { return ready_here(); }

    Result<void> prepare(FaultId id, const Action& action) override {
        auto rule = rule_of(action);
        if (!rule) return rule.error();
        auto done = put(id, *rule, &HostNetem::prepare);
        const auto host = kernel::parse_host(rule->host);
        if (done && host) prover_.before(id, *host, rule->flows);
        return done;
    }

    Result<void> perform(FaultId id, const Action& action) override {
        const auto host = kernel::parse_host(text_at(action.args, "host"));
        if (!host) return host.error();
        if (action.verb == "clear") {
            prover_.end(id, *host);
            return clear(id, host_text(*host));
        }
        auto rule = rule_of(action);
        if (!rule) return rule.error();
        auto done = put(id, *rule, &HostNetem::set);
        if (done) prover_.begin(id, *host, kernel::effect_of(rule->impairment));
        return done;
    }

    Proof proof(FaultId id) override { return prover_.proof(id); }

    [[nodiscard]] std::int64_t affected(FaultId id) const override {
        const auto number = static_cast<std::uint32_t>(id.index());
        const auto before = packets_before_.find(number);
        std::int64_t sum = before == packets_before_.end() ? 0 : before->second;
        for (const auto& [where, host] : hosts_) {
            const auto packets = host->packets(number);
            if (packets < 0) return -1;
            sum += packets;
        }
        return std::max<std::int64_t>(sum - prover_.packets(id), 0);
    }

    [[nodiscard]] std::string trouble(FaultId id) const override {
        const auto number = static_cast<std::uint32_t>(id.index());
        for (const auto& [where, host] : hosts_) {
            if (auto said = host->trouble(number); !said.empty()) return said;
        }
        const auto before = troubles_before_.find(number);
        return before == troubles_before_.end() ? std::string() : before->second;
    }

 private:
    // Two names may lead to one namespace; it is steered once all the same.
    using Id = std::pair<dev_t, ino_t>;

    Result<void> put(FaultId id, const Rule& rule, Result<void> (HostNetem::*way)(const Steered&)) {
        auto host = kernel::parse_host(rule.host);
        if (!host) return host.error();
        auto where = Namespace::open(*host);
        if (!where) return where.error();
        const Id key{where->id().device, where->id().inode};
        auto& stands = hosts_[key];
        if (!stands) {
            auto opened = HostNetem::open(std::move(*where), run_dir_, keeper_);
            if (!opened) {
                hosts_.erase(key);
                return std::move(opened.error()).within(rule.host);
            }
            stands = std::move(*opened);
        }
        auto done = ((*stands).*way)(
            {static_cast<std::uint32_t>(id.index()), rule.flows, rule.impairment, rule.lease});
        by_name_[rule.host] = key;
        if (stands->idle()) leave(key);
        return done ? done : std::move(done.error()).within(rule.host);
    }

    Result<void> clear(FaultId id, const std::string& name) {
        auto host = kernel::parse_host(name);
        if (!host) return host.error();
        const auto key = by_name_.find(name);
        const auto stands = key == by_name_.end() ? hosts_.end() : hosts_.find(key->second);
        if (stands != hosts_.end()) {
            auto done = stands->second->clear(static_cast<std::uint32_t>(id.index()));
            if (stands->second->idle()) leave(stands->first);
            return done ? done : std::move(done.error()).within(name);
        }
        // Another process may have set it. What has not gone with it is found by its marks.
        if (has_ended(*host)) return {};
        auto where = Namespace::open(*host);
        if (!where) return has_ended(*host) ? Result<void>() : where.error();
        if (hosts_.contains({where->id().device, where->id().inode})) return {};
        return sweep(*where, run_dir_);
    }

    // Keeps what has to be known later, and lets go of the namespace: our sockets would keep it
    // alive.
    void leave(const Id key) {
        const auto& host = hosts_.at(key);
        for (const auto fault : host->seen()) {
            packets_before_[fault] += std::max<std::int64_t>(host->packets(fault), 0);
        }
        for (const auto& [fault, trouble] : host->troubles()) troubles_before_[fault] = trouble;
        hosts_.erase(key);
    }

    std::string run_dir_;
    kernel::LeaseKeeper keeper_;
    kernel::PathProver prover_;
    std::map<Id, std::unique_ptr<HostNetem>> hosts_;
    std::map<std::string, Id> by_name_;
    std::map<std::uint32_t, std::int64_t> packets_before_;
    std::map<std::uint32_t, std::string> troubles_before_;
};

}  // namespace

}  // namespace netem

namespace {

std::unique_ptr<Device> make_netem(const DeviceContext& context) {
    return std::make_unique<netem::NetemDevice>(context);
}

Result<void> try_ifb() {
    auto scratch = kernel::Namespace::scratch();
    if (!scratch) return scratch.error();
    auto route = kernel::Netlink::open(*scratch, NETLINK_ROUTE);
    if (!route) return route.error();
    auto made = netem::create_ifb(*route, "gddoctor", "gameday doctor");
    return made ? Result<void>() : Result<void>(made.error());
}

constexpr std::array netem_checkups{
    DeviceCheckup{
        "ifb interfaces", "made one and deleted it",
        "modprobe ifb. Ubuntu: apt-get install linux-modules-extra-$(uname -r); RHEL: dnf install "
        "kernel-modules-extra; WSL2 and Docker Desktop have none: nfqueue and the proxy do without",
        try_ifb},
    DeviceCheckup{
        "netem: sch_netem on an ifb", "delayed packets in a namespace of our own",
        "modprobe -a sch_netem ifb nf_tables nft_fwd_netdev. Debian has them; Ubuntu: apt-get "
        "install linux-modules-extra-$(uname -r); RHEL: dnf install kernel-modules-extra; WSL2 and "
        "Docker Desktop have no sch_netem. Without netem nfqueue is used instead"}};

}  // namespace

extern const DeviceKind netem_kind{
    netem::device_name,
    "delay, loss, rate and more by the kernel's netem, on interfaces of our own to which nf_tables "
    "leads the packets; healed when gameday dies",
    "CAP_NET_ADMIN and CAP_SYS_ADMIN over the host's namespace, or inside unshare -Urn",
    make_netem,
    netem::commands,
    netem_checkups};

}  // namespace gameday::devices
