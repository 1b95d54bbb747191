#include "harness/drivers/http/remote.hpp"

#include "harness/drivers/common/addresses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gameday::drivers {
namespace {

using boost::asio::ip::tcp;

std::string address_text(const tcp::endpoint& address) {
    return Endpoint{address.address().to_string(), address.port()}.text();
}

}  // namespace

Result<Remote> resolve_remote(NodeId node, const Endpoint& endpoint, const Endpoint& home) {
    Remote remote;
    remote.node = node;
    remote.host = endpoint.text();
    remote.server = home.address;
    auto addresses = resolve(endpoint);
    if (!addresses) return std::move(addresses).error();
    remote.addresses = std::move(*addresses);
    remote.taken.resize(remote.addresses.size());
    remote.passed_over.resize(remote.addresses.size());
    remote.why.resize(remote.addresses.size());
    return remote;
}

namespace {

Result<void> encrypt(std::vector<Remote>& remotes, const HttpAccess& access) {
    for (auto& remote : remotes) {
        auto tls = open_tls(access, remote.server);
        if (!tls) return std::move(tls).error();
        remote.tls = std::move(*tls);
    }
    return {};
}

Result<std::vector<Remote>> resolve_all(const ClientContext& context, bool all) {
    std::vector<Remote> remotes;
    const Topology& topology = context.topology;
    auto first =
        resolve_remote(context.node, context.endpoint, topology.node(context.node).endpoint);
    if (!first) return std::move(first).error();
    remotes.push_back(std::move(*first));
    if (!all) return remotes;
    for (const auto& node : topology.nodes) {
        if (node.id == context.node) continue;
        auto other = resolve_remote(node.id,
                                    context.region.known()
                                        ? topology.client_endpoint(context.region, node.id)
                                        : node.endpoint,
                                    node.endpoint);
        if (!other) return std::move(other).error();
        remotes.push_back(std::move(*other));
    }
    return remotes;
}

}  // namespace

Result<std::vector<Remote>> resolve_remotes(const ClientContext& context, const HttpAccess& access,
                                            bool all) {
    auto remotes = resolve_all(context, all);
    if (!remotes) return remotes;
    if (auto done = encrypt(*remotes, access); !done) return std::move(done).error();
    return remotes;
}

std::optional<Redirect> read_redirect(std::string_view location) {
    Redirect redirect;
    location = location.substr(0, location.find('#'));
    redirect.encrypted = location.starts_with("https://");
    if (redirect.encrypted || location.starts_with("http://")) {
        location.remove_prefix(location.find("//") + 2);
        const auto end = std::min(location.find_first_of("/?"), location.size());
        redirect.host = location.substr(0, end);
        if (redirect.host.empty()) return std::nullopt;
        location.remove_prefix(end);
    } else if (!location.starts_with('/') || location.starts_with("//")) {
        return std::nullopt;
    }
    redirect.path = (location.starts_with('/') ? "" : "/") + std::string(location);
    const bool plain =
        std::ranges::all_of(redirect.path, [](char c) { return c > ' ' && c < 0x7f; });
    return plain ? std::optional(std::move(redirect)) : std::nullopt;
}

std::optional<std::size_t> find_remote(const std::vector<Remote>& remotes, const Topology& topology,
                                       std::string_view host, bool encrypted) {
    if (host.empty()) return std::nullopt;
    const bool has_port = host.back() != ']' && host.rfind(':') != host.npos;
    const std::string full = std::string(host) + (has_port ? "" : encrypted ? ":443" : ":80");
    for (std::size_t i = 0; i < remotes.size(); ++i) {
        const Remote& remote = remotes[i];
        const bool known = remote.node.index() < topology.nodes.size();
        if (remote.host == full || (known && topology.node(remote.node).endpoint.text() == full)) {
            return i;
        }
    }
    return std::nullopt;
}

std::string led_on(std::string_view request, std::string_view path, std::string_view host) {
    const auto method = request.substr(0, request.find(' '));
    const auto second = request.find("\r\n") + 2;
    const auto third = request.find("\r\n", second) + 2;
    const std::string host_line = host.empty() ? std::string(request.substr(second, third - second))
                                               : fmt::format("Host: {}\r\n", host);
    return fmt::format("{} {} HTTP/1.1\r\n{}{}", method, path, host_line, request.substr(third));
}

void add_address_notes(const Remote& remote, std::vector<ClientNote>& notes) {
    if (remote.addresses.size() < 2) return;
    for (std::size_t i = 0; i < remote.addresses.size(); ++i) {
        const std::string address = address_text(remote.addresses[i]);
        if (remote.taken[i] > 0) {
            notes.push_back({fmt::format("connections to {} went to {}", remote.host, address),
                             remote.taken[i]});
        }
        if (remote.passed_over[i] > 0) {
            notes.push_back({fmt::format("attempts to connect to {} were passed on by {} ({})",
                                         remote.host, address, name_of(remote.why[i])),
                             remote.passed_over[i]});
        }
    }
}

}  // namespace gameday::drivers
