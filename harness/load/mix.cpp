#include "harness/load/mix.hpp"

#include "harness/base/ensure.hpp"

#include <algorithm>

namespace gameday::load {
namespace {

constexpr std::uint64_t recent_keys = 1024;
constexpr double recency_skew = 1;

}  // namespace

Mix::Mix(const MixSpec& spec, Random random)
    : spec_(spec),
      random_(random),
      zipf_(spec.keys.space > 0 ? spec.keys.space : recent_keys,
            spec.keys.space > 0 ? spec.keys.skew : recency_skew),
      home_credit_(spec.shares.size(), 0.0),
      write_credit_(spec.shares.size(), 0.0) {
    GAMEDAY_ENSURE(!spec.shares.empty() && spec.clients_per_home > 0 && spec.stride > 0);
}

Draft Mix::next() {
    Draft draft;
    draft.home = pick_home();
    draft.client = ClientId::of(spec_.first_client + draft.home * spec_.clients_per_home +
                                static_cast<std::uint32_t>(random_.below(spec_.clients_per_home)));
    draft.verb = pick_verb(draft.home);
    draft.key = key_of(draft.verb);
    draft.draw = random_.unit();
    if (draft.verb == Verb::write) {
        draft.value = numbered(spec_.run_id, 1 + spec_.offset + writes_++ * spec_.stride);
    }
    return draft;
}

std::uint32_t Mix::pick_home() {
    if (!spec_.regular) {
        double left = random_.unit();
        std::uint32_t home = 0;
        while (home + 1 < spec_.shares.size() && left >= spec_.shares[home]) {
            left -= spec_.shares[home++];
        }
        return home;
    }
    // Everybody earns a share, the richest pays for the operation.
    for (std::size_t i = 0; i < spec_.shares.size(); ++i) home_credit_[i] += spec_.shares[i];
    const auto richest = std::ranges::max_element(home_credit_);
    *richest -= 1;
    return static_cast<std::uint32_t>(richest - home_credit_.begin());
}

Verb Mix::pick_verb(std::uint32_t home) {
    if (!spec_.regular) return random_.chance(spec_.writes) ? Verb::write : Verb::read;
    double& credit = write_credit_[home];
    credit += spec_.writes;
    if (credit < 1 - 1e-9) return Verb::read;
    credit -= 1;
    return Verb::write;
}

std::uint32_t Mix::key_of(Verb verb) {
    if (spec_.keys.space > 0) {
        return static_cast<std::uint32_t>(spec_.first_key - 1 + zipf_.draw(random_));
    }
    if (verb == Verb::write) return fresh_key(writes_);
    const std::uint64_t back = zipf_.draw(random_);
    if (writes_ == 0) return fresh_key(0);
    return fresh_key(writes_ - 1 - (back - 1) % writes_);
}

std::uint32_t Mix::fresh_key(std::uint64_t write) const {
    return static_cast<std::uint32_t>(spec_.first_fresh_key + spec_.offset + write * spec_.stride);
}

}  // namespace gameday::load
