// A change of many proxies on real connections: nobody sees half of it.
#include "injectors/proxy_server/lines/relay_plane.hpp"
#include "tests/injectors/devices/proxy/loopback.hpp"

#include <fmt/format.h>

#include <atomic>
#include <thread>
#include <vector>

namespace change_relay_test {

using namespace gameday;
using namespace gameday::testing;
using namespace gameday::proxy_server;

namespace {

// An open proxy and a connection through it.
struct Through {
    Proxy proxy;
    Peer client, server;
};

Through open(DataPlane& plane, const std::string& name, const Listener& server) {
    Through it;
    it.proxy.name = name;
    it.proxy.enabled = true;
    it.proxy.upstream = fmt::format("127.0.0.1:{}", server.port());
    it.proxy.listen = plane.open(name, "127.0.0.1:0", it.proxy.upstream, {}).value();
    const auto& listen = it.proxy.listen;
    it.client = dial(static_cast<std::uint16_t>(std::stoi(listen.substr(listen.rfind(':') + 1))));
    it.server = server.accept();
    REQUIRE(it.server.open());
    return it;
}

Toxic stall() { return {"stall", "bandwidth", Stream::upstream, 1, {{"rate", 0}}}; }

std::uint16_t port_of(const std::string& listen) {
    return static_cast<std::uint16_t>(std::stoi(listen.substr(listen.rfind(':') + 1)));
}

// Two proxies in a row, client -> near -> far -> server. The near one holds back what the client
// sends, the far one does not; then it is the other way round. Whatever passes the near one does so
// after the change, and comes to the far one later still: nothing may reach the server. If the near
// one changes even a moment before the far one, something does.
class TwoInARow {
 public:
    TwoInARow() : plane_(make_plane(1, 2)) {
        far_ = proxy("far", fmt::format("127.0.0.1:{}", server_.port()), {});
        near_ = proxy("near", far_.listen, {stall()});
        client_ = dial(port_of(near_.listen));
        at_server_ = server_.accept();
        REQUIRE(at_server_.open());
    }

    // What reaches the server while `change` swaps the two, the client sending all the time.
    template <class Change>
    std::string leaked(Change change) {
        std::atomic<bool> stop = false;
        std::thread sender([&] {
            while (!stop) sent_ += client_.send(std::string(100, 'x'), 1ms);
        });
        ::usleep(1000);
        std::swap(near_.toxics, far_.toxics);
        change(*plane_, near_, far_);
        const auto leaked = at_server_.receive(1, 20ms);
        stop = true;
        sender.join();
        return leaked;
    }

    // Everything that was sent arrives in the end.
    bool lost_nothing() {
        plane_->put("far", {});
        return at_server_.receive(sent_).size() == sent_;
    }

 private:
    Proxy proxy(const std::string& name, const std::string& upstream, std::vector<Toxic> toxics) {
        Proxy made;
        made.name = name;
        made.enabled = true;
        made.upstream = upstream;
        made.toxics = std::move(toxics);
        made.listen = plane_->open(name, "127.0.0.1:0", upstream, made.toxics).value();
        return made;
    }

    Listener server_;
    std::unique_ptr<DataPlane> plane_;
    Proxy near_, far_;
    Peer client_, at_server_;
    std::size_t sent_ = 0;
};

}  // namespace

TEST_CASE("nobody sees half of a change of two proxies") {
    for (int round = 0; round < 30; ++round) {
        TwoInARow row;
        CHECK(row.leaked([round](DataPlane& plane, const Proxy& near, const Proxy& far) {
                     const auto step = plane.change(round % 2 == 0 ? std::vector{near, far}
                                                                   : std::vector{far, near});
                     REQUIRE(step.has_value());
                     CHECK(step->realtime_ns > 1'700'000'000'000'000'000);
                     CHECK(step->monotonic_ns > 0);
                     CHECK(step->spread_ns > 0);
                 })
                  .empty());
        CHECK(row.lost_nothing());
    }
}

TEST_CASE("the probe of a change finds one that is made proxy by proxy") {
    TwoInARow row;
    CHECK_FALSE(row.leaked([](DataPlane& plane, const Proxy& near, const Proxy& far) {
                       plane.put("near", near.toxics);
                       ::usleep(20'000);
                       plane.put("far", far.toxics);
                   })
                    .empty());
}

TEST_CASE("a change that cannot open one proxy leaves the others as they were") {
    const Listener server;
    const auto plane = make_plane(1, 2);
    Through a = open(*plane, "a", server);
    Proxy taken;
    taken.name = "taken";
    taken.enabled = true;
    taken.listen = fmt::format("127.0.0.1:{}", server.port());
    taken.upstream = "127.0.0.1:1";
    Proxy free = taken;
    free.name = "free";
    free.listen = "127.0.0.1:0";
    a.proxy.enabled = false;
    const auto step = plane->change({a.proxy, free, taken});
    REQUIRE_FALSE(step.has_value());
    CHECK(step.error().message == "listen tcp " + taken.listen + ": bind: address already in use");
    CHECK(a.server.send("still here") == 10);
    CHECK(a.client.receive(10) == "still here");
}

TEST_CASE("a change closes, opens and moves proxies in one step") {
    const Listener old;
    const Listener other;
    const auto plane = make_plane(1, 2);
    Through closed = open(*plane, "closed", old);
    Through moved = open(*plane, "moved", old);
    Through kept = open(*plane, "kept", old);
    closed.proxy.enabled = false;
    moved.proxy.upstream = kept.proxy.upstream = fmt::format("127.0.0.1:{}", other.port());
    kept.proxy.extras.keep_connections = true;
    Proxy fresh = moved.proxy;
    fresh.name = "fresh";
    fresh.listen = "127.0.0.1:0";
    const auto step = plane->change({closed.proxy, moved.proxy, kept.proxy, fresh});
    REQUIRE(step.has_value());
    CHECK(closed.client.end() == End::fin);
    CHECK(moved.client.end() == End::fin);
    CHECK(kept.client.send("stays") == 5);
    CHECK(kept.server.receive(5) == "stays");
    const auto& listen = step->opened.at("fresh");
    const Peer client =
        dial(static_cast<std::uint16_t>(std::stoi(listen.substr(listen.rfind(':') + 1))));
    const Peer at_other = other.accept();
    CHECK(client.send("fresh") == 5);
    CHECK(at_other.receive(5) == "fresh");
    CHECK(plane->connections("closed") == 0);
}

}  // namespace change_relay_test
