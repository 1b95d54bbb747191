// Exchanges: the requests and responses of one connection, and what the faults make of them. Pure:
// bytes in, pieces out; no socket, no clock.
//
// What no fault alters is passed on as it came, byte for byte, except that a head is passed on when
// it is whole. Faults are chosen when the head of a request is whole, and stay with that request
// until its response is over, so changes hold from the next request on. From what is not HTTP/1 on,
// and behind an upgrade or CONNECT, both directions are passed on untouched.
#pragma once

#include "injectors/devices/proxy/http/fault.hpp"
#include "injectors/devices/proxy/http/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gameday::devices::proxy::http {

struct Piece {
    enum class End : std::uint8_t { none, finish, close, reset };
    std::string bytes;
    Duration delay{};       // from what is before it to its first byte
    std::int64_t rate = 0;  // in bytes per second, 0 = as it comes
    End end = End::none;    // behind its last byte: FIN to the client; both closed; RST to both
    bool operator==(const Piece&) const = default;
};

struct Pieces {
    std::vector<Piece> to, from;  // to the upstream, to the client
    std::vector<FaultId> by;      // one for each fault that bit an exchange for the first time
    bool foreign = false;         // it has just turned out not to be HTTP/1
    bool operator==(const Pieces&) const = default;
};

class Exchanges {
 public:
    // `midway`: bytes have been carried before. Then it begins with the next request that comes
    // when the other side spoke last.
    explicit Exchanges(bool midway) : joined_(!midway) {}

    void follow(ArmedFaults faults) { faults_ = std::move(faults); }  // from the next request on

    Pieces request(std::string_view bytes);   // from the client
    Pieces response(std::string_view bytes);  // from the upstream
    Pieces request_end();                     // the client's FIN; what is held is passed on
    Pieces response_end();                    // the upstream's

    // Nothing is under way: it may be dropped, and another begun midway.
    [[nodiscard]] bool idle() const;
    // Requests whose response is not over, and so what a client can heap up by pipelining.
    [[nodiscard]] std::size_t open() const { return open_.size(); }

 private:
    struct Exchange {
        Treatment treatment;
        bool head = false, connect = false;
        bool http_11 = true, keep_alive = true;
        std::int64_t body = 0;     // bytes of the response's body so far
        std::size_t paused = 0;    // pauses that are behind
        std::vector<FaultId> bit;  // faults counted already
    };

    void begin_request(std::string_view head, Pieces& out);
    void answer_what_is_next(Pieces& out);
    void take_response(const Part& part, Pieces& out);
    void begin_response(std::string_view head, Pieces& out);
    void add_body(std::string_view bytes, Pieces& out);
    static void pause(Exchange& exchange, std::int64_t before, Pieces& out);
    void end_response(Pieces& out);
    [[nodiscard]] std::int64_t rate() const;
    void pass_untouched(Pieces& out);
    static void bite(Exchange& exchange, FaultId by, Pieces& out);

    ArmedFaults faults_;
    Reader requests_{Side::requests}, responses_{Side::responses};
    std::deque<Exchange> open_;  // in order of their requests; the first one's response comes next
    bool joined_;
    bool client_spoke_last_ = false;  // while it has not joined
    bool swallowing_ = false;         // the request that comes in has been answered already
    bool interim_ = false;            // the response that comes in is a 1xx
    bool tunnel_ = false;             // both directions are passed on untouched
    bool upstream_ended_ = false;     // with FIN
    bool over_ = false;               // the client gets nothing more, nor the upstream
};

}  // namespace gameday::devices::proxy::http
