// replication_lag: how old what replicas hold is, by markers.
//
// A marker is written to the primary and read from the others, with the driver and the templates of
// a load. Its key and its values have the run id in their numbers.
#include "harness/base/interval.hpp"
#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/params.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/probe_kind.hpp"
#include "harness/probes/prober.hpp"
#include "harness/probes/replication_lag/marker_lag.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gameday::probes {
namespace {

constexpr std::array<ParamSpec, 1> lag_params{{
    {"load", ParamType::text, "", "name of the load whose templates write and read the markers"},
}};

constexpr std::uint32_t marker_key = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t before_first_marker = std::uint64_t{1} << 31U;  // above the values of loads

// Tags: 2 × node for reads, 2 × marker + 1 for writes.
class LagProber final : public Prober, private ReplySink {
 public:
    // With existing keys the marker's has a name without the run id, as theirs.
    LagProber(const ProbeSetting& setting, const ProbeSpec& probe, bool existing)
        : setting_(setting),
          probe_(probe),
          key_(existing ? marker_key : numbered(setting.run_id, marker_key)),
          next_value_(numbered(setting.run_id, before_first_marker)) {}

    Result<void> open(const DriverKind& driver, const Params& templates) {
        const Topology& topology = setting_.scenario.topology;
        for (const auto& node : topology.nodes) {
            auto client = driver.open(
                ClientContext{setting_.io, topology, node.id, node.endpoint, *this}, templates);
            if (!client) return std::move(client).error();
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
        if (const NodeId seen = setting_.state.primary(); seen.known()) {
            seen_primary_ = true;
            return seen;
        }
        if (seen_primary_) return {};
        for (const auto& node : setting_.scenario.topology.nodes) {
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
        setting_.state.note(LagSample{asked, id, *lag, setting_.state.reported(id)});
    }

    ProbeSetting setting_;
    ProbeSpec probe_;
    std::uint64_t key_, next_value_;
    std::vector<Marker> markers_;
    std::vector<Pending> nodes_;  // by NodeId
    bool write_pending_ = false, seen_primary_ = false;
    Instant next_{};  // the beginning: at once
};

// The load whose templates write and read the markers; the first, unless one is named.
Result<const LoadSpec*> load_of(const ProbeSpec& probe, const Scenario& scenario) {
    ParamReader reader(probe.params, lag_params);
    const std::string name = reader.text("load");
    const auto load =
        std::find_if(scenario.loads.begin(), scenario.loads.end(),
                     [&](const LoadSpec& each) { return name.empty() || each.name == name; });
    if (load == scenario.loads.end()) {
        reader.fail("load", fmt::format("\"{}\" is not a load of this file", name));
    }
    if (auto finished = reader.finish(); !finished) return std::move(finished).error();
    return &*load;
}

Result<void> check_lag(const ProbeSpec& probe, const Scenario& scenario, const Catalog&) {
    auto load = load_of(probe, scenario);
    if (!load) return std::move(load).error();
    return {};
}

Result<std::unique_ptr<Prober>> make_lag(const ProbeSetting& setting, const ProbeSpec& probe) {
    auto load = load_of(probe, setting.scenario);
    if (!load) return std::move(load).error();
    const LoadSpec& spec = **load;
    const DriverKind* driver = find_kind(setting.catalog.drivers, spec.driver);
    if (driver == nullptr) {
        return Error{ErrorCode::invalid, fmt::format("\"{}\" is not a driver", spec.driver)};
    }
    auto prober = std::make_unique<LagProber>(setting, probe, spec.keys.existing);
    if (auto opened = prober->open(*driver, spec.driver_params); !opened) {
        return std::move(opened).error();
    }
    return std::unique_ptr<Prober>(std::move(prober));
}

}  // namespace

extern const ProbeKind replication_lag_kind{"replication_lag",
                                            "how old what replicas hold is, by markers", lag_params,
                                            check_lag, make_lag};

}  // namespace gameday::probes
