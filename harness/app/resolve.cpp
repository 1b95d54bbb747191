#include "harness/app/resolve.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <utility>

namespace gameday::app {

namespace {

// IPv4 before IPv6, each sorted: the order in which a resolver answers may turn.
Result<std::set<std::string>> look_up(const std::string& name) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    const int error = ::getaddrinfo(name.c_str(), nullptr, &hints, &first);
    if (error != 0) {
        return refused(
            "the name {} has no address ({}), write numeric ones under \"addresses\", or "
            "mend the machine's resolver",
            name, ::gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(first, ::freeaddrinfo);
    std::set<std::string> found;
    for (const auto* each = first; each != nullptr; each = each->ai_next) {
        const bool v6 = each->ai_family == AF_INET6;
        const void* address = nullptr;
        if (v6) address = &reinterpret_cast<const sockaddr_in6*>(each->ai_addr)->sin6_addr;
        if (!v6) address = &reinterpret_cast<const sockaddr_in*>(each->ai_addr)->sin_addr;
        std::array<char, INET6_ADDRSTRLEN> text{};
        if (::inet_ntop(each->ai_family, address, text.data(), text.size()) != nullptr) {
            found.insert(text.data());
        }
    }
    return found;
}

Result<void> resolve_all(std::vector<std::string>& addresses) {
    std::vector<std::string> result;
    const auto add = [&](const std::string& address) {
        const bool known = std::ranges::find(result, address) != result.end();
        if (!known) result.push_back(address);
    };
    for (const auto& each : addresses) {
        if (check_address(each)) {
            add(each);
            continue;
        }
        auto found = look_up(each);
        if (!found) return found.error();
        std::ranges::for_each(*found, add);
    }
    addresses = std::move(result);
    return {};
}

}  // namespace

Result<void> resolve_names(Topology& topology, std::vector<std::string>& spare) {
    for (auto& node : topology.nodes) {
        const bool of_endpoint = node.addresses == std::vector{node.endpoint.address};
        auto resolved = resolve_all(node.addresses);
        if (!resolved && of_endpoint) node.addresses.clear();
        if (!resolved && !of_endpoint) return Error(resolved.error()).within(node.name);
    }
    auto resolved = resolve_all(spare);
    if (!resolved) return Error(resolved.error()).within("/safety/spare");
    return {};
}

}  // namespace gameday::app
