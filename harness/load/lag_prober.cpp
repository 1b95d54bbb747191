#include "harness/load/marker_lag.hpp"
#include "harness/load/prober.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace gameday::load {
namespace {

constexpr std::uint32_t marker_key = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t before_first_marker = std::uint64_t{1} << 31U;  // above the values of loads

// Tags: 2 × node for reads, 2 × marker + 1 for writes.
class LagProber final : public Prober, private ReplySink {
 public:
    // With existing keys the marker's has a name without the run id, as theirs.
    LagProber(const ProbeSetting& setting, const ProbeSpec& probe, bool existing,
              std::uint32_t run_id)
        : setting_(setting),
          probe_(probe),
          key_(existing ? marker_key : numbered(run_id, marker_key)),
          next_value_(numbered(run_id, before_first_marker)) {}

    Result<void> open(const DriverKind& driver, const Params& templates) {
        for (const auto& node : setting_.topology.nodes) {
            auto client = driver.open(
                ClientContext{setting_.io, setting_.topology, node.id, node.endpoint, *this, true},
                templates);
            if (!client) return std::move(client).error().within("probe " + probe_.name);
            nodes_.push_back(Pending{std::move(*client), {}, false});
        }
        return {};
    }

    Instant turn(Instant now) override {
        Instant wake = Instant::max();
        for (auto& node : nodes_) wake = std::min(wake, node.client->expire(now));
        if (now >= next_) {
            const NodeId primary = source();
            if (primary.known()) {
                write(primary, now);
                for (std::size_t i = 0; i < nodes_.size(); ++i) {
                    if (i != primary.index()) read(i, now);
                }
            }
            wake = std::min(wake, now + probe_.timeout);
            next_ = next_time(next_, now, probe_.interval);
        }
        return std::min(wake, next_);
    }

    void stop() override {
        for (auto& node : nodes_) node.client->close();
    }

 private:
    struct Pending {
        std::unique_ptr<Client> client;
        Instant asked{};
        bool pending = false;
    };

    // Whom the role probes see as primary; before they have seen anybody, who was declared so.
    NodeId source() {
        if (const NodeId seen = setting_.board.primary(); seen.known()) {
            seen_primary_ = true;
            return seen;
        }
        if (seen_primary_) return {};
        for (const auto& node : setting_.topology.nodes) {
            if (node.role == "primary") return node.id;
        }
        return {};
    }

    // One marker at a time, so that their order of writing is the order of their ids.
    void write(NodeId primary, Instant now) {
        if (write_pending_) return;
        write_pending_ = true;
        const std::uint64_t tag = 2 * markers_.size() + 1;
        markers_.push_back(Marker{++next_value_, {now, now}, false});
        nodes_[primary.index()].client->perform(Request{Verb::write, key_, next_value_}, tag, now,
                                                now + probe_.timeout);
    }

    void read(std::size_t index, Instant now) {
        Pending& node = nodes_[index];
        if (node.pending) return;
        node.pending = true;
        node.asked = now;
        node.client->perform(Request{Verb::read, key_, 0}, 2 * index, now, now + probe_.timeout);
    }

    void on_reply(std::uint64_t tag, const Reply& reply) override {
        const Instant now = setting_.clock.now();
        const std::size_t index = tag / 2;
        if (tag % 2 == 1) {
            write_pending_ = false;
            markers_[index].written.high = now;
            markers_[index].acked = reply.outcome == Outcome::ok;
            return;
        }
        Pending& node = nodes_[index];
        node.pending = false;
        if (reply.outcome != Outcome::ok) return;
        const Interval<Instant> asked{node.asked, now};
        const auto lag = marker_lag(markers_, reply.value, asked, probe_.interval);
        if (!lag) return;
        const NodeId id = NodeId::of(index);
        setting_.board.note(LagSample{asked, id, *lag, setting_.board.reported(id)});
    }

    void on_page(std::uint64_t, const Page&) override {}  // it fetches no pages

    ProbeSetting setting_;
    ProbeSpec probe_;
    std::uint64_t key_, next_value_;
    std::vector<Marker> markers_;
    std::vector<Pending> nodes_;  // by NodeId
    bool write_pending_ = false, seen_primary_ = false;
    Instant next_{};  // the beginning: at once
};

}  // namespace

Result<std::unique_ptr<Prober>> make_lag_prober(const ProbeSetting& setting, const ProbeSpec& probe,
                                                const DriverKind& driver, const LoadSpec& load,
                                                std::uint32_t run_id) {
    auto prober = std::make_unique<LagProber>(setting, probe, load.keys.existing, run_id);
    auto opened = prober->open(driver, load.driver_params);
    if (!opened) return std::move(opened).error();
    return std::unique_ptr<Prober>(std::move(prober));
}

}  // namespace gameday::load
