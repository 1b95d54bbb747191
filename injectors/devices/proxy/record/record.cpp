#include "injectors/devices/proxy/record/record.hpp"

#include "harness/json/json.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace gameday::devices::proxy {

PeerAddress::PeerAddress(int socket) {
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return;
    std::memcpy(raw_.data(), &peer, raw_.size());
}

PeerAddress::PeerAddress(const sockaddr* address, std::size_t size) {
    std::memcpy(raw_.data(), address, std::min(raw_.size(), size));
}

std::string PeerAddress::text() const {
    sockaddr_in6 peer{};
    std::memcpy(&peer, raw_.data(), sizeof(peer));
    std::array<char, INET6_ADDRSTRLEN> host{};
    if (peer.sin6_family == AF_INET6) {
        ::inet_ntop(AF_INET6, &peer.sin6_addr, host.data(), host.size());
        return fmt::format("[{}]:{}", host.data(), ntohs(peer.sin6_port));
    }
    if (peer.sin6_family == AF_INET) {
        sockaddr_in ipv4{};
        std::memcpy(&ipv4, raw_.data(), sizeof(ipv4));
        ::inet_ntop(AF_INET, &ipv4.sin_addr, host.data(), host.size());
        return fmt::format("{}:{}", host.data(), ntohs(ipv4.sin_port));
    }
    return peer.sin6_family == AF_UNIX ? "unix" : "";
}

std::string_view name_of(HowEnded how) {
    constexpr std::array<std::string_view, ways_to_end> names{
        "open",      "fin_by_client", "fin_by_upstream", "rst_by_client", "rst_by_upstream",
        "refused",   "rst_by_fault",  "closed_by_fault", "limit",         "closed_by_proxy",
        "tls_failed"};
    return names.at(static_cast<std::size_t>(how));
}

std::string record_json(const ConnectionRecord& record, Instant zero,
                        const std::function<std::string(FaultId)>& fault_name,
                        std::string_view lead) {
    const auto ns = [zero](Instant at) { return (at - zero).count(); };
    std::string text = fmt::format(
        R"({{{}"connection":{},"client":"{}","upstream":"{}","accepted_ns":{})", lead,
        record.number, record.client.text(), record.upstream.text(), ns(record.accepted));
    const auto add = [&](std::string_view name, const std::optional<Instant>& at) {
        if (at) text += fmt::format(R"(,"{}":{})", name, ns(*at));
    };
    add("connected_ns", record.connected);
    add("first_byte_to_ns", record.first_byte[0]);
    add("first_byte_from_ns", record.first_byte[1]);
    add("closed_ns", record.closed);
    std::string faults;
    for (const FaultId id : record.faults) {
        faults += (faults.empty() ? "" : ",") + json::print(Value(fault_name(id)));
    }
    text += fmt::format(R"(,"bytes_to":{},"bytes_from":{},"ended":"{}","faults":[{}])",
                        record.bytes[0], record.bytes[1], name_of(record.ended), faults);
    if (record.why) text += fmt::format(R"(,"why":{})", json::print(Value(*record.why)));
    return text + "}";
}

void RecordLog::add(ConnectionRecord record) {
    ++ended_.at(static_cast<std::size_t>(record.ended));
    if (records_.size() >= room_) {
        records_.pop_front();
        ++dropped_;
    }
    records_.push_back(std::move(record));
}

void RecordLog::hand_over(HandedOver& to) {
    to.dropped += std::exchange(dropped_, 0);
    to.records.insert(to.records.end(), std::make_move_iterator(records_.begin()),
                      std::make_move_iterator(records_.end()));
    records_.clear();
}

}  // namespace gameday::devices::proxy
