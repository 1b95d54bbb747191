// ConnectionRecord: what became of one connection, as a value; kept while it lives, and of the last
// ones that are over.
#pragma once

#include "harness/base/id.hpp"
#include "harness/base/time.hpp"

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::devices::proxy {

// The other end of a socket, as the kernel writes it; its text is made when somebody asks.
class PeerAddress {
 public:
    PeerAddress() = default;
    explicit PeerAddress(int socket);
    PeerAddress(const sockaddr* address, std::size_t size);
    [[nodiscard]] std::string text() const;  // "127.0.0.1:5432", "[::1]:80", "unix", "" for none
    bool operator==(const PeerAddress&) const = default;

 private:
    std::array<unsigned char, 28> raw_{};  // a sockaddr_in6 at most
};

// How a connection ended, and by whom.
enum class HowEnded : std::uint8_t {
    open,             // it has not
    fin_by_client,    // both directions ended with FIN, the client's first
    fin_by_upstream,  // the same, the upstream's first
    rst_by_client,
    rst_by_upstream,
    refused,          // the upstream could not be reached
    rst_by_fault,     // a fault's RST, in one direction or both
    closed_by_fault,  // a fault's time was over, or it had taken bytes and went
    limit,            // a fault let no more bytes through
    closed_by_proxy,  // disabled, deleted or moved
    tls_failed,       // a handshake of TLS, with the client or the upstream
};
constexpr std::size_t ways_to_end = 11;
std::string_view name_of(HowEnded how);  // "fin_by_client"
// How many connections are in each of these states; index: HowEnded.
using EndCounts = std::array<std::uint64_t, ways_to_end>;

struct ConnectionRecord {
    std::uint64_t number = 0;      // among those of its proxy, in order of accepting
    PeerAddress client, upstream;  // that was chosen; none before it was dialled
    Instant accepted;
    std::optional<Instant> connected, closed;
    std::array<std::optional<Instant>, 2>
        first_byte;                        // passed on; index: 0 to the upstream, 1 back
    std::array<std::uint64_t, 2> bytes{};  // passed on so far
    HowEnded ended = HowEnded::open;
    std::vector<FaultId> faults;               // that have met it, in order of ids
    std::shared_ptr<const std::string> why{};  // it was refused, or TLS has failed; else null
    bool operator==(const ConnectionRecord&) const = default;
};

// The record as one line of JSON. Instants are nanoseconds since `zero`; what is not known is left
// out. `fault_name` gives the names of the faults; `lead` is the text of members to come first,
// such as "\"link\":\"a->b\",".
std::string record_json(const ConnectionRecord& record, Instant zero,
                        const std::function<std::string(FaultId)>& fault_name,
                        std::string_view lead = {});

// Records that are handed over to whoever keeps them all, and how many others there was no room
// for.
struct HandedOver {
    std::vector<ConnectionRecord> records;
    std::uint64_t dropped = 0;
};

// The records of connections that are over: the last ones, or all since they were last taken.
class RecordLog {
 public:
    static constexpr std::size_t most = 500;
    void add(ConnectionRecord record);
    [[nodiscard]] const std::deque<ConnectionRecord>& records() const { return records_; }
    // How many have ended each way so far.
    [[nodiscard]] const EndCounts& ended() const { return ended_; }
    // From now on there is room for so many, for somebody who takes them in time.
    void make_room(std::size_t records) { room_ = records; }
    // Moves all there are to `to`.
    void hand_over(HandedOver& to);

 private:
    std::deque<ConnectionRecord> records_;
    std::size_t room_ = most;
    std::uint64_t dropped_ = 0;
    EndCounts ended_{};
};

}  // namespace gameday::devices::proxy
