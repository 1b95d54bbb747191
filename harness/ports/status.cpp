#include "harness/ports/status.hpp"

#include <string>

namespace gameday {
namespace {

StatusQuestion question_of(const std::string& path, const Params& headers, const Params& expect) {
    StatusQuestion question;
    question.params["path"] = path;
    if (!headers.empty()) question.params["headers"] = headers;
    if (!expect.empty()) question.params["expect"] = expect;
    return question;
}

}  // namespace

std::optional<StatusQuestion> health_question(const RouteSpec& route) {
    if (route.check_path.empty()) return std::nullopt;
    return question_of(route.check_path, route.check_headers, route.check_expect);
}

std::optional<StatusQuestion> primary_question(const RouteSpec& route) {
    if (!route.writes_to_primary || route.primary_path.empty()) return std::nullopt;
    return question_of(route.primary_path, route.check_headers, route.primary_expect);
}

}  // namespace gameday
