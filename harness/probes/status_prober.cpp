#include "harness/probes/status_prober.hpp"

#include "harness/base/ensure.hpp"
#include "harness/model/topology.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/probe_kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gameday::probes {
namespace {

struct StatusProbe {
    const DriverKind* driver = nullptr;
    StatusQuestion question;
};

StatusSubject subject_of(const ProbeSpec& probe, const Catalog& catalog) {
    const ProbeKind* kind = find_kind(catalog.probes, probe.kind);
    GAMEDAY_ENSURE(kind != nullptr && kind->asks);
    return *kind->asks;
}

class StatusProber final : public Prober, private StatusSink {
 public:
    StatusProber(const ProbeSetting& setting, const ProbeSpec& probe, StatusSubject subject)
        : setting_(setting), probe_(probe), subject_(subject) {}

    Result<void> open(const StatusProbe& asked) {
        for (const auto& node : setting_.scenario.topology.nodes) {
            auto client = asked.driver->open_status(
                StatusContext{setting_.io, node.id, node.endpoint, *this}, {});
            if (!client) return std::move(client).error();
            auto added = (*client)->add(asked.question);
            if (!added) return std::move(added).error();
            nodes_.push_back(Pending{std::move(*client), {}, false});
        }
        return {};
    }

    Instant turn(Instant now) override {
        Instant wake = Instant::max();
        for (auto& node : nodes_) wake = std::min(wake, node.client->expire(now));
        if (now >= next_) {
            for (std::size_t i = 0; i < nodes_.size(); ++i) {
                if (nodes_[i].pending) continue;
                nodes_[i].asked = now;
                nodes_[i].pending = true;
                nodes_[i].client->ask(0, i, now, now + probe_.timeout);
                wake = std::min(wake, now + probe_.timeout);
            }
            next_ = next_time(next_, now, probe_.interval);
        }
        return std::min(wake, next_);
    }

    void stop() override {
        for (auto& node : nodes_) node.client->close();
    }

 private:
    struct Pending {
        std::unique_ptr<StatusClient> client;
        Instant asked{};
        bool pending = false;
    };

    void on_status(std::uint64_t tag, const NodeStatus& status) override {
        nodes_[tag].pending = false;
        setting_.state.note(RoleSample{{nodes_[tag].asked, setting_.clock.now()},
                                       NodeId::of(tag),
                                       role_shown(subject_, status),
                                       status.term},
                            status.lag, subject_ == StatusSubject::role);
    }

    ProbeSetting setting_;
    ProbeSpec probe_;
    StatusSubject subject_;
    std::vector<Pending> nodes_;  // by NodeId
    Instant next_{};              // the beginning: at once
};

// Takes what neither the probe nor its driver knows out of the question, and says so: the driver
// alone would not name `driver` among the known ones.
std::string drop_unknown(StatusProbe& asked, const Params& params) {
    std::vector<ParamSpec> specs(status_params.begin(), status_params.end());
    const auto asks = asked.driver->status_params(asked.question.subject);
    specs.insert(specs.end(), asks.begin(), asks.end());
    std::erase_if(asked.question.params, [&](const auto& param) {
        return std::ranges::find(specs, param.first, &ParamSpec::name) == specs.end();
    });
    const auto known = ParamReader(params, specs).finish();
    return known ? "" : known.error().message;
}

// Pure. `invalid` with all wrong parameters, one "<field>: message" a line.
Result<StatusProbe> read_status_probe(const ProbeSpec& probe, const Catalog& catalog) {
    StatusProbe asked{nullptr, {subject_of(probe, catalog), probe.params}};
    Params own;
    own.insert(asked.question.params.extract(std::string(driver_param.name)));
    ParamReader reader(own, status_params);
    const std::string name = reader.text(driver_param.name);
    asked.driver = find_kind(catalog.drivers, name);
    if (asked.driver == nullptr) {
        std::vector<std::string_view> known;
        for (const DriverKind* each : catalog.drivers) known.push_back(each->name);
        reader.fail(driver_param.name, fmt::format("\"{}\" is not a driver, write one of {}", name,
                                                   fmt::join(known, ", ")));
    }
    if (auto finished = reader.finish(); !finished) return std::move(finished).error();
    auto wrong = drop_unknown(asked, probe.params);
    if (auto good = asked.driver->check_status(asked.question); !good) {
        wrong += (wrong.empty() ? "" : "\n") + good.error().message;
    }
    if (!wrong.empty()) return Error{ErrorCode::invalid, wrong};
    return asked;
}

}  // namespace

Role role_shown(StatusSubject subject, const NodeStatus& status) {
    if (status.cause != Cause::none) return Role::down;
    if (subject == StatusSubject::role) return status.role;
    return status.good ? Role::unknown : Role::down;
}

Result<void> check_status_probe(const ProbeSpec& probe, const Scenario&, const Catalog& catalog) {
    auto asked = read_status_probe(probe, catalog);
    if (!asked) return std::move(asked).error();
    return {};
}

Result<std::unique_ptr<Prober>> make_status_prober(const ProbeSetting& setting,
                                                   const ProbeSpec& probe) {
    auto asked = read_status_probe(probe, setting.catalog);
    if (!asked) return std::move(asked).error();
    auto prober = std::make_unique<StatusProber>(setting, probe, asked->question.subject);
    if (auto opened = prober->open(*asked); !opened) return std::move(opened).error();
    return std::unique_ptr<Prober>(std::move(prober));
}

}  // namespace gameday::probes
