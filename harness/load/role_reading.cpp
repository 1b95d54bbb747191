#include "harness/load/role_reading.hpp"

#include "harness/json/json.hpp"
#include "harness/json/pointer.hpp"

#include <array>
#include <charconv>

namespace gameday::load {
namespace {

constexpr std::array<ParamSpec, 10> role_specs{{
    {"method", ParamType::text, "GET", "of the request"},
    {"path", ParamType::text, "/status", "of the request"},
    {"body", ParamType::text, "", "of the request"},
    {"headers", ParamType::object, "", "names and values sent with the request"},
    {"expect", ParamType::object, "", "what an answer must be that tells the role; 2xx"},
    {"role", ParamType::text, "/role", "JSON pointer to the text that tells the role"},
    {"primary", ParamType::text, "primary",
     "that text on a primary; \"pointer:/a/b\" compares with another place in the answer"},
    {"term", ParamType::text, "", "JSON pointer to the term or epoch"},
    {"lag", ParamType::text, "", "JSON pointer to the lag in milliseconds"},
    {"reported_lag_ms", ParamType::text, "", "the same as lag"},
}};
constexpr std::array<ParamSpec, 5> http_specs{{
    {"method", ParamType::text, "GET", "of the request"},
    {"path", ParamType::text, "/", "of the request"},
    {"body", ParamType::text, "", "of the request"},
    {"headers", ParamType::object, "", "names and values sent with the request"},
    {"expect", ParamType::object, "", "what the answer of a node that is up must be; 2xx"},
}};
constexpr std::string_view pointer_mark = "pointer:";

std::vector<std::string> pointer(ParamReader& reader, const char* name) {
    const std::string text = reader.text(name);
    if (!text.empty() && text.front() != '/') {
        reader.fail(name, "\"" + text + "\" is not a JSON pointer, write for example \"/role\"");
    }
    return json::pointer_path(text);
}

std::optional<std::string> text_at(const Value& root, const std::vector<std::string>& path) {
    const Value* found = path.empty() ? nullptr : json::find_at(root, path);
    return found == nullptr ? std::nullopt : json::scalar_text(*found);
}

template <class Number>
std::optional<Number> number_at(const Value& root, const std::vector<std::string>& path) {
    const auto text = text_at(root, path);
    Number number{};
    if (!text) return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
    return number;
}

}  // namespace

const std::span<const ParamSpec> role_probe_params = role_specs;
const std::span<const ParamSpec> http_probe_params = http_specs;

Result<RoleQuestion> read_role_question(const ProbeSpec& probe) {
    RoleQuestion question;
    question.tells_role = probe.kind == "role";
    ParamReader reader(probe.params, question.tells_role ? std::span<const ParamSpec>(role_specs)
                                                         : std::span(http_specs));
    question.page.method = reader.text("method");
    question.page.path = reader.text("path");
    question.page.body = reader.text("body");
    if (const Params* headers = reader.object("headers")) question.page.headers = *headers;
    if (const Params* expect = reader.object("expect")) question.page.expect = *expect;
    if (question.tells_role) {
        question.role_path = pointer(reader, "role");
        question.primary = reader.text("primary");
        if (question.primary.starts_with(pointer_mark)) {
            const auto place = std::string_view(question.primary).substr(pointer_mark.size());
            if (!place.starts_with('/')) {
                reader.fail("primary",
                            "has no JSON pointer behind \"pointer:\", write for example "
                            "\"pointer:/header/member_id\"");
            }
            question.primary_path = json::pointer_path(place);
        }
        question.term_path = pointer(reader, "term");
        question.lag_path = pointer(reader, reader.has("lag") ? "lag" : "reported_lag_ms");
    }
    if (auto finished = reader.finish(); !finished) return std::move(finished).error();
    return question;
}

RoleAnswer read_role_answer(const RoleQuestion& question, const Page& page) {
    RoleAnswer answer;
    if (page.cause != Cause::none || (!page.good && !question.tells_role)) answer.role = Role::down;
    if (!page.good || !question.tells_role) return answer;
    const auto root = json::parse(page.body);
    if (!root) return answer;
    const auto role = text_at(*root, question.role_path);
    const auto primary = question.primary_path.empty() ? std::optional(question.primary)
                                                       : text_at(*root, question.primary_path);
    if (role && primary) answer.role = *role == *primary ? Role::primary : Role::replica;
    answer.term = number_at<std::uint64_t>(*root, question.term_path).value_or(0);
    if (const auto ms = number_at<double>(*root, question.lag_path)) {
        answer.lag = from_seconds(*ms / 1000);
    }
    return answer;
}

}  // namespace gameday::load
