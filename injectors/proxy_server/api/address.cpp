#include "injectors/proxy_server/api/address.hpp"

#include "harness/base/number.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gameday::proxy_server {
namespace {

Error wrong(std::string_view text, std::string_view why) {
    return invalid("address {}: {}", text, why);
}

Result<std::uint16_t> read_port(std::string_view text) {
    if (text.empty()) return std::uint16_t{0};
    if (!std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
        return invalid("lookup tcp/{}: unknown port", text);
    }
    const auto port = number_in<std::uint16_t>(text);
    return port ? Result<std::uint16_t>(*port) : wrong(text, "invalid port");
}

// The text of an IPv6 address as inet_ntop writes it; "" when it is none.
std::string shortest_ipv6(const std::string& host) {
    in6_addr address{};
    if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    return inet_ntop(AF_INET6, &address, text.data(), text.size());
}

}  // namespace

Result<Endpoint> read_address(std::string_view text) {
    if (text.empty()) return Endpoint{};
    const auto colon = text.rfind(':');
    if (colon == text.npos) return wrong(text, "missing port in address");
    std::string_view host = text.substr(0, colon);
    if (text.front() == '[') {
        const auto end = text.find(']');
        if (end == text.npos) return wrong(text, "missing ']' in address");
        if (end + 1 == text.size()) return wrong(text, "missing port in address");
        if (end + 1 != colon) {
            return wrong(text, text[end + 1] == ':' ? "too many colons in address"
                                                    : "missing port in address");
        }
        host = text.substr(1, end - 1);
    } else if (host.find(':') != host.npos) {
        return wrong(text, "too many colons in address");
    }
    if (host.find('[') != host.npos) return wrong(text, "unexpected '[' in address");
    if (host.find(']') != host.npos) return wrong(text, "unexpected ']' in address");
    const auto port = read_port(text.substr(colon + 1));
    if (!port) return port.error();
    return Endpoint{std::string(host), *port};
}

Endpoint plain(Endpoint endpoint) {
    std::string& host = endpoint.address;
    if (host.empty() || host == "0.0.0.0") host = "::";
    if (host == "localhost") host = "127.0.0.1";
    if (auto ipv6 = shortest_ipv6(host); !ipv6.empty()) host = std::move(ipv6);
    return endpoint;
}

bool is_loopback(std::string_view host) {
    const std::string text = plain(Endpoint{std::string(host), 0}).address;
    in_addr ipv4{};
    if (inet_pton(AF_INET, text.c_str(), &ipv4) == 1) return text.starts_with("127.");
    return text == "::1";
}

}  // namespace gameday::proxy_server
