#include "tests/scenario/fake_catalog.hpp"

#include "harness/model/params.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/device.hpp"
#include "harness/ports/fault_kind.hpp"
#include "harness/ports/measure.hpp"
#include "harness/ports/probe_kind.hpp"
#include "harness/ports/reporter.hpp"
#include "harness/ports/status.hpp"
#include "tests/support/policies.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace gameday::fakes {

namespace {

std::vector<NodeId> nodes_named(ParamReader& reader, std::string_view field,
                                const std::string& name, const PlanContext& context) {
    if (name.empty()) return {};
    if (name == "@primary") return {NodeId(0)};
    auto nodes = context.topology.nodes_named(name);
    if (nodes.empty()) reader.fail(field, fmt::format("no node has the name \"{}\"", name));
    return nodes;
}

FaultPlan cut(std::vector<NodeId> nodes, const PlanContext& context, bool expects_outage) {
    FaultPlan plan;
    for (const auto node : nodes) {
        const Params target{{"node", context.topology.node_name(node)}};
        plan.inject.push_back({"proxy", "cut", target});
        plan.heal.push_back({"proxy", "clear", target});
    }
    plan.nodes = std::move(nodes);
    plan.expects_outage = expects_outage;
    return plan;
}

constexpr std::array<ParamSpec, 2> outage_params{
    {{"region", ParamType::name, "", "region that fails", true},
     {"style", ParamType::choice, "blackhole", "how", false, "blackhole|reset|crash"}}};
Result<FaultPlan> plan_outage(const Params& params, const PlanContext& context) {
    ParamReader reader(params, outage_params);
    const auto nodes = nodes_named(reader, "region", reader.text("region"), context);
    (void)reader.text("style");  // read for its check
    if (auto done = reader.finish(); !done) return done.error();
    return cut(nodes, context, true);
}

constexpr std::array<ParamSpec, 2> partition_params{
    {{"groups", ParamType::groups, "", "sides that cannot reach each other", true},
     {"direction", ParamType::choice, "both", "which way", false, "both|to|from"}}};
Result<FaultPlan> plan_partition(const Params& params, const PlanContext& context) {
    ParamReader reader(params, partition_params);
    std::vector<NodeId> all;
    for (const auto& group : reader.groups("groups")) {
        for (const auto& name : group) {
            for (const auto node : nodes_named(reader, "groups", name, context))
                all.push_back(node);
        }
    }
    (void)reader.text("direction");  // read for its check
    if (auto done = reader.finish(); !done) return done.error();
    return cut(all, context, true);
}

constexpr std::array<ParamSpec, 2> latency_params{
    {{"nodes", ParamType::names, "", "whose links are slow", true},
     {"delay", ParamType::duration, "", "added to each chunk", true}}};
Result<FaultPlan> plan_latency(const Params& params, const PlanContext& context) {
    ParamReader reader(params, latency_params);
    std::vector<NodeId> all;
    for (const auto& name : reader.names("nodes")) {
        for (const auto node : nodes_named(reader, "nodes", name, context)) all.push_back(node);
    }
    const auto delay = reader.duration("delay");
    if (auto done = reader.finish(); !done) return done.error();
    auto plan = cut(all, context, false);
    for (auto& action : plan.inject) action.args["delay"] = duration_literal(delay);
    return plan;
}

constexpr std::array<ParamSpec, 1> kill_params{
    {{"node", ParamType::name, "", "whose process is killed", true}}};
Result<FaultPlan> plan_kill(const Params& params, const PlanContext& context) {
    ParamReader reader(params, kill_params);
    const auto nodes = nodes_named(reader, "node", reader.text("node"), context);
    if (auto done = reader.finish(); !done) return done.error();
    for (const auto node : nodes) {
        if (context.topology.node(node).process.pid_file.empty()) {
            return Error{ErrorCode::invalid, fmt::format("{} has no process that can be killed",
                                                         context.topology.node_name(node))};
        }
    }
    return cut(nodes, context, true);
}

constexpr std::array<ParamSpec, 2> command_params{
    {{"inject", ParamType::strings, "", "command that breaks", true},
     {"heal", ParamType::strings, "", "command that mends", true}}};
Result<FaultPlan> plan_command(const Params& params, const PlanContext&) {
    ParamReader reader(params, command_params);
    const auto inject = reader.names("inject");
    const auto heal = reader.names("heal");
    if (auto done = reader.finish(); !done) return done.error();
    FaultPlan plan;
    plan.inject.push_back({"hook", "run", {{"argv", List(inject.begin(), inject.end())}}});
    plan.heal.push_back({"hook", "run", {{"argv", List(heal.begin(), heal.end())}}});
    return plan;
}

constexpr std::array<ParamSpec, 3> flap_params{
    {{"of", ParamType::object, "", "the fault that comes and goes", true},
     {"on", ParamType::duration, "1s", "time in force"},
     {"off", ParamType::duration, "1s", "time healed"}}};
Result<FaultPlan> plan_flap(const Params& params, const PlanContext& context) {
    ParamReader reader(params, flap_params);
    const Wave wave{reader.duration("on"), reader.duration("off")};
    const Params* inner = reader.object("of");
    if (auto done = reader.finish(); !done) return done.error();
    Params rest = *inner;
    rest.erase("fault");
    auto plan = context.plan(text_at(*inner, "fault"), rest);
    if (!plan) return std::move(plan.error()).within("of");
    plan->wave = wave;
    return plan;
}

const FaultKind outage{"region_outage", "a region is gone", outage_params, plan_outage};
const FaultKind partition{"partition", "sides cannot reach each other", partition_params,
                          plan_partition};
const FaultKind latency{"latency", "links are slow", latency_params, plan_latency};
const FaultKind kill{"process_kill", "a process dies", kill_params, plan_kill};
const FaultKind command{"command", "the user's own", command_params, plan_command};
const FaultKind flap{"flap", "a fault comes and goes", flap_params, plan_flap};

constexpr std::array<ParamSpec, 2> http_params{
    {{"read", ParamType::object, "", "request that reads"},
     {"write", ParamType::object, "", "request that writes"}}};
Result<void> check_http(const Params& params, const Topology&) {
    ParamReader reader(params, http_params);
    (void)reader.object("read");   // read for its check
    (void)reader.object("write");  // read for its check
    return reader.finish();
}
Result<void> check_status(const StatusQuestion& question) {
    const bool plain = !question.params.contains("expect");
    if (plain && text_at(question.params, "path").starts_with('/')) return {};
    return Error{ErrorCode::invalid,
                 plain ? "path: does not begin with /" : "expect: is too much for a fake"};
}
const DriverKind http{"http", "HTTP", http_params,  check_http, nullptr,
                      {},     {},     check_status, nullptr,    {}};

constexpr auto at_most = Comparison::at_most;
constexpr std::array<MetricSpec, 8> metric_specs{
    {{"rto",
      "rto",
      Unit::seconds,
      at_most,
      "time to recover",
      {.tier_bound = &Tier::rto, .place = {.objective = 1}}},
     {"rto_write", "rto_write", Unit::seconds, at_most, "time to recover, writes"},
     {"rpo",
      "rpo",
      Unit::seconds,
      at_most,
      "span of lost writes",
      {.tier_bound = &Tier::rpo, .place = {.objective = 2}}},
     {"lost_acked", "lost_acked", Unit::count, at_most, "acknowledged writes lost"},
     {"split_brain_writes", "split_brain_writes", Unit::count, at_most, "writes by two primaries"},
     {"flaps", "flaps", Unit::count, at_most, "changes beyond those expected"},
     {"availability", "availability", Unit::share, Comparison::at_least, "good of due"},
     {"goodput", "goodput", Unit::per_second, Comparison::at_least, "good operations per second"}}};
const Measure measure{"all", "All", "all figures", metric_specs, nullptr};
const ReporterKind text{"text", "for a terminal", "report.txt", nullptr};
const ReporterKind html{"html", "a page", "report.html", nullptr};
Result<void> check_role(const ProbeSpec& probe, const Scenario& scenario, const Catalog&) {
    static constexpr std::array<ParamSpec, 2> specs{
        {{"path", ParamType::text, "/status", "of the request"},
         {"load", ParamType::text, "", "one of the file's"}}};
    ParamReader reader(probe.params, specs);
    if (const auto name = reader.text("load"); !name.empty() && name != scenario.loads[0].name) {
        reader.fail("load", "is not a load");
    }
    return reader.finish();
}
Result<void> check_nothing(const ProbeSpec&, const Scenario&, const Catalog&) { return {}; }
const ProbeKind role{"role", "who is primary", {}, check_role, nullptr};
const ProbeKind lag{"replication_lag", "how old replicas are", {}, check_nothing, nullptr};
const ProbeKind page{"http", "who answers", {}, check_nothing, nullptr};
const ProbeKind tcp{"tcp", "who takes a connection", {}, check_nothing, nullptr};
const DeviceKind proxy{"proxy", "cuts and delays TCP", "none", nullptr};
const DeviceKind hook{"hook", "runs commands", "those of the commands", nullptr};

}  // namespace

