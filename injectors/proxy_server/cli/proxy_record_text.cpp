#include "injectors/proxy_server/cli/proxy_record_text.hpp"

#include "harness/base/time.hpp"
#include "harness/base/visible.hpp"
#include "harness/json/json.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <vector>

namespace gameday::proxy_server {

namespace {

using Row = std::array<std::string, 10>;

const List& list_at(const Value& object, std::string_view name) {
    static const List none;
    const Value* found = object.find(name);
    const auto* list = found == nullptr ? nullptr : found->as<List>();
    return list == nullptr ? none : *list;
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

std::string shown_at(const Params& record, const std::string& name) {
    return visible(text_at(record, name));
}

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

Row row_of(const Value& connection, const Params& record) {
    return {
        shown_at(record, "proxy"),
        std::to_string(integer_at(record, "connection")),
        or_dash(shown_at(record, "client")),
        or_dash(shown_at(record, "upstream")),
        clock_text(integer_at(record, "accepted_realtime_ns")),
        after_accept(record, "connected_ns"),
        std::to_string(integer_at(record, "bytes_to")),
        std::to_string(integer_at(record, "bytes_from")),
        shown_at(record, "ended") +
            (record.contains("closed_ns") ? " after " + after_accept(record, "closed_ns") : "") +
            (record.contains("why") ? ": " + shown_at(record, "why") : ""),
        or_dash(joined(list_at(connection, "faults")))};
}

std::string columns(const std::vector<Row>& rows) {
    Row widest;
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (row.at(i).size() > widest.at(i).size()) widest.at(i) = row.at(i);
        }
    }
    std::string text;
    for (const Row& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i) {
            text += fmt::format("{:<{}}  ", row.at(i), widest.at(i).size());
        }
        text += row.back() + "\n";
    }
    return text;
}

}  // namespace

std::string proxy_connections_text(const Value& answer, bool for_people) {
    std::vector<Row> rows;
    for (const Value& each : list_at(answer, "connections")) {
        if (const auto* record = each.as<Params>()) rows.push_back(row_of(each, *record));
    }
    if (!for_people) {
        std::string text;
        for (const Row& row : rows) text += fmt::format("{}\n", fmt::join(row, "\t"));
        return text;
    }
    if (rows.empty()) return "no connections\n";
    rows.insert(rows.begin(), {"PROXY", "NO", "CLIENT", "UPSTREAM", "ACCEPTED", "CONNECTED", "TO",
                               "FROM", "ENDED", "TOXICS"});
    const auto* members = answer.as<Params>();
    const auto left_out = members == nullptr ? 0 : integer_at(*members, "left_out");
    return columns(rows) +
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
    const std::string state = shown_at(*members, "state");
    const std::string left =
        state == "in force" ? fmt::format(", {} ms of {} left", integer_at(*members, "left_ms"),
                                          integer_at(*members, "lease_ms"))
                            : "";
    return fmt::format("Lease {} of {}: {}{}\n", shown_at(*members, "id"),
                       joined(list_at(lease, "proxies")), state, left);
}

}  // namespace gameday::proxy_server
