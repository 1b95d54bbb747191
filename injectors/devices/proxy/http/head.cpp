#include "injectors/devices/proxy/http/head.hpp"

#include "harness/base/random.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <limits>

namespace gameday::devices::proxy::http {

namespace {

namespace beast = boost::beast::http;

// Reads a head that is whole; false when Beast finds fault with it.
template <bool is_request>
bool read(beast::parser<is_request, beast::empty_body>& parser, std::string_view text) {
    parser.header_limit(std::numeric_limits<std::uint32_t>::max());
    parser.body_limit(boost::none);
    parser.eager(false);
    boost::system::error_code error;
    const auto read = parser.put(boost::asio::buffer(text.data(), text.size()), error);
    return !error && read == text.size() && parser.is_header_done();
}

template <bool is_request>
Framing framing_of(const beast::parser<is_request, beast::empty_body>& parser) {
    if (parser.is_done()) return {};
    if (parser.chunked()) return {Framing::Kind::chunked, 0};
    if (const auto length = parser.content_length()) return {Framing::Kind::length, *length};
    return {Framing::Kind::until_end, 0};
}

// The bytes of a field's value in a head, folded lines included: first and one past the last.
struct Place {
    std::size_t begin = 0, end = 0;
};

std::vector<Place> places_of(std::string_view head, std::string_view name) {
    std::vector<Place> places;
    bool continues = false;
    std::size_t line = head.find("\r\n") + 2;
    while (line < head.size()) {
        const std::size_t end = head.find("\r\n", line);
        if (end == std::string_view::npos || end == line) break;
        const auto text = head.substr(line, end - line);
        if (text.front() == ' ' || text.front() == '\t') {
            if (continues) places.back().end = end;
        } else {
            const auto colon = text.find(':');
            continues = colon != std::string_view::npos && same_name(text.substr(0, colon), name);
            if (continues) {
                const auto value = text.find_first_not_of(" \t", colon + 1);
                places.push_back({line + std::min(value, text.size()), end});
            }
        }
        line = end + 2;
    }
    return places;
}

// Another visible ASCII letter than the one given; white space stays.
char other_letter(char letter, Random& random) {
    if (letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n') return letter;
    const auto drawn = static_cast<char>('!' + random.below('~' - '!'));
    return drawn < letter ? drawn : static_cast<char>(drawn + 1);
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool same_name(std::string_view one, std::string_view other) {
    const auto lower = [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    };
    return std::ranges::equal(one, other, {}, lower, lower);
}

std::optional<RequestHead> read_request_head(std::string_view text) {
    beast::request_parser<beast::empty_body> parser;
    if (!read(parser, text)) return std::nullopt;
    const auto& message = parser.get();
    RequestHead head;
    head.method = std::string(message.method_string());
    head.target = std::string(message.target());
    for (const auto& field : message) {
        head.fields.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    head.http_11 = message.version() >= 11;
    head.keep_alive = parser.keep_alive();
    head.framing = framing_of(parser);
    return head;
}

std::optional<ResponseHead> read_response_head(std::string_view text, bool to_head) {
    beast::response_parser<beast::empty_body> parser;
    parser.skip(to_head);
    if (!read(parser, text)) return std::nullopt;
    return ResponseHead{static_cast<int>(parser.get().result_int()), framing_of(parser)};
}

std::string with_field(std::string_view head, const Field& field) {
    const auto places = places_of(head, field.name);
    std::string made(head);
    if (places.empty()) {
        const std::string line = field.name + ": " + field.value + "\r\n";
        return made.insert(made.size() - 2, line);
    }
    for (auto place = places.rbegin(); place != places.rend(); ++place) {
        made.replace(place->begin, place->end - place->begin, field.value);
    }
    return made;
}

std::optional<std::string> with_garbled_field(std::string_view head, std::string_view name,
                                              std::uint64_t seed) {
    const auto places = places_of(head, name);
    if (places.empty()) return std::nullopt;
    std::string made(head);
    Random random(seed, "garble");
    for (const auto& place : places) {
        for (auto at = place.begin; at < place.end; ++at) {
            made[at] = other_letter(made[at], random);
        }
    }
    return made;
}

}  // namespace gameday::devices::proxy::http
