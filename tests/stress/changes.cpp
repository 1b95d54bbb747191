#include "tests/stress/changes.hpp"

#include "harness/base/ensure.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <array>
#include <chrono>
#include <span>
#include <string_view>

namespace gameday::stress {

namespace {

// Those in the second half take long to get over (TCP asks for lost packets later and later), and
// are rare.
constexpr std::array<std::string_view, 8> gentle_types{"latency",    "bandwidth",   "slicer",
                                                       "slow_close", "noop",        "packet_loss",
                                                       "blackhole",  "never_accept"};
constexpr std::array<std::string_view, 14> all_types{
    "latency", "bandwidth",  "slicer", "slow_close",  "noop",        "hang",      "reset_peer",
    "timeout", "limit_data", "refuse", "reset_storm", "packet_loss", "blackhole", "never_accept"};
constexpr std::size_t late_types = 3;  // the last ones

// A black hole that only some connections meet lets them all connect; whoever then ends its stream
// is taken for gone. So it is with `hang`, which is not gentle for that reason.
bool wants_all_connections(std::string_view type) {
    return type == "refuse" || type == "never_accept" || type == "blackhole";
}

// An address of this process alone, away from those that the kernel picks for connections.
Address address_of(std::size_t proxy) {
    const auto own = static_cast<unsigned>(::getpid());
    return {fmt::format("127.{}.{}.1", 64 + own % 128, (own / 128) % 250),
            static_cast<std::uint16_t>(10000 + proxy)};
}

}  // namespace

Changes::Changes(std::size_t proxies, std::vector<std::vector<Address>> servers,
                 proxy_server::DataPlane& plane, std::uint64_t seed)
    : servers_(std::move(servers)), plane_(plane), random_(seed, "changes") {
    for (std::size_t i = 0; i < proxies; ++i) {
        const auto address = address_of(i);
        doors_.push_back({address, i / servers_.size() % 2 == 0});
        const int status = call("POST", "/proxies",
                                fmt::format(R"({{"name":"{}","listen":"{}:{}","upstream":"{}"}})",
                                            name(i), address.host, address.port, upstream(i)));
        GAMEDAY_ENSURE(status == 201);
    }
}

void Changes::step() {
    const std::size_t proxy = random_.below(doors_.size());
    const auto draw = random_.below(10000);
    if (draw < 2) return reset();
    if (draw < 100) return populate(proxy);
    if (draw < 500) return disturb(proxy);
    if (draw < 700) return extend(proxy);
    if (draw < 900) return change_two(proxy);
    if (draw < 4500) return add_toxic(proxy);
    if (draw < 7000) return update_toxic(proxy);
    remove_toxic(proxy);
}

void Changes::reset() { call("POST", "/reset"); }

void Changes::close() {
    for (std::size_t i = 0; i < doors_.size(); ++i) call("DELETE", "/proxies/" + name(i));
}

int Changes::call(const std::string& method, const std::string& target, const std::string& body) {
    static const proxy_server::ApiSettings settings{"stress", false, ""};
    proxy_server::Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    const auto before = std::chrono::steady_clock::now();
    const auto response = handle(request, book_, plane_, settings);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
    if (took.count() > slowest_.seconds) slowest_ = {took.count(), method + " " + target + body};
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

std::string Changes::upstream(std::size_t proxy) {
    const auto& group = servers_[proxy % servers_.size()];
    const auto& address = group[random_.below(group.size())];
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
    if (type == "packet_loss") return fmt::format(R"("loss":{})", some(100'000));
    if (type == "reset_storm") return fmt::format(R"("count":{},"rate":{})", some(5), some(1000));
    if (type != "timeout" && type != "reset_peer") return "";
    return fmt::format(R"("timeout":{})", some(2000));
}

// Of a type that the proxy may have here; the late ones once in twenty times.
std::string Changes::toxic(std::size_t proxy) {
    const std::span<const std::string_view> types =
        doors_[proxy].gentle ? std::span<const std::string_view>(gentle_types) : all_types;
    const bool late = plane_.may_filter() && random_.chance(0.05);
    const auto soon = types.size() - late_types;
    const std::string type(late ? types[soon + random_.below(late_types)]
                                : types[random_.below(soon)]);
    constexpr std::array<std::string_view, 3> toxicities{"1", "0.5", "0"};
    const auto toxicity =
        wants_all_connections(type) ? "1" : toxicities.at(random_.below(toxicities.size()));
    const auto made = attributes(type);
    return fmt::format(
        R"({{"type":"{}","name":"t{}","stream":"{}","toxicity":{},"attributes":{{{}}}}})", type,
        random_.below(4), random_.chance(0.5) ? "upstream" : "downstream", toxicity, made);
}

void Changes::add_toxic(std::size_t proxy) {
    call("POST", fmt::format("/proxies/{}/toxics", name(proxy)), toxic(proxy));
}

const proxy_server::Toxic* Changes::some_toxic(std::size_t proxy) {
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
                         upstream(proxy)));
    } else if (random_.chance(0.2)) {
        call("PATCH", target, fmt::format(R"({{"upstream":"{}"}})", upstream(proxy)));
    } else {
        call("PATCH", target, fmt::format(R"({{"enabled":{}}})", !book_.at(name(proxy)).enabled));
    }
}

// Faults of HTTP, which these bytes are not, and a rate of its own.
void Changes::extend(std::size_t proxy) {
    constexpr std::array<std::string_view, 3> faults{
        R"([{"status":503},{"delay":"5ms"}])", R"([{"rate":"64KiB","truncate_after":1}])", "null"};
    const auto budget = random_.chance(0.5)
                            ? std::string("null")
                            : fmt::format(R"({{"group":"{}","rate":{}}})", name(proxy), 10'000'000);
    call("PATCH", "/proxies/" + name(proxy),
         fmt::format(R"({{"gameday":{{"http":{},"budget":{}}}}})",
                     faults.at(random_.below(faults.size())), budget));
}

// Other toxics for two proxies, in one step.
void Changes::change_two(std::size_t proxy) {
    const auto other = (proxy + 1) % doors_.size();
    const auto first = toxic(proxy);
    const auto second = toxic(other);
    call("POST", "/gameday/change",
         fmt::format(R"({{"proxies":{{"{}":{{"toxics":[{}]}},"{}":{{"toxics":[{}]}}}}}})",
                     name(proxy), first, name(other), second));
}

// The same proxies again, which are left alone; a rough one perhaps with another upstream.
void Changes::populate(std::size_t proxy) {
    const auto& known = book_.at(name(proxy));
    const auto to = doors_[proxy].gentle || random_.chance(0.5) ? known.upstream : upstream(proxy);
    call("POST", "/populate",
         fmt::format(R"([{{"name":"{}","listen":"{}","upstream":"{}"}}])", known.name, known.listen,
                     to));
}

}  // namespace gameday::stress
