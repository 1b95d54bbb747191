#include "injectors/proxy_server/api/http_extras.hpp"

#include "harness/base/number.hpp"
#include "harness/json/json.hpp"
#include "injectors/devices/proxy/http/fault_params.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace gameday::proxy_server {

namespace {

Value number_of(const std::string& text) {
    if (const auto whole = number_in<std::int64_t>(text)) return Value(*whole);
    return Value(std::strtod(text.c_str(), nullptr));
}

}  // namespace

std::string in_one_line(std::string message) {
    for (auto at = message.find('\n'); at != std::string::npos; at = message.find('\n')) {
        message.replace(at, 1, "; ");
    }
    return message;
}

Value plain_value(const GoJson& json) {
    if (const auto* flag = json.as<bool>()) return Value(*flag);
    if (const auto* number = json.as<GoNumber>()) return number_of(number->text);
    if (const auto* text = json.as<std::string>()) return Value(*text);
    if (const auto* list = json.as<GoList>()) {
        List values;
        for (const auto& each : *list) values.push_back(plain_value(each));
        return Value(std::move(values));
    }
    if (const auto* members = json.as<GoMembers>()) {
        Params values;
        for (const auto& [name, value] : *members) values[name] = plain_value(value);
        return Value(std::move(values));
    }
    return {};
}

Result<std::vector<http::Fault>> read_http_faults(const GoJson& value) {
    std::vector<http::Fault> faults;
    if (value.is_null()) return faults;
    const auto* list = value.as<GoList>();
    if (list == nullptr) {
        return invalid(R"(want a list of faults such as [{{"path": "/api/*", )"
                       R"("status": 503}}], got {})",
                       value.kind());
    }
    if (list->size() > http_faults_most) {
        return invalid("want at most {} faults, got {}", http_faults_most, list->size());
    }
    for (const auto& each : *list) {
        const auto plain = plain_value(each);
        const auto* object = plain.as<Params>();
        const auto place = fmt::format("[{}]", faults.size());
        if (object == nullptr) {
            return invalid("{}: want an object, got {}", place, each.kind());
        }
        auto fault = http::read_fault(*object);
        if (!fault) {
            const auto message = in_one_line(fault.error().message);
            return invalid("{}: {}", place, message);
        }
        faults.push_back(std::move(*fault));
    }
    return faults;
}

std::string http_faults_json(const std::vector<http::Fault>& faults) {
    if (faults.empty()) return {};
    List list;
    for (const auto& fault : faults) list.emplace_back(http::params_of(fault));
    return json::print(Value(std::move(list)));
}

}  // namespace gameday::proxy_server
