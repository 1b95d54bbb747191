// RequestHead: the first lines of a request as a scenario describes them, checked before anything
// is sent: what a server would answer with 400 is told where it is written. Pure.
#pragma once

#include "harness/model/value.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace gameday::drivers {

struct RequestHead {
    std::string_view method, path;
    const Params* headers = nullptr;  // names → texts; null: none
    std::string_view host;            // of the Host header, unless `headers` has one
    bool has_places = false;          // {key} and {value} stand for something here
};

// Told of each wrong field: "method", "path" or "headers", and what to write.
using Complain = std::function<void(const char* field, std::string message)>;

// "PUT /kv/{key} HTTP/1.1\r\nHost: …\r\n" and the headers, without the empty line at the end.
std::string head_text(const RequestHead& head, const Complain& complain);

// Whether the headers say what becomes of the connection.
bool names_connection(const Params& headers);

// Header names are the same in any case.
bool same_header(std::string_view one, std::string_view other);

}  // namespace gameday::drivers
