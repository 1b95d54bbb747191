#include "tests/stress/changes.hpp"

#include "harness/base/ensure.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <array>
#include <string_view>

namespace gameday::stress {

namespace toxiproxy = devices::proxy::toxiproxy;

namespace {

constexpr std::array<std::string_view, 5> gentle_types{"latency", "bandwidth", "slicer",
                                                       "slow_close", "noop"};
constexpr std::array<std::string_view, 8> all_types{
    "latency", "bandwidth", "slicer", "slow_close", "noop", "reset_peer", "timeout", "limit_data"};

// An address of this process alone, away from those that the kernel picks for connections.
Address address_of(std::size_t proxy) {
    const auto own = static_cast<unsigned>(::getpid());
    return {fmt::format("127.{}.{}.1", 64 + own % 128, (own / 128) % 250),
            static_cast<std::uint16_t>(10000 + proxy)};
}

}  // namespace

Changes::Changes(std::size_t proxies, const Listeners& servers, toxiproxy::Plane& plane,
                 std::uint64_t seed)
    : servers_(servers), plane_(plane), random_(seed, "changes") {
    for (std::size_t i = 0; i < proxies; ++i) {
        const auto address = address_of(i);
        doors_.push_back({address, i % 2 == 0});
        const int status = call("POST", "/proxies",
                                fmt::format(R"({{"name":"{}","listen":"{}:{}","upstream":"{}"}})",
                                            name(i), address.host, address.port, upstream()));
        GAMEDAY_ENSURE(status == 201);
    }
}

void Changes::step() {
    const std::size_t proxy = random_.below(doors_.size());
    const auto draw = random_.below(10000);
    if (draw < 2) return reset();
    if (draw < 100) return populate(proxy);
    if (draw < 500) return disturb(proxy);
    if (draw < 4500) return add_toxic(proxy);
    if (draw < 7000) return update_toxic(proxy);
    remove_toxic(proxy);
}

void Changes::reset() { call("POST", "/reset"); }

void Changes::close() {
    for (std::size_t i = 0; i < doors_.size(); ++i) call("DELETE", "/proxies/" + name(i));
}

int Changes::call(const std::string& method, const std::string& target, const std::string& body) {
    static const toxiproxy::ApiSettings settings{"stress", false, ""};
    toxiproxy::Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    const auto response = handle(request, book_, plane_, settings);
    const bool made = response.status < 300;
    made_ += made ? 1 : 0;
    if (!made && response.status != 409 && problems_.size() < 5) {
        problems_.push_back(
            fmt::format("{} {} {}: {} {}", method, target, body, response.status, response.body));
    }
    return response.status;
}

std::string Changes::name(std::size_t proxy) const {
    return fmt::format("{}{}", doors_[proxy].gentle ? "gentle" : "rough", proxy);
}

std::string Changes::upstream() {
    const auto& address = servers_.addresses[random_.below(servers_.addresses.size())];
    return fmt::format("{}:{}", address.host, address.port);
}

// Small enough that streams go on: what is tested is the order and the completeness of bytes.
std::string Changes::attributes(const std::string& type) {
    const auto some = [this](std::uint64_t most) { return random_.below(most + 1); };
    if (type == "latency") return fmt::format(R"("latency":{},"jitter":{})", some(40), some(20));
    if (type == "bandwidth") return fmt::format(R"("rate":{})", some(3) == 0 ? 0 : some(2000));
    if (type == "slow_close") return fmt::format(R"("delay":{})", some(100));
    if (type == "slicer") {
        return fmt::format(R"("average_size":{},"size_variation":{},"delay":{})", 100 + some(1000),
                           some(100), some(300));
    }
    if (type == "limit_data") return fmt::format(R"("bytes":{})", some(100'000));
    if (type == "noop") return "";
    return fmt::format(R"("timeout":{})", some(2000));
}

void Changes::add_toxic(std::size_t proxy) {
    const bool gentle = doors_[proxy].gentle;
    const std::string type(gentle ? gentle_types.at(random_.below(gentle_types.size()))
                                  : all_types.at(random_.below(all_types.size())));
    constexpr std::array<std::string_view, 3> toxicities{"1", "0.5", "0"};
    const auto made = attributes(type);
    call("POST", fmt::format("/proxies/{}/toxics", name(proxy)),
         fmt::format(
             R"({{"type":"{}","name":"t{}","stream":"{}","toxicity":{},"attributes":{{{}}}}})",
             type, random_.below(4), random_.chance(0.5) ? "upstream" : "downstream",
             toxicities.at(random_.below(toxicities.size())), made));
}

const toxiproxy::Toxic* Changes::some_toxic(std::size_t proxy) {
    const auto& toxics = book_.at(name(proxy)).toxics;
    return toxics.empty() ? nullptr : &toxics[random_.below(toxics.size())];
}

void Changes::update_toxic(std::size_t proxy) {
    const auto* toxic = some_toxic(proxy);
    if (toxic == nullptr) return add_toxic(proxy);
    const auto changed = attributes(toxic->type);
    call("PATCH", fmt::format("/proxies/{}/toxics/{}", name(proxy), toxic->name),
         fmt::format(R"({{"attributes":{{{}}}}})", changed));
}

void Changes::remove_toxic(std::size_t proxy) {
    const auto* toxic = some_toxic(proxy);
    if (toxic == nullptr) return add_toxic(proxy);
    call("DELETE", fmt::format("/proxies/{}/toxics/{}", name(proxy), std::string(toxic->name)));
}

// What no stream survives; a gentle proxy moves without its connections noticing.
void Changes::disturb(std::size_t proxy) {
    const std::string target = "/proxies/" + name(proxy);
    if (doors_[proxy].gentle) {
        call("PATCH", target,
             fmt::format(R"({{"upstream":"{}","gameday":{{"keep_connections":true}}}})",
                         upstream()));
    } else if (random_.chance(0.2)) {
        call("PATCH", target, fmt::format(R"({{"upstream":"{}"}})", upstream()));
    } else {
        call("PATCH", target, fmt::format(R"({{"enabled":{}}})", !book_.at(name(proxy)).enabled));
    }
}

// The same proxies again, which are left alone; a rough one perhaps with another upstream.
void Changes::populate(std::size_t proxy) {
    const auto& known = book_.at(name(proxy));
    const auto to = doors_[proxy].gentle || random_.chance(0.5) ? known.upstream : upstream();
    call("POST", "/populate",
         fmt::format(R"([{{"name":"{}","listen":"{}","upstream":"{}"}}])", known.name, known.listen,
                     to));
}

}  // namespace gameday::stress
