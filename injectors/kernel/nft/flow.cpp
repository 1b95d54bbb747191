#include "injectors/kernel/nft/flow.hpp"

#include "harness/base/number.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>

#include <array>
#include <utility>

namespace gameday::kernel {

namespace {

constexpr std::array<std::string_view, 4> protocol_names{"any", "tcp", "udp", "icmp"};

Error wrong(std::string_view field, std::string_view wanted) {
    return invalid("{}: want {}", field, wanted);
}

void put_texts(Params& args, const char* field, const std::vector<std::string>& texts) {
    if (!texts.empty()) args[field] = Value(List(texts.begin(), texts.end()));
}

void put_ports(Params& args, const char* field, const std::vector<std::uint16_t>& ports) {
    List list;
    for (const auto port : ports) list.emplace_back(static_cast<std::int64_t>(port));
    if (!list.empty()) args[field] = Value(std::move(list));
}

Result<void> read_prefixes(const std::string& field, const Value& value,
                           std::vector<std::string>& out) {
    const auto* list = value.as<List>();
    if (list == nullptr) return wrong(field, "a list of addresses");
    for (const auto& each : *list) {
        const auto* text = each.as<std::string>();
        if (text == nullptr) return wrong(field, "a list of addresses");
        auto prefix = parse_prefix(*text);
        if (!prefix) return std::move(prefix.error()).within(field);
        out.push_back(*text);
    }
    return {};
}

Result<void> read_ports(const std::string& field, const Value& value,
                        std::vector<std::uint16_t>& out) {
    const auto* list = value.as<List>();
    if (list == nullptr) return wrong(field, "a list of ports");
    for (const auto& each : *list) {
        const auto* number = each.as<std::int64_t>();
        if (number == nullptr || *number < 1 || *number > 65535) {
            return wrong(field, "ports from 1 to 65535");
        }
        out.push_back(static_cast<std::uint16_t>(*number));
    }
    return {};
}

Result<void> read_field(const std::string& field, const Value& value, Flow& flow) {
    const auto* text = value.as<std::string>();
    if (field == "side") {
        if (text == nullptr || (*text != "ingress" && *text != "egress")) {
            return wrong(field, "ingress or egress");
        }
        flow.side = *text == "egress" ? Side::egress : Side::ingress;
        return {};
    }
    if (field == "protocol") {
        for (std::size_t i = 0; text != nullptr && i < protocol_names.size(); ++i) {
            if (protocol_names.at(i) != *text) continue;
            flow.protocol = static_cast<Protocol>(i);
            return {};
        }
        return wrong(field, "any, tcp, udp or icmp");
    }
    if (field == "everything") {
        const auto* flag = value.as<bool>();
        if (flag == nullptr) return wrong(field, "true or false");
        flow.everything = *flag;
        return {};
    }
    if (field == "peers") return read_prefixes(field, value, flow.peers);
    if (field == "own") return read_prefixes(field, value, flow.own);
    if (field == "spare") return read_prefixes(field, value, flow.spare);
    if (field == "own_ports") return read_ports(field, value, flow.own_ports);
    if (field == "peer_ports") return read_ports(field, value, flow.peer_ports);
    return wrong(field,
                 "one of side, peers, everything, own, spare, protocol, own_ports, peer_ports");
}

Result<void> check(const Flow& flow) {
    if (flow.peers.empty() == !flow.everything) {
        return wrong("peers", flow.everything ? "no peers where everything is meant"
                                              : "addresses, or say that everything is meant");
    }
    const bool ports = !flow.own_ports.empty() || !flow.peer_ports.empty();
    if (ports && flow.protocol != Protocol::tcp && flow.protocol != Protocol::udp) {
        return wrong("protocol", "tcp or udp, which have ports");
    }
    return {};
}

}  // namespace

Value value_of(const Flow& flow) {
    Params args{{"side", flow.side == Side::egress ? "egress" : "ingress"}};
    put_texts(args, "peers", flow.peers);
    put_texts(args, "own", flow.own);
    put_texts(args, "spare", flow.spare);
    put_ports(args, "own_ports", flow.own_ports);
    put_ports(args, "peer_ports", flow.peer_ports);
    if (flow.everything) args["everything"] = Value(true);
    if (flow.protocol != Protocol::any) {
        args["protocol"] =
            Value(std::string(protocol_names.at(static_cast<std::size_t>(flow.protocol))));
    }
    return Value(std::move(args));
}

Result<Flow> flow_of(const Value& value) {
    const auto* members = value.as<Params>();
    if (members == nullptr) return wrong("flow", "an object");
    Flow flow;
    for (const auto& [field, member] : *members) {
        if (auto read = read_field(field, member, flow); !read) return read.error();
    }
    if (auto good = check(flow); !good) return good.error();
    return flow;
}

Result<Prefix> parse_prefix(std::string_view text) {
    const auto wrong_text = [&](std::string_view why) {
        return invalid("\"{}\" {}, write \"10.0.0.7\", \"10.0.0.0/8\" or \"fd00::/64\"", text, why);
    };
    const auto slash = text.find('/');
    const std::string address(text.substr(0, slash));
    Prefix prefix;
    prefix.address.resize(16);
    if (::inet_pton(AF_INET, address.c_str(), prefix.address.data()) == 1) {
        prefix.address.resize(4);
    } else if (::inet_pton(AF_INET6, address.c_str(), prefix.address.data()) == 1) {
        prefix.v6 = true;
    } else {
        return wrong_text("is no address");
    }
    const auto bits = static_cast<unsigned>(prefix.address.size()) * 8;
    prefix.length = bits;
    if (slash != std::string_view::npos) {
        const auto length = number_in<unsigned>(text.substr(slash + 1));
        if (!length || *length > bits) return wrong_text("has no such prefix");
        prefix.length = *length;
    }
    for (unsigned bit = prefix.length; bit < bits; ++bit) {
        prefix.address[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
    }
    return prefix;
}

std::string prefix_text(const Prefix& prefix) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(prefix.v6 ? AF_INET6 : AF_INET, prefix.address.data(), text.data(), text.size());
    if (prefix.length == prefix.address.size() * 8) return text.data();
    return fmt::format("{}/{}", text.data(), prefix.length);
}

}  // namespace gameday::kernel
