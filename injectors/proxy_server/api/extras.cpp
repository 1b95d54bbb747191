#include "injectors/proxy_server/api/extras.hpp"

#include "harness/base/number.hpp"
#include "harness/json/json.hpp"
#include "injectors/proxy_server/api/http_extras.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace gameday::proxy_server {
namespace {

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
Result<void> read_protocol(const GoJson& value, Extras& extras) {
    const auto* text = value.as<std::string>();
    extras.protocol = text != nullptr && *text == "udp" ? Protocol::udp : Protocol::tcp;
    if (value.is_null() || (text != nullptr && (*text == "udp" || *text == "tcp"))) return {};
    if (text == nullptr) return want(R"("tcp" or "udp")", value);
    return invalid(R"(want "tcp" or "udp", got "{}")", *text);
}

std::string show_protocol(const Extras& extras) {
    return extras.protocol == Protocol::udp ? R"("udp")" : "";
}

Result<std::int64_t> read_rate(const GoJson& value) {
    constexpr std::string_view wanted = "whole bytes per second, at least 1";
    const auto* number = value.as<GoNumber>();
    if (number == nullptr) return want(wanted, value);
    const auto rate = number_in<std::int64_t>(number->text).value_or(0);
    if (rate >= 1) return rate;
    return invalid("want {}, got {}", wanted, number->text);
}

Result<void> read_budget(const GoJson& value, Extras& extras) {
    constexpr std::string_view wanted = R"(an object such as {"group": "wan", "rate": 125000})";
    extras.budget.reset();
    if (value.is_null()) return {};
    const auto* members = value.as<GoMembers>();
    if (members == nullptr) return want(wanted, value);
    GroupRate budget;
    for (const auto& [name, part] : *members) {
        const auto* text = part.as<std::string>();
        if (name == "group" && text != nullptr) {
            budget.group = *text;
        } else if (name == "rate") {
            const auto rate = read_rate(part);
            if (!rate) return Error(rate.error()).within("rate");
            budget.rate = *rate;
        } else {
            return invalid("want {}; {} is wrong", wanted, name);
        }
    }
    if (budget.group.empty() || budget.rate == 0) {
        return invalid("want {}, with both", wanted);
    }
    extras.budget = std::move(budget);
    return {};
}
std::string show_budget(const Extras& extras) {
    if (!extras.budget) return "";
    return fmt::format(R"({{"group":{},"rate":{}}})", json::print(Value(extras.budget->group)),
                       extras.budget->rate);
}

// Octal digits in a string, as chmod(1) takes them: JSON has no octal numbers.
Result<void> read_socket_mode(const GoJson& value, Extras& extras) {
    constexpr std::string_view wanted = R"(octal digits such as "0660")";
    extras.socket_mode = Extras{}.socket_mode;
    if (value.is_null()) return {};
    const auto* text = value.as<std::string>();
    if (text == nullptr) return want(wanted, value);
    unsigned mode = 0;
    const auto* end = text->data() + text->size();
    const auto [stop, problem] = std::from_chars(text->data(), end, mode, 8);
    if (problem != std::errc() || stop != end || mode > 0777) {
        return invalid("want {}, got \"{}\"", wanted, *text);
    }
    extras.socket_mode = mode;
    return {};
}
std::string show_socket_mode(const Extras& extras) {
    const bool is_default = extras.socket_mode == Extras{}.socket_mode;
    return is_default ? "" : fmt::format("\"{:04o}\"", extras.socket_mode);
}

// Its keys are read over those so far, as the member's are.
Result<void> read_tls(const GoJson& value, Extras& extras) {
    if (value.is_null()) {
        extras.tls.reset();
        return {};
    }
    const auto plain = plain_value(value);
    const auto* object = plain.as<Params>();
    if (object == nullptr) {
        return want(R"(an object such as {"routes": {"a.example": "localhost:8443"}})", value);
    }
    auto settings = tls::read_settings(*object, extras.tls.value_or(tls::Settings{}));
    if (!settings) return Error{ErrorCode::invalid, in_one_line(settings.error().message)};
    extras.tls.reset();
    if (!tls::is_plain(*settings)) extras.tls = std::move(*settings);
    return {};
}
std::string show_tls(const Extras& extras) {
    return extras.tls ? json::print(Value(tls::params_of(*extras.tls))) : "";
}

Result<void> read_refusal(const GoJson& value, Extras& extras) {
    constexpr std::string_view wanted = R"("fin" or "rst")";
    const auto* text = value.as<std::string>();
    extras.refusal_is_reset = text != nullptr && *text == "rst";
    if (value.is_null() || extras.refusal_is_reset || (text != nullptr && *text == "fin"))
        return {};
    if (text == nullptr) return want(wanted, value);
    return invalid("want {}, got \"{}\"", wanted, *text);
}
std::string show_refusal(const Extras& extras) { return extras.refusal_is_reset ? R"("rst")" : ""; }

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
    Key{"budget", read_budget, show_budget},
    Key{"connect_first", read_flag<&Extras::connect_first>, show_flag<&Extras::connect_first>},
    Key{"connections", pass_over, show_nothing},
    Key{"drain", read_flag<&Extras::drain>, show_flag<&Extras::drain>},
    Key{"http", read_http, show_http},
    Key{"keep_connections", read_flag<&Extras::keep_connections>,
        show_flag<&Extras::keep_connections>},
    Key{"protocol", read_protocol, show_protocol},
    Key{"refusal", read_refusal, show_refusal},
    Key{"socket_mode", read_socket_mode, show_socket_mode},
    Key{"tls", read_tls, show_tls},
};

Error unknown(std::string_view name) {
    std::string known;
    for (const Key& key : keys) {
        if (key.show != show_nothing)
            known += fmt::format("{}{}", known.empty() ? "" : ", ", key.name);
    }
    return invalid("gameday.{}: unknown; what may be written is {}", name, known);
}

// What cannot be had beside the protocol.
Result<void> check_together(const Extras& extras) {
    if (extras.protocol == Protocol::tcp) return {};
    const auto none = [](std::string_view key) {
        return invalid("gameday.{}: a udp proxy has none", key);
    };
    if (!extras.http.empty()) return none("http");
    if (extras.tls) return none("tls");
    if (extras.connect_first) return none("connect_first");
    if (extras.refusal_is_reset) return none("refusal");
    if (extras.budget) return none("budget");
    return {};
}

}  // namespace

void take_off_faults(Extras& extras) {
    extras.drain = false;
    extras.http.clear();
    if (!extras.tls) return;
    extras.tls->fault.reset();
    extras.tls->share = 1;
    if (tls::is_plain(*extras.tls)) extras.tls.reset();
}

Result<Extras> read_extras(const GoJson& member, Extras extras) {
    const auto* members = member.as<GoMembers>();
    if (members == nullptr) return extras;
    for (const auto& [name, value] : *members) {
        const auto key = std::ranges::find(keys, name, &Key::name);
        if (key == keys.end()) return unknown(name);
        if (auto read = key->read(value, extras); !read) {
            return invalid("gameday.{}: {}", name, read.error().message);
        }
    }
    if (auto fits = check_together(extras); !fits) return fits.error();
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

}  // namespace gameday::proxy_server
