// faults: what happens when, and how long the run lasts. Parameters are checked by a dry run of the
// kind's own planner.
#include "harness/scenario/draft.hpp"
#include "harness/scenario/schedule.hpp"
#include "harness/scenario/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace gameday::scenario {

namespace {

constexpr std::array<std::string_view, 7> step_keys{
    "fault", "name", "at", "after", "offset", "for", "expects_outage"};

// A step as read, with the places that later checks complain about.
struct Item {
    Reader place;
    FaultStep step;
    const FaultKind* kind = nullptr;
    bool timed = false;  // its times were readable
};

std::string own_name(const std::vector<Item>& before, const std::string& fault) {
    const auto same = std::count_if(before.begin(), before.end(),
                                    [&](const Item& item) { return item.step.fault == fault; });
    return same == 0 ? fault : fmt::format("{}-{}", fault, same + 1);
}

const Item* named(const std::vector<Item>& items, std::string_view name) {
    for (const auto& item : items) {
        if (item.step.name == name) return &item;
    }
    return nullptr;
}

// The end of an earlier step that `after` names.
std::optional<Duration> end_of(const Reader& after, const std::vector<Item>& before) {
    const auto name = after.word();
    if (!name) return std::nullopt;
    const Item* item = named(before, *name);
    if (item == nullptr) {
        std::vector<std::string> known;
        for (const auto& each : before) known.push_back(each.step.name);
        after.fail(not_known(*name, "step above this one", known));
        return std::nullopt;
    }
    if (!item->timed) return std::nullopt;
    if (!item->step.length) {
        after.fail(fmt::format("\"{}\" lasts until the end of the run, give it a \"for\"", *name));
        return std::nullopt;
    }
    return item->step.at + *item->step.length;
}

void read_times(Item& item, const std::vector<Item>& before) {
    Reader& place = item.place;
    const Reader at = place.member("at");
    const Reader after = place.member("after");
    const Reader offset = place.member("offset");
    const Reader length = place.member("for");
    std::optional<Duration> begin = at.duration();
    if (at.present() && after.present()) {
        after.fail("stands beside \"at\", write one of the two");
    } else if (after.present()) {
        begin = end_of(after, before);
        if (!offset.present()) offset.took_default("0s");
        const auto more = offset.duration().value_or(Duration::zero());
        if (begin) begin = *begin + more;
    } else if (!at.present()) {
        at.fail(
            "is missing, write when it begins after the steady-state window, for example "
            "\"5s\"");
    }
    if (offset.present() && !after.present()) {
        offset.fail("has no meaning without \"after\", write \"at\" alone or \"after\" as well");
    }
    if (!length.present()) length.took_default("until the end of the run");
    item.step.length = length.duration();
    check_positive(length, item.step.length);
    item.step.at = begin.value_or(Duration::zero());
    item.timed = begin && (!length.present() || item.step.length);
}

// Declared parameters are scaled, those that the kind itself brings are not.
void scale_parameters(Item& item) {
    Log& log = item.place.log();
    const double factor = log.time_scale;
    if (factor == 1) return;
    for (const auto& spec : item.kind->params) {
        const auto found = item.step.params.find(std::string(spec.name));
        if (found == item.step.params.end()) {
            const auto fallback = parse_duration(spec.fallback);
            const bool lasts =
                spec.type == ParamType::duration && fallback && *fallback > Duration::zero();
            if (lasts) log.left_unscaled(item.place.at(spec.name), spec.fallback);
            continue;
        }
        if (spec.type == ParamType::duration || spec.type == ParamType::object) {
            scale_durations(found->second, factor);
        }
    }
}

// Typed parameters that hold a ${NAME} are saved expanded; free texts are not.
void save_resolved(const Item& item) {
    for (const auto& spec : item.kind->params) {
        const auto type = spec.type;
        if (type == ParamType::text || type == ParamType::strings || type == ParamType::object) {
            continue;
        }
        Reader place = item.place;
        const Reader member = place.member(spec.name);
        if (member.is<std::string>()) (void)member.word();  // read for the note it takes
        if (member.is<List>() && type == ParamType::names) (void)member.words();
    }
}

std::vector<std::string> place_names(const Topology& topology) {
    auto names = region_names(topology);
    for (const auto& node : topology.nodes) names.push_back(node.name);
    return names;
}

// The texts of a parameter that should name places and do not, said with the nearest name.
std::string unknown_places(const Value& value, const Topology& topology) {
    if (const auto* list = value.as<List>()) {
        for (const auto& each : *list) {
            auto message = unknown_places(each, topology);
            if (!message.empty()) return message;
        }
    }
    const auto* text = value.as<std::string>();
    if (text == nullptr || text->find_first_of("@:*>") != std::string::npos) return {};
    if (!topology.nodes_named(*text).empty()) return {};
    return not_known(*text, "region or node of the system", place_names(topology));
}

// Why a field was refused: of our own making where we can name what would be right.
std::string better_message(const Item& item, const std::string& field, std::string message,
                           const Topology& topology) {
    for (const auto& spec : item.kind->params) {
        if (spec.name != field) continue;
        const auto value = item.step.params.find(field);
        const bool places = spec.type == ParamType::name || spec.type == ParamType::names ||
                            spec.type == ParamType::groups;
        if (value == item.step.params.end() || !places) return message;
        auto better = unknown_places(value->second, topology);
        return better.empty() ? message : better;
    }
    return message;
}

// Fields that the kind does not have; known are its own and those of every step.
std::map<std::string, std::string> unknown_fields(const Item& item) {
    std::vector<std::string> known(step_keys.begin(), step_keys.end());
    for (const auto& spec : item.kind->params) known.emplace_back(spec.name);
    std::map<std::string, std::string> result;
    for (const auto& [name, value] : item.step.params) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        result.emplace(name,
                       not_known(name, fmt::format("parameter of {}", item.kind->name), known));
    }
    return result;
}

