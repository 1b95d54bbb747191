#include "injectors/proxy_server/cli/proxy_text.hpp"

#include "harness/base/number.hpp"
#include "harness/base/visible.hpp"
#include "harness/json/json.hpp"
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace gameday::proxy_server {

namespace {

using ProxyRow = std::array<std::string, 5>;

std::string member(const Value& object, const std::string& name) {
    const auto* params = object.as<Params>();
    return params == nullptr ? std::string() : visible(text_at(*params, name));
}

List toxics_of(const Value& proxy) {
    const Value* toxics = proxy.find("toxics");
    const auto* list = toxics == nullptr ? nullptr : toxics->as<List>();
    return list == nullptr ? List() : *list;
}

ProxyRow row_of(const Value& proxy) {
    const Value* enabled = proxy.find("enabled");
    const bool on = enabled != nullptr && enabled->as<bool>() != nullptr && *enabled->as<bool>();
    return {member(proxy, "name"), member(proxy, "listen"), member(proxy, "upstream"),
            on ? "enabled" : "disabled", std::to_string(toxics_of(proxy).size())};
}

std::string proxy_columns(const std::vector<ProxyRow>& rows) {
    std::array<std::size_t, 5> widths{};
    for (const ProxyRow& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const ProxyRow& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i) {
            text += fmt::format("{:<{}}  ", row[i], widths[i]);
        }
        text += row.back() + "\n";
    }
    return text;
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

}  // namespace

std::string proxy_list_text(const Value& proxies, bool for_people) {
    std::vector<ProxyRow> rows;
    if (for_people) rows.push_back({"NAME", "LISTEN", "UPSTREAM", "STATE", "TOXICS"});
    if (const auto* members = proxies.as<Params>()) {
        for (const auto& [name, proxy] : *members) rows.push_back(row_of(proxy));
    }
    if (for_people) {
        return rows.size() > 1 ? proxy_columns(rows)
                               : "no proxies; make one with `gameday proxy create -l LISTEN -u "
                                 "UPSTREAM NAME`\n";
    }
    std::string text;
    for (const ProxyRow& row : rows) text += fmt::format("{}\n", fmt::join(row, "\t"));
    return text;
}

std::string proxy_toxics_text(const Value& proxy, bool for_people) {
    std::string text;
    if (for_people) {
        const ProxyRow row = row_of(proxy);
        text = fmt::format("{}: {} -> {}, {}\n", row[0], row[1], row[2], row[3]);
        if (toxics_of(proxy).empty()) return text + "  no toxics\n";
    }
    for (const Value& toxic : toxics_of(proxy)) {
        const auto name = member(toxic, "name");
        const auto type = member(toxic, "type");
        const auto stream = member(toxic, "stream");
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

}  // namespace gameday::proxy_server
