#include "injectors/proxy_server/api/change_body.hpp"

#include "harness/base/number.hpp"
#include "injectors/proxy_server/api/bodies.hpp"
#include "injectors/proxy_server/api/upstream_check.hpp"
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>

namespace gameday::proxy_server {
namespace {

constexpr std::int64_t lease_ms_max = 24 * 3600 * 1000;

template <class T>
Result<T> take(const GoJson& value, std::string_view wanted) {
    const T* found = value.as<T>();
    if (found == nullptr) return want(wanted, value);
    return *found;
}

Result<void> check_attributes(const GoJson& attributes, const Toxic& toxic) {
    const auto* members = attributes.as<GoMembers>();
    if (members == nullptr) return {};
    for (const auto& [name, value] : *members) {
        if (toxic.attributes.contains(name)) continue;
        return invalid("a {} toxic has no {}; it has {}", toxic.type, name,
                       attribute_names(type_of(toxic)));
    }
    return {};
}

Result<Toxic> read_toxic_strictly(const GoJson& json) {
    constexpr std::string_view keys = "name, type, stream, toxicity, attributes";
    const auto* members = json.as<GoMembers>();
    if (members == nullptr) return want("an object with " + std::string(keys), json);
    for (const auto& [name, value] : *members) {
        if (keys.find(name) == keys.npos || name.find_first_of(", ") != name.npos || name.empty()) {
            return invalid("{} is unknown; write {}", name, keys);
        }
    }
    const auto body = toxic_body_of(json);
    if (!body) return body.error();
    auto toxic = begin_toxic(*body);
    if (!toxic) return toxic;
    if (auto known = check_attributes(body->attributes, *toxic); !known) return known.error();
    if (auto read = read_attributes(body->attributes, *toxic); !read) return read.error();
    return toxic;
}

Result<void> read_toxics(const GoJson& value, Proxy& proxy) {
    const auto* list = value.as<GoList>();
    if (list == nullptr) return want("a list of toxics", value);
    proxy.toxics.clear();
    for (std::size_t i = 0; i < list->size(); ++i) {
        auto toxic = read_toxic_strictly((*list)[i]);
        if (!toxic) return std::move(toxic.error()).within(std::to_string(i));
        if (find_toxic(proxy, toxic->name) != nullptr) {
            return invalid("{}: a toxic {} is there already; give it another name", i, toxic->name);
        }
        add_toxic(proxy, std::move(*toxic));
    }
    return {};
}

// One key of what a proxy is to be.
Result<void> read_key(const std::string& key, const GoJson& value, Proxy& proxy) {
    if (key == "enabled") {
        const auto enabled = take<bool>(value, "true or false");
        if (!enabled) return enabled.error();
        proxy.enabled = *enabled;
    } else if (key == "upstream") {
        auto upstream = take<std::string>(value, "an address such as \"localhost:5432\"");
        if (!upstream) return upstream.error();
        if (upstream->empty()) return want("an address such as \"localhost:5432\"", value);
        if (auto good = check_upstream(*upstream); !good) return good.error();
        proxy.upstream = std::move(*upstream);
    } else if (key == "toxics") {
        return read_toxics(value, proxy);
    } else if (key == "gameday") {
        if (value.as<GoMembers>() == nullptr) return want("an object", value);
        auto extras = read_extras(value, proxy.extras);
        if (!extras) return extras.error();
        if (extras->protocol != proxy.extras.protocol) {
            return invalid("the protocol cannot be changed here; PATCH the proxy");
        }
        proxy.extras = std::move(*extras);
    } else {
        return invalid("unknown; write enabled, upstream, toxics or gameday");
    }
    return {};
}

Result<Proxy> read_wanted(const GoJson& json, Proxy proxy) {
    const auto* members = json.as<GoMembers>();
    if (members == nullptr) {
        return want("an object with enabled, upstream, toxics or gameday", json);
    }
    for (const auto& [key, value] : *members) {
        auto read = read_key(key, value, proxy);
        if (!read) return std::move(read.error()).within(key);
    }
    if (auto fits = check_types(proxy.toxics, proxy.extras.protocol); !fits) return fits.error();
    return proxy;
}

Result<std::vector<Changed>> read_changes(const GoJson& json, const ProxyTable& book) {
    const auto* members = json.as<GoMembers>();
    if (members == nullptr || members->empty()) {
        return want(R"(an object such as {"db": {"enabled": false}})", json);
    }
    std::map<std::string, Changed> changes;
    for (const auto& [name, value] : *members) {
        const auto found = book.find(name);
        if (found == book.end()) {
            return refused("{}: proxy not found", name);
        }
        auto wanted = read_wanted(value, found->second);
        if (!wanted) return std::move(wanted.error()).within(name);
        if (!changes.try_emplace(name, Changed{found->second, std::move(*wanted)}).second) {
            return invalid("{}: is there twice", name);
        }
    }
    std::vector<Changed> list;
    for (auto& [name, changed] : changes) list.push_back(std::move(changed));
    return list;
}

Result<Duration> read_lease(const GoJson& json) {
    const auto* number = json.as<GoNumber>();
    if (number == nullptr) return want("milliseconds", json);
    const auto ms = number_in<std::int64_t>(number->text).value_or(0);
    if (ms < 1 || ms > lease_ms_max) {
        return invalid("want whole milliseconds from 1 to {}, got {}", lease_ms_max, number->text);
    }
    return Duration(std::chrono::milliseconds(ms));
}

}  // namespace

Result<ChangeBody> read_change(std::string_view text, const ProxyTable& book) {
    const auto json = parse_go_json(text);
    if (!json) return json.error();
    const auto* members = json->as<GoMembers>();
    if (members == nullptr) return want(R"(an object with "proxies")", *json);
    ChangeBody body;
    for (const auto& [key, value] : *members) {
        if (key == "proxies") {
            auto changes = read_changes(value, book);
            if (!changes) return std::move(changes.error()).within(key);
            body.changes = std::move(*changes);
        } else if (key == "lease_ms") {
            auto lease = read_lease(value);
            if (!lease) return std::move(lease.error()).within(key);
            body.lease = *lease;
        } else {
            return invalid("{}: unknown; write proxies or lease_ms", key);
        }
    }
    if (body.changes.empty()) {
        return Error{ErrorCode::invalid,
                     R"(proxies is missing: write {"proxies": {"db": {"enabled": false}}})"};
    }
    return body;
}

}  // namespace gameday::proxy_server
