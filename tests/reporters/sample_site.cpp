#include "tests/reporters/sample.hpp"

namespace gameday::test {

Report site_report() {
    Report made = passed_report();
    Scenario& scenario = made.scenario;
    scenario.name = "site-server-killed";
    scenario.title = "One web server of three dies";
    scenario.hypothesis = "The balancer hides the loss of any one server.";
    scenario.time_scale = 0.5;
    scenario.topology = {};
    scenario.topology.regions.push_back({RegionId::of(0), "site", {}});
    int number = 0;
    for (const char* name : {"web-1", "web-2", "web-3"}) {
        Node node;
        node.id = NodeId::of(number++);
        node.name = name;
        node.region = RegionId::of(0);
        scenario.topology.regions[0].nodes.push_back(node.id);
        scenario.topology.nodes.push_back(std::move(node));
    }
    made.verdict = Verdict::failed;
    made.headline = "web-1 was killed for 7.99–8.00 s: reads down 2.00–2.20 s";
    FaultWindow& fault = made.faults[0];
    fault.name = "web-1-killed";
    fault.kind = "process_kill";
    fault.nodes = {NodeId(0)};
    fault.expects_outage = false;

    Finding bears;
    bears.measurement.measure = bears.measurement.metric = "ridden_out";
    bears.measurement.title = "outages in a fault to be ridden out";
    bears.measurement.unit = Unit::count;
    bears.measurement.value = Interval<double>::point(1);
    bears.measurement.fault = fault.name;
    bears.target.id = bears.target.metric = "ridden_out";
    bears.target.implied = true;
    bears.grade = grade(bears.target, bears.measurement);
    bears.reason = "ridden_out after web-1-killed is 1, wanted at most 0";
    made.reasons = {bears.reason};
    for (auto& each : made.measurements) {
        if (!each.fault.empty()) each.fault = fault.name;
    }
    std::erase_if(made.findings, [](const Finding& each) {
        return each.target.metric == "split_brain_writes" || each.target.metric == "flaps";
    });
    for (auto& each : made.findings) each.measurement.fault.clear();
    made.measures.push_back({"ridden_out", "Faults to be ridden out",
                             "whether faults that expect no outage went by without one"});
    made.measurements.push_back(bears.measurement);
    made.findings.push_back(bears);
    made.warnings = {
        "declared times are multiplied by 0.5, but these are not, since the file leaves them to "
        "their defaults: /hold: 1s; /settle: 2s"};

    made.timeline.servers = {"web-1", "web-2", "web-3"};
    made.timeline.by_node = true;
    for (auto& bin : made.timeline.bins) {
        const auto good = bin.ok_reads + bin.ok_writes;
        const bool dead = bin.at >= 3 && bin.at < 11;
        const auto each = dead ? good / 2 : good / 3;
        bin.served = {dead ? 0 : each, each, each};
    }
    made.timeline.marks = {{MarkKind::fault, fault.name, 3, 11}};
    return made;
}

}  // namespace gameday::test
