// The bodies of requests: JSON objects with Go's leniency (keys in any case, unknown keys passed
// over, null as if absent) as values. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/proxy_server/api/go_json.hpp"
#include "injectors/proxy_server/toxics/toxic.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::proxy_server {

struct ProxyBody {
    std::optional<std::string> name, listen, upstream;
    std::optional<bool> enabled;
    GoJson gameday;  // an object, or null when there is none; see extras.hpp
    bool operator==(const ProxyBody&) const = default;
};

// The attributes mean something only once the type is known: read_attributes.
struct ToxicBody {
    std::optional<std::string> name, type, stream;
    std::optional<double> toxicity;
    GoJson attributes;  // an object, or null when there are none
};

// All fail with `invalid` and the words of Go's decoder: those of parse_go_json, or "json: cannot
// unmarshal string into Go struct field Proxy.enabled of type bool" for the first of its kind.
Result<ProxyBody> read_proxy(std::string_view text);
Result<std::vector<ProxyBody>> read_proxies(std::string_view text);
Result<ToxicBody> read_toxic(std::string_view text);
Result<ToxicBody> toxic_body_of(const GoJson& json);

// The toxic asked for, with its default name and every attribute 0. Fails with `invalid` and
// Toxiproxy's words for a stream or type that there is not.
Result<Toxic> begin_toxic(const ToxicBody& body);

// What may change in a toxic that exists: its toxicity, and its attributes one by one.
Result<void> read_toxic_update(std::string_view text, Toxic& toxic);

// Attributes of the toxic's type, which the toxic has, instead of those so far. Whole numbers only:
// 1.5, 1e3 and "1" are errors.
Result<void> read_attributes(const GoJson& attributes, Toxic& toxic);

}  // namespace gameday::proxy_server