const Catalog& catalog() {
    static const Catalog all{{&command, &flap, &latency, &partition, &kill, &outage},
                             {&http},
                             {&measure},
                             {&text, &html},
                             {&proxy, &hook},
                             {&role, &lag, &page, &tcp},
                             test::all_policies(),
                             {}};
    return all;
}

Result<Value> describe(const std::string& launch_name, const Params& system) {
    if (launch_name != "regions") {
        return Error{ErrorCode::invalid,
                     fmt::format("\"{}\" is no example that can be launched, did you mean "
                                 "\"regions\"?",
                                 launch_name)};
    }
    List regions;
    List links;
    const Value whole{system};
    const Value* names = whole.find("regions");
    int number = 1;
    for (const auto& name : names == nullptr ? List{"us-east", "eu-west"} : *names->as<List>()) {
        const std::string region = *name.as<std::string>();
        const std::string node = region + "-1";
        const std::string address = fmt::format("127.0.{}.1", number++);
        regions.emplace_back(Params{
            {"name", region},
            {"nodes",
             List{Params{{"name", node},
                         {"endpoint", address + ":7000"},
                         {"process", Params{{"pid_file", "{run_dir}/" + node + ".pid"}}}}}}});
        links.emplace_back(
            Params{{"from", "clients:" + region}, {"to", node}, {"listen", address + ":8000"}});
    }
    return Value(Params{{"regions", std::move(regions)},
                        {"links", std::move(links)},
                        {"load", Params{{"http", Params{{"read", Params{{"path", "/kv/{key}"}}},
                                                        {"write", Params{{"path", "/kv/{key}"}}}}},
                                        {"route", Params{{"check_path", "/primary"},
                                                         {"check_interval", "100ms"}}}}},
                        {"probes", List{Params{{"probe", "role"}, {"path", "/status"}}}},
                        {"launch", Params{{"folder", "/examples/regions"},
                                          {"up", List{"gameday-regions", "up"}},
                                          {"down", List{"gameday-regions", "down"}},
                                          {"timeout", "30s"}}}});
}

scenario::ParseOptions options(std::string name) {
    scenario::ParseOptions options;
    options.name = std::move(name);
    options.catalog = &catalog();
    options.describe = describe;
    options.environment = [](std::string_view variable) -> std::optional<std::string> {
        if (variable == "HOST") return "127.0.3.1";
        if (variable == "HOLD") return "2s";
        if (variable == "TOKEN") return "s3cret";
        if (variable == "REGION") return "eu";
        return std::nullopt;
    };
    return options;
}

}  // namespace gameday::fakes
