// What the heads of HTTP/1 messages say, and heads with a field changed. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::devices::proxy::http {

struct Field {
    std::string name, value;
    bool operator==(const Field&) const = default;
};

// How the end of a message's body is found.
struct Framing {
    enum class Kind : std::uint8_t { none, length, chunked, until_end } kind = Kind::none;
    std::uint64_t length = 0;
    bool operator==(const Framing&) const = default;
};

struct RequestHead {
    std::string method, target;
    std::vector<Field> fields;
    bool http_11 = true;
    bool keep_alive = true;  // the client wants to go on
    Framing framing;
    bool operator==(const RequestHead&) const = default;
};

struct ResponseHead {
    int status = 0;
    Framing framing;
    bool operator==(const ResponseHead&) const = default;
};

bool same_name(std::string_view one, std::string_view other);  // in whatever case
// Without the blanks and tabs around it (OWS of RFC 9110).
std::string_view trimmed(std::string_view text);

// `text` is a whole head, its empty line included. Nothing when it is not HTTP/1.0 or 1.1, or says
// two things about where the message ends.
std::optional<RequestHead> read_request_head(std::string_view text);
// `to_head` when it answers a HEAD: such an answer has no body, whatever it says.
std::optional<ResponseHead> read_response_head(std::string_view text, bool to_head);

// The head with that value in each field of that name, or in a new field when there is none. All
// other bytes stay as they are.
std::string with_field(std::string_view head, const Field& field);
// The head with other visible letters in each field of that name, drawn from `seed`; nothing when
// it has none.
std::optional<std::string> with_garbled_field(std::string_view head, std::string_view name,
                                              std::uint64_t seed);

}  // namespace gameday::devices::proxy::http
