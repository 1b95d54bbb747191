#include "tests/store/random_evidence.hpp"

#include "harness/base/random.hpp"

#include <array>
#include <limits>
#include <string>
#include <utility>

namespace gameday::test {

namespace {

class Maker {
 public:
    explicit Maker(std::uint64_t seed) : random_(seed, "evidence") {}

    Evidence evidence() {
        Evidence made;
        topology(made.topology);
        for (auto i = random_.below(4); i > 0; --i) {
            made.clients.push_back({region(), static_cast<std::uint16_t>(random_.below(3))});
        }
        if (made.clients.size() == 3) {
            made.clients.back().cohort = 1;
            made.clients.back().behaviour = "pinned down";
        }
        operations(made);
        for (auto i = random_.below(4); i > 0; --i) made.faults.push_back(fault());
        for (auto i = random_.below(6); i > 0; --i) {
            made.roles.push_back({span(), node(), static_cast<Role>(random_.below(4)), large()});
            made.lags.push_back({span(), node(), {duration(), Duration::max()}, {}});
            if (random_.chance(0.5)) made.lags.back().reported = duration();
            made.health.push_back({instant(), region(), node(), random_.chance(0.5)});
        }
        for (auto i = random_.below(4); i > 0; --i) {
            made.connections.push_back({text(), text(), {}, large(), large(), large()});
            for (auto faults = random_.below(3); faults > 0; --faults) {
                made.connections.back().faults.push_back(FaultId::of(random_.below(9)));
            }
        }
        made.steady = span();
        made.active = span();
        made.finished = instant();
        made.ending = static_cast<Ending>(random_.below(4));
        made.ending_reason = text();
        made.run_id = static_cast<std::uint32_t>(random_.below(run_id_max + 1));
        for (auto i = random_.below(3); i > 0; --i) {
            made.causes.push_back(
                {static_cast<std::uint16_t>(random_.below(3)), static_cast<Verb>(random_.below(2)),
                 static_cast<Cause>(random_.below(11)), text(), large(), instant(), text()});
        }
        for (auto i = random_.below(3); i > 0; --i) made.notes.push_back(text());
        made.instrument = {duration(), duration(), duration(), large(), {}};
        for (auto i = random_.below(3); i > 0; --i) made.instrument.suspended.push_back(span());
        made.started_at = "2025-01-31T10:20:30Z";
        made.program_version = text();
        return made;
    }

 private:
    void topology(Topology& made) {
        const auto regions = 1 + random_.below(4);
        for (std::uint64_t i = 0; i < regions; ++i) {
            made.regions.push_back({RegionId::of(i), "region " + std::to_string(i), {}});
            region_count_ = i + 1;
            for (auto count = 1 + random_.below(3); count > 0; --count) add_node(made);
        }
        for (auto i = random_.below(4); i > 0; --i) {
            Link link;
            link.id = LinkId::of(made.links.size());
            link.name = "a->" + std::to_string(i);
            link.from_clients = random_.chance(0.5);
            link.from_region = region();
            if (!link.from_clients) link.from_node = node();
            link.to_node = node();
            if (random_.chance(0.5)) link.listen = Endpoint{"::1", 80};
            link.target = {"127.0.1.1", 7000};
            made.links.push_back(link);
        }
    }
    void add_node(Topology& made) {
        Node made_node;
        made_node.id = NodeId::of(made.nodes.size());
        made_node.name = "n," + std::to_string(made.nodes.size());
        made_node.region = made.regions.back().id;
        made_node.role = text();
        made_node.host = text();
        for (auto i = random_.below(3); i > 0; --i) made_node.addresses.push_back(text());
        made_node.endpoint = {"host-" + std::to_string(random_.below(9)), 65535};
        made_node.process.pid_file = text();
        made_node.process.pid = static_cast<std::int64_t>(random_.below(99999));
        for (auto i = random_.below(3); i > 0; --i) made_node.process.restart.push_back(text());
        made_node.process.folder = text();
        made_node.process.restart_timeout = duration();
        made.regions.back().nodes.push_back(made_node.id);
        made.nodes.push_back(std::move(made_node));
        node_count_ = made.nodes.size();
    }
    void operations(Evidence& made) {
        const auto count = random_.below(30);
        for (std::uint64_t i = 0; i < count; ++i) {
            Operation operation;
            operation.seq = i + 1;
            operation.scheduled = instant();
            operation.invoked = instant();
            operation.completed = instant();
            operation.value = large();
            operation.version = large();
            operation.key = static_cast<std::uint32_t>(large());
            if (!made.clients.empty()) operation.client = ClientId::of(0);
            if (random_.chance(0.7)) operation.node = node();
            if (random_.chance(0.7)) operation.served_by = node();
            if (random_.chance(0.1)) operation.served_by = unrecognised_node;
            operation.verb = static_cast<Verb>(random_.below(2));
            operation.outcome = static_cast<Outcome>(random_.below(3));
            operation.phase = static_cast<Phase>(random_.below(5));
            operation.cause = static_cast<Cause>(random_.below(11));
            made.operations.push_back(operation);
        }
    }
    FaultWindow fault() {
        FaultWindow window;
        window.id = FaultId::of(1 + random_.below(5));
        window.name = text();
        window.kind = "region_outage";
        for (auto i = random_.below(3); i > 0; --i) window.nodes.push_back(node());
        window.injected = span();
        if (random_.chance(0.7)) {
            window.healed = span();
            if (window.healed->low < window.injected.low) {
                std::swap(*window.healed, window.injected);
            }
        }
        window.affected = static_cast<std::int64_t>(random_.below(100)) - 1;
        window.heal_error = text();
        window.trouble = text();
        window.expects_outage = random_.chance(0.5);
        for (auto i = random_.below(3); i > 0; --i) window.notes.push_back(text());
        for (auto i = random_.below(3); i > 0; --i) window.taken.push_back(node());
        return window;
    }
    std::string text() {
        static const std::array<std::string, 10> texts{
            "",           "-",      "plain",      "two words",    "a,b",
            "say \"no\"", "\n\t\\", "#1 not one", "[run] Zürich", "x=1"};
        return texts.at(random_.below(texts.size()));
    }
    std::uint64_t large() { return random_.next() >> random_.below(64); }
    Duration duration() {
        const auto edge = random_.below(20);
        if (edge == 0) return Duration::max();
        if (edge == 1) return Duration::min();
        return Duration(static_cast<std::int64_t>(large() >> 1));
    }
    Instant instant() { return Instant(duration()); }
    Interval<Instant> span() {
        const auto one = instant();
        const auto other = instant();
        return {std::min(one, other), std::max(one, other)};
    }
    NodeId node() { return NodeId::of(random_.below(node_count_)); }
    RegionId region() { return RegionId::of(random_.below(region_count_)); }

    Random random_;
    std::uint64_t node_count_ = 0;
    std::uint64_t region_count_ = 0;
};

}  // namespace

Evidence random_evidence(std::uint64_t seed) { return Maker(seed).evidence(); }

}  // namespace gameday::test
