// Makes the nfqueue device: impairments in user space, for kernels without sch_netem.
#include "harness/base/random.hpp"
#include "harness/ports/device.hpp"
#include "injectors/devices/nfqueue/actions.hpp"
#include "injectors/devices/nfqueue/engine.hpp"
#include "injectors/devices/nfqueue/ruleset.hpp"
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

namespace nfqueue {
namespace {

using kernel::Namespace;
using kernel::OwnedTables;

// A rule that is prepared or in force. The engine stands before the tables, and outlives them.
struct Hold {
    Namespace where;
    std::unique_ptr<Engine> engine;
    std::shared_ptr<OwnedTables> tables;
    Rule rule;
    TableLead lead;

    Result<void> put_in_force() { return tables->replace(tables_of(rule, lead)); }
};

class NfqueueDevice final : public Device {
 public:
    explicit NfqueueDevice(const DeviceContext& context)
        : tag_(kernel::run_tag(context.run_dir)), seed_(context.seed), prover_(context.prove) {}

    ~NfqueueDevice() override {
        // The sockets end regardless.
        while (!prepared_.empty()) (void)forget(Key(prepared_.begin()->first));
        while (!holds_.empty()) (void)take_down(holds_.begin()->first);
    }

    [[nodiscard]] std::string_view name() const noexcept override { return device_name; }

    // A rule like those of faults, in a namespace that nobody is in.
    Result<void> ready() override {
        auto scratch = Namespace::scratch();
        if (!scratch) return scratch.error();
        Rule rule;
        rule.impairment.delay = std::chrono::milliseconds(1);
        rule.impairment.duplicate = 0.5;
        kernel::Flow flow;
        flow.side = kernel::Side::egress;
        flow.peers = {"192.0.2.1"};
        rule.flows = {flow};
        auto hold = begin(std::move(*scratch), rule, "gameday_ready", 1);
        if (!hold) return hold.error();
        auto stands = hold->put_in_force();
        let_go(*hold);
        auto removed = hold->tables->remove();
        return stands ? removed : stands;
    }

    Result<void> prepare(FaultId id, const Action& action) override {
        auto rule = rule_of(action);
        if (!rule) return rule.error();
        auto done = prepare({id, rule->host}, *rule);
        const auto host = kernel::parse_host(rule->host);
        if (done && host) prover_.before(id, *host, rule->flows);
        return done;
    }

    Result<void> perform(FaultId id, const Action& action) override {
        const auto host = kernel::parse_host(text_at(action.args, "host"));
        if (!host) return host.error();
        const Key key{id, host_text(*host)};
        if (action.verb == "clear") {
            prover_.end(id, *host);
            return clear(key);
        }
        auto rule = rule_of(action);
        if (!rule) return rule.error();
        auto done = set(key, *rule);
        if (done) prover_.begin(id, *host, kernel::effect_of(rule->impairment));
        return done;
    }

    Proof proof(FaultId id) override { return prover_.proof(id); }

    [[nodiscard]] std::int64_t affected(FaultId id) const override {
        std::int64_t sum = -1;
        if (const auto found = ended_.find(id); found != ended_.end()) sum = found->second.affected;
        for (const auto& [key, hold] : holds_) {
            if (key.first != id) continue;
            sum = std::max<std::int64_t>(sum, 0) + hold.engine->tally().counts.impaired;
        }
        if (sum > 0) sum = std::max<std::int64_t>(sum - prover_.packets(id), 0);
        return sum;
    }

    [[nodiscard]] std::string trouble(FaultId id) const override {
        if (const auto found = ended_.find(id); found != ended_.end()) {
            if (!found->second.trouble.empty()) return found->second.trouble;
        }
        for (const auto& [key, hold] : holds_) {
            if (key.first != id) continue;
            if (auto text = trouble_of(hold, key.second); !text.empty()) return text;
        }
        return {};
    }

