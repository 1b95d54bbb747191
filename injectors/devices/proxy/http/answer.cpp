#include "injectors/devices/proxy/http/answer.hpp"

#include <fmt/format.h>
#include <boost/beast/http/status.hpp>

namespace gameday::devices::proxy::http {

bool is_bodiless(int status) { return status == 204 || status == 304; }

std::string answer_text(const Answer& answer, std::string_view fault, const Asked& asked) {
    const auto reason = boost::beast::http::obsolete_reason(
        boost::beast::http::int_to_status(static_cast<unsigned>(answer.status)));
    auto text = fmt::format("HTTP/1.1 {} {}\r\nX-Gameday-Fault: {}\r\n", answer.status,
                            std::string_view(reason.data(), reason.size()),
                            fault.empty() ? "unnamed" : fault);
    if (!is_bodiless(answer.status)) {
        if (!answer.body.empty()) text += "Content-Type: text/plain; charset=utf-8\r\n";
        text += fmt::format("Content-Length: {}\r\n", answer.body.size());
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
