#include "harness/drivers/http/expectation.hpp"

#include "harness/base/glob.hpp"
#include "harness/drivers/http/request_head.hpp"
#include "harness/json/pointer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gameday::drivers {
namespace {

constexpr std::size_t quoted_max = 60;  // letters of what was found, in a message

constexpr std::array<ParamSpec, 6> expect_specs{{
    {"status", ParamType::strings, "", "statuses of a good answer, such as [200, 204]"},
    {"present", ParamType::strings, "", "places where something stands: [\"/data\"]"},
    {"absent", ParamType::strings, "", "places where nothing stands, or null: [\"/errors\"]"},
    {"equals", ParamType::object, "", "places and what stands there: {\"/status\": \"ok\"}"},
    {"matches", ParamType::object, "", "the same with * for any letters: {\"/version\": \"14.*\"}"},
    {"contains", ParamType::object, "", "places and a part of what stands there"},
}};

std::string quoted(std::string_view text) {
    std::string out = fmt::format("\"{}\"", text.substr(0, quoted_max));
    if (text.size() > quoted_max) out += "…";
    return out;
}

using Tell = std::function<void(const std::string&)>;

void add_condition(Expectation& expectation, Condition::Kind kind, const std::string& name,
                   const Value* wanted, const char* member, const Tell& complain) {
    Condition condition{kind, {}, {}};
    auto location = parse_location(name);
    if (!location || location->kind == Location::Kind::none) {
        complain(fmt::format("{}: {}", member,
                             location ? "\"\" is no place, write \"/a/b\", \"header:Name\" or "
                                        "\"body\""
                                      : location.error().message));
        return;
    }
    condition.location = std::move(*location);
    if (wanted != nullptr) {
        const auto text = json::scalar_text(*wanted);
        if (!text) {
            complain(fmt::format("{}: what is wanted at \"{}\" is {}, write a text or a number",
                                 member, name, wanted->kind()));
            return;
        }
        condition.wanted = *text;
    }
    expectation.conditions.push_back(std::move(condition));
}

// "" when it is met.
std::string missed_condition(const Condition& condition, const Answer& answer) {
    using Kind = Condition::Kind;
    const Found found = look_up(condition.location, answer);
    if (found.what == Found::What::malformed)
        return fmt::format("{}: no JSON", condition.location.text);
    const bool there = found.what != Found::What::absent;
    if (condition.kind == Kind::absent) {
        return there ? fmt::format("{} is there", condition.location.text) : std::string();
    }
    if (!there) return fmt::format("{} is missing", condition.location.text);
    if (condition.kind == Kind::present) return {};
    if (found.what == Found::What::tree) {
        return fmt::format("{} is an object or a list", condition.location.text);
    }
    switch (condition.kind) {
        case Kind::equals:
            if (found.text == condition.wanted) return {};
            return fmt::format("{} is {}, not {}", condition.location.text, quoted(found.text),
                               quoted(condition.wanted));
        case Kind::matches:
            if (glob(condition.wanted, found.text)) return {};
            return fmt::format("{} is {}, which does not match {}", condition.location.text,
                               quoted(found.text), quoted(condition.wanted));
        default:
            if (found.text.find(condition.wanted) != std::string::npos) return {};
            return fmt::format("{} does not contain {}", condition.location.text,
                               quoted(condition.wanted));
    }
}

bool has_status(const Expectation& expectation, const Answer& answer) {
    const auto& statuses = expectation.statuses;
    return statuses.empty() || std::ranges::find(statuses, answer.status) != statuses.end();
}

}  // namespace

Found look_up(const Location& location, const Answer& answer) {
    switch (location.kind) {
        case Location::Kind::none: return {};
        case Location::Kind::body: return {Found::What::text, std::string(answer.body)};
        case Location::Kind::pointer: return find_in_json(answer.body, location.path);
        case Location::Kind::header: break;
    }
    const auto known = std::ranges::find_if(
        answer.names, [&](const std::string& name) { return same_header(name, location.header); });
    if (known == answer.names.end()) return {};
    const std::string& text =
        answer.headers[static_cast<std::size_t>(known - answer.names.begin())];
    if (text.empty()) return {};
    return {Found::What::text, text};
}

std::optional<std::vector<unsigned>> read_statuses(const Value& value) {
    std::vector<unsigned> statuses;
    const auto* list = value.as<List>();
    if (list == nullptr) return std::nullopt;
    for (const auto& each : *list) {
        const auto* status = each.as<std::int64_t>();
        if (status == nullptr || *status < 200 || *status > 599) return std::nullopt;
        statuses.push_back(static_cast<unsigned>(*status));
    }
    return statuses;
}

Expectation read_expectation(const Params& expect, const Tell& complain) {
    using Kind = Condition::Kind;
    ParamReader reader(expect, expect_specs);
    Expectation expectation;
    if (reader.has("status")) {
        auto statuses = read_statuses(expect.at("status"));
        if (!statuses || statuses->empty()) {
            complain("status: is not a list of HTTP statuses from 200 on, write for example [200]");
        } else {
            expectation.statuses = std::move(*statuses);
        }
    }
    for (const auto& [member, kind] :
         {std::pair("present", Kind::present), std::pair("absent", Kind::absent)}) {
        for (const auto& name : reader.names(member)) {
            add_condition(expectation, kind, name, nullptr, member, complain);
        }
    }
    for (const auto& [member, kind] :
         {std::pair("equals", Kind::equals), std::pair("matches", Kind::matches),
          std::pair("contains", Kind::contains)}) {
        const Params* wanted = reader.object(member);
        if (wanted == nullptr) continue;
        for (const auto& [name, value] : *wanted) {
            add_condition(expectation, kind, name, &value, member, complain);
        }
    }
    for (const auto& error : reader.errors()) complain(error.message);
    return expectation;
}

void add_header_names(const Expectation& expectation, std::vector<std::string>& names) {
    for (const auto& condition : expectation.conditions) {
        if (condition.location.kind == Location::Kind::header) {
            names.push_back(condition.location.header);
        }
    }
}

std::string missed(const Expectation& expectation, const Answer& answer) {
    if (!has_status(expectation, answer)) return fmt::format("HTTP {}", answer.status);
    for (const auto& condition : expectation.conditions) {
        if (auto what = missed_condition(condition, answer); !what.empty()) return what;
    }
    return {};
}

bool meets(const Expectation& expectation, const Answer& answer) {
    return has_status(expectation, answer) && missed(expectation, answer).empty();
}

}  // namespace gameday::drivers