 private:
    using Key = std::pair<FaultId, std::string>;  // the fault and the host
    struct Ended {
        std::int64_t affected = 0;
        std::string trouble;
    };

    Result<void> prepare(const Key& key, const Rule& rule) {
        if (auto can = offered(rule); !can) return can;
        auto host = kernel::parse_host(rule.host);
        if (!host) return host.error();
        auto where = Namespace::open(*host);
        if (!where) return where.error();
        const std::uint64_t seed = rule.impairment.seed != 0
                                       ? rule.impairment.seed
                                       : mix64(seed_ ^ mix64(std::uint64_t{key.first.value}));
        const auto name = fmt::format("{}_{}", kernel::table_name(tag_, key.first), turn_ + 1);
        auto hold = begin(std::move(*where), rule, name, seed);
        if (!hold) return std::move(hold.error()).within(rule.host);
        auto forgotten = forget(key);
        prepared_.emplace(key, std::move(*hold));
        return forgotten;
    }

    Result<void> set(const Key& key, const Rule& rule) {
        const auto ready = prepared_.find(key);
        if (ready == prepared_.end() || ready->second.rule != rule) {
            if (auto prepared = prepare(key, rule); !prepared) return prepared;
        }
        if (auto cleared = take_down(key); !cleared) return cleared;
        auto stands = prepared_.at(key).put_in_force();
        if (!stands) {
            (void)forget(key);  // the first error counts
            return std::move(stands.error()).within(rule.host);
        }
        Hold& hold = holds_.emplace(key, std::move(prepared_.extract(key).mapped())).first->second;
        keeper_.keep(hold.tables, rule.lease);
        return {};
    }

    // All that nobody notices.
    Result<Hold> begin(Namespace where, const Rule& rule, const std::string& table,
                       std::uint64_t seed) {
        auto engine = Engine::start(where, rule.impairment, seed);
        if (!engine) return engine.error();
        auto tables = OwnedTables::open(where);
        if (!tables) return tables.error();
        TableLead lead{table, (*engine)->number(), ++turn_, false};
        const auto try_with = [&](bool compat) {
            lead.compat = compat;
            return (*tables)->stage(tables_of(rule, lead));
        };
        Result<void> stands = try_with(compat_.value_or(false));
        if (!stands && !compat_) {
            auto other = try_with(true);
            if (other) compat_ = true;
            if (!other) return no_rules(stands.error(), other.error());
            stands = other;
        }
        if (!stands) return stands.error();
        if (!compat_) compat_ = false;
        return Hold{std::move(where), std::move(*engine), std::move(*tables), rule, lead};
    }

    static Error no_rules(const Error& native, const Error& target) {
        if (native.code == ErrorCode::refused) return native;
        return unsupported(
            "nf_tables leads no packets to user space here, neither by its own queue ({}) nor "
            "by the target NFQUEUE ({}); it needs Linux 5.12 with CONFIG_NFT_QUEUE, or "
            "CONFIG_NFT_COMPAT and CONFIG_NETFILTER_XT_TARGET_NFQUEUE; or use the proxy",
            native.message, target.message);
    }

    // From here on packets pass by, and what waits is let go. The tables are taken off only then:
    // the kernel drops what waits in the queues of a namespace when any hook there is taken off.
    static void let_go(Hold& hold) {
        const auto ended = hold.tables->end_leases();
        hold.engine->stop();
        if (!ended) (void)hold.tables->remove();  // Fails again: the rule lets pass without us.
    }

    // For the same reason the tables, which touch nothing any more, stay as long as packets of
    // another fault may wait there.
    Result<void> take_off(const Hold& hold) {
        const auto same = [&](const kernel::NamespaceId& id) { return id == hold.where.id(); };
        retired_.emplace_back(hold.where.id(), hold.tables);
        for (const auto* holds : {&holds_, &prepared_}) {
            for (const auto& [key, other] : *holds) {
                if (same(other.where.id())) return {};
            }
        }
        Result<void> first;
        for (const auto& [id, tables] : retired_) {
            if (!same(id)) continue;
            auto removed = tables->remove();
            if (!removed && first) first = removed;
            // The socket takes along what could not be removed.
            keeper_.close(tables);
        }
        std::erase_if(retired_, [&](const auto& each) { return same(each.first); });
        return first;
    }

