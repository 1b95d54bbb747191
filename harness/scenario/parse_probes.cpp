// probes: what is watched. Parameters are checked by the kind.
#include "harness/ports/probe_kind.hpp"
#include "harness/scenario/draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gameday::scenario {

namespace {

// More often nobody can look, and nothing would be left for the load.
constexpr Duration least_interval = std::chrono::milliseconds(1);

template <class Member>
std::ptrdiff_t count_of(const std::vector<ProbeSpec>& probes, Member member,
                        std::string_view text) {
    return std::ranges::count(probes, text, member);
}

void read_probe_name(Reader& item, ProbeSpec& probe, const std::vector<ProbeSpec>& before) {
    const auto same = count_of(before, &ProbeSpec::kind, probe.kind);
    probe.name =
        item.text_or("name", same == 0 ? probe.kind : fmt::format("{}-{}", probe.kind, same + 1));
    if (count_of(before, &ProbeSpec::name, probe.name) == 0) return;
    item.member("name").fail(
        fmt::format("\"{}\" names another probe already, write another", probe.name));
}

void read_probe_times(Reader& item, ProbeSpec& probe) {
    probe.interval = positive_or(item, "interval", probe.interval);
    probe.timeout = positive_or(item, "timeout", probe.timeout);
    if (probe.interval >= least_interval || probe.interval <= Duration::zero()) return;
    item.member("interval")
        .fail(fmt::format("{} is too short between two looks, write 1ms or more",
                          duration_literal(probe.interval)));
}

void read_probe_params(Reader& item, ProbeSpec& probe, const Draft& draft) {
    probe.params = item.rest();
    std::erase_if(probe.params, [&](const auto& param) {
        if (!param.second.is_null()) return false;
        item.member(param.first).fail("is null, write a value or leave it out");
        return true;
    });
    const auto* known = find_kind(draft.catalog->probes, probe.kind);
    if (known == nullptr || !draft.topology_known) return;
    const auto good = known->check(probe, draft.scenario, *draft.catalog);
    if (!good) item.fail_fields(good.error().message);
}

}  // namespace

void read_probes(Reader& root, Draft& draft) {
    std::vector<std::string_view> kinds;
    for (const ProbeKind* kind : draft.catalog->probes) kinds.push_back(kind->name);
    const Reader declared = root.member("probes");
    const Value* below = draft.proposed("probes");
    const Reader place(declared.value(), below, "/probes", root.log());
    if (!place.present()) declared.took_default("none, roles and lag are not watched");
    auto& probes = draft.scenario.probes;
    for (Reader item : place.list()) {
        if (!item.expect_object()) continue;
        ProbeSpec probe;
        const Reader kind = item.member("probe");
        if (!kind.present()) {
            kind.fail(fmt::format("is missing, write one of {}", fmt::join(kinds, ", ")));
        }
        const auto found = kind.choice(kinds);
        if (found) probe.kind = kinds.at(*found);
        read_probe_name(item, probe, probes);
        read_probe_times(item, probe);
        read_probe_params(item, probe, draft);
        probes.push_back(std::move(probe));
    }
}

}  // namespace gameday::scenario
