// Which device carries a fault on links, and what is said about it.
#include "injectors/common/links.hpp"

#include "harness/ports/fault_kind.hpp"
#include "tests/injectors/hosts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <algorithm>

namespace links_test {

using namespace gameday;
using test::groups;
using test::hosts_apart;
using test::plan_kind;

namespace {

// The device of all actions and the first note, or the error.
std::string carried(const Result<FaultPlan>& plan) {
    if (!plan) return plan.error().message;
    for (const auto& action : plan->heal) CHECK(action.device == plan->inject.front().device);
    return plan->inject.front().device + " | " + plan->notes.front();
}

DeviceCheck lacking(std::vector<std::string> devices) {
    return [devices](std::string_view device) -> Result<std::string> {
        if (std::find(devices.begin(), devices.end(), device) == devices.end()) return {};
        return Error{ErrorCode::unsupported, "no " + std::string(device)};
    };
}

const Value b_and_c = groups({{"b"}, {"c"}});
const Params slow{{"between", b_and_c}, {"delay", "1s"}};

Topology with_hops() {
    auto topology = hosts_apart();
    test::add_hops_between(topology, "b1", "c1");
    return topology;
}

Params with(Params params, const char* name, const char* value) {
    params[name] = Value(value);
    return params;
}

}  // namespace

TEST_CASE("the proxy comes first where all links concerned have hops") {
    CHECK(carried(plan_kind(faults::latency, slow, with_hops())) ==
          "proxy | by proxy: the links concerned have hops");
    CHECK(carried(plan_kind(faults::partition, {{"between", b_and_c}}, with_hops())) ==
          "proxy | by proxy: the links concerned have hops");
    auto half = with_hops();
    half.links[1].listen.reset();
    CHECK(carried(plan_kind(faults::latency, slow, half)) ==
          "netem | by netem: not all links concerned have proxy hops");
}

TEST_CASE("what the proxy cannot do goes to the kernel, hops or not") {
    CHECK(carried(plan_kind(faults::loss, {{"between", b_and_c}, {"share", 0.1}}, with_hops())) ==
          "netem | by netem: the proxy cannot do this");
    CHECK(carried(plan_kind(
              faults::latency,
              {{"between", b_and_c}, {"delay", "1s"}, {"jitter", "1s"}, {"distribution", "pareto"}},
              with_hops())) == "netem | by netem: the proxy cannot do this");
}

TEST_CASE("what a device has to say about this machine stands in the notes of the plan") {
    const DeviceCheck remarks = [](std::string_view device) -> Result<std::string> {
        return device == "netem" ? std::string("ends with gameday") : std::string();
    };
    for (const char* via : {"auto", "netem"}) {
        const auto plan =
            plan_kind(faults::latency, with(slow, "via", via), hosts_apart(), remarks);
        REQUIRE(plan.has_value());
        REQUIRE(plan->notes.size() >= 2);
        CHECK(plan->notes[1] == "netem: ends with gameday");
    }
    const auto queued =
        plan_kind(faults::latency, with(slow, "via", "nfqueue"), hosts_apart(), remarks);
    for (const auto& note : queued->notes) CHECK(note.find("ends with") == std::string::npos);
}

TEST_CASE("what the proxy's black holes lack on this machine stands in the notes of those alone") {
    const DeviceCheck unable = [](std::string_view device) -> Result<std::string> {
        return device == "proxy" ? std::string("holds bytes") : std::string();
    };
    const auto noted = [&](const FaultKind& kind, const Params& params, const DeviceCheck& able) {
        const auto plan = plan_kind(kind, params, with_hops(), able);
        REQUIRE(plan.has_value());
        return std::ranges::count(plan->notes, "proxy: holds bytes") == 1;
    };
    const Params cut{{"between", b_and_c}};
    CHECK(noted(faults::partition, cut, unable));
    CHECK_FALSE(noted(faults::partition, cut, {}));
    CHECK_FALSE(noted(faults::partition, with(cut, "style", "reset"), unable));
    CHECK_FALSE(noted(faults::latency, slow, unable));
}

TEST_CASE("the queue steps in where netem is not able, and says so") {
    CHECK(carried(plan_kind(faults::latency, slow, hosts_apart(), lacking({"netem"}))) ==
          "nfqueue | by nfqueue: not all links concerned have proxy hops; netem is not able here: "
          "no netem");
    // When nothing is able, the best device tells what is missing as it is asked.
    CHECK(carried(plan_kind(faults::latency, slow, hosts_apart(), lacking({"netem", "nfqueue"}))) ==
          "netem | by netem: not all links concerned have proxy hops; netem is not able here: no "
          "netem; nfqueue is not able here: no nfqueue");
}

TEST_CASE("the queue steps in where nf_tables cannot forward, and whoever asks for netem is told") {
    const DeviceCheck able = [](std::string_view device) -> Result<std::string> {
        if (device != "netem") return {};
        return Error{ErrorCode::unsupported,
                     "this kernel's nf_tables cannot forward packets to an ifb (nft_fwd_netdev). "
                     "Load that module, or write \"via\": \"nfqueue\" or \"auto\""};
    };
    const std::string reason =
        "netem is not able here: this kernel's nf_tables cannot forward packets to an ifb "
        "(nft_fwd_netdev)";
    CHECK(carried(plan_kind(faults::latency, slow, hosts_apart(), able)) ==
          "nfqueue | by nfqueue: not all links concerned have proxy hops; " + reason);
    CHECK(carried(plan_kind(faults::latency, with(slow, "via", "netem"), hosts_apart(), able)) ==
          "netem | by netem: the scenario says so; " + reason + "; write \"nfqueue\" or \"auto\"");
    // The queue cannot do this, so it is not what to write.
    const Params counted{
        {"between", b_and_c}, {"share", 0.1}, {"wire_accurate", true}, {"via", "netem"}};
    CHECK(carried(plan_kind(faults::loss, counted, hosts_apart(), able)) ==
          "netem | by netem: the scenario says so; " + reason);
}

TEST_CASE("the queue is not asked to count packets as on the wire") {
    const auto lacks_netem = lacking({"netem"});
    const Params counted{{"between", b_and_c}, {"share", 0.1}, {"wire_accurate", true}};
    CHECK(
        carried(plan_kind(faults::loss, counted, hosts_apart(), lacks_netem)).starts_with("netem"));
    CHECK(carried(plan_kind(faults::loss, with(counted, "via", "nfqueue"))) ==
          "via: nfqueue cannot do this, write \"netem\" or \"auto\"");
}

TEST_CASE("the scenario has the last word") {
    CHECK(carried(plan_kind(faults::latency, with(slow, "via", "nfqueue"), with_hops())) ==
          "nfqueue | by nfqueue: the scenario says so");
    CHECK(carried(plan_kind(faults::latency, with(slow, "via", "proxy"), with_hops())) ==
          "proxy | by proxy: the scenario says so");
    CHECK(carried(plan_kind(faults::latency, with(slow, "via", "proxy"))) ==
          "between: there is no proxy hop between b and c, declare their link with \"listen\" "
          "under /system/links");
    CHECK(carried(plan_kind(faults::loss, {{"between", b_and_c}, {"share", 0.1}, {"via", "proxy"}}))
              .starts_with("via: \"proxy\""));
}

TEST_CASE("without hops and addresses the hops are asked for, unless hosts are declared") {
    auto topology = hosts_apart();
    topology.nodes[2].addresses.clear();
    CHECK(carried(plan_kind(faults::latency, slow, topology))
              .starts_with("between: the node b1 has no numeric address"));
    topology.nodes[0].host = "local";
    CHECK(carried(plan_kind(faults::latency, slow, topology))
              .starts_with("between: there is no proxy hop between b and c"));
}

}  // namespace links_test
