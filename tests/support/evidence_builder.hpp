// EvidenceBuilder: evidence by hand or from a small model of a served stream, for tests of whatever
// is a function of evidence. Three regions of one node each, one client at home in each.
#pragma once

#include "harness/base/random.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace gameday::testing {

using namespace std::chrono_literals;

// What becomes of an operation invoked at some instant.
struct Answer {
    Instant completed{};
    Outcome outcome = Outcome::ok;
    NodeId served_by{std::uint16_t{0}};
    Cause cause = Cause::none;
};
using Server = std::function<Answer(Instant invoked)>;

struct StreamSpec {
    double rate_per_s = 1000;
    Instant from{}, to{};
    Verb verb = Verb::write;
    std::uint32_t client = 0;  // index, and of its home region
    Duration lateness{};       // of the generator, the same for every operation
};

class EvidenceBuilder {
 public:
    Scenario scenario;
    Evidence evidence;

    EvidenceBuilder() {
        const std::vector<std::string> names{"us-east", "eu-west", "ap-south"};
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto node = NodeId::of(i);
            const auto region = RegionId::of(i);
            Node made;
            made.id = node;
            made.name = names[i] + "-1";
            made.region = region;
            evidence.topology.nodes.push_back(made);
            evidence.topology.regions.push_back({region, names[i], {node}});
            evidence.clients.push_back({region, 0});
        }
        scenario.name = "test";
        scenario.topology = evidence.topology;
        scenario.loads.resize(1);
        scenario.loads[0].timeout = 500ms;
        scenario.steady.operations_min = 1;
        evidence.steady = {at(0s), at(3s)};
        evidence.active = {at(3s), at(13s)};
        evidence.finished = at(16s);
    }

    // Appends and numbers it; the phase follows from `scheduled`.
    Operation& add(Operation operation) {
        if (operation.phase != Phase::final_read && operation.phase != Phase::survivor_read) {
            const bool steady = operation.scheduled < evidence.active.low;
            operation.phase = steady ? Phase::steady : Phase::active;
        }
        operation.seq = evidence.operations.size() + 1;
        evidence.operations.push_back(operation);
        return evidence.operations.back();
    }

    // An operation that was due when it was invoked.
    Operation& op(Verb verb, std::uint32_t key, std::uint64_t value, Instant invoked,
                  Instant completed, std::uint16_t region, Outcome outcome = Outcome::ok,
                  std::uint64_t version = 0) {
        Operation operation;
        operation.verb = verb;
        operation.key = key;
        operation.value = value;
        operation.version = version;
        operation.scheduled = operation.invoked = invoked;
        operation.completed = completed;
        operation.client = ClientId(0);
        operation.node = operation.served_by = NodeId(region);
        operation.outcome = outcome;
        return add(operation);
    }
    Operation& write(std::uint32_t key, std::uint64_t value, Instant when, std::uint16_t region,
                     std::uint64_t version = 0) {
        return op(Verb::write, key, value, when, when + 1ms, region, Outcome::ok, version);
    }
    Operation& final_read(std::uint32_t key, std::uint64_t value, std::uint16_t region,
                          Duration after = 0ms) {
        auto& read = op(Verb::read, key, value, evidence.active.high + 2s + after,
                        evidence.active.high + 2s + after + 1ms, region);
        read.phase = Phase::final_read;
        return read;
    }

    Operation& survivor_read(std::uint32_t key, std::uint64_t value, std::uint16_t region,
                             Instant when) {
        auto& read = op(Verb::read, key, value, when, when + 1ms, region);
        read.phase = Phase::survivor_read;
        return read;
    }
    // What the nodes hold in the end, the first node first.
    void final_reads(std::uint32_t key, std::initializer_list<std::uint64_t> values) {
        std::uint16_t region = 0;
        for (const auto value : values) final_read(key, value, region++);
    }
    void role(Instant when, std::uint16_t node, Role role, std::uint64_t term) {
        evidence.roles.push_back({{when, when + 1ms}, NodeId(node), role, term});
    }

    // Operations at even distances, each with a key and value of its own.
    void stream(const StreamSpec& spec, const Server& server) {
        const auto count =
            static_cast<std::int64_t>(seconds(spec.to - spec.from) * spec.rate_per_s + 0.5);
        for (std::int64_t i = 0; i < count; ++i) {
            Operation operation;
            operation.scheduled =
                spec.from + from_seconds(static_cast<double>(i) / spec.rate_per_s);
            operation.invoked = operation.scheduled + spec.lateness;
            const Answer answer = server(operation.invoked);
            operation.completed = answer.completed;
            operation.outcome = answer.outcome;
            operation.served_by = answer.served_by;
            operation.node = answer.served_by;
            operation.cause = answer.cause;
            operation.verb = spec.verb;
            operation.client = ClientId(spec.client);
            operation.key = static_cast<std::uint32_t>(evidence.operations.size() + 1);
            operation.value = evidence.operations.size() + 1;
            add(operation);
        }
    }

    FaultWindow& fault(std::string name, Instant injected, std::optional<Instant> healed) {
        FaultWindow window;
        const auto number = static_cast<std::uint32_t>(evidence.faults.size() + 1);
        window.id = FaultId(number);
        window.name = name;
        window.kind = "region_outage";
        window.nodes = {NodeId(std::uint16_t{0})};
        window.injected = {injected, injected + 100us};
        if (healed) window.healed = Interval<Instant>{*healed, *healed + 100us};
        window.affected = 1;
        evidence.faults.push_back(window);
        FaultStep step;
        step.id = window.id;
        step.name = std::move(name);
        step.fault = window.kind;
        step.at = injected - evidence.active.low;
        scenario.faults.push_back(step);
        return evidence.faults.back();
    }

    void target(const std::string& metric, double value,
                Comparison comparison = Comparison::at_most, Severity severity = Severity::fail) {
        TargetSpec target;
        target.id = target.metric = metric;
        target.value = value;
        target.comparison = comparison;
        target.severity = severity;
        scenario.targets.push_back(target);
    }
};

// Always answers after `service`, from the node of that region.
inline Server healthy(Duration service = 500us, std::uint16_t region = 0) {
    return [=](Instant invoked) {
        return Answer{invoked + service, Outcome::ok, NodeId(region), Cause::none};
    };
}

// Healthy but stopped in [from, to), with everything that queued up answered at recovery, one every
// `drain`; what waits longer than `timeout` is unknown.
inline Server stalled(Instant from, Instant to, Duration timeout, Duration service = 500us,
                      Duration drain = 10us) {
    return [=, queue = Duration::zero()](Instant invoked) mutable {
        Answer answer{invoked + service, Outcome::ok, NodeId(std::uint16_t{0}), Cause::none};
        if (answer.completed <= from || invoked >= to + queue) return answer;
        queue += drain;
        answer.completed = std::max(answer.completed, to + queue);
        if (answer.completed - invoked > timeout) {
            return Answer{invoked + timeout, Outcome::unknown, NodeId(), Cause::timed_out};
        }
        return answer;
    };
}

// Healthy but refusing at once in [from, to).
inline Server refusing(Instant from, Instant to, Duration service = 500us,
                       std::uint16_t region = 0) {
    return [=](Instant invoked) {
        if (invoked >= from && invoked < to) {
            return Answer{invoked + 100us, Outcome::failed, NodeId(), Cause::refused};
        }
        return Answer{invoked + service, Outcome::ok, NodeId(region), Cause::none};
    };
}

}  // namespace gameday::testing
