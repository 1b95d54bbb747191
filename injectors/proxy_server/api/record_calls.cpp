// The calls about what has happened: records of connections, and counters.
#include "harness/base/number.hpp"
#include "injectors/proxy_server/api/calls.hpp"
#include "injectors/proxy_server/api/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::proxy_server {
namespace {

constexpr std::size_t usual_limit = 100, limit_most = 100'000;

Response bad_query(const std::string& what) { return error_response(400, "bad " + what); }

// Names of the proxies that the query asks for; none: there is none of that name.
std::optional<std::vector<std::string>> asked_for(const std::map<std::string, std::string>& query,
                                                  const ProxyTable& book) {
    const auto wanted = query.find("proxy");
    std::vector<std::string> names;
    for (const auto& [name, proxy] : book) {
        if (wanted == query.end() || wanted->second == name) names.push_back(name);
    }
    if (names.empty() && wanted != query.end()) return std::nullopt;
    return names;
}

struct Asked {
    std::vector<std::string> proxies;
    bool open_only = false;
    std::size_t limit = usual_limit;  // of each proxy
};

std::optional<Response> read_asked(const Call& call, Asked& asked) {
    static constexpr std::array<std::string_view, 3> known{"proxy", "open", "limit"};
    const auto query = read_query(call.request.target, known);
    if (!query) return bad_query(query.error().message);
    if (const auto open = query->find("open"); open != query->end()) {
        if (open->second != "true" && open->second != "false") {
            return bad_query(fmt::format("query \"open={}\": write open=true", open->second));
        }
        asked.open_only = open->second == "true";
    }
    if (const auto limit = query->find("limit"); limit != query->end()) {
        const std::string& text = limit->second;
        asked.limit = number_in<std::size_t>(text).value_or(0);
        if (asked.limit == 0 || asked.limit > limit_most) {
            return bad_query(fmt::format("query \"limit={}\": write a whole number from 1 to {}",
                                         text, limit_most));
        }
    }
    auto names = asked_for(*query, call.book);
    if (!names) return error_response(404, "proxy not found");
    asked.proxies = std::move(*names);
    return std::nullopt;
}

std::int64_t now_ns(std::chrono::nanoseconds since_epoch) { return since_epoch.count(); }

// Both clocks at the same moment.
struct Now {
    std::int64_t realtime = now_ns(std::chrono::system_clock::now().time_since_epoch());
    std::int64_t monotonic = now_ns(std::chrono::steady_clock::now().time_since_epoch());
    [[nodiscard]] std::int64_t realtime_of(Instant at) const {
        return realtime - (monotonic - at.time_since_epoch().count());
    }
};

std::string seen_json(const std::string& proxy, const SeenConnection& seen, const Now& now) {
    const ConnectionRecord& record = seen.record;
    std::string lead = fmt::format(R"("proxy":{},"accepted_realtime_ns":{},)", text_json(proxy),
                                   now.realtime_of(record.accepted));
    if (record.closed) {
        lead += fmt::format(R"("closed_realtime_ns":{},)", now.realtime_of(*record.closed));
    }
    std::map<FaultId, std::string> names;
    for (std::size_t i = 0; i < seen.faults.size(); ++i) names[record.faults[i]] = seen.faults[i];
    return record_json(
        record, Instant{}, [&](FaultId id) { return names[id]; }, lead);
}

std::string counts_json(const std::string& proxy, const ProxyCounts& counts) {
    std::string ended;
    for (std::size_t how = 1; how < counts.ended.size(); ++how) {
        if (counts.ended.at(how) == 0) continue;
        ended += fmt::format(R"({}"{}":{})", ended.empty() ? "" : ",",
                             name_of(static_cast<HowEnded>(how)), counts.ended.at(how));
    }
    std::string toxics;
    for (const auto& [name, hits] : counts.toxics) {
        toxics += fmt::format("{}{}:{}", toxics.empty() ? "" : ",", text_json(name),
                              hits ? std::to_string(*hits) : "null");
    }
    std::string http;
    for (const auto& [name, hits] : counts.http) {
        http += fmt::format(R"({}"{}":{})", http.empty() ? "" : ",", name, hits);
    }
    return fmt::format(
        R"({{"proxy":{},"open":{},"accepted":{},"ended":{{{}}},"toxics":{{{}}},"http":{{{}}},)"
        R"("not_http":{}}})",
        text_json(proxy), counts.open, counts.accepted, ended, toxics, http, counts.not_http);
}

}  // namespace

Response list_connections(Call& call) {
    Asked asked;
    if (auto wrong = read_asked(call, asked)) return *wrong;
    const Now now;
    std::string list;
    std::uint64_t left_out = 0;
    for (const std::string& name : asked.proxies) {
        auto seen = call.plane.seen(name);
        if (asked.open_only) {
            std::erase_if(seen,
                          [](const auto& each) { return each.record.ended != HowEnded::open; });
        }
        const std::size_t skipped = seen.size() - std::min(seen.size(), asked.limit);
        left_out += skipped;
        for (std::size_t i = skipped; i < seen.size(); ++i) {
            list += (list.empty() ? "" : ",") + seen_json(name, seen[i], now);
        }
    }
    return json_response(
        200,
        fmt::format(R"({{"realtime_ns":{},"monotonic_ns":{},"left_out":{},"connections":[{}]}})",
                    now.realtime, now.monotonic, left_out, list));
}

Response show_counters(Call& call) {
    static constexpr std::array<std::string_view, 1> known{"proxy"};
    const auto query = read_query(call.request.target, known);
    if (!query) return bad_query(query.error().message);
    const auto names = asked_for(*query, call.book);
    if (!names) return error_response(404, "proxy not found");
    std::string list;
    for (const std::string& name : *names) {
        list += (list.empty() ? "" : ",") + counts_json(name, call.plane.counts(name));
    }
    return json_response(200, fmt::format(R"({{"proxies":[{}]}})", list));
}

}  // namespace gameday::proxy_server
