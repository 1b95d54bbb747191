// The line of a TCP proxy: a relay, with toxics and extras as its rules.
#include "harness/base/random.hpp"
#include "injectors/proxy_server/api/http_extras.hpp"
#include "injectors/proxy_server/lines/proxy_line.hpp"
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>

namespace gameday::proxy_server {
namespace {

// Toxics are numbered from 1.
constexpr FaultId drain_id{0}, budget_id{0x8000'0000}, watch_id{0x8000'0001};
constexpr FaultId tls_id{0x8000'0002};
FaultId http_id(std::size_t number) { return FaultId::of(0x4000'0000 + number); }
std::string http_name(std::size_t number) { return fmt::format("http[{}]", number); }

class TcpLine final : public ProxyLine {
 public:
    TcpLine(Shards& shards, const std::string& name, std::uint64_t seed, const LineMeans& means)
        : name_(name),
          seed_(seed),
          budgets_(means.budgets),
          relay_(shards, name, seed, means.filters),
          watch_(std::make_shared<UpstreamWatch>(
              means.watch, shards, [this](bool refuses) { refuse(watch_id, refuses); })) {
        relay_.tell_unreachable(unreachable_line(means, name));
    }

    Result<std::string> open(const std::string& listen, const std::string& upstream,
                             const Extras& extras) override {
        watch_->aim(target_of(upstream));
        if (const auto path = unix_path(listen)) {
            const auto error = relay_.try_open(*path, extras.socket_mode, target_of(upstream));
            if (error) return cannot_bind("unix", {{}, 0, *path}, error);
            return listen;
        }
        const auto at = listen_address("tcp", listen);
        if (!at) return at.error();
        const auto error =
            relay_.try_open({net::ip::make_address(at->address), at->port}, target_of(upstream));
        if (error) return cannot_bind("tcp", *at, error);
        return devices::proxy::text_of(relay_.listens_at());
    }

    void start() override { relay_.start(); }
    void close() override {
        watch_->stop();
        relay_.close();
    }
    [[nodiscard]] bool idle() const override { return relay_.idle(); }

    void put(const std::vector<Toxic>& toxics, const Extras& extras) override {
        relay_.show_refusals_as_fin(!extras.refusal_is_reset);
        relay_.together([&] {
            put_toxics(toxics);
            put_http(extras.http);
            put_tls(extras.tls);
            put_budget(extras.budget);
            refuse(drain_id, extras.drain);
        });
        watch(extras.connect_first);
    }

    void aim(const std::string& upstream, bool keeps_connections) override {
        relay_.aim(target_of(upstream));
        watch_->aim(target_of(upstream));
        if (!keeps_connections) relay_.close_connections();
    }

    [[nodiscard]] std::size_t connections() const override { return relay_.connections(); }

    [[nodiscard]] Traffic traffic() const override {
        const auto [received, sent] = relay_.carried();
        return {received[0], sent[0], received[1], sent[1]};
    }

    [[nodiscard]] ProxyCounts counts() const override {
        const Tally tally = relay_.tally();
        ProxyCounts counts{tally.open, tally.accepted, tally.ended, {}, {}, tally.not_http};
        for (const auto& [id, name] : names_) {
            const auto toxic = toxics_.find(name);
            const bool refuses = toxic != toxics_.end() && toxic->second.refuses;
            const auto bites = relay_.bites(id);
            counts.toxics[name] = refuses && bites == 0 ? std::nullopt : bites;
        }
        for (std::size_t i = 0; i < http_faults_most; ++i) {
            if (const auto bites = relay_.bites(http_id(i))) counts.http[http_name(i)] = *bites;
        }
        return counts;
    }

    [[nodiscard]] std::vector<ConnectionRecord> records() const override {
        std::vector<ConnectionRecord> records;
        relay_.add_records(records);
        return records;
    }

    [[nodiscard]] std::string fault_name(FaultId id) const override {
        if (id == budget_id) return "budget";
        if (id == tls_id) return "tls";
        if (id.value >= http_id(0).value) return http_name(id.value - http_id(0).value);
        const auto known = names_.find(id);
        return known == names_.end() ? "a toxic that is forgotten" : known->second;
    }

 private:
    using Names = std::map<FaultId, std::string>;
    static constexpr std::size_t names_most = 1000;  // before those that are gone are forgotten

    struct Standing {
        FaultId id;
        Toxic toxic;
        bool refuses = false;  // it meets nobody whom it could count
    };

    // A toxic that is removed and added again is the same to counters and records.
    FaultId id_of(const std::string& toxic) {
        const auto known = std::ranges::find(names_, toxic, &Names::value_type::second);
        if (known != names_.end()) return known->first;
        if (names_.size() >= names_most) forget_gone();
        const FaultId id{next_++};
        names_.emplace(id, toxic);
        return id;
    }

    void forget_gone() {
        std::erase_if(names_, [this](const auto& named) {
            const bool gone = !toxics_.contains(named.second);
            if (gone) relay_.forget(named.first);
            return gone;
        });
    }

    void put_toxics(const std::vector<Toxic>& toxics) {
        for (auto each = toxics_.begin(); each != toxics_.end();) {
            const bool stays = std::ranges::find(toxics, each->first, &Toxic::name) != toxics.end();
            if (!stays) relay_.clear(each->second.id);
            each = stays ? std::next(each) : toxics_.erase(each);
        }
        for (const auto& toxic : toxics) {
            auto [place, is_new] = toxics_.try_emplace(toxic.name, Standing{});
            if (!is_new && place->second.toxic == toxic) continue;
            if (is_new) place->second.id = id_of(toxic.name);
            place->second.toxic = toxic;
            const Rule rule = rule_of({toxic, draws_of(seed_, name_, toxic)});
            place->second.refuses = rule.cut == Cut::refuse;
            relay_.set(place->second.id, rule);
        }
    }

    // A fault that is the same as before goes on counting where it was.
    void put_http(const std::vector<http::Fault>& faults) {
        for (std::size_t i = 0; i < http_faults_most; ++i) {
            const FaultId id = http_id(i);
            if (i >= faults.size()) {
                relay_.clear(id);
                continue;
            }
            Rule rule;
            rule.http = faults[i];
            relay_.set(id, rule);
        }
    }

    void put_tls(const std::optional<tls::Settings>& settings) {
        relay_.secure(settings ? std::make_shared<const tls::Settings>(*settings) : nullptr);
        if (!settings || !settings->fault) return relay_.clear(tls_id);
        Rule rule;
        rule.tls = settings->fault;
        rule.share = settings->share;
        rule.draw = Random(seed_, "tls/" + name_).next();
        relay_.set(tls_id, rule);
    }

    // The link's own rate cuts the bytes into slices, and each slice then asks the budget.
    void put_budget(const std::optional<GroupRate>& budget) {
        if (!budget) {
            relay_.share(nullptr, 0);
            return relay_.clear(budget_id);
        }
        relay_.share(budgets_.of(budget->group), budget->rate);
        Rule rule;
        rule.rate = budget->rate;
        relay_.set(budget_id, rule);
    }

    void watch(bool watches) {
        if (watches) return watch_->start();
        watch_->stop();
        refuse(watch_id, false);
    }

    void refuse(FaultId by, bool refuses) {
        if (!refuses) return relay_.clear(by);
        Rule rule;
        rule.cut = Cut::refuse;
        relay_.set(by, rule);
    }

    const std::string name_;
    const std::uint64_t seed_;
    Budgets& budgets_;
    Relay relay_;
    const std::shared_ptr<UpstreamWatch> watch_;
    std::map<std::string, Standing> toxics_;
    Names names_;             // of toxics there are, and of those that are gone
    std::uint32_t next_ = 1;  // number of a toxic
};

}  // namespace

std::unique_ptr<ProxyLine> make_tcp_line(Shards& shards, const std::string& name,
                                         std::uint64_t seed, const LineMeans& means) {
    return std::make_unique<TcpLine>(shards, name, seed, means);
}

}  // namespace gameday::proxy_server
