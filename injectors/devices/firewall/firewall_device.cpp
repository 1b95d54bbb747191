// The firewall device: cuts in the kernel, by tables that end with this process.
#include "harness/ports/device.hpp"
#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/firewall/commands.hpp"
#include "injectors/devices/firewall/ruleset.hpp"
#include "injectors/kernel/host/host.hpp"
#include "injectors/kernel/host/lease_keeper.hpp"
#include "injectors/kernel/host/names.hpp"
#include "injectors/kernel/nft/owned_tables.hpp"
#include "injectors/kernel/prove/path_prover.hpp"
#include "injectors/kernel/prove/target_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gameday::devices {

namespace firewall {
namespace {

using kernel::Namespace;
using kernel::OwnedTables;

// A rule that is prepared or in force.
struct Hold {
    bool in_force = false;
    std::optional<Namespace> where;
    std::shared_ptr<OwnedTables> tables;
    std::unique_ptr<kernel::TargetWatch> watch;
};

class FirewallDevice final : public Device {
 public:
    explicit FirewallDevice(const DeviceContext& context)
        : tag_(kernel::run_tag(context.run_dir)), prover_(context.prove) {}

    ~FirewallDevice() override {
        for (const auto& [key, hold] : holds_) keeper_.release(hold.tables);
    }

    [[nodiscard]] std::string_view name() const noexcept override { return device_name; }

    // A table like those of faults, in a namespace that nobody is in. It stays as long as we do:
    // with the first and the last table of its kind the kernel patches its own code, which takes
    // longer than all the rest of a cut.
    Result<void> ready() override {
        auto scratch = Namespace::scratch();
        if (!scratch) return scratch.error();
        const kernel::Flow in{kernel::Side::ingress, {"192.0.2.1"}, false, {}, {}, {}, {}, {}};
        kernel::Flow out = in;
        out.side = kernel::Side::egress;
        auto made = OwnedTables::open(*scratch);
        if (!made) return made.error();
        auto table = table_of({"local", {in, out}, Cut::drop, Scope::established, default_lease},
                              "gameday_ready", {"lo"});
        if (!table) return table.error();
        auto stands = (*made)->replace({*table});
        if (!stands) {
            return unsupported(
                "nf_tables does not take owned tables on the ingress and egress of interfaces here "
                "({}); it needs Linux 5.16 with CONFIG_NF_TABLES_NETDEV, or use the proxy",
                stands.error().message);
        }
        warm_ = std::move(*made);
        return {};
    }

    Result<void> prepare(FaultId id, const Action& action) override {
        auto rule = rule_of(action);
        if (!rule) return rule.error();
        auto done = put({id, rule->host}, *rule, &OwnedTables::stage);
        const auto host = kernel::parse_host(rule->host);
        if (done && host) prover_.before(id, *host, silenced(*rule));
        return done;
    }

    Result<void> perform(FaultId id, const Action& action) override {
        const Key key{id, text_at(action.args, "host")};
        if (action.verb == "clear") return clear(key);
        auto rule = rule_of(action);
        if (!rule) return rule.error();
        auto done = put(key, *rule, &OwnedTables::replace);
        // Out here: a thread that began in there would stay there, and keep the namespace alive.
        if (!done) return done;
        holds_.at(key).in_force = true;
        keeper_.keep(holds_.at(key).tables, rule->lease);
        if (const auto host = kernel::parse_host(rule->host)) prover_.begin(id, *host, {true, {}});
        return {};
    }

    Proof proof(FaultId id) override { return prover_.proof(id); }

    [[nodiscard]] std::int64_t affected(FaultId id) const override {
        std::int64_t sum = -1;
        for (const auto& [key, hold] : holds_) {
            if (key.first != id) continue;
            auto counted = hold.tables->packets();
            if (!counted) continue;
            sum = std::max<std::int64_t>(sum, 0);
            for (const auto& [chain, packets] : *counted) sum += static_cast<std::int64_t>(packets);
        }
        if (sum > 0) sum = std::max<std::int64_t>(sum - prover_.packets(id), 0);
        return sum;
    }

    [[nodiscard]] std::string trouble(FaultId id) const override {
        const auto found = troubles_.find(id);
        if (found != troubles_.end()) return found->second;
        for (const auto& [key, hold] : holds_) {
            if (key.first != id) continue;
            if (auto text = trouble_of(key, hold); !text.empty()) return text;
        }
        return {};
    }

