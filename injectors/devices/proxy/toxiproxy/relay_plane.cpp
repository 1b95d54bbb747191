#include "injectors/devices/proxy/toxiproxy/relay_plane.hpp"

#include "harness/base/random.hpp"
#include "injectors/devices/proxy/hop.hpp"
#include "injectors/devices/proxy/shard.hpp"
#include "injectors/devices/proxy/toxiproxy/address.hpp"
#include "injectors/devices/proxy/toxiproxy/toxic_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

void put_extras(Hop& hop, const Extras& extras) {
    if (!extras.drain) return hop.clear(drain_id);
    Rule refuse;
    refuse.cut = Cut::refuse;
    hop.set(drain_id, refuse);
}

class RelayPlane final : public Plane {
 public:
    explicit RelayPlane(std::uint64_t seed) : seed_(seed) {
        for (auto& shard : shards_) shard.start();
    }

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
        Shard& shard = shards_.at(opened_++ % shards_.size());
        auto hop = std::make_unique<Hop>(shard.context(), shard.scratch(), name, seed_);
        const auto error = hop->try_open(*address, target_of(upstream));
        if (error) {
            return Error{ErrorCode::refused,
                         fmt::format("listen tcp {}: bind: {}", where, words_of(error))};
        }
        const auto chosen = text_of(hop->listens_at());
        close(name);
        Open& proxy = proxies_.emplace(name, Open{&shard, std::move(hop), {}, 1}).first->second;
        shard.run([&] {
            put_on_shard(name, proxy, toxics);
            put_extras(*proxy.hop, extras);
            proxy.hop->start();
        });
        return chosen;
    }

    void close(const std::string& name) override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return;
        auto [shard, hop, toxics, next] = std::move(found->second);
        proxies_.erase(found);
        shard->run([&hop = hop] { hop->close(); });
        // Handlers that were cancelled refer to it once more, a turn of the loop later or two.
        while (!shard->run([&hop = hop] { return hop->idle(); })) std::this_thread::yield();
        shard->run([&hop = hop] { hop.reset(); });
    }

    void put(const std::string& name, const std::vector<Toxic>& toxics,
             const Extras& extras) override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return;
        Open& proxy = found->second;
        proxy.shard->run([&] {
            put_on_shard(name, proxy, toxics);
            put_extras(*proxy.hop, extras);
        });
    }

    void move(const std::string& name, const std::string& upstream) override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return;
        const Open& proxy = found->second;
        proxy.shard->run([&] { proxy.hop->aim(target_of(upstream)); });
    }

    [[nodiscard]] std::size_t connections(const std::string& name) const override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return 0;
        return found->second.shard->run([&] { return found->second.hop->connections(); });
    }

    [[nodiscard]] Traffic traffic(const std::string& name) const override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return {};
        return found->second.shard->run([&] {
            const auto& state = found->second.hop->state();
            return Traffic{state.received[0], state.sent[0], state.received[1], state.sent[1]};
        });
    }

 private:
    struct Standing {
        FaultId id;
        Toxic toxic;
    };
    struct Open {
        Shard* shard;
        std::unique_ptr<Hop> hop;
        std::map<std::string, Standing> toxics;
        std::uint32_t next;  // number of a toxic
    };

    // In one turn of the shard: no byte meets some of them and not others.
    void put_on_shard(const std::string& name, Open& proxy,
                      const std::vector<Toxic>& toxics) const {
        for (auto each = proxy.toxics.begin(); each != proxy.toxics.end();) {
            const bool stays = std::ranges::find(toxics, each->first, &Toxic::name) != toxics.end();
            if (!stays) proxy.hop->clear(each->second.id);
            each = stays ? std::next(each) : proxy.toxics.erase(each);
        }
        for (const auto& toxic : toxics) {
            auto [place, is_new] = proxy.toxics.try_emplace(toxic.name, Standing{});
            if (!is_new && place->second.toxic == toxic) continue;
            if (is_new) place->second.id = FaultId{proxy.next++};
            place->second.toxic = toxic;
            Random draws(seed_, fmt::format("toxic/{}/{}", name, toxic.name));
            const auto made = rule_of(toxic, draws.next());
            proxy.hop->set(place->second.id, made.rule, made.twist);
        }
    }

    const std::uint64_t seed_;
    std::array<Shard, shards_most> shards_;
    std::map<std::string, Open> proxies_;
    std::size_t opened_ = 0;
};

}  // namespace

std::unique_ptr<Plane> make_plane(std::uint64_t seed) { return std::make_unique<RelayPlane>(seed); }

}  // namespace gameday::devices::proxy::toxiproxy
