#include "injectors/devices/proxy/toxiproxy/extras.hpp"

#include "harness/json/json.hpp"
#include "injectors/devices/proxy/toxiproxy/http_extras.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace gameday::devices::proxy::toxiproxy {
namespace {

Error want(std::string_view wanted, const GoJson& value) {
    return {ErrorCode::invalid, fmt::format("want {}, got {}", wanted, value.kind())};
}

template <bool Extras::*place>
Result<void> read_flag(const GoJson& value, Extras& extras) {
    const bool* flag = value.as<bool>();
    if (flag == nullptr && !value.is_null()) return want("true or false", value);
    extras.*place = flag != nullptr && *flag;
    return {};
}

template <bool Extras::*place>
std::string show_flag(const Extras& extras) {
    return extras.*place ? "true" : "";
}

Result<void> read_http(const GoJson& value, Extras& extras) {
    auto faults = read_http_faults(value);
    if (!faults) return faults.error();
    extras.http = std::move(*faults);
    return {};
}
std::string show_http(const Extras& extras) { return http_faults_json(extras.http); }

Result<void> read_tls(const GoJson& value, Extras& extras) {
    extras.tls.reset();
    if (value.is_null()) return {};
    const auto plain = plain_value(value);
    const auto* object = plain.as<Params>();
    if (object == nullptr) {
        return want(R"(an object such as {"routes": {"a.example": "localhost:8443"}})", value);
    }
    auto routing = tls::read_routing(*object);
    if (!routing) return Error{ErrorCode::invalid, in_one_line(routing.error().message)};
    extras.tls = std::move(*routing);
    return {};
}
std::string show_tls(const Extras& extras) {
    return extras.tls ? json::print(Value(tls::params_of(*extras.tls))) : "";
}

// What answers show and nobody can set; clients may send back what they got.
Result<void> pass_over(const GoJson& /*value*/, Extras& /*extras*/) { return {}; }
std::string show_nothing(const Extras& /*extras*/) { return {}; }

// A key has one place to be added: its row here, and its member in Extras.
struct Key {
    std::string_view name;
    Result<void> (*read)(const GoJson& value, Extras& extras);  // null: the default again
    std::string (*show)(const Extras& extras);                  // JSON; "" when it is the default
};

constexpr std::array keys{
    Key{"connections", pass_over, show_nothing},
    Key{"drain", read_flag<&Extras::drain>, show_flag<&Extras::drain>},
    Key{"http", read_http, show_http},
    Key{"keep_connections", read_flag<&Extras::keep_connections>,
        show_flag<&Extras::keep_connections>},
    Key{"tls", read_tls, show_tls},
};

Error unknown(std::string_view name) {
    std::string known;
    for (const Key& key : keys) {
        if (key.show != show_nothing)
            known += fmt::format("{}{}", known.empty() ? "" : ", ", key.name);
    }
    return {ErrorCode::invalid,
            fmt::format("gameday.{}: unknown; what may be written is {}", name, known)};
}

}  // namespace

Result<Extras> read_extras(const GoJson& member, Extras extras) {
    const auto* members = member.as<GoMembers>();
    if (members == nullptr) return extras;
    for (const auto& [name, value] : *members) {
        const auto key = std::ranges::find(keys, name, &Key::name);
        if (key == keys.end()) return unknown(name);
        if (auto read = key->read(value, extras); !read) {
            return Error{ErrorCode::invalid,
                         fmt::format("gameday.{}: {}", name, read.error().message)};
        }
    }
    return extras;
}

std::string extras_json(const Extras& extras) {
    std::string members;
    for (const Key& key : keys) {
        const std::string value = key.show(extras);
        if (value.empty()) continue;
        members += fmt::format(R"({}"{}":{})", members.empty() ? "" : ",", key.name, value);
    }
    return members;
}

}  // namespace gameday::devices::proxy::toxiproxy
