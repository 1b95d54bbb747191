// A stand-in until the data plane knows every toxic: latency and bandwidth by the rules of hops,
// upstream resolved once, nothing counted.
#include "injectors/devices/proxy/toxiproxy/relay_plane.hpp"

#include "injectors/devices/proxy/hop.hpp"
#include "injectors/devices/proxy/toxiproxy/address.hpp"

#include <fmt/format.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <thread>
#include <utility>

namespace gameday::devices::proxy::toxiproxy {
namespace {

using boost::system::error_code;
using net::ip::tcp;

// What a toxic does to the connections of a hop; nothing for the types that hops do not know yet.
std::optional<Rule> rule_of(const Toxic& toxic) {
    const auto at = [&](const char* name) { return toxic.attributes.at(name); };
    Rule rule;
    rule.direction = toxic.stream == Stream::upstream ? Direction::to : Direction::from;
    if (toxic.toxicity <= 0) return std::nullopt;
    if (toxic.type == "latency") {
        rule.delay = std::chrono::milliseconds(std::max<std::int64_t>(0, at("latency")));
        rule.jitter = std::chrono::milliseconds(std::max<std::int64_t>(0, at("jitter")));
        return rule;
    }
    if (toxic.type == "bandwidth" && at("rate") > 0) {
        rule.rate = at("rate") * 1000;
        return rule;
    }
    return std::nullopt;
}

Result<tcp::endpoint> resolve(net::io_context& context, std::string_view text) {
    const auto address = read_address(text);
    if (!address) return address.error();
    const Address wanted = plain(*address);
    tcp::resolver resolver(context);
    error_code error;
    const auto found = resolver.resolve(wanted.host, std::to_string(wanted.port), error);
    if (error || found.empty()) {
        return Error{ErrorCode::refused, fmt::format("lookup {}: no such host", wanted.host)};
    }
    return found.begin()->endpoint();
}

class RelayPlane final : public Plane {
 public:
    explicit RelayPlane(std::uint64_t seed) : seed_(seed), guard_(context_.get_executor()) {
        thread_ = std::thread([this] { context_.run(); });
    }
    ~RelayPlane() override {
        for (const auto& [name, hop] : hops_) run([&] { hop->close(); });
        guard_.reset();
        thread_.join();
    }
    RelayPlane(const RelayPlane&) = delete;
    RelayPlane& operator=(const RelayPlane&) = delete;

    Result<std::string> open(const std::string& name, const std::string& listen,
                             const std::string& upstream) override {
        const auto from = resolve(context_, listen);
        if (!from) return Error(from.error()).within("listen tcp");
        const auto found = resolve(context_, upstream);
        const tcp::endpoint to = found ? *found : tcp::endpoint();
        // The hop does not tell which port was given to it, so one that is free is looked for here.
        error_code error;
        tcp::acceptor probe(context_);
        probe.open(from->protocol(), error);
        if (!error) probe.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) probe.bind(*from, error);
        if (!error) probe.listen(1, error);
        const auto bound = error ? *from : probe.local_endpoint();
        probe.close();
        const auto text = address_text({bound.address().to_string(), bound.port()});
        auto hop = std::make_unique<Hop>(context_, scratch_, name, seed_);
        bool opened = false;
        if (!error) run([&] { opened = hop->open(bound, to).has_value(); });
        if (!opened) {
            return Error{ErrorCode::refused,
                         fmt::format("listen tcp {}: bind: address already in use", text)};
        }
        run([&] { hop->start(); });
        hops_[name] = std::move(hop);
        return text;
    }

    void close(const std::string& name) override {
        const auto hop = hops_.extract(name);
        if (hop.empty()) return;
        run([&] { hop.mapped()->close(); });
        run([] {});  // a second turn: the handlers that were cancelled have run
        closed_.push_back(std::move(hop.mapped()));
    }

    void put(const std::string& name, const std::vector<Toxic>& toxics) override {
        const auto hop = hops_.find(name);
        if (hop == hops_.end()) return;
        run([&] {
            for (std::size_t i = 0; i < ids_; ++i) hop->second->clear(FaultId::of(i));
            for (std::size_t i = 0; i < toxics.size(); ++i) {
                if (const auto rule = rule_of(toxics[i])) hop->second->set(FaultId::of(i), *rule);
            }
        });
        ids_ = std::max(ids_, toxics.size());
    }

    [[nodiscard]] Traffic traffic(const std::string&) const override { return {}; }

 private:
    void run(const std::function<void()>& work) {
        std::promise<void> done;
        net::post(context_, [&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }

    std::uint64_t seed_;
    net::io_context context_{1};
    net::executor_work_guard<net::io_context::executor_type> guard_;
    Scratch scratch_;
    std::map<std::string, std::unique_ptr<Hop>> hops_;
    std::vector<std::unique_ptr<Hop>> closed_;  // connections may still refer to them
    std::size_t ids_ = 0;
    std::thread thread_;
};

}  // namespace

std::unique_ptr<Plane> make_plane(std::uint64_t seed) { return std::make_unique<RelayPlane>(seed); }

}  // namespace gameday::devices::proxy::toxiproxy