 private:
    using Key = std::pair<FaultId, std::string>;  // the fault and the host
    using Way = Result<void> (OwnedTables::*)(std::vector<kernel::nft::Table>);

    Result<void> put(const Key& key, const Rule& rule, Way way) {
        auto host = kernel::parse_host(rule.host);
        if (!host) return host.error();
        auto where = Namespace::open(*host);
        if (!where) return where.error();
        // All of it in there at once: entering costs a thread each time.
        auto done = where->inside([&] { return put_inside(key, rule, *where, way); });
        if (done) holds_.at(key).where = std::move(*where);
        return done;
    }

    Result<void> put_inside(const Key& key, const Rule& rule, const Namespace& where, Way way) {
        auto watch = kernel::TargetWatch::open(where);
        if (!watch) return watch.error();
        auto table = table_of(rule, kernel::table_name(tag_, key.first), (*watch)->interfaces());
        if (!table) return table.error();
        auto& hold = holds_[key];
        if (hold.tables) {
            note_trouble(key, hold);
        } else {
            auto opened = OwnedTables::open(where);
            if (!opened) {
                holds_.erase(key);
                return opened.error();
            }
            hold.tables = std::move(*opened);
        }
        auto done = ((*hold.tables).*way)({std::move(*table)});
        if (!done) {
            keeper_.release(hold.tables);
            holds_.erase(key);
            return std::move(done.error()).within(rule.host);
        }
        hold.watch = std::move(*watch);
        return {};
    }

    // On which no answer comes back to packets of our own. A connection that is reset is answered;
    // what the cut lets pass, because it is new or old, is not looked into.
    static std::vector<kernel::Flow> silenced(const Rule& rule) {
        if (rule.scope != Scope::all) return {};
        auto flows = rule.flows;
        std::erase_if(flows, [&](const kernel::Flow& flow) {
            return rule.cut != Cut::drop && flow.protocol == kernel::Protocol::tcp;
        });
        return flows;
    }

    // Tables of a process that died went with it: then there is nothing here to take off.
    Result<void> clear(const Key& key) {
        if (const auto host = kernel::parse_host(key.second)) prover_.end(key.first, *host);
        const auto found = holds_.find(key);
        if (found == holds_.end()) return {};
        const Hold hold = std::move(found->second);
        holds_.erase(found);
        keeper_.release(hold.tables);
        note_trouble(key, hold);
        auto removed = hold.tables->remove();
        // The socket takes along what could not be removed.
        keeper_.close(hold.tables);
        return removed;
    }

    void note_trouble(const Key& key, const Hold& hold) {
        if (auto text = trouble_of(key, hold); !text.empty()) {
            troubles_.emplace(key.first, std::move(text));
        }
    }

    static std::string trouble_of(const Key& key, const Hold& hold) {
        if (!hold.in_force) return {};
        if (!hold.tables->lapsed()) return hold.watch->change(*hold.where);
        return fmt::format(
            "its lease on {} ran out before it was healed: gameday stood still for too long",
            key.second);
    }

    std::string tag_;
    std::unique_ptr<OwnedTables> warm_;
    std::map<Key, Hold> holds_;
    std::map<FaultId, std::string> troubles_;
    kernel::LeaseKeeper keeper_;
    kernel::PathProver prover_;
};

}  // namespace
}  // namespace firewall

namespace {

std::unique_ptr<Device> make_firewall(const DeviceContext& context) {
    return std::make_unique<firewall::FirewallDevice>(context);
}

constexpr std::array firewall_checkups{DeviceCheckup{
    "firewall: nf_tables, owned, in and out", "put a cut in force in a namespace of our own",
    "Linux 5.16 or newer with nf_tables: modprobe nf_tables. Debian 12, Ubuntu 22.04 (linux-image-"
    "generic-hwe), RHEL 10 and WSL2 have it; or use the proxy"}};

}  // namespace

extern const DeviceKind firewall_kind{
    firewall::device_name,
    "cuts packets of hosts in the kernel, by tables that end with us",
    "CAP_NET_ADMIN and CAP_SYS_ADMIN (root, or inside unshare -Urn)",
    make_firewall,
    firewall::commands,
    firewall_checkups};

}  // namespace gameday::devices
