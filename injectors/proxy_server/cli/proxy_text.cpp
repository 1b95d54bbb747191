#include "injectors/proxy_server/cli/proxy_text.hpp"

#include "harness/base/number.hpp"
#include "harness/base/time.hpp"
#include "harness/base/visible.hpp"
#include "harness/json/json.hpp"
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <string_view>
#include <vector>

namespace gameday::proxy_server {

namespace {

using ProxyRow = std::array<std::string, 5>;
using ConnectionRow = std::array<std::string, 10>;

const List& list_at(const Value& object, std::string_view name) {
    static const List none;
    const Value* found = object.find(name);
    const auto* list = found == nullptr ? nullptr : found->as<List>();
    return list == nullptr ? none : *list;
}

std::string shown_at(const Value& object, const std::string& name) {
    const auto* params = object.as<Params>();
    return params == nullptr ? std::string() : visible(text_at(*params, name));
}

// In columns for people, with tabs between them for scripts.
template <std::size_t n>
std::string table_text(const std::vector<std::array<std::string, n>>& rows, bool for_people) {
    std::array<std::size_t, n> widths{};
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < n; ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i + 1 < n; ++i) {
            text += for_people ? fmt::format("{:<{}}  ", row[i], widths[i]) : row[i] + "\t";
        }
        text += row.back() + "\n";
    }
    return text;
}

ProxyRow proxy_row(const Value& proxy) {
    const Value* enabled = proxy.find("enabled");
    const bool on = enabled != nullptr && enabled->as<bool>() != nullptr && *enabled->as<bool>();
    return {shown_at(proxy, "name"), shown_at(proxy, "listen"), shown_at(proxy, "upstream"),
            on ? "enabled" : "disabled", std::to_string(list_at(proxy, "toxics").size())};
}

double toxicity_of(const Value& toxic) {
    double storage = 0;
    const Value* value = toxic.find("toxicity");
    const double* number = value == nullptr ? nullptr : value->number(storage);
    return number == nullptr ? 0 : *number;
}

std::string attributes_text(const Value& toxic, std::string_view between) {
    const Value* attributes = toxic.find("attributes");
    const auto* members = attributes == nullptr ? nullptr : attributes->as<Params>();
    std::string text;
    if (members == nullptr) return text;
    for (const auto& [name, value] : *members) {
        text += fmt::format("{}{}={}", between, visible(name), integer_at(*members, name));
    }
    return text;
}

std::string joined(const List& texts) {
    std::string text;
    for (const Value& each : texts) {
        if (const auto* one = each.as<std::string>())
            text += (text.empty() ? "" : ", ") + visible(*one);
    }
    return text;
}

// "10:20:30.123Z" of the wall clock.
std::string clock_text(std::int64_t realtime_ns) {
    constexpr std::int64_t ns_in_s = 1'000'000'000;
    const auto at = static_cast<std::time_t>(realtime_ns / ns_in_s);
    return fmt::format("{:%H:%M:%S}.{:03}Z", fmt::gmtime(at), realtime_ns % ns_in_s / 1'000'000);
}

// The time from accepting to that moment; "-" when it has not come.
std::string after_accept(const Params& record, const std::string& moment) {
    if (!record.contains(moment)) return "-";
    const auto ns = integer_at(record, moment) - integer_at(record, "accepted_ns");
    return fmt::format("{:.2f} ms", static_cast<double>(ns) / 1e6);
}

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

ConnectionRow connection_row(const Value& connection, const Params& record) {
    return {
        shown_at(connection, "proxy"),
        std::to_string(integer_at(record, "connection")),
        or_dash(shown_at(connection, "client")),
        or_dash(shown_at(connection, "upstream")),
        clock_text(integer_at(record, "accepted_realtime_ns")),
        after_accept(record, "connected_ns"),
        std::to_string(integer_at(record, "bytes_to")),
        std::to_string(integer_at(record, "bytes_from")),
        shown_at(connection, "ended") +
            (record.contains("closed_ns") ? " after " + after_accept(record, "closed_ns") : "") +
            (record.contains("why") ? ": " + shown_at(connection, "why") : ""),
        or_dash(joined(list_at(connection, "faults")))};
}

}  // namespace

std::string proxy_list_text(const Value& proxies, bool for_people) {
    std::vector<ProxyRow> rows;
    if (for_people) rows.push_back({"NAME", "LISTEN", "UPSTREAM", "STATE", "TOXICS"});
    if (const auto* members = proxies.as<Params>()) {
        for (const auto& [name, proxy] : *members) rows.push_back(proxy_row(proxy));
    }
    if (for_people && rows.size() == 1) {
        return "no proxies; make one with `gameday proxy create -l LISTEN -u UPSTREAM NAME`\n";
    }
    return table_text(rows, for_people);
}

