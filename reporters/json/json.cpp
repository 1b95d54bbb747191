#include "harness/json/json.hpp"

#include "harness/ports/reporter.hpp"
#include "reporters/common/words.hpp"
#include "reporters/json/result.hpp"
#include "reporters/json/values.hpp"

#include <array>

namespace gameday::reporters {

namespace {

std::string_view kind_name(ScenarioKind kind) {
    constexpr std::array<std::string_view, 4> names{"recovery", "sustained", "correctness",
                                                    "switchover"};
    return names.at(static_cast<std::size_t>(kind));
}

std::string_view arrival_name(Arrival arrival) {
    constexpr std::array<std::string_view, 3> names{"constant", "poisson", "ramp"};
    return names.at(static_cast<std::size_t>(arrival));
}

Value load_value(const LoadSpec& load) {
    return Params{{"name", text_value(load.name)},
                  {"driver", text_value(load.driver)},
                  {"arrival", std::string(arrival_name(load.arrival))},
                  {"rate_per_s", number_value(load.rate_per_s)},
                  {"writes", number_value(load.writes)},
                  {"timeout_s", seconds(load.timeout)},
                  {"regions", texts_value(load.regions)}};
}

Value step_value(const FaultStep& step) {
    return Params{{"name", text_value(step.name)},
                  {"fault", text_value(step.fault)},
                  {"at_s", seconds(step.at)},
                  {"for_s", step.length ? Value(seconds(*step.length)) : Value(std::monostate())}};
}

Value scenario_value(const Scenario& scenario) {
    List loads;
    for (const auto& load : scenario.loads) loads.push_back(load_value(load));
    List faults;
    for (const auto& step : scenario.faults) faults.push_back(step_value(step));
    std::vector<std::string> regions;
    for (const auto& region : scenario.topology.regions) regions.push_back(region.name);
    const MinimumLevel& minimum = scenario.minimum;
    return Params{{"name", text_value(scenario.name)},
                  {"title", text_value(scenario.title)},
                  {"hypothesis", text_value(scenario.hypothesis)},
                  {"owner", text_value(scenario.owner)},
                  {"service", text_value(scenario.service)},
                  {"tier", text_value(scenario.tier)},
                  {"tags", texts_value(scenario.tags)},
                  {"kind", std::string(kind_name(scenario.kind))},
                  {"seed", unsigned_value(scenario.seed)},
                  {"time_scale", number_value(scenario.time_scale)},
                  {"duration_s", seconds(scenario.duration)},
                  {"regions", texts_value(regions)},
                  {"loads", std::move(loads)},
                  {"faults", std::move(faults)},
                  {"minimum_level", Params{{"success", number_value(minimum.success)},
                                           {"latency_s", seconds(minimum.latency)},
                                           {"hold_s", seconds(minimum.hold)}}}};
}

Value instrument_value(const InstrumentHealth& health) {
    return Params{{"lateness_p50_s", seconds(health.lateness_p50)},
                  {"lateness_p99_s", seconds(health.lateness_p99)},
                  {"lateness_max_s", seconds(health.lateness_max)},
                  {"shed", unsigned_value(health.shed)}};
}

std::string render_json(const Report& report) { return json::print_pretty(result_value(report)); }

}  // namespace

Value result_value(const Report& report) {
    List findings;
    for (const auto& finding : report.findings) findings.push_back(finding_value(finding));
    List measurements;
    for (const auto& each : report.measurements) measurements.push_back(measurement_value(each));
    List faults;
    for (const auto& fault : report.faults) {
        faults.push_back(fault_value(fault, report.scenario.topology, report.active.low));
    }
    Params all{{"schema", std::string(result_schema)},
               {"program_version", text_value(report.program_version)},
               {"run_id", text_value(report.run_id)},
               {"started_at", text_value(report.started_at)},
               {"scenario_sha256", text_value(report.scenario_sha256)},
               {"evidence_sha256", text_value(report.evidence_sha256)},
               {"verdict", std::string(name_of(report.verdict))},
               {"exit_code", exit_code(report.verdict)},
               {"headline", text_value(report.headline)},
               {"reasons", texts_value(report.reasons)},
               {"scaled", Value(report.scenario.time_scale != 1)},
               {"scenario", scenario_value(report.scenario)},
               {"targets", std::move(findings)},
               {"measurements", std::move(measurements)},
               {"faults", std::move(faults)},
               {"warnings", texts_value(report.warnings)},
               {"not_tested", texts_value(report.not_tested)},
               {"steady_s", instants_value(report.steady)},
               {"active_s", instants_value(report.active)},
               {"instrument", instrument_value(report.instrument)},
               {"outcomes", Params{{"ok", unsigned_value(report.outcomes[0])},
                                   {"failed", unsigned_value(report.outcomes[1])},
                                   {"unknown", unsigned_value(report.outcomes[2])}}},
               {"timeline", timeline_value(report.timeline)}};
    if (!report.causes.empty()) all["causes"] = causes_value(report);
    if (!report.connections.empty()) all["connections"] = connections_value(report);
    return all;
}

extern const ReporterKind json{"json", "the whole result for programs, described by a JSON Schema",
                               // `gameday report` reads it.
                               "result.json", &render_json, true};

}  // namespace gameday::reporters
