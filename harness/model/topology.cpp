#include "harness/model/topology.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>

#include <array>
#include <charconv>

namespace gameday {

namespace {

// Whether bits of the address are set from position `length` on.
bool has_bits_behind(const std::array<unsigned char, 16>& address, unsigned bits, unsigned length) {
    for (unsigned bit = length; bit < bits; ++bit) {
        if ((address.at(bit / 8) & (0x80U >> (bit % 8))) != 0) return true;
    }
    return false;
}

template <class Number>
bool read_whole(std::string_view digits, Number& number) {
    const auto* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, number);
    return !digits.empty() && read.ec == std::errc() && read.ptr == end;
}

}  // namespace

std::string Endpoint::text() const {
    return address.find(':') == std::string::npos ? fmt::format("{}:{}", address, port)
                                                  : fmt::format("[{}]:{}", address, port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
    const Error wrong{ErrorCode::invalid,
                      fmt::format("\"{}\" is not an endpoint, write \"address:port\", for example "
                                  "\"127.0.1.1:7000\" or \"[::1]:7000\"",
                                  text)};
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return wrong;
    auto address = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (address.front() == '[') {
        if (address.back() != ']') return wrong;
        address = address.substr(1, address.size() - 2);
    } else if (address.find(':') != std::string_view::npos) {
        return wrong;
    }
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0) return wrong;
    return Endpoint{std::string(address), port};
}

Result<void> check_address(std::string_view text) {
    const auto slash = text.find('/');
    const std::string plain(text.substr(0, slash));
    std::array<unsigned char, 16> address{};
    unsigned bits = 0;
    if (::inet_pton(AF_INET, plain.c_str(), address.data()) == 1) {
        bits = 32;
    } else if (::inet_pton(AF_INET6, plain.c_str(), address.data()) == 1) {
        bits = 128;
    } else {
        return Error{ErrorCode::invalid,
                     fmt::format("\"{}\" is no numeric address, write for example \"10.0.0.7\", "
                                 "\"fd00::7\" or a prefix such as \"10.0.0.0/8\"",
                                 text)};
    }
    if (slash == std::string_view::npos) return {};
    unsigned length = 0;
    if (!read_whole(text.substr(slash + 1), length) || length > bits) {
        return Error{ErrorCode::invalid,
                     fmt::format("\"{}\" has no such prefix, write 0 to {} bits behind the slash",
                                 text, bits)};
    }
    if (!has_bits_behind(address, bits, length)) return {};
    return Error{
        ErrorCode::invalid,
        fmt::format("\"{}\" is neither an address nor a whole prefix, write \"{}\" for the "
                    "one, or the prefix with zeros behind its {} bits",
                    text, plain, length)};
}

Result<void> check_host(std::string_view text) {
    const auto wrong = [](std::string message) { return Error{ErrorCode::invalid, message}; };
    if (text == "local") return {};
    if (text.starts_with("netns:")) {
        const auto name = text.substr(6);
        if (!name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos) {
            return {};
        }
    } else if (text.starts_with("pid:")) {
        std::int32_t pid = 0;
        if (read_whole(text.substr(4), pid) && pid > 0) return {};
    } else if (text.starts_with("docker:")) {
        return wrong(
            fmt::format("\"{}\" names a container, write \"pid:N\" with what `docker inspect -f "
                        "'{{{{.State.Pid}}}}' {}` prints",
                        text, text.substr(7)));
    } else if (text.starts_with("ssh:") || text.starts_with("kubectl:")) {
        return wrong(
            fmt::format("\"{}\" is not supported yet, write \"local\" or leave it out, and reach "
                        "other hosts by the command fault",
                        text));
    }
    return wrong(
        fmt::format("\"{}\" is no host, write \"local\", \"netns:NAME\" (of `ip netns list`) or "
                    "\"pid:N\" (a process, or a container's)",
                    text));
}

std::optional<NodeId> Topology::find_node(std::string_view name) const {
    for (const auto& node : nodes) {
        if (node.name == name) return node.id;
    }
    return std::nullopt;
}

std::optional<RegionId> Topology::find_region(std::string_view name) const {
    for (const auto& region : regions) {
        if (region.name == name) return region.id;
    }
    return std::nullopt;
}

std::vector<NodeId> Topology::nodes_named(std::string_view name) const {
    if (const auto region_id = find_region(name)) return region(*region_id).nodes;
    if (const auto node_id = find_node(name)) return {*node_id};
    return {};
}

const Link* Topology::client_link(RegionId from, NodeId to) const {
    for (const auto& link : links) {
        if (link.from_clients && link.from_region == from && link.to_node == to) return &link;
    }
    return nullptr;
}

Endpoint Topology::client_endpoint(RegionId from, NodeId to) const {
    const Link* link = client_link(from, to);
    return link != nullptr && link->listen ? *link->listen : node(to).endpoint;
}

std::string Topology::node_name(NodeId id) const {
    return id.index() < nodes.size() ? nodes[id.index()].name : "?";
}

std::string Topology::region_name(RegionId id) const {
    return id.index() < regions.size() ? regions[id.index()].name : "?";
}

RegionId Topology::region_of(NodeId id) const {
    return id.index() < nodes.size() ? nodes[id.index()].region : RegionId();
}

}  // namespace gameday
