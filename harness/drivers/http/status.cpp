#include "harness/drivers/http/status.hpp"

#include "harness/json/json.hpp"
#include "harness/json/pointer.hpp"

#include <array>
#include <charconv>

namespace gameday::drivers {
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
constexpr std::array<ParamSpec, 5> health_specs{{
    {"method", ParamType::text, "GET", "of the request"},
    {"path", ParamType::text, "/", "of the request"},
    {"body", ParamType::text, "", "of the request"},
    {"headers", ParamType::object, "", "names and values sent with the request"},
    {"expect", ParamType::object, "", "what the answer of a node that is up must be; 2xx"},
}};
constexpr std::string_view pointer_mark = "pointer:";
constexpr double lag_ms_most = 3e12;  // a century of milliseconds

std::vector<std::string> pointer_in(ParamReader& reader, const char* name) {
    const std::string text = reader.text(name);
    if (!text.empty() && text.front() != '/') {
        reader.fail(name, "\"" + text + "\" is not a JSON pointer, write for example \"/role\"");
    }
    return json::pointer_path(text);
}

void read_role_places(ParamReader& reader, StatusPage& page) {
    page.role_path = pointer_in(reader, "role");
    page.primary = reader.text("primary");
    if (page.primary.starts_with(pointer_mark)) {
        const auto place = std::string_view(page.primary).substr(pointer_mark.size());
        if (!place.starts_with('/')) {
            reader.fail("primary",
                        "has no JSON pointer behind \"pointer:\", write for example "
                        "\"pointer:/header/member_id\"");
        }
        page.primary_path = json::pointer_path(place);
    }
    page.term_path = pointer_in(reader, "term");
    page.lag_path = pointer_in(reader, reader.has("lag") ? "lag" : "reported_lag_ms");
}

std::optional<std::string> text_found(const Value& root, const std::vector<std::string>& path) {
    const Value* found = path.empty() ? nullptr : json::find_at(root, path);
    return found == nullptr ? std::nullopt : json::scalar_text(*found);
}

template <class Number>
std::optional<Number> number_found(const Value& root, const std::vector<std::string>& path) {
    const auto text = text_found(root, path);
    Number number{};
    if (!text) return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
    return number;
}

}  // namespace

const std::span<const ParamSpec> http_health_params = health_specs;
const std::span<const ParamSpec> http_role_params = role_specs;

Result<StatusPage> compile_status(const StatusQuestion& question, std::string_view host) {
    StatusPage page;
    page.tells_role = question.subject == StatusSubject::role;
    ParamReader reader(question.params, page.tells_role ? std::span<const ParamSpec>(role_specs)
                                                        : std::span(health_specs));
    PageSpec spec;
    spec.method = reader.text("method");
    spec.path = reader.text("path");
    spec.body = reader.text("body");
    if (const Params* headers = reader.object("headers")) spec.headers = *headers;
    if (const Params* expect = reader.object("expect")) spec.expect = *expect;
    if (page.tells_role) read_role_places(reader, page);
    if (auto finished = reader.finish(); !finished) return std::move(finished).error();
    auto request = compile_page(spec, host);
    if (!request) return std::move(request).error();
    page.request = std::move(*request);
    return page;
}

NodeStatus read_status(const StatusPage& page, const Answer& answer, std::string& words) {
    NodeStatus status;
    words = missed(page.request, answer);
    status.good = words.empty();
    status.detail = words;
    if (!status.good || !page.tells_role) return status;
    const auto root = json::parse(answer.body);
    if (!root) return status;
    const auto role = text_found(*root, page.role_path);
    const auto primary = page.primary_path.empty() ? std::optional(page.primary)
                                                   : text_found(*root, page.primary_path);
    if (role && !role->empty() && primary)
        status.role = *role == *primary ? Role::primary : Role::replica;
    status.term = number_found<std::uint64_t>(*root, page.term_path).value_or(0);
    const auto ms = number_found<double>(*root, page.lag_path);
    // What is no length of time (NaN, below zero, beyond a century) was not reported.
    if (ms && *ms >= 0 && *ms <= lag_ms_most) status.lag = from_seconds(*ms / 1000);
    return status;
}

}  // namespace gameday::drivers
