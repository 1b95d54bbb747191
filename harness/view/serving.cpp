#include "harness/view/serving.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace gameday::view {
namespace {

// Share of the baseline that the busiest region served, of what tells who served; 1 where nothing
// does.
double main_share(const Stream& stream, const Topology& topology) {
    std::map<RegionId, std::size_t> served;
    std::size_t all = 0;
    std::size_t most = 0;
    for (const auto* operation : stream.operations) {
        if (operation->phase != Phase::steady) break;
        const RegionId region = topology.region_of(operation->served_by);
        if (!region.known()) continue;
        ++all;
        most = std::max(most, ++served[region]);
    }
    return all == 0 ? 1.0 : static_cast<double>(most) / static_cast<double>(all);
}

// Carries what it is sorted by: millions of operations lie far apart.
struct Served {
    Instant completed{};
    const Operation* operation = nullptr;
    RegionId region;
};

// A change of traffic, with the answer that showed it by its place in the order of completion.
struct Shown {
    Change change;
    std::size_t answer = 0;
};

// Follows the answers in order of completion. A change is counted when an answer can not be
// explained without one: its region was not serving at any moment while it was under way.
class Follower {
 public:
    void follow(const std::vector<Served>& answers, std::size_t index) {
        const Operation& operation = *answers[index].operation;
        const RegionId region = answers[index].region;
        if (!current_.known()) current_ = region;
        if (region != current_) {
            const auto served_until = until_.find(region);
            if (served_until != until_.end() && served_until->second >= operation.invoked) return;
            shown.push_back(
                {{{std::min(last_, operation.completed), operation.completed}, operation.seq},
                 index});
            if (shown.size() > 1 && in_a_row_ == 1) faster_than_arrivals = true;
            until_[current_] = operation.completed;
            current_ = region;
            in_a_row_ = 0;
        }
        ++in_a_row_;
        last_ = operation.invoked;
    }

    std::vector<Shown> shown;
    bool faster_than_arrivals = false;

 private:
    RegionId current_;
    std::map<RegionId, Instant> until_;  // when those that do not serve now last did
    Instant last_{};                     // when the last answer of the current one was asked for
    std::size_t in_a_row_ = 0;
};

// Whether each client moved over once and for all between two answers: from the region that served
// before the first to the one that served the last. Clients learn of a change one after the other.
bool moved_over(const std::vector<Served>& answers, std::size_t first, std::size_t last) {
    const RegionId from = answers[first - 1].region;
    const RegionId to = answers[last].region;
    if (from == to) return false;
    std::vector<Served> inside(answers.begin() + static_cast<std::ptrdiff_t>(first),
                               answers.begin() + static_cast<std::ptrdiff_t>(last) + 1);
    std::ranges::stable_sort(inside, [](const Served& a, const Served& b) {
        return a.operation->invoked < b.operation->invoked;
    });
    std::map<ClientId, bool> moved;
    return std::ranges::all_of(inside, [&](const Served& answer) {
        bool& has_moved = moved[answer.operation->client];
        if (answer.region == to) has_moved = true;
        return answer.region == to || (answer.region == from && !has_moved);
    });
}

// Changes less than `hold` apart are one, where clients moved over one after the other.
std::vector<Change> joined(const std::vector<Shown>& shown, const std::vector<Served>& answers,
                           Duration hold) {
    std::vector<Change> changes;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        std::size_t last = i;
        while (last + 1 < shown.size() &&
               shown[last + 1].change.at.low - shown[last].change.at.high < hold) {
            ++last;
        }
        if (last > i && moved_over(answers, shown[i].answer, shown[last].answer)) {
            changes.push_back(shown[i].change);
            changes.back().at.high = shown[last].change.at.high;
        } else {
            for (std::size_t each = i; each <= last; ++each) changes.push_back(shown[each].change);
        }
        i = last;
    }
    return changes;
}

}  // namespace

Serving serving_of(const Stream& stream, const Topology& topology, Duration hold) {
    Serving serving;
    serving.mixed = main_share(stream, topology) < 0.9;
    if (serving.mixed) return serving;
    std::vector<Served> answers;
    bool several = false;
    for (std::size_t i = 0; i < stream.operations.size(); ++i) {
        if (!stream.good[i]) continue;
        const Operation& operation = *stream.operations[i];
        const RegionId region = topology.region_of(operation.served_by);
        if (operation.served_by == unrecognised_node) ++serving.unrecognised;
        if (!operation.served_by.known()) ++serving.untold;
        if (!region.known()) continue;
        ++serving.told;
        several = several || (!answers.empty() && answers.front().region != region);
        answers.push_back({operation.completed, &operation, region});
    }
    if (!several) return serving;
    std::ranges::sort(answers, [](const Served& a, const Served& b) {
        if (a.completed != b.completed) return a.completed < b.completed;
        return a.operation->seq < b.operation->seq;
    });
    Follower follower;
    for (std::size_t i = 0; i < answers.size(); ++i) follower.follow(answers, i);
    serving.changes = joined(follower.shown, answers, hold);
    serving.faster_than_arrivals =
        follower.faster_than_arrivals && serving.changes.size() == follower.shown.size();
    return serving;
}

std::optional<std::vector<Change>> changes_of_office(const std::vector<RoleSample>& roles) {
    std::map<NodeId, RoleSample> newest;
    std::optional<RoleSample> primary;  // the last sample of the primary in office
    bool lost = false;                  // who was in office has said that it is not, or anew
    std::vector<Change> changes;
    for (const auto& sample : roles) {
        newest[sample.node] = sample;
        if (primary && sample.node == primary->node) {
            lost = lost || sample.role == Role::replica ||
                   (sample.role == Role::primary && sample.term > primary->term);
        }
        const RoleSample* leads = nullptr;
        for (const auto& [node, known] : newest) {
            if (known.role != Role::primary) continue;
            if (leads == nullptr || known.term > leads->term) leads = &known;
        }
        if (leads == nullptr) continue;
        // Two that claim the same term: the one in office stays until the other claims more.
        const bool still = primary && newest[primary->node].role == Role::primary &&
                           newest[primary->node].term >= leads->term;
        if (still) leads = &newest[primary->node];
        if (primary && (primary->node != leads->node || lost)) {
            changes.push_back({{primary->at.low, leads->at.high}, 0});
        }
        lost = false;
        primary = *leads;
    }
    if (!primary) return std::nullopt;
    return changes;
}

Duration longest_without_roles(const Evidence& evidence) {
    std::set<NodeId> led;
    for (const auto& sample : evidence.roles) {
        if (sample.role == Role::primary) led.insert(sample.node);
    }
    Duration longest{};
    for (const NodeId node : led) {
        Instant before = evidence.steady.low;
        for (const auto& sample : evidence.roles) {
            if (sample.node != node) continue;
            longest = std::max(longest, sample.at.low - before);
            before = std::max(before, sample.at.high);
        }
        longest = std::max(longest, evidence.active.high - before);
    }
    return longest;
}

}  // namespace gameday::view
