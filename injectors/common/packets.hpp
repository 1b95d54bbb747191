// Which packets between two places a fault is about: the parameters `protocol` and `port` of all
// kinds about links. Only kernel devices can tell packets apart; the proxy carries whole links.
#pragma once

#include "harness/ports/fault_kind.hpp"
#include "injectors/common/kernel_flows.hpp"

#include <array>
#include <cstdint>

namespace gameday::faults {

struct Packets {
    kernel::Protocol protocol = kernel::Protocol::any;
    std::uint16_t port = 0;  // of either end: what goes to it and what comes from it; 0: any
    [[nodiscard]] bool are_all() const { return protocol == kernel::Protocol::any && port == 0; }
    bool operator==(const Packets&) const = default;
};

inline constexpr std::array packets_specs{
    ParamSpec{"port", ParamType::count, "0",
              "only packets to or from this port, TCP and UDP; needs a kernel device; 0: any"},
    ParamSpec{"protocol", ParamType::choice, "any", "only packets of it; needs a kernel device",
              false, "any|tcp|udp|icmp"},
};

// Mistakes are told to the reader.
Packets read_packets(ParamReader& reader);

// The same hosts, each with those of its flows' packets alone.
void narrow(Touched& touched, const Packets& packets);

}  // namespace gameday::faults
