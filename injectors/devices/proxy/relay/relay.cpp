#include "injectors/devices/proxy/relay/relay.hpp"

#include "harness/base/random.hpp"
#include "injectors/devices/proxy/relay/shard.hpp"

#include <fmt/format.h>
#include <boost/asio/error.hpp>

#include <algorithm>

namespace gameday::devices::proxy {
namespace {

using boost::system::error_code;

Error cannot_open(const net::ip::tcp::endpoint& listen, const error_code& error) {
    const auto where = fmt::format("{}:{}", listen.address().to_string(), listen.port());
    if (error == net::error::address_in_use) {
        return refused(
            "{} is taken: stop what listens there, or give the link another listen address", where);
    }
    return refused("cannot listen on {}: {}", where, error.message());
}

// Instead of the rule that the fault has among them.
void put(LinkRules& rules, const FaultRule& fault) {
    const auto place = std::ranges::lower_bound(rules, fault.id, {}, &FaultRule::id);
    if (place != rules.end() && place->id == fault.id) {
        *place = fault;
    } else {
        rules.insert(place, fault);
    }
}

}  // namespace

Relay::Relay(Shards& shards, std::string link, std::uint64_t seed, bool filters) : shards_(shards) {
    common_.name = std::move(link);
    common_.seed = seed;
    common_.filters = filters;
}

Result<void> Relay::open(const net::ip::tcp::endpoint& listen,
                         const net::ip::tcp::endpoint& target) {
    return open(listen, Endpoint{target.address().to_string(), target.port()});
}

Result<void> Relay::open(const net::ip::tcp::endpoint& listen, const Endpoint& target) {
    const auto error = try_open(listen, target);
    if (error) return cannot_open(listen, error);
    return {};
}

error_code Relay::try_open(const net::ip::tcp::endpoint& listen, const Endpoint& target) {
    aim(target);
    error_code error;
    listeners_ = open_listeners(listen, shards_.size(), error);
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
        hops_.push_back(std::make_unique<Hop>(shards_.at(i), common_, listeners_.at(i)));
    }
    return error;
}

error_code Relay::try_open(const std::string& path, mode_t mode, const Endpoint& target) {
    aim(target);
    if (auto error = unix_.emplace().open(path, mode)) return error;
    for (std::size_t i = 0; i < shards_.size(); ++i) {
        hops_.push_back(std::make_unique<Hop>(shards_.at(i), common_, unix_->copy()));
    }
    return {};
}

void Relay::aim(const Endpoint& target) {
    common_.target = target;
    common_.target_address = address_of(target);
}

StreamAddress Relay::listens_at() const {
    return hops_.empty() ? StreamAddress{} : hops_.front()->listens_at();
}

void Relay::start() {
    started_ = listening_ = true;
    for (const auto& hop : hops_) hop->start();
    open_or_close_listeners();
}

void Relay::close() {
    started_ = listening_ = false;
    for (const auto& hop : hops_) hop->close();
    if (unix_) unix_->close();
}

void Relay::close_connections() {
    for (const auto& hop : hops_) hop->close_connections();
}

bool Relay::idle() const { return std::ranges::all_of(hops_, &Hop::idle); }

void Relay::set(FaultId id, const Rule& rule) {
    FaultRule fault{id, rule, 0, steady_now()};
    // The door is closed first: nobody comes in between those who wait and the rule.
    LinkRules coming = common_.rules;
    put(coming, fault);
    for (const auto& hop : hops_) hop->filter_listener(coming);
    for (const auto& hop : hops_) hop->take_waiting_clients();
    fault.first_fresh = common_.next_number;
    if (rule.storm != Storm{}) choose_strikes(fault);
    if (rule.http) {  // The same one goes on numbering requests where it was.
        const auto known = std::ranges::find(common_.rules, id, &FaultRule::id);
        const bool same = known != common_.rules.end() && known->rule.http == rule.http;
        fault.http = same ? known->http : arm(id, *rule.http);
    }
    put(common_.rules, fault);
    for (const auto& hop : hops_) hop->bite_at_once(fault);
    apply();
}

