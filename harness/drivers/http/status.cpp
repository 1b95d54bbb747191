#include "harness/drivers/http/status.hpp"

#include "harness/base/number.hpp"
#include "harness/drivers/common/server_names.hpp"
#include "harness/drivers/http/location.hpp"
#include "harness/json/json.hpp"
#include "harness/json/pointer.hpp"

#include <array>

namespace gameday::drivers {
namespace {

constexpr std::array<ParamSpec, 14> role_specs{{
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
    tls_param,
    user_param,
    password_param,
    bearer_param,
}};
constexpr std::array<ParamSpec, 9> health_specs{{
    {"method", ParamType::text, "GET", "of the request"},
    {"path", ParamType::text, "/", "of the request"},
    {"body", ParamType::text, "", "of the request"},
    {"headers", ParamType::object, "", "names and values sent with the request"},
    {"expect", ParamType::object, "", "what the answer of a node that is up must be; 2xx"},
    tls_param,
    user_param,
    password_param,
    bearer_param,
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
    if (reader.has("lag") && reader.has("reported_lag_ms")) {
        reader.fail("reported_lag_ms", "is the same as \"lag\", write one of the two");
    }
}

// Null when nothing is told.
const Value* value_at(const Value& root, const std::vector<std::string>& path) {
    return path.empty() ? nullptr : json::find_at(root, path);
}

std::optional<std::string> scalar_at(const Value& root, const std::vector<std::string>& path) {
    const Value* found = value_at(root, path);
    return found == nullptr ? std::nullopt : json::scalar_text(*found);
}

// A number or a flag is no text that tells a role, unless `primary` says that it is one.
bool tells_a_role(const Value& said, const StatusPage& page) {
    if (said.as<std::string>() != nullptr || !page.primary_path.empty()) return true;
    const auto meant = json::parse(page.primary);
    return meant && meant->kind() == said.kind();
}

Role role_found(const Value& root, const StatusPage& page) {
    const auto role = scalar_at(root, page.role_path);
    const auto primary = page.primary_path.empty() ? std::optional(page.primary)
                                                   : scalar_at(root, page.primary_path);
    if (!role || role->empty() || !primary) return Role::unknown;
    if (!tells_a_role(*value_at(root, page.role_path), page)) return Role::unknown;
    return *role == *primary ? Role::primary : Role::replica;
}

// Milliseconds: a number, or a text of digits with a point between them at most.
std::optional<double> milliseconds_at(const Value& root, const std::vector<std::string>& path) {
    const Value* found = value_at(root, path);
    if (found == nullptr) return std::nullopt;
    double number = 0;
    if (const double* plain = found->number(number)) return *plain;
    const auto* text = found->as<std::string>();
    const auto digits = text == nullptr ? std::string_view() : trimmed(*text);
    if (digits.empty() || digits.find_first_not_of("0123456789.") != digits.npos) {
        return std::nullopt;
    }
    return number_in<double>(digits);
}

void read_role(const StatusPage& page, std::string_view body, NodeStatus& status) {
    const auto root = json::parse(body);
    if (!root) return;
    status.role = role_found(*root, page);
    status.term = parse_number(scalar_at(*root, page.term_path).value_or("")).value_or(0);
    const auto ms = milliseconds_at(*root, page.lag_path);
    // What is no length of time (NaN, below zero, beyond a century) was not reported.
    if (ms && *ms >= 0 && *ms <= lag_ms_most) status.lag = from_seconds(*ms / 1000);
}

}  // namespace

const std::span<const ParamSpec> http_health_params = health_specs;
const std::span<const ParamSpec> http_role_params = role_specs;

Result<StatusPage> compile_status(const StatusQuestion& question, std::string_view host,
                                  const HttpAccess& access) {
    StatusPage page;
    page.tells_role = question.subject == StatusSubject::role;
    ParamReader reader(question.params, page.tells_role ? std::span<const ParamSpec>(role_specs)
                                                        : std::span(health_specs));
    page.access = read_access(reader);
    if (!page.access.given()) page.access = access;
    PageSpec spec;
    spec.method = reader.text("method");
    spec.path = reader.text("path");
    spec.body = reader.text("body");
    if (const Params* headers = reader.object("headers")) spec.headers = *headers;
    if (const Params* expect = reader.object("expect")) spec.expect = *expect;
    if (page.tells_role) read_role_places(reader, page);
    if (auto finished = reader.finish(); !finished) return std::move(finished).error();
    auto request = compile_page(spec, host, page.access);
    if (!request) return std::move(request).error();
    page.request = std::move(*request);
    return page;
}

NodeStatus read_status(const StatusPage& page, const Answer& answer, std::string& words) {
    NodeStatus status;
    words = missed(page.request, answer);
    if (words.empty() && page.tells_role) read_role(page, answer.body, status);
    if (words.empty() && page.of_primary && status.role != Role::primary) {
        words = "it does not say that it is the primary";
    }
    status.good = words.empty();
    status.detail = words;
    return status;
}

}  // namespace gameday::drivers
