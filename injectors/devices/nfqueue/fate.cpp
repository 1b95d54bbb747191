#include "injectors/devices/nfqueue/fate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace gameday::devices::nfqueue {

namespace {

// Deviations end here, as the tables of netem do: 16-bit numbers of 1/8192.
constexpr double furthest = 4;

double normal(Random& random) {  // Box and Muller (1958)
    const double radius = std::sqrt(random.exponential(2));
    return radius * std::cos(2 * std::numbers::pi * random.unit());
}

// Pareto with the exponent 3, as netem's table: mean 3/2, variance 3/4; here mean 0, variance 1.
double pareto(Random& random) {
    const double value = std::pow(1 - random.unit(), -1.0 / 3);
    return (value - 1.5) / std::sqrt(0.75);
}

}  // namespace

Fates::Fates(const kernel::Impairment& impairment, std::uint64_t seed, const Connection& connection)
    : impairment_(&impairment),
      loss_(seed, stream_of(connection) + "loss"),
      duplicate_(seed, stream_of(connection) + "duplicate"),
      corrupt_(seed, stream_of(connection) + "corrupt"),
      reorder_(seed, stream_of(connection) + "reorder"),
      delays_(seed, stream_of(connection) + "delay"),
      bits_(seed, stream_of(connection) + "bits") {}

// Every stream moves on with every packet, lost or not: the n-th draw belongs to the n-th packet.
Fate Fates::next() {
    const kernel::Impairment& what = *impairment_;
    Fate fate;
    fate.lost = lost();
    fate.at_once = at_once();
    fate.delay = delay();
    const Duration of_copy = what.duplicate > 0 ? delay() : Duration{};
    if (duplicate_.toss(what.duplicate, what.duplicate_correlation)) fate.copy = of_copy;
    const std::uint64_t bit = bits_.next();
    if (corrupt_.toss(what.corrupt, what.corrupt_correlation)) fate.corrupt_seed = bit;
    if (fate.at_once) fate.delay = Duration{};
    return fate;
}

bool Fates::Coin::toss(double share, double correlation) {
    const bool again = random.chance(correlation);
    const bool fresh = random.chance(share);
    if (!again || first) last = fresh;
    first = false;
    return last;
}

bool Fates::lost() {
    if (impairment_->gilbert_elliott) return lost_by(*impairment_->gilbert_elliott);
    if (impairment_->four_state) return lost_by(*impairment_->four_state);
    return loss_.toss(impairment_->loss.share, impairment_->loss.correlation);
}

// The packet meets the state the chain is in; then the chain moves on.
bool Fates::lost_by(const kernel::GilbertElliott& model) {
    const bool good = state_ == 1;
    const bool lost = loss_.random.chance(good ? model.one_minus_k : model.one_minus_h);
    if (loss_.random.chance(good ? model.p : model.r)) state_ = good ? 2 : 1;
    return lost;
}

// The chain moves on; then the packet meets its state: lost in 3 (of a burst) and 4 (alone).
bool Fates::lost_by(const kernel::FourState& model) {
    const double draw = loss_.random.unit();
    if (state_ == 1) {
        state_ = draw < model.p14 ? 4 : draw < model.p14 + model.p13 ? 3 : 1;
    } else if (state_ == 2) {
        state_ = draw < model.p23 ? 3 : 2;
    } else if (state_ == 3) {
        state_ = draw < model.p31 ? 1 : draw < model.p31 + model.p32 ? 2 : 3;
    } else {
        // netem leaves 4 without a draw for another loss: lost alone.
        state_ = 1;
    }
    return state_ >= 3;
}

bool Fates::at_once() {
    if (impairment_->reorder <= 0) return false;
    const bool chosen = reorder_.toss(impairment_->reorder, impairment_->reorder_correlation);
    const std::uint32_t gap = std::max(impairment_->gap, 1U);
    if (since_gap_ + 1 < gap || !chosen) {
        ++since_gap_;
        return false;
    }
    since_gap_ = 0;
    return true;
}

Duration Fates::delay() {
    if (impairment_->jitter == Duration{}) return impairment_->delay;
    const bool again = delays_.chance(impairment_->delay_correlation);
    const double fresh = deviation();
    if (!again || !last_deviation_) last_deviation_ = fresh;
    const double jitter = static_cast<double>(impairment_->jitter.count());
    const auto off = Duration(std::llround(jitter * *last_deviation_));
    return std::max(Duration{}, impairment_->delay + off);
}

double Fates::deviation() {
    using kernel::Distribution;
    double value = 0;
    switch (impairment_->distribution) {
        case Distribution::uniform: value = 2 * delays_.unit() - 1; break;
        case Distribution::normal: value = normal(delays_); break;
        case Distribution::pareto: value = pareto(delays_); break;
        case Distribution::paretonormal:
            value = 0.25 * normal(delays_);
            value += 0.75 * pareto(delays_);
            break;
        case Distribution::custom:
            value = impairment_->table[delays_.below(impairment_->table.size())] / 8192.0;
            break;
    }
    return std::clamp(value, -furthest, furthest);
}

Fate FateBook::next(const Connection& connection) {
    auto found = young_.find(connection);
    if (found == young_.end()) {
        if (young_.size() >= kept_at_least) old_ = std::exchange(young_, {});
        if (auto page = old_.extract(connection)) {
            found = young_.insert(std::move(page)).position;
        } else {
            Fates fates(*impairment_, seed_, connection);
            found = young_.emplace(connection, std::move(fates)).first;
        }
    }
    return found->second.next();
}

std::size_t FateBook::Hash::operator()(const Connection& connection) const {
    const auto mixed = [](std::uint64_t sum, const std::array<std::uint8_t, 16>& address) {
        for (std::size_t i = 0; i < address.size(); i += 4) {
            std::uint32_t word = 0;
            for (std::size_t j = 0; j < 4; ++j) word = word << 8U | address[i + j];
            sum = mix64(sum ^ word);
        }
        return sum;
    };
    const std::uint64_t ports =
        std::uint64_t{connection.source_port} << 16U | connection.target_port;
    return mixed(mixed(mix64(ports << 8U | connection.protocol), connection.source),
                 connection.target);
}

}  // namespace gameday::devices::nfqueue