// A planner's error is one "<field>: message" a line.
void tell_plan_errors(const Item& item, const std::string& text, const Topology& topology) {
    auto told = unknown_fields(item);
    for (std::size_t from = 0; from < text.size();) {
        const auto end = std::min(text.find('\n', from), text.size());
        const auto [field, message] = split_field(std::string_view(text).substr(from, end - from));
        from = end + 1;
        if (field.empty()) {
            item.place.fail(message);
        } else {
            told.emplace(field, better_message(item, field, message, topology));
        }
    }
    for (const auto& [field, message] : told) {
        item.place.log().fail(item.place.at_field(field), message);
    }
}

void dry_run(Item& item, const Draft& draft) {
    const auto plan = plan_fault(item.step, draft.scenario, *draft.catalog, {}, true);
    if (!plan) {
        tell_plan_errors(item, plan.error().message, draft.scenario.topology);
        return;
    }
    Reader expects = item.place.member("expects_outage");
    if (!expects.present()) expects.took_default(plan->expects_outage ? "true" : "false");
    item.step.expects_outage = expects.flag().value_or(plan->expects_outage);
}

Item read_item(Reader place, const std::vector<Item>& before, const Draft& draft) {
    Item item{place, {}, nullptr, false};
    Reader& reader = item.place;
    item.step.id = FaultId::of(before.size() + 1);
    const Reader fault = reader.member("fault");
    std::vector<std::string> known;
    for (const auto* kind : draft.catalog->faults) known.emplace_back(kind->name);
    if (!fault.present()) {
        fault.fail(fmt::format("is missing, write one of {}", fmt::join(known, ", ")));
    }
    item.step.fault = fault.word().value_or("");
    item.kind = find_kind(draft.catalog->faults, item.step.fault);
    if (fault.is<std::string>() && item.kind == nullptr) {
        fault.fail(not_known(item.step.fault, "fault", known));
    }
    const Reader name = reader.member("name");
    const auto default_name = own_name(before, item.step.fault);
    if (!name.present() && item.kind != nullptr) name.took_default(default_name);
    item.step.name = name.word().value_or(default_name);
    if (name.is<std::string>() && item.step.name.empty()) {
        name.fail("\"\" is no name, write some words or leave it out");
    } else if (named(before, item.step.name) != nullptr) {
        name.fail(fmt::format("\"{}\" names an earlier step already, write another name",
                              item.step.name));
    }
    read_times(item, before);
    reader.member("expects_outage");
    item.step.params = reader.rest();
    if (item.kind == nullptr) return item;
    scale_parameters(item);
    save_resolved(item);
    if (draft.topology_known) dry_run(item, draft);
    return item;
}

