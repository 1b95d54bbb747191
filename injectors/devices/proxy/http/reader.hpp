// Reader: finds its way through one direction of an HTTP/1 connection, and keeps nothing of it but
// a head that is not whole yet. Pure.
//
// It is told bytes as they come and says what they are. All bytes told come out again, in order and
// as they are, so that whoever forwards them alters nothing. Whole heads are read by Beast; where a
// body ends is found here, for Beast would have a chunk's end wait for the next chunk.
#pragma once

#include "injectors/devices/proxy/http/head.hpp"
#include "injectors/devices/proxy/http/scanner.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gameday::devices::proxy::http {

struct Part {
    enum class Kind : std::uint8_t {
        head,     // from the start line to the empty line
        body,     // bytes that the message is about
        framing,  // chunk sizes, trailers, empty lines between messages
        end,      // of a message; no bytes
        foreign,  // not HTTP/1, and so is all that follows
    } kind = Kind::framing;
    std::string_view bytes;  // until the next call
    bool operator==(const Part&) const = default;
};

class Reader {
 public:
    explicit Reader(Side side) : side_(side), scanner_(side) {}

    // The next part, taken off the front of `input`; nothing when more must come. Bytes that cannot
    // become a head are foreign at once, and so is a head of more than `head_limit` bytes.
    std::optional<Part> next(std::string_view& input);
    void expect(bool to_head) { to_head_ = to_head; }  // of the responses that begin from now on
    void give_up() { state_ = State::foreign; }        // all that follows is foreign
    // What is held of a head that will not become whole, for the stream has ended or is not HTTP.
    std::string take_held();

    [[nodiscard]] bool between() const { return state_ == State::between && held_.empty(); }
    [[nodiscard]] bool until_end() const { return state_ == State::until_end; }
    [[nodiscard]] const RequestHead& request() const { return request_; }     // after its head
    [[nodiscard]] const ResponseHead& response() const { return response_; }  // after its head

    static constexpr std::size_t head_limit = 64 * 1024;

 private:
    enum class State : std::uint8_t { between, length, chunked, until_end, ended, foreign };
    enum class Chunk : std::uint8_t { size, extension, data, data_end, trailer };

    std::optional<Part> read_head(std::string_view& input);
    bool understand();
    Part read_chunked(std::string_view& input);
    bool walk(char byte);
    bool walk_size(char byte);
    bool walk_trailer(char byte);

    Side side_;
    HeadScanner scanner_;
    State state_ = State::between;
    std::string held_;            // of a head
    bool held_is_given_ = false;  // as a part
    bool to_head_ = false;
    std::uint64_t left_ = 0;  // of the body, or of the chunk

    Chunk chunk_ = Chunk::size;
    int digits_ = 0;        // of the chunk's size
    bool cr_ = false;       // the last byte was CR
    bool in_line_ = false;  // a trailer's line has begun

    RequestHead request_;
    ResponseHead response_;
};

}  // namespace gameday::devices::proxy::http
