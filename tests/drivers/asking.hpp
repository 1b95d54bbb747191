// Asking: a client of the http driver, asked one thing after the other on this thread.
#pragma once

#include "harness/json/json.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/clock.hpp"
#include "tests/support/catch.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gameday::drivers {
extern const DriverKind http;
}

namespace gameday::test {

// A reply or page whose texts outlive the call.
struct Heard {
    Reply reply;
    Page page;
    std::string detail, sample, body;
};

class Asking final : private ReplySink {
 public:
    // One region and node for each endpoint; the first is asked.
    explicit Asking(const std::vector<Endpoint>& endpoints, std::string_view params = "{}",
                    bool foreign_values = false) {
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
        auto opened = drivers::http.open(context, *parsed->as<Params>());
        INFO((opened ? "" : opened.error().message));
        REQUIRE(opened.has_value());
        client = std::move(*opened);
    }
    ~Asking() { client->close(); }
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
    Heard fetch(const PageSpec& spec) {
        const auto page = client->add_page(spec);
        REQUIRE(page.has_value());
        const Instant now = clock.now();
        client->fetch(*page, 0, now, now + std::chrono::seconds(5));
        return wait();
    }
    boost::asio::io_context io{1};
    SteadyClock clock;
    Topology topology;
    std::unique_ptr<Client> client;

 private:
    Heard wait() {
        heard_.reset();
        while (!heard_) {
            io.restart();
            io.run_one_for(std::chrono::milliseconds(5));
            if (!heard_) client->expire(clock.now());
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
    void on_page(std::uint64_t, const Page& page) override {
        Heard heard;
        heard.page = page;
        heard.detail = page.detail;
        heard.body = page.body;
        heard.page.detail = heard.page.body = {};
        heard_ = std::move(heard);
    }

    std::optional<Heard> heard_;
};

}  // namespace gameday::test
