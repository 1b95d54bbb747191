#include "injectors/devices/proxy/proxy_device.hpp"

#include "injectors/devices/proxy/actions.hpp"
#include "injectors/devices/proxy/hop.hpp"
#include "injectors/devices/proxy/shard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace gameday::devices {
namespace {

using proxy::Hop;
using proxy::Shard;

class ProxyDevice final : public Device {
 public:
    explicit ProxyDevice(const DeviceContext& context)
        : topology_(context.topology), seed_(context.seed) {}
    ~ProxyDevice() override { close(); }
    ProxyDevice(const ProxyDevice&) = delete;
    ProxyDevice& operator=(const ProxyDevice&) = delete;

    [[nodiscard]] std::string_view name() const noexcept override { return "proxy"; }

    Result<void> ready() override {
        if (!hops_.empty() || topology_ == nullptr) return {};
        for (const Link& link : topology_->links) {
            if (!link.listen) continue;
            if (auto opened = open(link); !opened) {
                hops_.clear();
                shards_.clear();
                return Error(opened.error()).within(fmt::format("hop \"{}\"", link.name));
            }
        }
        for (const auto& shard : shards_) shard->start();
        for (const auto& [link, place] : hops_) {
            place.shard->run([hop = place.hop.get()] { hop->start(); });
        }
        return {};
    }

    Result<void> perform(FaultId id, const Action& action) override {
        const std::string link = text_at(action.args, "link");
        const auto place = hops_.find(link);
        if (action.device == "proxy" && action.verb == "clear") {
            if (place == hops_.end()) return {};
            place->second.shard->run([&] { place->second.hop->clear(id); });
            return {};
        }
        const auto rule = proxy::rule_of(action);
        if (!rule) return rule.error();
        if (place == hops_.end()) return no_hop(link);
        place->second.shard->run([&] { place->second.hop->set(id, *rule); });
        if (rule->cut == proxy::Cut::refuse) refusing_.push_back(id);
        return {};
    }

    [[nodiscard]] std::int64_t affected(FaultId id) const override {
        std::int64_t sum = 0;
        for (const auto& shard : shards_) {
            sum += shard->run([&] {
                std::int64_t part = 0;
                for (const auto& [link, place] : hops_) {
                    if (place.shard == shard.get()) part += place.hop->bites(id).value_or(0);
                }
                return part;
            });
        }
        const bool refused = std::ranges::find(refusing_, id) != refusing_.end();
        return sum == 0 && refused ? -1 : sum;
    }

 private:
    struct Place {
        Shard* shard;
        std::unique_ptr<Hop> hop;
    };

    Result<void> open(const Link& link) {
        const auto listen = proxy::resolve(*link.listen);
        if (!listen) return listen.error();
        const auto target = proxy::resolve(link.target);
        if (!target) return target.error();
        if (shards_.size() < proxy::shards_most) shards_.push_back(std::make_unique<Shard>());
        Shard& shard = *shards_.at(hops_.size() % shards_.size());
        auto hop = std::make_unique<Hop>(shard.context(), shard.scratch(), link.name, seed_);
        if (auto opened = hop->open(*listen, *target); !opened) return opened;
        hops_.emplace(link.name, Place{&shard, std::move(hop)});
        return {};
    }

    Result<void> no_hop(const std::string& link) const {
        const bool known =
            topology_ != nullptr &&
            std::ranges::find(topology_->links, link, &Link::name) != topology_->links.end();
        return Error{ErrorCode::refused,
                     fmt::format("link \"{}\" {}: declare a hop under system.links with listen",
                                 link, known ? "has no hop that is open" : "is not in the system")};
    }

    void close() {
        for (const auto& [link, place] : hops_) {
            place.shard->run([hop = place.hop.get()] { hop->close(); });
        }
        // With nothing left to wait for, each context runs dry and its thread ends; only then may
        // the hops go, which the last handlers still refer to.
        for (const auto& shard : shards_) shard->finish();
        hops_.clear();
        shards_.clear();
    }

    const Topology* topology_;
    const std::uint64_t seed_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::map<std::string, Place> hops_;  // after the shards: destroyed before them
    std::vector<FaultId> refusing_;
};

}  // namespace

std::unique_ptr<Device> make_proxy(const DeviceContext& context) {
    return std::make_unique<ProxyDevice>(context);
}

}  // namespace gameday::devices