std::shared_ptr<const http::ArmedFault> Relay::arm(FaultId id, const http::Fault& fault) const {
    auto armed = std::make_shared<http::ArmedFault>();
    armed->fault = fault;
    armed->id = id;
    armed->draw = Random(common_.seed, fmt::format("http/{}/{}", common_.name, id.value)).next();
    return armed;
}

void Relay::clear(FaultId id) {
    const auto gone =
        std::erase_if(common_.rules, [id](const FaultRule& fault) { return fault.id == id; });
    if (gone > 0) apply();
}

void Relay::forget(FaultId id) {
    for (const auto& hop : hops_) hop->forget(id);
}

void Relay::choose_strikes(FaultRule& fault) const {
    std::vector<std::uint64_t> live;
    for (const auto& hop : hops_) hop->add_met(fault, live);
    const auto draw = fault.rule.draw ^ mix64(common_.seed ^ mix64(fault.id.value + 1));
    for (const Strike& strike : strikes(fault.rule.storm, std::move(live), draw)) {
        fault.strikes.emplace(strike.connection, strike.after);
    }
}

void Relay::share(std::shared_ptr<Budget> budget, std::int64_t rate) {
    common_.pace.share(std::move(budget), rate);
}

std::optional<std::int64_t> Relay::bites(FaultId id) const {
    std::optional<std::int64_t> sum;
    for (const auto& hop : hops_) {
        hop->count_packets();
        const auto found = hop->state().bites.find(id);
        if (found != hop->state().bites.end()) sum = sum.value_or(0) + found->second;
    }
    return sum;
}

Carried Relay::carried() const {
    Carried sum;
    for (const auto& hop : hops_) {
        for (std::size_t way = 0; way < 2; ++way) {
            sum.received.at(way) += hop->state().received.at(way);
            sum.sent.at(way) += hop->state().sent.at(way);
        }
    }
    return sum;
}

std::size_t Relay::connections() const {
    std::size_t sum = 0;
    for (const auto& hop : hops_) sum += hop->connections();
    return sum;
}

std::vector<ConnectionRecord> Relay::records() const {
    std::vector<ConnectionRecord> records;
    add_records(records);
    std::ranges::sort(records, {}, &ConnectionRecord::number);
    return records;
}

void Relay::add_records(std::vector<ConnectionRecord>& records) const {
    for (const auto& hop : hops_) hop->add_records(records);
}

Tally Relay::tally() const {
    Tally sum;
    sum.accepted = common_.next_number;
    for (const auto& hop : hops_) {
        sum.open += hop->connections();
        sum.not_http += hop->state().not_http;
        const EndCounts& ended = std::as_const(*hop).log().ended();
        for (std::size_t how = 0; how < ended.size(); ++how) sum.ended.at(how) += ended.at(how);
    }
    return sum;
}

void Relay::keep_records(std::size_t most_a_shard) {
    for (const auto& hop : hops_) hop->log().make_room(most_a_shard);
}

void Relay::take_records(HandedOver& to) {
    for (const auto& hop : hops_) hop->log().hand_over(to);
}

std::vector<ConnectionRecord> Relay::live_records() const {
    std::vector<ConnectionRecord> records;
    for (const auto& hop : hops_) hop->add_live(records);
    return records;
}

void Relay::apply() {
    if (together_) {
        to_apply_ = true;
        return;
    }
    open_or_close_listeners();
    for (const auto& hop : hops_) hop->filter_listener(common_.rules);
    for (const auto& hop : hops_) hop->apply();
}

error_code Relay::listen_once_more() {
    return unix_ ? unix_->listen_again() : listen_again(listeners_);
}

void Relay::refuse() {
    if (!unix_) return stop_listening(listeners_);
    if (unix_->stop_listening()) return;  // There is no socket any more: that refuses, too.
    for (const auto& hop : hops_) hop->listen_with(unix_->copy());
}

void Relay::open_or_close_listeners() {
    const bool wanted = !refuses(common_.rules);
    if (!started_ || wanted == listening_) return;
    if (wanted && listen_once_more()) return;  // Taken from us: there is nothing to accept.
    listening_ = wanted;
    if (!wanted) {
        for (const auto& hop : hops_) hop->stop_accepting();
        refuse();
    } else {
        for (const auto& hop : hops_) hop->start();
    }
}

}  // namespace gameday::devices::proxy