    Result<void> clear(const Key& key) {
        auto forgotten = forget(key);
        auto down = take_down(key);
        return down ? forgotten : down;
    }

    // What was prepared and did not come into force.
    Result<void> forget(const Key& key) {
        const auto found = prepared_.find(key);
        if (found == prepared_.end()) return {};
        Hold hold = std::move(found->second);
        prepared_.erase(found);
        let_go(hold);
        return take_off(hold);
    }

    // What a process that died had set went with it: then there is nothing here to take off. The
    // key is a copy: what it names is erased, and the caller's may be of there.
    Result<void> take_down(const Key key) {
        const auto found = holds_.find(key);
        if (found == holds_.end()) return {};
        keeper_.release(found->second.tables);
        Hold hold = std::move(found->second);
        holds_.erase(found);
        let_go(hold);
        std::string trouble = trouble_of(hold, key.second);
        auto done = take_off(hold);
        Ended& ended = ended_[key.first];
        ended.affected += hold.engine->tally().counts.impaired;
        if (ended.trouble.empty()) ended.trouble = std::move(trouble);
        return done;
    }

    static std::string trouble_of(const Hold& hold, const std::string& host) {
        if (hold.tables->lapsed()) {
            return fmt::format(
                "its lease on {} ran out before it was healed: gameday stood still for too long",
                host);
        }
        if (auto ended = kernel::end_of(hold.where); !ended.empty()) return ended;
        const Tally tally = hold.engine->tally();
        const std::int64_t full = overflow_of(hold.where, hold.engine->number());
        if (full > 0) {
            return fmt::format(
                "{} packets of {} were lost because gameday could not keep up with them: nfqueue "
                "takes about 50 000 a second",
                full, host);
        }
        if (tally.vanished > 0) {
            return fmt::format(
                "{} packets of {} were lost while they waited: the kernel drops them when anybody "
                "there takes a netfilter hook off",
                tally.vanished, host);
        }
        if (tally.not_copied == 0) return {};
        return fmt::format(
            "{} packets of {} could not be duplicated: too long for the interface, or no way",
            tally.not_copied, host);
    }

    std::string tag_;
    std::uint64_t seed_;
    std::optional<bool> compat_;  // once it is known
    std::uint32_t turn_ = 0;      // counts the rules that were set
    std::map<Key, Hold> holds_, prepared_;
    std::vector<std::pair<kernel::NamespaceId, std::shared_ptr<OwnedTables>>> retired_;
    std::map<FaultId, Ended> ended_;
    kernel::LeaseKeeper keeper_;
    kernel::PathProver prover_;
};

}  // namespace
}  // namespace nfqueue

namespace {

std::unique_ptr<Device> make_nfqueue(const DeviceContext& context) {
    return std::make_unique<nfqueue::NfqueueDevice>(context);
}

constexpr std::array nfqueue_checkups{DeviceCheckup{
    "nfqueue: packets to user space", "led packets to us in a namespace of our own",
    "modprobe -a nfnetlink_queue nft_queue, or nft_compat and xt_NFQUEUE; Debian, Ubuntu and RHEL "
    "have them; or use the proxy"}};

}  // namespace

extern const DeviceKind nfqueue_kind{
    nfqueue::device_name,
    "delays, loses, duplicates and reorders packets in user space, for kernels without sch_netem",
    "CAP_NET_ADMIN and CAP_SYS_ADMIN (root, or inside unshare -Urn)",
    make_nfqueue,
    nullptr,
    nfqueue_checkups};

}  // namespace gameday::devices
