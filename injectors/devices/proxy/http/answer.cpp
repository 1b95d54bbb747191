#include "injectors/devices/proxy/http/answer.hpp"

#include <fmt/format.h>
#include <boost/beast/http/status.hpp>

#include <algorithm>

namespace gameday::devices::proxy::http {

namespace {

bool has(const Answer& answer, std::string_view name) {
    return std::ranges::any_of(answer.headers,
                               [&](const Field& each) { return same_name(each.name, name); });
}

}  // namespace

bool is_bodiless(int status) { return status == 204 || status == 304; }

std::string answer_text(const Answer& answer, std::string_view fault, const Asked& asked) {
    const auto reason = boost::beast::http::obsolete_reason(
        boost::beast::http::int_to_status(static_cast<unsigned>(answer.status)));
    auto text = fmt::format("HTTP/1.1 {} {}\r\nX-Gameday-Fault: {}\r\n", answer.status,
                            std::string_view(reason.data(), reason.size()),
                            fault.empty() ? "unnamed" : fault);
    if (!is_bodiless(answer.status)) {
        if (!answer.body.empty() && !has(answer, "Content-Type")) {
            text += "Content-Type: text/plain; charset=utf-8\r\n";
        }
        text += fmt::format("Content-Length: {}\r\n", answer.body.size());
    }
    for (const auto& [name, value] : answer.headers) {
        text += fmt::format("{}: {}\r\n", name, value);
    }
    if (!asked.keep_alive) {
        text += "Connection: close\r\n";
    } else if (!asked.http_11) {
        text += "Connection: keep-alive\r\n";
    }
    text += "\r\n";
    if (!asked.head && !is_bodiless(answer.status)) text += answer.body;
    return text;
}

}  // namespace gameday::devices::proxy::http
