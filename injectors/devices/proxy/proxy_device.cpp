// Makes the proxy device: relays on every link that has `listen`, faulted as the actions say.
#include "harness/ports/device.hpp"
#include "injectors/devices/proxy/actions.hpp"
#include "injectors/devices/proxy/net/socket_filter.hpp"
#include "injectors/devices/proxy/record/run_record.hpp"
#include "injectors/devices/proxy/relay/relay.hpp"
#include "injectors/devices/proxy/relay/shard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace gameday::devices {
namespace {

using proxy::Relay;
using proxy::Shards;

class ProxyDevice final : public Device {
 public:
    explicit ProxyDevice(const DeviceContext& context)
        : topology_(context.topology),
          seed_(context.seed),
          filters_(proxy::may_filter_packets()),
          record_(record_plan(context)) {}
    ~ProxyDevice() override { close(); }
    ProxyDevice(const ProxyDevice&) = delete;
    ProxyDevice& operator=(const ProxyDevice&) = delete;

    [[nodiscard]] std::string_view name() const noexcept override { return proxy::device_name; }
    [[nodiscard]] bool carries_hops() const noexcept override { return true; }

    Result<void> ready() override {
        if (!relays_.empty() || topology_ == nullptr) return {};
        for (const Link& link : topology_->links) {
            if (!link.listen) continue;
            if (auto opened = open(link); !opened) {
                relays_.clear();
                shards_.reset();
                return Error(opened.error()).within(fmt::format("hop \"{}\"", link.name));
            }
        }
        if (shards_ == nullptr) return {};
        shards_->run([this] {
            for (const auto& [link, relay] : relays_) {
                relay->keep_records(records_most);
                relay->start();
            }
        });
        recorder_ = std::jthread([this](const std::stop_token& stop) { keep_record(stop); });
        return {};
    }

    [[nodiscard]] std::string remark() const override {
        return filters_ ? std::string() : proxy::remark_without_filters(filters_.error());
    }

    Result<void> perform(FaultId id, const Action& action) override {
        const std::string link = text_at(action.args, "link");
        const auto place = relays_.find(link);
        if (action.device == proxy::device_name && action.verb == "clear") {
            if (place == relays_.end()) return {};
            shards_->run([&] { place->second->clear(id); });
            return {};
        }
        const auto rule = proxy::rule_of(action);
        if (!rule) return rule.error();
        if (place == relays_.end()) return no_hop(link);
        shards_->run([&] { place->second->set(id, *rule); });
        if (rule->cut == proxy::Cut::refuse) refusing_.push_back(id);
        return {};
    }

    [[nodiscard]] std::int64_t affected(FaultId id) const override {
        std::int64_t sum = 0;
        if (shards_ != nullptr) {
            shards_->run([&] {
                for (const auto& [link, relay] : relays_) sum += relay->bites(id).value_or(0);
            });
        }
        const bool refused = std::ranges::find(refusing_, id) != refusing_.end();
        return sum == 0 && refused ? -1 : sum;
    }

    Connections connections() override {
        if (recorder_.joinable()) {
            end_recorder();
            hand_over();
            for (const auto& [link, relay] : relays_) {
                record_.add(link, {shards_->run([&] { return relay->live_records(); }), 0});
            }
        }
        auto connections = record_.connections();
        connections.notes.insert(connections.notes.begin(), names_.begin(), names_.end());
        return connections;
    }

 private:
    // Of each thread and link, between two hand-overs.
    static constexpr std::size_t records_most = 20'000;

    static proxy::RunRecordPlan record_plan(const DeviceContext& context) {
        proxy::RunRecordPlan plan;
        if (!context.run_dir.empty()) plan.file = context.run_dir + "/connections.jsonl";
        plan.zero = at(std::chrono::duration_cast<Duration>(context.began.time_since_epoch()));
        plan.faults = context.faults;
        return plan;
    }

    // The recorder's thread: what is over goes to the file every second.
    void keep_record(const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any wakeup;
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
            wakeup.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
            if (!stop.stop_requested()) hand_over();
        }
    }

    // Records change hands while the shards stand still, and become text when they go on.
    void hand_over() {
        for (const auto& [link, relay] : relays_) {
            proxy::HandedOver over;
            shards_->run([&] { relay->take_records(over); });
            record_.add(link, over);
        }
    }

    void end_recorder() {
        recorder_.request_stop();
        recorder_.join();
    }

    Result<void> open(const Link& link) {
        const auto listen = proxy::resolve(*link.listen);
        if (!listen) return listen.error();
        const auto targets = proxy::resolve_all(link.target);
        if (!targets) return targets.error();
        if (shards_ == nullptr) shards_ = std::make_unique<Shards>();
        auto relay = std::make_unique<Relay>(*shards_, link.name, seed_, filters_.has_value());
        const bool several = targets->size() > 1;
        auto opened =
            several ? relay->open(*listen, link.target) : relay->open(*listen, targets->front());
        if (!opened) return opened;
        if (several) {
            names_.push_back(
                fmt::format("link {}: {} has {} addresses, which each connection "
                            "through the hop tries in turn",
                            link.name, link.target.text(), targets->size()));
        }
        relays_.emplace(link.name, std::move(relay));
        return {};
    }

    Result<void> no_hop(const std::string& link) const {
        const bool known =
            topology_ != nullptr &&
            std::ranges::find(topology_->links, link, &Link::name) != topology_->links.end();
        return refused("link \"{}\" {}: declare a hop under system.links with listen", link,
                       known ? "has no hop that is open" : "is not in the system");
    }

    void close() {
        if (shards_ == nullptr) return;
        if (recorder_.joinable()) {
            end_recorder();
            hand_over();
        }
        shards_->run([this] {
            for (const auto& [link, relay] : relays_) relay->close();
        });
        // With nothing left to wait for, each context runs dry and its thread ends; only then may
        // the relays go, which the last handlers still refer to.
        shards_->finish();
        relays_.clear();
        shards_.reset();
    }

    const Topology* topology_;
    const std::uint64_t seed_;
    const Result<void> filters_;
    std::unique_ptr<Shards> shards_;
    std::map<std::string, std::unique_ptr<Relay>> relays_;  // destroyed before the shards
    std::vector<FaultId> refusing_;
    std::vector<std::string> names_;  // which targets are names with several addresses
    proxy::RunRecord record_;         // the recorder's while that runs
    std::jthread recorder_;
};

// Nothing is opened before ready(). ready() fails with `refused` when an address is taken; perform
// fails with `refused` on a link without a hop. Clearing always succeeds, hops or none: they die
// with their process. The destructor closes every hop and joins the threads.
std::unique_ptr<Device> make_proxy(const DeviceContext& context) {
    return std::make_unique<ProxyDevice>(context);
}

constexpr std::array proxy_checkups{DeviceCheckup{
    "proxy: black holes below TCP", "put a packet filter on a socket of our own",
    "run as root, inside `unshare -Urn`, or after `setcap cap_net_admin+ep` of the program; "
    "Docker: --cap-add NET_ADMIN. Without it black holes by proxy hold bytes, and TCP notices "
    "nothing",
    proxy::may_filter_packets}};

}  // namespace

extern const DeviceKind proxy_kind{
    proxy::device_name,
    "TCP relays on the links: delay with jitter, rate, cuts by black hole, "
    "reset, refusal, half-close",
    "none",
    make_proxy,
    nullptr,
    proxy_checkups};

}  // namespace gameday::devices
