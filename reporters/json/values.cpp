#include "reporters/json/values.hpp"

#include "reporters/common/connections.hpp"
#include "reporters/common/facts.hpp"
#include "reporters/common/words.hpp"

#include <cmath>
#include <limits>

namespace gameday::reporters {

namespace {

Value name_value(std::string_view name) { return {std::string(name)}; }

Value mark_value(const TimelineMark& mark) {
    return Params{{"kind", name_value(name_of(mark.kind))},
                  {"label", text_value(mark.label)},
                  {"from_s", number_value(mark.from)},
                  {"to_s", number_value(mark.to)}};
}

Value bin_value(const TimelineBin& bin) {
    List served;
    for (const auto count : bin.served) served.emplace_back(static_cast<std::int64_t>(count));
    const auto whole = [](std::uint32_t count) { return Value(static_cast<std::int64_t>(count)); };
    return Params{{"at_s", number_value(bin.at)},
                  {"width_s", number_value(bin.width)},
                  {"due", whole(bin.due)},
                  {"ok_reads", whole(bin.ok_reads)},
                  {"ok_writes", whole(bin.ok_writes)},
                  {"bad_reads", whole(bin.bad_reads)},
                  {"bad_writes", whole(bin.bad_writes)},
                  {"latency_p50_s", number_value(bin.p50)},
                  {"latency_p99_s", number_value(bin.p99)},
                  {"served", std::move(served)}};
}

}  // namespace

Value text_value(const std::string& text) { return {valid_utf8(text)}; }

Value number_value(double number) {
    return std::isfinite(number) ? Value(number) : Value(std::monostate());
}

Value unsigned_value(std::uint64_t number) {
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return {std::to_string(number)};
    }
    return {static_cast<std::int64_t>(number)};
}

Value interval_value(const std::optional<Interval<double>>& interval) {
    if (!interval || std::isnan(interval->low) || std::isnan(interval->high)) {
        return {std::monostate()};
    }
    return Params{{"low", number_value(interval->low)}, {"high", number_value(interval->high)}};
}

Value instants_value(const Interval<Instant>& interval) {
    return Params{{"low", Value(seconds(interval.low))}, {"high", Value(seconds(interval.high))}};
}

Value texts_value(const std::vector<std::string>& texts) {
    List list;
    for (const auto& text : texts) list.push_back(text_value(text));
    return {std::move(list)};
}

Value measurement_value(const Measurement& measurement) {
    List figures;
    for (const Figure& figure : measurement.figures) {
        figures.emplace_back(Params{{"name", text_value(figure.name)},
                                    {"unit", name_value(name_of(figure.unit))},
                                    {"value", interval_value(figure.value)}});
    }
    List witnesses;
    for (const auto seq : measurement.witnesses) witnesses.push_back(unsigned_value(seq));
    const auto edge = [](const std::optional<Interval<Instant>>& moment) {
        return moment ? instants_value(*moment) : Value(std::monostate());
    };
    return Params{{"measure", text_value(measurement.measure)},
                  {"metric", text_value(measurement.metric)},
                  {"title", text_value(measurement.title)},
                  {"client_region", text_value(measurement.client_region)},
                  {"fault", text_value(measurement.fault)},
                  {"unit", name_value(name_of(measurement.unit))},
                  {"value", interval_value(measurement.value)},
                  {"why", text_value(measurement.why)},
                  {"criterion", text_value(measurement.criterion)},
                  {"witnesses", std::move(witnesses)},
                  {"figures", std::move(figures)},
                  {"from_s", edge(measurement.from)},
                  {"to_s", edge(measurement.to)}};
}

Value finding_value(const Finding& finding) {
    const TargetSpec& target = finding.target;
    const bool at_most = target.comparison == Comparison::at_most;
    return Params{{"id", text_value(target.id)},
                  {"metric", text_value(target.metric)},
                  {"region", text_value(target.region)},
                  {"fault", text_value(target.fault)},
                  {"comparison", name_value(at_most ? "at_most" : "at_least")},
                  {"value", number_value(target.value)},
                  {"declared", text_value(target.declared)},
                  {"implied", Value(target.implied)},
                  {"severity", name_value(target.severity == Severity::warn ? "warn" : "fail")},
                  {"grade", name_value(name_of(finding.grade))},
                  {"reason", text_value(finding.reason)},
                  {"measurement", measurement_value(finding.measurement)}};
}

Value fault_value(const FaultWindow& fault, const Topology& topology, Instant zero) {
    List nodes;
    for (const NodeId node : fault.nodes) {
        const bool known = node.index() < topology.nodes.size();
        nodes.push_back(text_value(known ? topology.node(node).name : "?"));
    }
    const auto moment = [&](const Interval<Instant>& when) {
        return Value(Params{{"low", Value(seconds(when.low - zero))},
                            {"high", Value(seconds(when.high - zero))}});
    };
    const auto length = fault_length(fault);
    Params value{{"id", unsigned_value(fault.id.value)},
                 {"name", text_value(fault.name)},
                 {"kind", text_value(fault.kind)},
                 {"nodes", std::move(nodes)},
                 {"injected_s", moment(fault.injected)},
                 {"healed_s", fault.healed ? moment(*fault.healed) : Value(std::monostate())},
                 {"length_s", fault.healed ? interval_value(length) : Value(std::monostate())},
                 {"affected", fault.affected < 0 ? Value(std::monostate()) : Value(fault.affected)},
                 {"heal_error", text_value(fault.heal_error)},
                 {"trouble", text_value(fault.trouble)},
                 {"expects_outage", Value(fault.expects_outage)}};
    List notes;
    for (const auto& note : fault.notes) notes.push_back(text_value(note));
    if (!notes.empty()) value["notes"] = std::move(notes);
    return value;
}

Value causes_value(const Report& report) {
    List rows;
    for (const CauseCount& each : report.causes) {
        const auto& loads = report.scenario.loads;
        rows.push_back(
            Params{{"load", text_value(each.load < loads.size() ? loads[each.load].name : "?")},
                   {"verb", name_value(name_of(each.verb))},
                   {"cause", name_value(name_of(each.cause))},
                   {"detail", text_value(each.detail)},
                   {"count", unsigned_value(each.count)},
                   {"first_s", seconds(each.first - report.active.low)},
                   {"sample", text_value(each.sample)}});
    }
    return rows;
}

Value connections_value(const Report& report) {
    List rows;
    for (const ConnectionCount& each : report.connections) {
        List faults;
        for (const FaultId id : each.faults) {
            faults.push_back(text_value(fault_name(report, id)));
        }
        rows.push_back(Params{{"link", text_value(each.link)},
                              {"ended", text_value(each.ended)},
                              {"faults", std::move(faults)},
                              {"connections", unsigned_value(each.connections)},
                              {"bytes_to", unsigned_value(each.bytes_to)},
                              {"bytes_from", unsigned_value(each.bytes_from)}});
    }
    return rows;
}

Value timeline_value(const Timeline& timeline) {
    List bins;
    for (const auto& bin : timeline.bins) bins.push_back(bin_value(bin));
    List marks;
    for (const auto& mark : timeline.marks) marks.push_back(mark_value(mark));
    return Params{{"servers", texts_value(timeline.servers)},
                  {"servers_are", name_value(timeline.by_node ? "nodes" : "regions")},
                  {"bins", std::move(bins)},
                  {"marks", std::move(marks)}};
}

}  // namespace gameday::reporters
