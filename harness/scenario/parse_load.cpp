// load: who asks what of the system, how often, and which region answers.
#include "harness/ports/client.hpp"
#include "harness/ports/status.hpp"
#include "harness/scenario/draft.hpp"
#include "harness/scenario/names.hpp"
#include "harness/scenario/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace gameday::scenario {

namespace {

constexpr std::int64_t most_clients = 65'535;
constexpr std::int64_t most_in_flight = 10'000'000;
constexpr std::int64_t most_keys = 2'147'483'647;  // the keys above are for loads without a space
constexpr double most_per_s = 1'000'000;           // more than a generator keeps up with

// A count from 1 to `most`.
std::int64_t count_within(Reader& place, std::string_view name, std::int64_t otherwise,
                          std::int64_t most) {
    const auto count = place.count_or(name, otherwise, 1);
    if (count <= most) return count;
    place.member(name).fail(fmt::format("{} is too many, write at most {}", count, most));
    return otherwise;
}

void read_driver(Reader& place, LoadSpec& load, const Draft& draft) {
    const Reader driver = place.member("driver");
    if (!driver.present()) driver.took_default(load.driver);
    load.driver = driver.word().value_or(load.driver);
    const auto* kind = find_kind(draft.catalog->drivers, load.driver);
    if (kind == nullptr) {
        std::vector<std::string> known;
        for (const auto* each : draft.catalog->drivers) known.emplace_back(each->name);
        driver.fail(not_known(load.driver, "driver", known));
        return;
    }
    Reader parameters = place.member(load.driver);
    if (parameters.present() && !parameters.expect_object()) return;
    if (parameters.present()) load.driver_params = *parameters.raw().as<Params>();
    if (!draft.topology_known) return;
    const auto good = kind->check(load.driver_params, draft.scenario.topology);
    if (!good) parameters.fail_fields(good.error().message);
}

void check_rate(const Reader& place, double per_s) {
    if (!(per_s > 0)) place.fail(fmt::format("{} is no load, write more than 0", per_s));
    if (per_s > most_per_s) {
        place.fail(
            fmt::format("{} is more than one machine sends, write at most {}", per_s, most_per_s));
    }
}

void read_rate(Reader& place, LoadSpec& load) {
    load.arrival = static_cast<Arrival>(place.choice_or("arrival", arrival_names, 0));
    const Reader rate = place.member("rate_per_s");
    if (!rate.present()) rate.fail("is missing, write the operations per second of all clients");
    load.rate_per_s = rate.number().value_or(1);
    check_rate(rate, load.rate_per_s);
    const Reader to = place.member("ramp_to_per_s");
    load.ramp_to_per_s = to.number().value_or(0);
    if (load.arrival == Arrival::ramp && !to.present()) {
        to.fail("is missing, write the rate that the ramp reaches at the end of the run");
    } else if (load.arrival != Arrival::ramp && to.present()) {
        to.fail(
            fmt::format("has no meaning for {} arrivals, write \"arrival\": \"ramp\" or remove "
                        "it",
                        arrival_names.at(static_cast<std::size_t>(load.arrival))));
    } else if (to.present()) {
        check_rate(to, load.ramp_to_per_s);
    }
}

void read_keys(Reader& load_place, KeySpec& keys) {
    Reader place = load_place.member("keys");
    if (!place.present()) {
        place.took_default("every write has a key of its own");
        return;
    }
    if (!place.expect_object()) return;
    const auto space = place.count_or("space", 0);
    keys.space = static_cast<std::uint64_t>(space);
    keys.existing = place.flag_or("existing", keys.existing);
    const Reader skew = place.member("skew");
    keys.skew = place.number_or("skew", 0);
    if (space > most_keys) {
        place.member("space").fail(fmt::format("is too large, write at most {}", most_keys));
    }
    if (keys.skew < 0 || keys.skew > 10) {
        skew.fail(fmt::format("{} is no zipf exponent, write 0 (uniform) to 10", keys.skew));
    } else if (keys.skew > 0 && keys.space == 0 && place.member("space").is<std::int64_t>()) {
        skew.fail("has no meaning without a key space, write \"space\" as well");
    }
    if (keys.existing && keys.space == 0) {
        place.member("existing")
            .fail(
                "has no meaning where every write makes a key of its own, write \"space\" as well");
    }
    place.refuse_unknown();
}

// Shares must be given by all or by none, and sum to 1.
void check_shares(const Reader& place, std::size_t given, LoadSpec& load) {
    if (given == 0) {
        load.shares.assign(load.regions.size(), 1.0 / static_cast<double>(load.regions.size()));
        place.took_default("equal shares");
        return;
    }
    if (given != load.regions.size()) {
        place.fail(fmt::format("{} of {} entries have a share, write it for all or for none", given,
                               load.regions.size()));
        return;
    }
    double sum = 0;
    for (const double share : load.shares) sum += share;
    if (std::abs(sum - 1) > 1e-6) {
        place.fail(fmt::format("the shares sum to {:.6g}, write shares that sum to 1", sum));
    }
}

void read_clients(Reader& load_place, LoadSpec& load, const Draft& draft) {
    load.clients_per_region = static_cast<std::uint32_t>(
        count_within(load_place, "clients_per_region", load.clients_per_region, most_clients));
    const Reader place = load_place.member("clients");
    if (!place.present()) {
        place.took_default("all regions, equal shares");
        load.regions = region_names(draft.scenario.topology);
        load.shares.assign(load.regions.size(), 1.0 / static_cast<double>(load.regions.size()));
        return;
    }
    std::size_t given = 0;
    for (Reader entry : place.list()) {
        const bool listed = entry.is<Params>();
        const Reader region = listed ? entry.member("region") : entry;
        if (!region.present()) region.fail("is missing, write the home region of the clients");
        const auto name = region.word();
        if (listed) {
            const Reader share = entry.member("share");
            if (share.present()) ++given;
            load.shares.push_back(share.share().value_or(0));
            entry.refuse_unknown();
        }
        if (!name) continue;
        check_region(region, *name, draft);
        if (std::find(load.regions.begin(), load.regions.end(), *name) != load.regions.end()) {
            region.fail(fmt::format("\"{}\" stands twice, remove one", *name));
        }
        load.regions.push_back(*name);
    }
    if (load.regions.empty() && place.is<List>()) {
        place.fail("is empty, write the regions that have clients, or leave it out for all");
        return;
    }
    if (!load.regions.empty()) check_shares(place, given, load);
}

// An object that its owner reads; empty when it is absent.
Params free_form(Reader& place, std::string_view name) {
    Reader member = place.member(name);
    if (!member.present() || !member.expect_object()) return {};
    return *member.raw().as<Params>();
}

void read_route(Reader& load_place, LoadSpec& load, const Draft& draft) {
    RouteSpec& route = load.route;
    if (const auto* driver = find_kind(draft.catalog->drivers, load.driver)) {
        route.check_path = driver->health_path;
        route.primary_path = driver->primary_path;
    }
    Reader place = load_place.member("route").as_object("policy");
    read_policy(place, route, draft);
    route.check_interval = positive_or(place, "check_interval", route.check_interval);
    route.check_timeout = positive_or(place, "check_timeout", route.check_timeout);
    route.threshold = place.count_or("threshold", route.threshold, 1);
    route.recovery = place.count_or("recovery", route.recovery, 1);
    route.check_path = place.text_or("check_path", route.check_path);
    route.writes_to_primary = place.flag_or("writes_to_primary", route.writes_to_primary);
    route.primary_path = place.text_or("primary_path", route.primary_path);
    route.check_headers = free_form(place, "check_headers");
    route.check_expect = free_form(place, "check_expect");
    route.primary_expect = free_form(place, "primary_expect");
    if (route.writes_to_primary && route.primary_path.empty()) {
        place.member("primary_path").fail("is where to ask who takes writes, write a path");
    }
    place.refuse_unknown();
}

// What the driver has to say of a question, told at the fields of the route that it is made of.
void check_question(const Reader& route, const DriverKind& driver, const StatusQuestion& question,
                    std::string_view prefix) {
    const auto good = driver.check_status(question);
    if (good) return;
    const std::string all = good.error().message;
    std::string_view lines = all;
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        const auto [field, message] = split_field(lines.substr(0, end));
        const std::string_view owner = field == "headers" ? "check" : prefix;
        route.fail_fields(fmt::format("{}_{}: {}", owner, field, message));
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
}

void check_questions(const Reader& place, const LoadSpec& load, const Draft& draft) {
    const auto* driver = find_kind(draft.catalog->drivers, load.driver);
    if (driver == nullptr) return;
    if (const auto health = health_question(load.route)) {
        check_question(place, *driver, *health, "check");
    }
    if (auto primary = primary_question(load.route)) {
        primary->params.erase("headers");  // What is wrong with them has been said.
        check_question(place, *driver, *primary, "primary");
    }
}

// A ledger needs reads that tell what was written.
void check_ledger(Reader& place, const LoadSpec& load, const Draft& draft) {
    const auto* kind = find_kind(draft.catalog->drivers, load.driver);
    if (!load.ledger || load.writes <= 0 || kind == nullptr || kind->value_place.empty()) return;
    const auto read = load.driver_params.find("read");
    const bool told = read != load.driver_params.end() &&
                      read->second.find(std::string(kind->value_place)) != nullptr;
    if (told) return;
    place.member(load.driver)
        .member("read")
        .member(kind->value_place)
        .fail(
            "is missing, so nothing that is written can be read back; write where an answer has "
            "the "
            "value, or \"ledger\": false");
}

LoadSpec read_load(Reader place, const std::string& default_name, const Draft& draft) {
    LoadSpec load;
    const Reader name = place.member("name");
    if (!name.present()) name.took_default(default_name);
    load.name = read_name(name).value_or(default_name);
    read_driver(place, load, draft);
    read_rate(place, load);
    load.writes = place.share_or("writes", load.writes);
    read_keys(place, load.keys);
    read_clients(place, load, draft);
    const Reader timeout = place.member("timeout");
    if (!timeout.present()) {
        timeout.fail(
            "is missing and has no default, because it alone can double an outage; write "
            "how long a client waits, for example \"500ms\"");
    }
    const auto patience = timeout.duration();
    check_positive(timeout, patience);
    load.timeout = patience.value_or(std::chrono::seconds(1));
    load.in_flight_max = static_cast<std::uint32_t>(
        count_within(place, "in_flight_max", load.in_flight_max, most_in_flight));
    read_route(place, load, draft);
    check_questions(place.member("route"), load, draft);
    load.ledger = place.flag_or("ledger", load.ledger);
    load.ownership = static_cast<Ownership>(place.choice_or("ownership", ownership_names, 0));
    load.order = static_cast<VersionOrder>(place.choice_or("order", order_names, 0));
    check_ledger(place, load, draft);
    place.refuse_unknown();
    return load;
}

}  // namespace

void read_loads(Reader& root, Draft& draft) {
    auto& loads = draft.scenario.loads;
    const Value* below = draft.proposed("load");
    Reader declared = root.member("load");
    const Reader place(declared.present() ? declared.value() : nullptr, below, "/load", root.log());
    if (!place.present()) {
        declared.fail(
            "is missing, write at least the rate and the timeout: "
            "{\"rate_per_s\": 200, \"timeout\": \"500ms\"}");
        return;
    }
    const auto items = place.one_or_list();
    if (items.empty()) declared.fail("is empty, write at least one load");
    for (const Reader& each : items) {
        Reader item = each;
        if (!item.expect_object()) continue;
        loads.push_back(read_load(
            item, items.size() == 1 ? "load" : fmt::format("load-{}", loads.size() + 1), draft));
        const auto same = std::count_if(loads.begin(), loads.end(), [&](const LoadSpec& load) {
            return load.name == loads.back().name;
        });
        if (same > 1) {
            item.member("name").fail(
                fmt::format("\"{}\" names another load already, write another", loads.back().name));
        }
    }
}

}  // namespace gameday::scenario
