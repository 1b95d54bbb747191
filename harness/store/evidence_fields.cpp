#include "harness/store/evidence_fields.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace gameday::store {

namespace {

// Looks at the ids among the fields of one thing.
class IdCheck {
 public:
    IdCheck(const Evidence& evidence, std::string where, bool nobody_allowed)
        : evidence_(evidence), where_(std::move(where)), nobody_allowed_(nobody_allowed) {}

    void operator()(std::string_view name, NodeId id) {
        look(name, id, evidence_.topology.nodes.size(), "node");
    }
    void operator()(std::string_view name, RegionId id) {
        look(name, id, evidence_.topology.regions.size(), "region");
    }
    void operator()(std::string_view name, ClientId id) {
        look(name, id, evidence_.clients.size(), "client");
    }
    void operator()(std::string_view name, const std::vector<NodeId>& ids) {
        for (const auto id : ids) (*this)(name, id);
    }
    void operator()(std::string_view, const auto&) {}

    std::string problem;

 private:
    void look(std::string_view name, auto id, std::size_t count, std::string_view what) {
        if (!id.known() && nobody_allowed_) return;
        if (id.known() && id.index() < count) return;
        problem = fmt::format("{}/{}: no {} {}, there are {}", where_, name, what,
                              id.known() ? std::to_string(id.value) : "given", count);
    }

    const Evidence& evidence_;
    std::string where_;
    bool nobody_allowed_;
};

// Appends to `problem` only the first thing that is wrong.
template <class T>
void check_list(const Evidence& evidence, const std::vector<T>& list, std::string_view name,
                bool nobody_allowed, std::string& problem) {
    for (std::size_t i = 0; i < list.size() && problem.empty(); ++i) {
        IdCheck check(evidence, fmt::format("/{}/{}", name, i), nobody_allowed);
        fields(check, list[i]);
        problem = std::move(check.problem);
    }
}

}  // namespace

void number_topology(Topology& topology) {
    for (std::size_t i = 0; i < topology.regions.size(); ++i) {
        topology.regions[i].id = RegionId::of(i);
    }
    for (std::size_t i = 0; i < topology.nodes.size(); ++i) topology.nodes[i].id = NodeId::of(i);
    for (std::size_t i = 0; i < topology.links.size(); ++i) topology.links[i].id = LinkId::of(i);
}

Result<void> check_ids(const Evidence& evidence) {
    std::string problem;
    const auto check = [&]<class T>(std::string_view name, const std::vector<T>& list) {
        // A link of clients comes from no node. Notes are plain texts.
        if constexpr (!std::same_as<T, std::string>) {
            check_list(evidence, list, name, name == "links", problem);
        }
    };
    lists(check, evidence);
    constexpr std::uint16_t load_most = 999;
    for (const auto& client : evidence.clients) {
        if (client.load <= load_most || !problem.empty()) continue;
        problem = fmt::format("/clients: load {}, at most {}", client.load, load_most);
    }
    for (const auto& fault : evidence.faults) {
        if (!fault.healed || fault.healed->low >= fault.injected.low || !problem.empty()) continue;
        problem = fmt::format("/faults: {} was healed before it was injected", fault.name);
    }
    for (std::size_t i = 0; i < evidence.operations.size() && problem.empty(); ++i) {
        const auto& operation = evidence.operations[i];
        const auto clients = evidence.clients.size();
        const auto nodes = evidence.topology.nodes.size();
        // Spelled out, because there are millions of them. No node: it was never sent.
        const bool good =
            operation.seq == i + 1 &&
            (!operation.client.known() || operation.client.index() < clients) &&
            (!operation.node.known() || operation.node.index() < nodes) &&
            (!operation.served_by.known() || operation.served_by == unrecognised_node ||
             operation.served_by.index() < nodes) &&
            is_listed(operation.verb) && is_listed(operation.outcome) &&
            is_listed(operation.phase) && is_listed(operation.cause);
        if (!good) {
            problem = fmt::format(
                "/operations/{}: not numbered {}, or of an unknown client, node, "
                "verb, outcome, phase or cause",
                i, i + 1);
        }
    }
    if (!problem.empty()) return Error{ErrorCode::invalid, std::move(problem)};
    return {};
}

}  // namespace gameday::store