Duration time_after_faults(Duration hold) {
    return std::max<Duration>(std::chrono::seconds(5), 3 * hold);
}

// The default: until the last fault is healed (or, when it is not, injected), and then long enough
// to see the system hold its level.
Duration default_duration(const std::vector<Item>& items, Duration hold) {
    constexpr Duration quiet_run = std::chrono::seconds(10);
    Duration last{};
    for (const auto& item : items) {
        last = std::max(last, item.step.at + item.step.length.value_or(Duration::zero()));
    }
    const Duration after = time_after_faults(hold);
    return items.empty() ? std::max(quiet_run, after) : last + after;
}

// Of a default duration the part that is no multiple of declared times.
void tell_unscaled_duration(Reader& root, const Reader& duration, const Scenario& scenario,
                            bool quiet) {
    const Duration hold = scenario.minimum.hold;
    const Duration left = quiet ? scenario.duration : time_after_faults(hold);
    if (left == 3 * hold && root.member("hold").present()) return;
    root.log().left_unscaled(
        duration.pointer(), duration_literal(left) + (quiet ? "" : " of it, after the last fault"));
}

void check_times(const std::vector<Item>& items, Duration duration) {
    for (const auto& item : items) {
        if (!item.timed) continue;
        Reader place = item.place;
        const auto& step = item.step;
        const auto begins = place.member(place.member("after").present() ? "after" : "at");
        if (step.at >= duration) {
            begins.fail(
                fmt::format("begins at {}, when the run of {} is over; write an earlier "
                            "time or a longer \"duration\"",
                            format_duration(step.at), format_duration(duration)));
        } else if (step.length && step.at + *step.length > duration) {
            place.member("for").fail(
                fmt::format("lasts until {}, beyond the run of {}; write a shorter time, a longer "
                            "\"duration\", or leave \"for\" out to last until the end",
                            format_duration(step.at + *step.length), format_duration(duration)));
        }
    }
}

// The same fault at the same place twice at once is a slip: the second changes nothing.
void check_overlaps(const std::vector<Item>& items, Duration duration) {
    const auto end = [&](const Item& item) {
        return item.step.length ? item.step.at + *item.step.length : duration;
    };
    for (std::size_t j = 0; j < items.size(); ++j) {
        for (std::size_t i = 0; i < j; ++i) {
            const auto& a = items[i];
            const auto& b = items[j];
            if (!a.timed || !b.timed || a.kind != b.kind || a.step.params != b.step.params)
                continue;
            if (a.step.at >= end(b) || b.step.at >= end(a)) continue;
            b.place.fail(
                fmt::format("is in force at the same time and place as \"{}\", which "
                            "lasts from {} to {}; shift it or remove it",
                            a.step.name, format_duration(a.step.at), format_duration(end(a))));
        }
    }
}

}  // namespace

void read_faults(Reader& root, Draft& draft) {
    auto& scenario = draft.scenario;
    const Reader faults = root.member("faults");
    if (!faults.present()) faults.took_default("none");
    std::vector<Item> items;
    for (Reader place : faults.list()) {
        if (place.expect_object()) items.push_back(read_item(place, items, draft));
    }
    const bool timed =
        std::all_of(items.begin(), items.end(), [](auto& item) { return item.timed; });
    Reader duration = root.member("duration");
    scenario.duration = default_duration(items, scenario.minimum.hold);
    if (duration.present()) {
        const auto declared = duration.duration();
        check_positive(duration, declared);
        scenario.duration = declared.value_or(scenario.duration);
    } else if (timed) {
        duration.took_default(duration_literal(scenario.duration));
        tell_unscaled_duration(root, duration, scenario, items.empty());
    }
    if (scenario.duration > Duration::zero()) {
        check_times(items, scenario.duration);
        check_overlaps(items, scenario.duration);
        const Reader hold = root.member("hold");
        if (scenario.minimum.hold > scenario.duration) {
            hold.fail(fmt::format(
                "{} can never be held in a run of {}, write less or a longer "
                "\"duration\"",
                format_duration(scenario.minimum.hold), format_duration(scenario.duration)));
        }
    }
    for (auto& item : items) scenario.faults.push_back(std::move(item.step));
}

}  // namespace gameday::scenario
