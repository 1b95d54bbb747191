#include "injectors/common/packets.hpp"

#include "injectors/common/host_flows.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>
#include <vector>

namespace gameday::faults {

namespace {

using kernel::Protocol;

Protocol protocol_of(const std::string& text) {
    if (text == "tcp") return Protocol::tcp;
    if (text == "udp") return Protocol::udp;
    return text == "icmp" ? Protocol::icmp : Protocol::any;
}

std::vector<kernel::Flow> narrowed(const kernel::Flow& flow, const Packets& packets) {
    std::vector<Protocol> protocols{packets.protocol};
    // Ports are those of a protocol.
    if (packets.port != 0 && packets.protocol == Protocol::any) {
        protocols = {Protocol::tcp, Protocol::udp};
    }
    std::vector<kernel::Flow> flows;
    for (const auto protocol : protocols) {
        kernel::Flow each = flow;
        each.protocol = protocol;
        if (packets.port == 0) {
            flows.push_back(std::move(each));
            continue;
        }
        each.own_ports = {packets.port};
        flows.push_back(each);
        each.own_ports.clear();
        each.peer_ports = {packets.port};
        flows.push_back(std::move(each));
    }
    return flows;
}

}  // namespace

Packets read_packets(ParamReader& reader) {
    Packets packets;
    packets.protocol = protocol_of(reader.text("protocol"));
    const auto port = reader.count("port");
    if (port > std::numeric_limits<std::uint16_t>::max()) {
        reader.fail("port", fmt::format("{} is no port, write 1 to 65535", port));
        return packets;
    }
    packets.port = static_cast<std::uint16_t>(port);
    if (port != 0 && packets.protocol == Protocol::icmp) {
        reader.fail("port", "icmp has none, leave it out or write another \"protocol\"");
    }
    if (!packets.are_all() && works_on_hops(reader.text("via"))) {
        reader.fail(port != 0 ? "port" : "protocol",
                    "needs a kernel device, write another \"via\" or none");
    }
    return packets;
}

void narrow(Touched& touched, const Packets& packets) {
    if (packets.are_all()) return;
    for (auto& host : touched.hosts) {
        std::vector<kernel::Flow> flows;
        for (const auto& flow : host.flows) {
            for (auto& each : narrowed(flow, packets)) flows.push_back(std::move(each));
        }
        host.flows = std::move(flows);
    }
}

}  // namespace gameday::faults
