// ConnectionRecord: what became of one connection, as a value; kept while it lives, and of the last
// ones that are over.
#pragma once

#include "harness/base/id.hpp"
#include "harness/base/time.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
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
};
std::string_view name_of(HowEnded how);  // "fin_by_client"

struct ConnectionRecord {
    std::uint64_t number = 0;      // among those of its proxy, in order of accepting
    PeerAddress client, upstream;  // none before it was connected to
    Instant accepted;
    std::optional<Instant> connected, closed;
    std::array<std::optional<Instant>, 2>
        first_byte;                        // passed on; index: 0 to the upstream, 1 back
    std::array<std::uint64_t, 2> bytes{};  // passed on so far
    HowEnded ended = HowEnded::open;
    std::vector<FaultId> faults;  // that have met it, in order of ids
    bool operator==(const ConnectionRecord&) const = default;
};

// The record as one line of JSON. Instants are nanoseconds since `zero`; what is not known is left
// out. `fault_name` gives the names of the faults.
std::string record_json(const ConnectionRecord& record, Instant zero,
                        const std::function<std::string(FaultId)>& fault_name);

// The last records of connections that are over.
class RecordLog {
 public:
    static constexpr std::size_t most = 500;
    void add(ConnectionRecord record);
    [[nodiscard]] const std::deque<ConnectionRecord>& records() const { return records_; }

 private:
    std::deque<ConnectionRecord> records_;
};

}  // namespace gameday::devices::proxy
