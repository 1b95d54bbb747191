#include "injectors/proxy_server/api/bodies.hpp"

#include "harness/base/number.hpp"
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>
#include <variant>

namespace gameday::proxy_server {
namespace {

// How Go calls the types that Toxiproxy reads into; the words are part of its answers.
constexpr std::string_view proxy_list_type =
    "[]struct { toxiproxy.Proxy; Enabled *bool \"json:\\\"enabled\\\"\" }";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_key(std::string_view one, std::string_view other) {
    return std::ranges::equal(one, other, {}, lower, lower);
}

using Place = std::variant<std::optional<std::string>*, std::optional<bool>*,
                           std::optional<double>*, std::int64_t*, GoJson*>;

// A key that is read: where its value goes, and the Go type that errors name.
struct Field {
    std::string_view key;
    Place place;
    std::string go_type;
};

std::optional<double> real_of(const GoNumber& number) {
    const auto value = number_in<double>(number.text);
    // The limit is that of Go's float32.
    return value && std::abs(*value) <= 3.4028235677973366e38 ? value : std::nullopt;
}

template <class T>
bool put(const GoJson& value, std::optional<T>& place) {
    if (const auto* found = value.as<T>()) place = *found;
    return value.as<T>() != nullptr;
}

bool put(const GoJson& value, std::optional<double>& place) {
    const auto* number = value.as<GoNumber>();
    const auto real = number == nullptr ? std::nullopt : real_of(*number);
    if (real) place = *real;
    return real.has_value();
}

bool put(const GoJson& value, std::int64_t& place) {
    const auto* number = value.as<GoNumber>();
    const auto whole = number == nullptr ? std::nullopt : number_in<std::int64_t>(number->text);
    if (whole) place = *whole;
    return whole.has_value();
}

bool put(const GoJson& value, GoJson& place) {
    if (value.as<GoMembers>() != nullptr) place = value;
    return value.as<GoMembers>() != nullptr;
}

// Go names the literal of a number that a numeric type does not hold.
std::string value_name(const GoJson& value, std::string_view go_type) {
    const auto* number = value.as<GoNumber>();
    const bool numeric = go_type == "float32" || go_type.starts_with("int");
    if (number == nullptr || !numeric) return std::string(value.kind());
    return "number " + number->text;
}

Error wrong_type(const GoJson& value, std::string_view go_type) {
    return invalid("json: cannot unmarshal {} into Go value of type {}", value.kind(), go_type);
}

// Puts the members of an object in their places. The first value of a wrong type is the error; the
// others are read nevertheless, as Go does.
Result<void> read_members(const GoMembers& members, std::string_view go_struct,
                          std::string_view path, std::span<const Field> fields) {
    Result<void> result;
    for (const auto& [key, value] : members) {
        const auto field = std::ranges::find_if(
            fields, [&name = key](const Field& each) { return same_key(each.key, name); });
        if (field == fields.end() || value.is_null()) continue;
        const bool good = std::visit([&member = value](auto* place) { return put(member, *place); },
                                     field->place);
        if (good || result.has_error()) continue;
        result =
            invalid("json: cannot unmarshal {} into Go struct field {}.{}{} of type {}",
                    value_name(value, field->go_type), go_struct, path, field->key, field->go_type);
    }
    return result;
}

Result<ProxyBody> proxy_of(const GoJson& json, std::string_view go_struct,
                           std::string_view go_type) {
    ProxyBody body;
    if (json.is_null()) return body;
    const auto* members = json.as<GoMembers>();
    if (members == nullptr) return wrong_type(json, go_type);
    const std::array<Field, 5> fields{{{"name", &body.name, "string"},
                                       {"listen", &body.listen, "string"},
                                       {"upstream", &body.upstream, "string"},
                                       {"enabled", &body.enabled, "bool"},
                                       {"gameday", &body.gameday, "object"}}};
    if (auto read = read_members(*members, go_struct, "", fields); !read) return read.error();
    return body;
}

std::optional<Stream> stream_of(std::string_view text) {
    for (const Stream stream : {Stream::upstream, Stream::downstream}) {
        if (same_key(text, stream_name(stream))) return stream;
    }
    return std::nullopt;
}

// "slow_close" -> "SlowCloseToxic", unless the type has another.
std::string go_name(const ToxicType& type) {
    if (!type.go_struct.empty()) return std::string(type.go_struct);
    std::string name;
    bool upper = true;
    for (const char c : type.name) {
        if (c != '_') name += upper ? static_cast<char>(c - 'a' + 'A') : c;
        upper = c == '_';
    }
    return name + "Toxic";
}

}  // namespace

Result<ProxyBody> read_proxy(std::string_view text) {
    const auto json = parse_go_json(text);
    if (!json) return json.error();
    return proxy_of(*json, "Proxy", "toxiproxy.Proxy");
}

Result<std::vector<ProxyBody>> read_proxies(std::string_view text) {
    const auto json = parse_go_json(text);
    if (!json) return json.error();
    std::vector<ProxyBody> bodies;
    if (json->is_null()) return bodies;
    const auto* list = json->as<GoList>();
    if (list == nullptr) return wrong_type(*json, proxy_list_type);
    for (const auto& each : *list) {
        auto body = proxy_of(each, "", proxy_list_type.substr(2));
        if (!body) return body.error();
        bodies.push_back(std::move(*body));
    }
    return bodies;
}

Result<ToxicBody> read_toxic(std::string_view text) {
    const auto json = parse_go_json(text);
    if (!json) return json.error();
    return toxic_body_of(*json);
}

Result<ToxicBody> toxic_body_of(const GoJson& json) {
    ToxicBody body;
    if (json.is_null()) return body;
    const auto* members = json.as<GoMembers>();
    if (members == nullptr) return wrong_type(json, "toxics.ToxicWrapper");
    const std::array<Field, 5> fields{{{"name", &body.name, "string"},
                                       {"type", &body.type, "string"},
                                       {"stream", &body.stream, "string"},
                                       {"toxicity", &body.toxicity, "float32"},
                                       {"attributes", &body.attributes, "toxics.NoopToxic"}}};
    if (auto read = read_members(*members, "ToxicWrapper", "", fields); !read) return read.error();
    return body;
}

Result<Toxic> begin_toxic(const ToxicBody& body) {
    const auto stream = stream_of(body.stream.value_or("downstream"));
    if (!stream) {
        return invalid("stream was invalid, can be either upstream or downstream");
    }
    const ToxicType* type = find_toxic_type(body.type.value_or(""));
    if (type == nullptr) return invalid("invalid toxic type");
    Toxic toxic{
        body.name.value_or(""), std::string(type->name), *stream, body.toxicity.value_or(1), {}};
    if (toxic.name.empty()) toxic.name = fmt::format("{}_{}", toxic.type, stream_name(*stream));
    for (const std::string_view name : type->attributes) toxic.attributes.emplace(name, 0);
    return toxic;
}

Result<void> read_toxic_update(std::string_view text, Toxic& toxic) {
    const auto json = parse_go_json(text);
    if (!json) return json.error();
    if (json->is_null()) return {};
    const auto* members = json->as<GoMembers>();
    if (members == nullptr) {
        return wrong_type(*json,
                          "struct { Attributes interface {} \"json:\\\"attributes\\\"\"; "
                          "Toxicity float32 \"json:\\\"toxicity\\\"\" }");
    }
    GoJson attributes;
    std::optional<double> toxicity = toxic.toxicity;
    const std::array<Field, 2> fields{
        {{"attributes", &attributes, "toxics." + go_name(type_of(toxic))},
         {"toxicity", &toxicity, "float32"}}};
    if (auto read = read_members(*members, "", "", fields); !read) return read;
    if (auto read = read_attributes(attributes, toxic); !read) return read;
    toxic.toxicity = *toxicity;
    return {};
}

Result<void> read_attributes(const GoJson& attributes, Toxic& toxic) {
    const auto* members = attributes.as<GoMembers>();
    if (members == nullptr) return {};
    const ToxicType& type = type_of(toxic);
    Toxic changed = toxic;
    std::vector<Field> fields;
    fields.reserve(changed.attributes.size());
    for (auto& [key, value] : changed.attributes) {
        fields.push_back({key, &value, std::string(type.go_int)});
    }
    if (auto read = read_members(*members, go_name(type), "attributes.", fields); !read) {
        return read;
    }
    toxic = std::move(changed);
    return {};
}

}  // namespace gameday::proxy_server
