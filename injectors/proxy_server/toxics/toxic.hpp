// Toxic: one fault of a proxy as Toxiproxy's API knows it, as a value. Pure.
#pragma once

#include "harness/base/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace gameday::proxy_server {

// Which way the bytes go: upstream is from the client to the server.
enum class Stream : std::uint8_t { upstream, downstream };

// Of the proxy that a toxic is on.
enum class Protocol : std::uint8_t { tcp, udp };

struct Toxic {
    std::string name;
    std::string type;  // of toxic_types()
    Stream stream = Stream::downstream;
    double toxicity = 1;  // share of connections that meet it; outside of [0, 1] is none or all
    std::map<std::string, std::int64_t> attributes;  // all that its type has, 0 where not given
    std::string remark{};  // what it does less than it promises on this machine; "" = nothing

    // An attribute; 0 when there is none of that name, or a negative one, as with Toxiproxy.
    [[nodiscard]] std::int64_t count(const char* attribute) const;
    // An attribute as so many units; at most a hundred years, so that no sum of instants overflows.
    [[nodiscard]] Duration time(const char* attribute,
                                Duration unit = std::chrono::milliseconds(1)) const;
    bool operator==(const Toxic&) const = default;
};

std::string_view stream_name(Stream stream);  // "upstream" or "downstream"

}  // namespace gameday::proxy_server
