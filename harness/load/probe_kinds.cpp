#include "harness/load/probe_kinds.hpp"

#include "harness/load/role_reading.hpp"
#include "harness/ports/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gameday::load {
namespace {

constexpr std::array<ParamSpec, 1> lag_specs{{
    {"load", ParamType::text, "", "name of the load whose templates write and read the markers"},
}};

Result<void> check_page_probe(const ProbeSpec& probe, const Scenario&, const Catalog& catalog) {
    auto question = read_role_question(probe);
    if (!question) return std::move(question).error();
    const DriverKind* http = find_kind(catalog.drivers, "http");
    if (http == nullptr) return Error{ErrorCode::invalid, "path: this build has no http driver"};
    return http->check_page(question->page);
}

Result<void> check_tcp_probe(const ProbeSpec& probe, const Scenario&, const Catalog&) {
    if (probe.params.empty()) return {};
    std::string lines;
    for (const auto& [name, value] : probe.params) {
        lines += fmt::format(
            "{}{}: a tcp probe has no parameters: it connects to the endpoint of "
            "each node; remove it",
            lines.empty() ? "" : "\n", name);
    }
    return Error{ErrorCode::invalid, lines};
}

Result<void> check_lag_probe(const ProbeSpec& probe, const Scenario& scenario, const Catalog&) {
    auto load = load_of_lag_probe(probe, scenario);
    if (!load) return std::move(load).error();
    return {};
}

const ProbeKind role{"role", "who is primary, as each node says", role_probe_params,
                     check_page_probe};
const ProbeKind http{"http", "which nodes answer a request", http_probe_params, check_page_probe};
const ProbeKind tcp{"tcp", "which nodes take a connection", {}, check_tcp_probe};
const ProbeKind replication_lag{"replication_lag", "how old what replicas hold is, by markers",
                                lag_specs, check_lag_probe};

}  // namespace

const std::vector<const ProbeKind*>& probe_kinds() {
    static const std::vector<const ProbeKind*> all{&role, &replication_lag, &http, &tcp};
    return all;
}

Result<const LoadSpec*> load_of_lag_probe(const ProbeSpec& probe, const Scenario& scenario) {
    ParamReader reader(probe.params, lag_specs);
    const std::string name = reader.text("load");
    const auto load =
        std::find_if(scenario.loads.begin(), scenario.loads.end(),
                     [&](const LoadSpec& each) { return name.empty() || each.name == name; });
    if (load == scenario.loads.end()) {
        reader.fail("load", fmt::format("\"{}\" is not a load of this file", name));
    }
    if (auto finished = reader.finish(); !finished) return std::move(finished).error();
    return &*load;
}

}  // namespace gameday::load