std::string proxy_toxics_text(const Value& proxy, bool for_people) {
    std::string text;
    if (for_people) {
        const ProxyRow row = proxy_row(proxy);
        text = fmt::format("{}: {} -> {}, {}\n", row[0], row[1], row[2], row[3]);
        if (list_at(proxy, "toxics").empty()) return text + "  no toxics\n";
    }
    for (const Value& toxic : list_at(proxy, "toxics")) {
        const auto name = shown_at(toxic, "name");
        const auto type = shown_at(toxic, "type");
        const auto stream = shown_at(toxic, "stream");
        text +=
            for_people
                ? fmt::format("  {}: {} on {}, toxicity {}{}\n", name, type, stream,
                              toxicity_of(toxic), attributes_text(toxic, ", "))
                : fmt::format("{}\ttype={}\tstream={}\ttoxicity={:.2f}\tattributes=[{}\t]\n", name,
                              type, stream, toxicity_of(toxic), attributes_text(toxic, "\t"));
    }
    return text;
}

Result<Value> toxic_attributes(const std::string& type, std::span<const std::string> pairs) {
    const auto* known = find_toxic_type(type);
    Params attributes;
    for (const std::string& pair : pairs) {
        const auto equals = pair.find('=');
        const std::string key = pair.substr(0, equals);
        if (known != nullptr &&
            std::ranges::find(known->attributes, key) == known->attributes.end()) {
            return invalid("--attribute {}: a {} toxic has {}", pair, type,
                           attribute_names(*known));
        }
        const std::string text = equals == pair.npos ? "" : pair.substr(equals + 1);
        const auto number = number_in<std::int64_t>(text);
        if (!number) {
            return invalid(
                "--attribute {}: write KEY=VALUE with a whole number, such as latency=100", pair);
        }
        attributes[key] = Value(*number);
    }
    return Value(attributes);
}

Result<Params> proxy_body(const std::string& listen, const std::string& upstream,
                          const std::string& gameday) {
    Params body;
    if (!listen.empty()) body["listen"] = listen;
    if (!upstream.empty()) body["upstream"] = upstream;
    if (gameday.empty()) return body;
    const auto extras = json::parse(gameday);
    if (!extras || extras->as<Params>() == nullptr) {
        return invalid(R"(--gameday {}: write a JSON object, such as '{{"drain": true}}')",
                       gameday);
    }
    body["gameday"] = *extras;
    return body;
}

std::string proxy_connections_text(const Value& answer, bool for_people) {
    std::vector<ConnectionRow> rows;
    for (const Value& each : list_at(answer, "connections")) {
        if (const auto* record = each.as<Params>()) rows.push_back(connection_row(each, *record));
    }
    if (!for_people) return table_text(rows, false);
    if (rows.empty()) return "no connections\n";
    rows.insert(rows.begin(), {"PROXY", "NO", "CLIENT", "UPSTREAM", "ACCEPTED", "CONNECTED", "TO",
                               "FROM", "ENDED", "TOXICS"});
    const auto* members = answer.as<Params>();
    const auto left_out = members == nullptr ? 0 : integer_at(*members, "left_out");
    return table_text(rows, true) +
           (left_out == 0 ? "" : fmt::format("{} older ones left out: --limit\n", left_out));
}

Result<Value> change_body(std::string_view text, std::string_view lease) {
    auto body = json::parse(text);
    auto* members = body ? body->as<Params>() : nullptr;
    if (members == nullptr) {
        return Error{ErrorCode::invalid,
                     R"(write a JSON object, such as {"proxies": {"db": {"enabled": false}}})"};
    }
    if (lease.empty()) return body;
    const auto length = parse_duration(lease);
    if (!length || *length < std::chrono::milliseconds(1)) {
        return invalid("--lease {}: write a time of 1ms or more, such as 30s", lease);
    }
    (*members)["lease_ms"] =
        Value(std::chrono::duration_cast<std::chrono::milliseconds>(*length).count());
    return body;
}

std::string changed_text(const Value& answer) {
    std::string text = fmt::format("Changed {}\n", joined(list_at(answer, "changed")));
    if (const Value* lease = answer.find("lease")) text += lease_text(*lease);
    return text;
}

std::string leases_text(const Value& answer) {
    std::string text;
    for (const Value& lease : list_at(answer, "leases")) text += lease_text(lease);
    return text.empty() ? "no leases\n" : text;
}

std::string lease_text(const Value& lease) {
    const auto* members = lease.as<Params>();
    if (members == nullptr) return {};
    const std::string state = shown_at(lease, "state");
    const std::string left =
        state == "in force" ? fmt::format(", {} ms of {} left", integer_at(*members, "left_ms"),
                                          integer_at(*members, "lease_ms"))
                            : "";
    return fmt::format("Lease {} of {}: {}{}\n", shown_at(lease, "id"),
                       joined(list_at(lease, "proxies")), state, left);
}

}  // namespace gameday::proxy_server
