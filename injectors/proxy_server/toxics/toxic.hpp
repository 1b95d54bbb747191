// Toxic: one fault of a proxy as Toxiproxy's API knows it, as a value. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::devices::proxy::toxiproxy {

// Which way the bytes go: upstream is from the client to the server.
enum class Stream : std::uint8_t { upstream, downstream };

struct Toxic {
    std::string name;
    std::string type;  // of toxic_types()
    Stream stream = Stream::downstream;
    double toxicity = 1;  // share of connections that meet it; outside of [0, 1] is none or all
    std::map<std::string, std::int64_t> attributes;  // all that its type has, 0 where not given
    std::string remark{};  // what it does less than it promises on this machine; "" = nothing
    bool operator==(const Toxic&) const = default;
};

// A type and the names of its attributes, in the order in which Toxiproxy prints them.
struct ToxicType {
    std::string_view name;
    std::span<const std::string_view> attributes;
};
// latency (latency, jitter: ms), bandwidth (rate: 1000 bytes a second), slow_close (delay: ms),
// timeout (timeout: ms), reset_peer (timeout: ms), slicer (average_size, size_variation: bytes;
// delay: us), limit_data (bytes), noop; and gameday's own: blackhole, packet_loss (loss: parts per
// million), refuse, hang, never_accept, reset_storm (count; rate: a second);
// for datagrams: duplicate (share: parts per million), reorder (share; gap: datagrams).
std::span<const ToxicType> toxic_types();
// The type of that name, or null.
const ToxicType* find_toxic_type(std::string_view name);

std::string_view stream_name(Stream stream);  // "upstream" or "downstream"

}  // namespace gameday::devices::proxy::toxiproxy
