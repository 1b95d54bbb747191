// The line of a UDP proxy: a relay of datagrams, with toxics as its rule.
#include "injectors/proxy_server/lines/proxy_line.hpp"
#include "injectors/proxy_server/toxics/toxic_type.hpp"
#include "injectors/proxy_server/udp/udp_relay.hpp"

namespace gameday::proxy_server {
namespace {

class UdpLine final : public ProxyLine {
 public:
    UdpLine(Shards& shards, const std::string& name, std::uint64_t seed, const LineMeans& means)
        : name_(name), seed_(seed), relay_(make_relay(shards.at(seed % shards.size()))) {
        relay_->tell_unreachable(unreachable_line(means, name));
    }

    Result<std::string> open(const std::string& listen, const std::string& upstream,
                             const Extras& /*extras*/) override {
        const auto at = listen_address("udp", listen);
        if (!at) return at.error();
        const auto error =
            relay_->open({net::ip::make_address(at->address), at->port}, target_of(upstream));
        if (error) return cannot_bind("udp", *at, error);
        const auto chosen = relay_->listens_at();
        return Endpoint{chosen.address().to_string(), chosen.port()}.text();
    }

    void start() override { relay_->start(); }
    void close() override { relay_->close(); }
    [[nodiscard]] bool idle() const override { return true; }  // its handlers own the relay, too

    void put(const std::vector<Toxic>& toxics, const Extras& extras) override {
        std::vector<DrawnToxic> drawn;
        drawn.reserve(toxics.size());
        for (const Toxic& toxic : toxics) drawn.push_back({toxic, draws_of(seed_, name_, toxic)});
        relay_->follow([drawn](Direction way, std::uint64_t session) {
            return datagram_rule(drawn, way, session);
        });
        relay_->drain(extras.drain);
    }

    void aim(const std::string& upstream, bool keeps_connections) override {
        relay_->aim(target_of(upstream));
        if (!keeps_connections) relay_->end_sessions();
    }

    [[nodiscard]] std::size_t connections() const override { return relay_->sessions(); }

    [[nodiscard]] Traffic traffic() const override {
        const auto& [received, sent] = relay_->carried();
        return {received[0], sent[0], received[1], sent[1]};
    }

    [[nodiscard]] ProxyCounts counts() const override {
        ProxyCounts counts;
        counts.open = relay_->sessions();
        counts.accepted = relay_->begun();
        return counts;
    }

 private:
    static std::shared_ptr<udp::UdpRelay> make_relay(Shard& shard) {
        return std::make_shared<udp::UdpRelay>(shard.context(), shard.scratch());
    }

    const std::string name_;
    const std::uint64_t seed_;
    const std::shared_ptr<udp::UdpRelay> relay_;
};

}  // namespace

std::unique_ptr<ProxyLine> make_udp_line(Shards& shards, const std::string& name,
                                         std::uint64_t seed, const LineMeans& means) {
    return std::make_unique<UdpLine>(shards, name, seed, means);
}

}  // namespace gameday::proxy_server
