#include "injectors/devices/netem/steering_tree.hpp"

#include "injectors/kernel/host/names.hpp"
#include "injectors/kernel/steer/steering.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace gameday::devices::netem {

using kernel::Flow;
using kernel::Side;
namespace nft = kernel::nft;

namespace {

// After cuts: what is dropped is not delayed first.
constexpr std::int32_t priority = -400;

const char* side_name(Side side) { return side == Side::ingress ? "ingress" : "egress"; }

bool share_address(const std::vector<std::string>& some, const std::vector<std::string>& others) {
    for (const auto& one : some) {
        for (const auto& other : others) {
            const auto a = kernel::parse_prefix(one), b = kernel::parse_prefix(other);
            if (!a || !b || a->v6 != b->v6) continue;
            const auto& wide = a->length <= b->length ? *a : *b;
            auto narrow = a->length <= b->length ? *b : *a;
            // Bits behind the wide one's length do not count.
            for (unsigned bit = wide.length; bit < narrow.address.size() * 8; ++bit) {
                narrow.address[bit / 8] =
                    static_cast<std::uint8_t>(narrow.address[bit / 8] & ~(0x80U >> (bit % 8)));
            }
            if (wide.address == narrow.address) return true;
        }
    }
    return false;
}

bool share_port(const std::vector<std::uint16_t>& some, const std::vector<std::uint16_t>& others) {
    return some.empty() || others.empty() || std::ranges::any_of(some, [&](std::uint16_t port) {
               return std::ranges::find(others, port) != others.end();
           });
}

// Whether a packet can be of both.
bool overlap(const Flow& one, const Flow& other) {
    const bool protocols = one.protocol == other.protocol ||
                           one.protocol == kernel::Protocol::any ||
                           other.protocol == kernel::Protocol::any;
    const bool peers = one.everything || other.everything || share_address(one.peers, other.peers);
    const bool own = one.own.empty() || other.own.empty() || share_address(one.own, other.own);
    return one.side == other.side && protocols && peers && own &&
           share_port(one.own_ports, other.own_ports) &&
           share_port(one.peer_ports, other.peer_ports);
}

bool overlap_on(Side side, const Steered& one, const Steered& other) {
    for (const auto& a : one.flows) {
        for (const auto& b : other.flows) {
            if (a.side == side && b.side == side && overlap(a, b)) return true;
        }
    }
    return false;
}

bool is_on(Side side, const Steered& fault) {
    return std::ranges::any_of(fault.flows, [&](const Flow& flow) { return flow.side == side; });
}

// The faults with a later number that a packet of all of `way` can meet as well.
std::vector<const Steered*> next(Side side, const std::vector<Steered>& faults,
                                 const std::vector<const Steered*>& way) {
    std::vector<const Steered*> found;
    for (const auto& fault : faults) {
        if (!is_on(side, fault)) continue;
        if (!way.empty() && fault.fault <= way.back()->fault) continue;
        const bool meets = std::ranges::all_of(
            way, [&](const Steered* each) { return overlap_on(side, *each, fault); });
        if (meets) found.push_back(&fault);
    }
    return found;
}

void sort(std::vector<Steered>& faults) { std::ranges::sort(faults, {}, &Steered::fault); }

std::string chain_name(Side side, const std::vector<const Steered*>& way) {
    std::string name = side_name(side);
    for (const auto* each : way) name += fmt::format("_{}", each->fault);
    return name;
}

Result<void> walk(Side side, const std::vector<Steered>& faults,
                  const std::vector<const Steered*>& way, const kernel::Impairment& so_far,
                  std::vector<Leaf>& leaves) {
    for (const auto* fault : next(side, faults, way)) {
        auto longer = way;
        longer.push_back(fault);
        Leaf leaf{side, {}, {}};
        for (const auto* each : longer) leaf.faults.push_back(each->fault);
        if (longer.size() > overlap_most) {
            return invalid(
                "faults {} meet on the same packets, want {} at most: let some of them "
                "hold one after the other, or put them in one",
                fmt::join(leaf.faults, ", "), overlap_most);
        }
        auto both = way.empty() ? Result<kernel::Impairment>(fault->impairment)
                                : kernel::compose(so_far, fault->impairment);
        if (!both) {
            return std::move(both.error())
                .within(fmt::format("faults {}", fmt::join(leaf.faults, ", ")));
        }
        leaf.impairment = *both;
        leaves.push_back(std::move(leaf));
        if (auto done = walk(side, faults, longer, *both, leaves); !done) return done;
    }
    return {};
}

// Whether the fault leaves the loopback interface alone: one on "everything" (each packet passes
// there twice), or one that splits packets to the size of a wire.
bool spares_loopback(const Steered& fault) {
    return fault.impairment.wire_accurate ||
           std::ranges::any_of(fault.flows, [](const Flow& flow) { return flow.everything; });
}

// Whether the rule begins the way of a fault that leaves the loopback interface alone.
bool spares_loopback(const nft::Rule& rule, Side side, const std::vector<Steered>& faults) {
    const auto& chain = std::get<nft::Goto>(rule.back()).chain;
    return std::ranges::any_of(faults, [&](const Steered& fault) {
        return chain == chain_name(side, {&fault}) && spares_loopback(fault);
    });
}

// Builds the chains of one side, those that are gone to before those that go there.
class Builder {
 public:
    Builder(Side side, const std::vector<Steered>& faults, const Ends& ends, nft::Table& table)
        : side_(side), faults_(faults), ends_(ends), table_(table) {}

