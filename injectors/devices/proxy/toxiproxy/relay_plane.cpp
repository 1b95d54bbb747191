#include "injectors/devices/proxy/toxiproxy/relay_plane.hpp"

#include "harness/base/random.hpp"
#include "injectors/devices/proxy/relay.hpp"
#include "injectors/devices/proxy/shard.hpp"
#include "injectors/devices/proxy/socket_filter.hpp"
#include "injectors/devices/proxy/toxiproxy/address.hpp"
#include "injectors/devices/proxy/toxiproxy/http_extras.hpp"
#include "injectors/devices/proxy/toxiproxy/toxic_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <thread>
#include <utility>

namespace gameday::devices::proxy::toxiproxy {

namespace {

std::string text_of(const net::ip::tcp::endpoint& at) {
    return address_text({at.address().to_string(), at.port()});
}

// The system's words begin small in Go.
std::string words_of(const boost::system::error_code& error) {
    std::string words = error.message();
    if (!words.empty()) {
        words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
    }
    return words;
}

constexpr FaultId drain_id{0};  // toxics are numbered from 1

// One that cannot be read is refused at each dial, as one that nobody knows is.
Endpoint target_of(const std::string& upstream) {
    const auto read = read_address(upstream);
    return read ? Endpoint{read->host, read->port} : Endpoint{};
}

FaultId http_id(std::size_t number) { return FaultId::of(0x4000'0000 + number); }

// A fault that is the same as before goes on counting where it was.
void put_http(Relay& relay, const std::vector<http::Fault>& faults) {
    for (std::size_t i = 0; i < http_faults_most; ++i) {
        if (i < faults.size()) {
            Rule rule;
            rule.http = faults[i];
            relay.set(http_id(i), rule);
        } else {
            relay.clear(http_id(i));
        }
    }
}

void put_extras(Relay& relay, const Extras& extras) {
    put_http(relay, extras.http);
    relay.route(extras.tls ? std::make_shared<const tls::Routing>(*extras.tls) : nullptr);
    if (!extras.drain) return relay.clear(drain_id);
    Rule refuse;
    refuse.cut = Cut::refuse;
    relay.set(drain_id, refuse);
}

class RelayPlane final : public Plane {
 public:
    RelayPlane(std::uint64_t seed, std::size_t threads)
        : seed_(seed), filters_(may_filter_packets()), shards_(threads) {}

    ~RelayPlane() override {
        while (!proxies_.empty()) close(std::string(proxies_.begin()->first));
    }

    Result<std::string> open(const std::string& name, const std::string& listen,
                             const std::string& upstream, const std::vector<Toxic>& toxics,
                             const Extras& extras) override {
        const auto at = read_address(listen);
        if (!at) return Error(at.error()).within("listen tcp");
        const auto wanted = plain(*at);
        const auto address = resolve({wanted.host, wanted.port});
        if (!address) {
            return Error{ErrorCode::refused,
                         fmt::format("listen tcp: lookup {}: no such host", at->host)};
        }
        const auto where = at->host.empty() ? fmt::format(":{}", at->port) : text_of(*address);
        auto relay = std::make_unique<Relay>(shards_, name, seed_, filters_.has_value());
        const auto error = relay->try_open(*address, target_of(upstream));
        if (error) {
            return Error{ErrorCode::refused,
                         fmt::format("listen tcp {}: bind: {}", where, words_of(error))};
        }
        const auto chosen = text_of(relay->listens_at());
        close(name);
        Open& proxy = proxies_.emplace(name, Open{std::move(relay), {}, 1}).first->second;
        shards_.run([&] {
            change(name, proxy, toxics);
            put_extras(*proxy.relay, extras);
            proxy.relay->start();
        });
        return chosen;
    }

    void close(const std::string& name) override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return;
        const auto relay = std::move(found->second.relay);
        proxies_.erase(found);
        shards_.run([&] { relay->close(); });
        // Handlers that were cancelled refer to it once more, a turn of the loop later or two.
        while (!shards_.run([&] { return relay->idle(); })) std::this_thread::yield();
    }

    void put(const std::string& name, const std::vector<Toxic>& toxics,
             const Extras& extras) override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return;
        Open& proxy = found->second;
        shards_.run([&] {
            change(name, proxy, toxics);
            put_extras(*proxy.relay, extras);
        });
    }

    void move(const std::string& name, const std::string& upstream) override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return;
        shards_.run([&] { found->second.relay->aim(target_of(upstream)); });
    }

    [[nodiscard]] Result<void> may_filter() const override { return filters_; }

    [[nodiscard]] std::size_t connections(const std::string& name) const override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return 0;
        return shards_.run([&] { return found->second.relay->connections(); });
    }

    [[nodiscard]] Traffic traffic(const std::string& name) const override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return {};
        const auto [received, sent] = shards_.run([&] { return found->second.relay->carried(); });
        return {received[0], sent[0], received[1], sent[1]};
    }

 private:
    struct Standing {
        FaultId id;
        Toxic toxic;
    };
    struct Open {
        std::unique_ptr<Relay> relay;
        std::map<std::string, Standing> toxics;
        std::uint32_t next;  // number of a toxic
    };

    // While the shards stand still: no byte meets some of them and not others.
    void change(const std::string& name, Open& proxy, const std::vector<Toxic>& toxics) const {
        for (auto each = proxy.toxics.begin(); each != proxy.toxics.end();) {
            const bool stays = std::ranges::find(toxics, each->first, &Toxic::name) != toxics.end();
            if (!stays) proxy.relay->clear(each->second.id);
            each = stays ? std::next(each) : proxy.toxics.erase(each);
        }
        for (const auto& toxic : toxics) {
            auto [place, is_new] = proxy.toxics.try_emplace(toxic.name, Standing{});
            if (!is_new && place->second.toxic == toxic) continue;
            if (is_new) place->second.id = FaultId{proxy.next++};
            place->second.toxic = toxic;
            Random draws(seed_, fmt::format("toxic/{}/{}", name, toxic.name));
            const auto made = rule_of(toxic, draws.next());
            proxy.relay->set(place->second.id, made.rule, made.twist);
        }
    }

    const std::uint64_t seed_;
    const Result<void> filters_;
    mutable Shards shards_;
    std::map<std::string, Open> proxies_;
};

}  // namespace

std::unique_ptr<Plane> make_plane(std::uint64_t seed, std::size_t threads) {
    return std::make_unique<RelayPlane>(seed, threads == 0 ? usual_shards() : threads);
}

}  // namespace gameday::devices::proxy::toxiproxy
