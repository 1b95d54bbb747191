// A proxy with TLS over loopback, between a server and clients of the test.
#pragma once

#include "injectors/proxy_server/lines/relay_plane.hpp"
#include "tests/injectors/devices/proxy/tls/tls_peer.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

namespace gameday::testing {

struct TlsBench {
    using Extras = proxy_server::Extras;
    using Toxic = proxy_server::Toxic;

    Certificates files;
    Listener server;
    std::unique_ptr<proxy_server::DataPlane> plane;
    Extras extras;
    std::uint16_t port = 0;

    explicit TlsBench(tls::Settings settings, std::uint64_t seed = 1)
        : plane(proxy_server::make_plane(seed)) {
        extras.tls = with_paths(std::move(settings));
        load();
        const auto upstream = fmt::format("127.0.0.1:{}", server.port());
        const auto listen = plane->open("tls", "127.0.0.1:0", upstream, {}, extras);
        REQUIRE(listen.has_value());
        port = static_cast<std::uint16_t>(std::stoi(listen->substr(listen->rfind(':') + 1)));
    }

    void put(std::vector<Toxic> toxics = {}) const { plane->put("tls", toxics, extras); }
    void fault(std::optional<tls::Fault> fault) {
        extras.tls->fault = fault;
        put();
    }

    // The files named without a folder are those of the bench.
    [[nodiscard]] TlsPeer dial_tls(TlsWish wish = {"ca.pem", "a.example"}) const {
        Peer peer = dial(port);
        REQUIRE(peer.open());
        if (!wish.ca.empty()) wish.ca = files.path(wish.ca);
        return TlsPeer::client(std::move(peer), wish);
    }
    [[nodiscard]] TlsPeer accept_tls(const std::string& certificate = "chain.pem",
                                     const std::string& key = "key.pem") const {
        Peer peer = server.accept();
        REQUIRE(peer.open());
        return TlsPeer::server(std::move(peer), files.path(certificate), files.path(key));
    }

 private:
    [[nodiscard]] tls::Settings with_paths(tls::Settings settings) const {
        const auto place = [this](std::string& name) {
            if (!name.empty()) name = files.path(name);
        };
        if (settings.terminate) {
            auto& [certificate, key, ca_certificate, ca_key] = *settings.terminate;
            for (auto* name : {&certificate, &key, &ca_certificate, &ca_key}) place(*name);
        }
        if (settings.upstream) place(settings.upstream->ca);
        return settings;
    }
    void load() {
        const auto loaded = plane->load(extras);
        INFO((loaded ? std::string() : loaded.error().message));
        REQUIRE(loaded.has_value());
    }
};

inline tls::Settings with_certificate() {
    tls::Settings settings;
    settings.terminate = tls::Terminate{"chain.pem", "key.pem", "", ""};
    return settings;
}
inline tls::Settings with_ca() {
    tls::Settings settings;
    settings.terminate = tls::Terminate{"", "", "ca.pem", "ca.key"};
    return settings;
}
// To an upstream that must be a.example.
inline tls::Settings encrypting(tls::Settings settings, bool verify = true) {
    settings.upstream = tls::Encrypt{"a.example", "ca.pem", verify};
    return settings;
}

}  // namespace gameday::testing