    // The rules that send the packets of `way` further; makes the chains they go to.
    std::vector<nft::Rule> branches(const std::vector<const Steered*>& way) {
        std::vector<nft::Rule> rules;
        for (const auto* fault : next(side_, faults_, way)) {
            auto longer = way;
            longer.push_back(fault);
            const std::string chain = add_chain(longer);
            for (auto rule : matches(*fault)) {
                rule.emplace_back(nft::Goto{chain});
                rules.push_back(std::move(rule));
            }
        }
        return rules;
    }

 private:
    std::string add_chain(const std::vector<const Steered*>& way) {
        nft::Chain chain;
        chain.name = chain_name(side_, way);
        chain.base = false;
        chain.rules = branches(way);
        chain.rules.push_back({nft::Count{}, ends_.at(chain.name)});
        table_.chains.push_back(chain);
        return chain.name;
    }

    // What the packets of a fault have; said once, since the sets behind it get made.
    const std::vector<nft::Rule>& matches(const Steered& fault) {
        const auto [found, fresh] = matches_.try_emplace(fault.fault);
        for (std::size_t i = 0; fresh && i < fault.flows.size(); ++i) {
            if (fault.flows[i].side != side_) continue;
            const auto rules =
                kernel::rules_of(fault.flows[i], fmt::format("lease_{}", fault.fault),
                                 fmt::format("f{}_{}", fault.fault, i), {}, table_);
            found->second.insert(found->second.end(), rules.begin(), rules.end());
        }
        return found->second;
    }

    Side side_;
    const std::vector<Steered>& faults_;
    const Ends& ends_;
    nft::Table& table_;
    std::map<std::uint32_t, std::vector<nft::Rule>> matches_;
};

}  // namespace

std::string chain_of(const Leaf& leaf) {
    return fmt::format("{}_{}", side_name(leaf.side), fmt::join(leaf.faults, "_"));
}

bool chain_has(const std::string& chain, std::uint32_t fault) {
    const auto first = chain.find('_');
    return first != std::string::npos &&
           (chain.substr(first) + "_").find(fmt::format("_{}_", fault)) != std::string::npos;
}

Result<std::vector<Leaf>> leaves_of(std::vector<Steered> faults) {
    sort(faults);
    std::vector<Leaf> leaves;
    for (const Side side : {Side::ingress, Side::egress}) {
        if (auto done = walk(side, faults, {}, {}, leaves); !done) return done.error();
    }
    return leaves;
}

std::string table_name(std::string_view run_dir) {
    return fmt::format("gameday_{}_netem", kernel::run_tag(run_dir));
}

nft::Table table_of(const std::string& name, std::vector<Steered> faults,
                    const std::vector<std::string>& interfaces, const Ends& ends) {
    sort(faults);
    nft::Table table{nft::Family::netdev, name, {}, {}};
    std::vector<Flow> flows;
    for (const auto& fault : faults) {
        table.sets.push_back(kernel::lease_set(fmt::format("lease_{}", fault.fault), fault.lease));
        flows.insert(flows.end(), fault.flows.begin(), fault.flows.end());
    }
    for (const Side side : {Side::ingress, Side::egress}) {
        const auto tree = Builder(side, faults, ends, table).branches({});
        if (tree.empty()) continue;
        nft::Chain base;
        base.hook = side == Side::ingress ? nft::Hook::ingress : nft::Hook::egress;
        base.priority = priority;
        base.rules = kernel::untouched(flows, side, side_name(side), table);
        for (std::size_t i = 0; i < interfaces.size(); ++i) {
            nft::Chain chain = base;
            chain.name = fmt::format("{}_at_{}", side_name(side), i);
            chain.device = interfaces[i];
            for (const auto& rule : tree) {
                if (interfaces[i] == "lo" && spares_loopback(rule, side, faults)) continue;
                chain.rules.push_back(rule);
            }
            table.chains.push_back(std::move(chain));
        }
    }
    return table;
}

}  // namespace gameday::devices::netem
