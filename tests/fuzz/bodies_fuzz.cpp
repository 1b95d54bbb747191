// Bodies of requests: our reading of JSON in Go's way, held against a JSON library's. Whatever the
// library accepts is read as the same value here; whatever is refused here has one of Go's texts;
// strings that are read are UTF-8.
#include "injectors/proxy_server/api/bodies.hpp"
#include "injectors/proxy_server/toxics/toxic_type.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/targets.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace gameday::fuzz {
namespace {

using nlohmann::json;
using proxy_server::GoJson;

bool same_number(const proxy_server::GoNumber& mine, const json& other) {
    double value = 0;
    const auto* end = mine.text.data() + mine.text.size();
    const auto [stop, problem] = std::from_chars(mine.text.data(), end, value);
    if (problem != std::errc()) return true;  // too small for a double: the library rounds to 0
    return other.is_number() && stop == end && other.get<double>() == value;
}

bool same(const GoJson& mine, const json& other);

// Of repeated keys the library keeps the last.
bool same_members(const proxy_server::GoMembers& mine, const json& other) {
    if (!other.is_object()) return false;
    for (const auto& [key, value] : other.items()) {
        const auto last = std::find_if(mine.rbegin(), mine.rend(), [&name = key](const auto& each) {
            return each.first == name;
        });
        if (last == mine.rend() || !same(last->second, value)) return false;
    }
    return std::ranges::all_of(mine, [&](const auto& each) { return other.contains(each.first); });
}

bool same(const GoJson& mine, const json& other) {
    if (mine.is_null()) return other.is_null();
    if (const auto* yes = mine.as<bool>()) return other.is_boolean() && other.get<bool>() == *yes;
    if (const auto* number = mine.as<proxy_server::GoNumber>()) return same_number(*number, other);
    if (const auto* text = mine.as<std::string>()) {
        // The planted defect: strings of more than 20 bytes are read wrongly.
        if (is_planted() && text->size() > 20) return false;
        return other.is_string() && other.get_ref<const std::string&>() == *text;
    }
    if (const auto* list = mine.as<proxy_server::GoList>()) {
        return other.is_array() &&
               std::equal(list->begin(), list->end(), other.begin(), other.end(), same);
    }
    return same_members(*mine.as<proxy_server::GoMembers>(), other);
}

void demand_utf8(const std::string& text) {
    const json quoted = text;
    demand(quoted.dump(-1, ' ', false, json::error_handler_t::replace) ==
               quoted.dump(-1, ' ', false, json::error_handler_t::ignore),
           "a string that was read is UTF-8", text);
}

void demand_utf8_strings(const GoJson& value) {
    if (const auto* text = value.as<std::string>()) demand_utf8(*text);
    if (const auto* list = value.as<proxy_server::GoList>()) {
        for (const auto& each : *list) demand_utf8_strings(each);
    }
    if (const auto* members = value.as<proxy_server::GoMembers>()) {
        for (const auto& [key, each] : *members) {
            demand_utf8(key);
            demand_utf8_strings(each);
        }
    }
}

void demand_words_of_go(const Error& error) {
    const std::string_view text = error.message;
    demand(error.code == ErrorCode::invalid, "a wrong body is invalid", text);
    demand(text == "EOF" || text == "unexpected EOF" || text == "exceeded max depth" ||
               text.starts_with("invalid character ") ||
               text.starts_with("json: cannot unmarshal "),
           "an error has Go's words", text);
}

void try_update(std::string_view text, const proxy_server::ToxicType& type) {
    proxy_server::Toxic toxic{"one", std::string(type.name), {}, 0.5, {}};
    for (const auto name : type.attributes) toxic.attributes.emplace(name, 3);
    const auto before = toxic;
    const auto updated = proxy_server::read_toxic_update(text, toxic);
    if (!updated) demand_words_of_go(updated.error());
    demand(updated.has_value() || toxic == before, "a wrong body changes nothing", text);
    demand(toxic.attributes.size() == type.attributes.size() && toxic.name == before.name &&
               toxic.type == before.type && toxic.stream == before.stream,
           "an update adds no attribute and keeps name, type and stream", text);
}

}  // namespace

void try_bodies(std::string_view text) {
    const auto mine = proxy_server::parse_go_json(text);
    const auto other = json::parse(text, nullptr, false);
    const bool has_mark = text.starts_with("\xef\xbb\xbf");  // The library passes over it.
    if (!mine) demand_words_of_go(mine.error());
    if (mine) demand_utf8_strings(*mine);
    if (!other.is_discarded() && !has_mark) {
        const bool deep = !mine && mine.error().message == "exceeded max depth";
        demand(mine.has_value() || deep, "what is JSON is read", text);
        demand(deep || same(*mine, other), "it is read as what it is", text);
    }
    if (const auto read = proxy_server::read_proxy(text); !read) demand_words_of_go(read.error());
    if (const auto read = proxy_server::read_proxies(text); !read) demand_words_of_go(read.error());
    const auto body = proxy_server::read_toxic(text);
    if (!body) demand_words_of_go(body.error());
    try_update(text,
               *proxy_server::toxic_types()[text.size() % proxy_server::toxic_types().size()]);
}

}  // namespace gameday::fuzz
