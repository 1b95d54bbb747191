// Asking: a client of a driver, http unless told, asked one thing after the other on this thread.
#pragma once

#include "harness/json/json.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/clock.hpp"
#include "harness/ports/status.hpp"
#include "tests/support/catch.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gameday::drivers {
extern const DriverKind http;
}

namespace gameday::test {

// A reply or status whose texts outlive the call.
struct Heard {
    Reply reply;
    NodeStatus status;
    std::string detail, sample;
};

class Asking final : private ReplySink, private StatusSink {
 public:
    // One region and node for each endpoint; the first is asked. A region: that of the clients.
    explicit Asking(const std::vector<Endpoint>& endpoints, std::string_view params = "{}",
                    bool foreign_values = false, const DriverKind& driver = drivers::http,
                    RegionId region = {}, std::vector<Link> links = {}) {
        topology.links = std::move(links);
        for (std::size_t i = 0; i < endpoints.size(); ++i) {
            const auto name = "n" + std::to_string(i);
            topology.regions.push_back({RegionId::of(i), "r" + std::to_string(i), {NodeId::of(i)}});
            topology.nodes.push_back(
                {NodeId::of(i), name, RegionId::of(i), "", "local", endpoints[i], {}});
        }
        const auto parsed = json::parse(params);
        REQUIRE(parsed.has_value());
        ClientContext context{io, topology, NodeId(0), endpoints[0], *this};
        context.foreign_values = foreign_values;
        context.region = region;
        auto opened = driver.open(context, *parsed->as<Params>());
        INFO((opened ? "" : opened.error().message));
        REQUIRE(opened.has_value());
        client = std::move(*opened);
        auto opened_status = driver.open_status(StatusContext{io, NodeId(0), endpoints[0], *this},
                                                *parsed->as<Params>());
        REQUIRE(opened_status.has_value());
        status_client = std::move(*opened_status);
    }
    ~Asking() {
        client->close();
        status_client->close();
    }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;

    Heard operation(Verb verb, Duration timeout = std::chrono::seconds(5), std::uint32_t key = 1,
                    std::uint64_t value = 7) {
        const Instant now = clock.now();
        client->perform({verb, key, value}, 0, now, now + timeout);
        return wait();
    }
    Heard read() { return operation(Verb::read); }
    Heard write() { return operation(Verb::write); }
    Heard status(const StatusQuestion& question, Duration timeout = std::chrono::seconds(5)) {
        const auto number = status_client->add(question);
        REQUIRE(number.has_value());
        const Instant now = clock.now();
        status_client->ask(*number, 0, now, now + timeout);
        return wait();
    }
    boost::asio::io_context io{1};
    SteadyClock clock;
    Topology topology;
    std::unique_ptr<Client> client;
    std::unique_ptr<StatusClient> status_client;

 private:
    Heard wait() {
        heard_.reset();
        while (!heard_) {
            io.restart();
            io.run_one_for(std::chrono::milliseconds(5));
            if (heard_) break;
            client->expire(clock.now());
            status_client->expire(clock.now());
        }
        return *heard_;
    }
    void on_reply(std::uint64_t, const Reply& reply) override {
        Heard heard;
        heard.reply = reply;
        heard.detail = reply.detail;
        heard.sample = reply.sample;
        heard.reply.detail = heard.reply.sample = {};
        heard_ = std::move(heard);
    }
    void on_status(std::uint64_t, const NodeStatus& status) override {
        Heard heard;
        heard.status = status;
        heard.detail = status.detail;
        heard.status.detail = {};
        heard_ = std::move(heard);
    }

    std::optional<Heard> heard_;
};

}  // namespace gameday::test
