// A proxied link over loopback: server ← hop ← client, with the device under test between them.
#pragma once

#include "harness/ports/device.hpp"
#include "injectors/devices/proxy/actions.hpp"
#include "tests/injectors/devices/proxy/loopback.hpp"
#include "tests/support/kinds.hpp"

#include <memory>
#include <string>
#include <utility>

namespace gameday::testing {

using devices::proxy::Cut;
using devices::proxy::Direction;
using devices::proxy::Rule;
using devices::proxy::Scope;

constexpr FaultId one{1}, two{2};
constexpr Duration quiet = 150ms;  // how long nothing must happen for "nothing happens"

inline Link hop(std::string name, std::uint16_t listen, std::uint16_t target) {
    Link link;
    link.name = std::move(name);
    if (listen != 0) link.listen = Endpoint{"127.0.0.1", listen};
    link.target = {"127.0.0.1", target};
    return link;
}

struct Ends {
    Peer client, server;
};

struct Bench {
    Listener server;
    Topology topology;
    std::uint16_t port = free_port();
    std::unique_ptr<Device> device;

    explicit Bench(std::uint64_t seed = 1) {
        topology.links = {hop("a->b", port, server.port()), hop("bare", 0, server.port()),
                          hop("c->b", free_port(), server.port())};
        device = devices::proxy_kind.make({&topology, "", seed});
        const auto ready = device->ready();
        INFO((ready ? std::string() : ready.error().message));
        REQUIRE(ready.has_value());
    }
    void set(FaultId id, const Rule& rule) const {
        const auto done = device->perform(id, devices::proxy::set("a->b", rule));
        INFO((done ? std::string() : done.error().message));
        REQUIRE(done.has_value());
    }
    void clear(FaultId id) const {
        REQUIRE(device->perform(id, devices::proxy::clear("a->b")).has_value());
    }
    [[nodiscard]] Peer connect() const {
        Peer client = dial(port);
        REQUIRE(client.open());
        return client;
    }
    [[nodiscard]] Ends pair() const {
        Peer client = connect();
        Peer peer = server.accept();
        REQUIRE(peer.open());
        return {std::move(client), std::move(peer)};
    }
};

inline void check_carries(const Peer& sender, const Peer& receiver, std::string_view text) {
    REQUIRE(sender.send(text) == text.size());
    CHECK(receiver.receive(text.size()) == text);
}
inline bool hears_nothing(const Peer& peer) {
    return peer.end(quiet) == End::open && peer.receive(1, 0ms).empty();
}

// Text that no shift, loss or swap leaves as it was.
inline std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    std::uint64_t state = 1;
    for (auto& byte : text)
        byte = static_cast<char>((state = state * 6364136223846793005U + 1) >> 56);
    return text;
}

class Stopwatch {
 public:
    [[nodiscard]] double ms() const {
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin_)
            .count();
    }

 private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace gameday::testing
