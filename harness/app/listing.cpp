#include "harness/app/listing.hpp"

#include "harness/json/json.hpp"
#include "harness/model/tiers.hpp"
#include "harness/model/value.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/client_behaviour.hpp"
#include "harness/ports/device.hpp"
#include "harness/ports/fault_kind.hpp"
#include "harness/ports/measure.hpp"
#include "harness/ports/probe_kind.hpp"
#include "harness/ports/reporter.hpp"
#include "harness/ports/route_policy.hpp"
#include "harness/ports/status.hpp"

#include <fmt/format.h>

#include <span>
#include <utility>

namespace gameday::app {

namespace {

Params entry(std::string_view name, std::string_view meaning) {
    return {{"name", std::string(name)}, {"meaning", std::string(meaning)}};
}

List parameters(std::span<const ParamSpec> specs) {
    List list;
    for (const auto& spec : specs) {
        Params row = entry(spec.name, spec.meaning);
        row["type"] =
            std::string(spec.type == ParamType::choice ? spec.choices : param_type_name(spec.type));
        row["default"] = spec.required ? "required" : std::string(spec.fallback);
        list.emplace_back(std::move(row));
    }
    return list;
}

template <class Kind, class Fill>
List rows_of(const std::vector<const Kind*>& kinds, Fill fill) {
    List list;
    for (const Kind* kind : kinds) {
        Params row = entry(kind->name, kind->meaning);
        fill(*kind, row);
        list.emplace_back(std::move(row));
    }
    return list;
}

template <class Kind>
List with_parameters(const std::vector<const Kind*>& kinds) {
    return rows_of(kinds,
                   [](const Kind& kind, Params& row) { row["rows"] = parameters(kind.params); });
}

// Those of the probe, and behind them those of each driver that it may ask.
List probe_parameters(const ProbeKind& probe, const Catalog& catalog) {
    List list = parameters(probe.params);
    if (!probe.asks) return list;
    for (const DriverKind* driver : catalog.drivers) {
        for (Value& row : parameters(driver->status_params(*probe.asks))) {
            (*row.as<Params>())["driver"] = std::string(driver->name);
            list.push_back(std::move(row));
        }
    }
    return list;
}

List metrics(const Measure& measure) {
    List list;
    for (const auto& metric : measure.metrics) {
        Params row = entry(metric.name, metric.meaning);
        row["type"] = std::string(name_of(metric.unit));
        row["default"] = metric.comparison == Comparison::at_most ? "at most" : "at least";
        list.emplace_back(std::move(row));
    }
    return list;
}

Params everything(const Catalog& catalog, std::string_view topic) {
    Params all;
    const auto wanted = [&](std::string_view name) { return topic.empty() || topic == name; };
    if (wanted("faults")) all["faults"] = with_parameters(catalog.faults);
    if (wanted("drivers")) all["drivers"] = with_parameters(catalog.drivers);
    if (wanted("policies")) all["policies"] = with_parameters(catalog.policies);
    if (wanted("clients")) all["clients"] = with_parameters(catalog.clients);
    if (wanted("probes")) {
        all["probes"] = rows_of(catalog.probes, [&](const ProbeKind& kind, Params& row) {
            row["rows"] = probe_parameters(kind, catalog);
        });
    }
    if (wanted("devices")) {
        all["devices"] = rows_of(catalog.devices, [](const DeviceKind& kind, Params& row) {
            row["privileges"] = std::string(kind.privileges);
        });
    }
    if (wanted("measures")) {
        all["measures"] = rows_of(catalog.measures, [](const Measure& kind, Params& row) {
            row["rows"] = metrics(kind);
        });
    }
    if (wanted("reporters")) {
        all["reporters"] = rows_of(catalog.reporters, [](const ReporterKind& kind, Params& row) {
            row["file"] = std::string(kind.file);
        });
    }
    if (wanted("tiers")) {
        List list;
        for (const auto& tier : all_tiers()) {
            Params row = entry(tier.name, tier.meaning);
            row["rto"] = format_duration(tier.rto);
            row["rpo"] = format_duration(tier.rpo);
            list.emplace_back(std::move(row));
        }
        all["tiers"] = std::move(list);
    }
    return all;
}

}  // namespace

std::string listing_text(const Catalog& catalog, std::string_view topic) {
    std::string text;
    for (const auto& [title, list] : everything(catalog, topic)) {
        text += fmt::format("{}{}\n", text.empty() ? "" : "\n", title);
        for (const auto& each : *list.as<List>()) {
            const auto& row = *each.as<Params>();
            text += fmt::format("  {:<18} {}", text_at(row, "name"), text_at(row, "meaning"));
            for (const char* extra : {"privileges", "file", "rto", "rpo"}) {
                if (row.contains(extra))
                    text += fmt::format("  [{}: {}]", extra, text_at(row, extra));
            }
            text += "\n";
            const auto found = row.find("rows");
            if (found == row.end()) continue;
            for (const auto& inner : *found->second.as<List>()) {
                const auto& spec = *inner.as<Params>();
                const auto fallback = text_at(spec, "default");
                const auto driver = text_at(spec, "driver");
                text += fmt::format("    {:<22} {:<22} {}{}{}\n", text_at(spec, "name"),
                                    text_at(spec, "type"), text_at(spec, "meaning"),
                                    fallback.empty() ? "" : fmt::format(" [{}]", fallback),
                                    driver.empty() ? "" : fmt::format(" (driver {})", driver));
            }
        }
    }
    return text;
}

std::string listing_json(const Catalog& catalog, std::string_view topic) {
    return json::print_pretty(everything(catalog, topic));
}

}  // namespace gameday::app
