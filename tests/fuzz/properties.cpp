#include "tests/fuzz/properties.hpp"

#include "harness/json/json.hpp"
#include "injectors/proxy_server/api/upstream_check.hpp"
#include "injectors/proxy_server/toxics/toxic_type.hpp"
#include "tests/fuzz/demand.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace gameday::fuzz {
namespace {

const Value* member(const Value& value, const std::string& name) {
    const auto* members = value.as<Params>();
    if (members == nullptr) return nullptr;
    const auto found = members->find(name);
    return found == members->end() ? nullptr : &found->second;
}

// {"error": text, "status": the status}
bool is_error(const Value& value, int status) {
    const Value* error = member(value, "error");
    const Value* number = member(value, "status");
    return error != nullptr && error->as<std::string>() != nullptr && number != nullptr &&
           number->as<std::int64_t>() != nullptr && *number->as<std::int64_t>() == status;
}

void demand_text_of_error(const proxy_server::Response& response) {
    static const std::set<std::string> plain{"404 page not found\n", "400 Bad Request\n",
                                             "User agent not allowed\n"};
    demand(response.content_type == "text/plain; charset=utf-8", "the type of an error",
           response.content_type);
    if (plain.contains(response.body)) return;
    demand(response.body.ends_with('\n'), "an error ends its line", response.body);
    const auto value = json::parse(response.body);
    demand(value.has_value() && is_error(*value, response.status), "an error has its shape",
           response.body);
}

}  // namespace

testing::FakePlane plane_with_taken_address() {
    testing::FakePlane plane;
    plane.occupied = "127.0.0.1:7";
    return plane;
}

void forget_strong_toxics(testing::FakePlane& plane) {
    const auto strong = [](const auto& toxic) { return toxic.toxicity > 1; };
    for (auto& [name, carried] : plane.open_proxies) {
        if (std::ranges::any_of(carried.toxics, strong)) carried.toxics.clear();
    }
}

void demand_good_answer(const proxy_server::Response& response) {
    static const std::set<int> statuses{200, 201, 204, 400, 401, 403, 404, 405, 409, 500};
    demand(statuses.contains(response.status), "a status of the API",
           std::to_string(response.status));
    if (response.status == 204 || response.status == 405) {
        demand(response.body.empty() && response.content_type.empty(), "no body", response.body);
        return;
    }
    if (response.content_type.starts_with("text/plain; version=")) {
        return demand(response.status == 200, "metrics", response.body);
    }
    if (!response.content_type.starts_with("application/json")) {
        return demand_text_of_error(response);
    }
    const auto value = json::parse(response.body);
    demand(value.has_value(), "an answer is well-formed JSON", response.body);
    if (response.status >= 400) {
        demand(is_error(*value, response.status) && member(*value, "proxies") != nullptr,
               "populate tells what went wrong and what was done", response.body);
    } else {
        demand(member(*value, "error") == nullptr || response.status == 200,
               "a success has no error", response.body);
    }
}

void demand_agreement(const proxy_server::ProxyTable& book, const testing::FakePlane& plane) {
    std::size_t enabled = 0;
    for (const auto& [name, proxy] : book) {
        const auto carried = plane.open_proxies.find(name);
        const bool open = carried != plane.open_proxies.end();
        demand(proxy.enabled == open, "a proxy is open while it is enabled", name);
        if (!open) continue;
        ++enabled;
        demand(carried->second.listen == proxy.listen, "it listens where the book says",
               proxy.listen);
        demand(carried->second.upstream == proxy.upstream, "it relays to where the book says",
               proxy.upstream);
        demand(carried->second.toxics == proxy.toxics, "its toxics are those of the book", name);
        demand(carried->second.extras == proxy.extras, "its extras are those of the book", name);
    }
    demand(plane.open_proxies.size() == enabled, "nothing is open that the book has not");
}

void demand_order(const proxy_server::ProxyTable& book) {
    for (const auto& [name, proxy] : book) {
        demand(name == proxy.name && !name.empty(), "the book's names are the proxies'", name);
        demand(proxy_server::check_upstream(proxy.upstream).has_value(),
               "an upstream can be dialled", proxy.upstream);
        std::set<std::string> names;
        for (const auto& toxic : proxy.toxics) names.insert(toxic.name);
        demand(names.size() == proxy.toxics.size(), "the names of toxics differ", name);
        demand(std::ranges::is_sorted(proxy.toxics, {}, &proxy_server::Toxic::stream),
               "toxics of upstream come first", name);
        for (const auto& toxic : proxy.toxics) {
            const auto* type = proxy_server::find_toxic_type(toxic.type);
            demand(type != nullptr, "a toxic has a type", toxic.type);
            const auto has = [&toxic](std::string_view each) {
                return toxic.attributes.contains(std::string(each));
            };
            demand(toxic.attributes.size() == type->attributes.size() &&
                       std::ranges::all_of(type->attributes, has),
                   "a toxic has the attributes of its type", toxic.name);
        }
    }
}

void demand_unchanged(const proxy_server::Request& request, const proxy_server::Response& response,
                      const proxy_server::ProxyTable& before,
                      const proxy_server::ProxyTable& after) {
    if (request.method != "GET" && response.status < 400) return;
    if (before == after) return;
    demand(response.status == 500, "only a failure to open leaves a change", response.body);
    if (request.target.starts_with("/populate") || request.target.starts_with("/reset")) return;
    // An update whose address cannot be opened: one proxy differs, and it is disabled.
    demand(before.size() == after.size(), "a failing call adds and removes nothing");
    int changed = 0;
    for (const auto& [name, proxy] : after) {
        const auto old = before.find(name);
        demand(old != before.end(), "a failing call renames nothing", name);
        if (old->second == proxy) continue;
        ++changed;
        demand(!proxy.enabled && proxy.toxics == old->second.toxics,
               "a proxy that cannot be opened is disabled and keeps its toxics", name);
    }
    demand(changed == 1, "a failing update changes one proxy");
}

}  // namespace gameday::fuzz
