// HeadScanner: tells byte by byte whether what comes can be the head of an HTTP/1 message, and
// where it ends. Pure.
//
// It refuses as early as it can: what is not HTTP must be passed on at once, or two programs that
// speak something else would wait for each other. What it lets through is read by Beast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gameday::devices::proxy::http {

enum class Side : std::uint8_t { requests, responses };

class HeadScanner {
 public:
    explicit HeadScanner(Side side) : side_(side) {}

    enum class Verdict : std::uint8_t { more, whole, impossible };
    Verdict take(char byte);
    [[nodiscard]] bool start_line_whole() const { return line_ > 0; }

 private:
    bool fits_request_line(char byte);
    bool fits_status_line(char byte);
    bool next_word(char byte);

    Side side_;
    std::size_t line_ = 0;  // the start line is 0
    std::size_t word_ = 0;  // of the start line
    std::size_t at_ = 0;    // in the word; later in the line
    bool cr_ = false;       // the last byte was CR
};

// Whether the bytes begin with the whole first line of a request.
bool begins_request(std::string_view bytes);

}  // namespace gameday::devices::proxy::http
