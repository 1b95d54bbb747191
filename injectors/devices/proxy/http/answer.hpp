// The text of an answer that a fault gives in place of the upstream. Pure.
#pragma once

#include "injectors/devices/proxy/http/fault.hpp"

#include <string>
#include <string_view>

namespace gameday::devices::proxy::http {

// What the answer has to fit.
struct Asked {
    bool head = false;  // only the head of an answer
    bool http_11 = true;
    bool keep_alive = true;
};

// Names the fault in `X-Gameday-Fault`, so that nobody takes it for the upstream's.
std::string answer_text(const Answer& answer, std::string_view fault, const Asked& asked);

// Answers of this status have no body, whatever was asked (RFC 9110, sections 15.3.5 and 15.4.5).
bool is_bodiless(int status);

}  // namespace gameday::devices::proxy::http
