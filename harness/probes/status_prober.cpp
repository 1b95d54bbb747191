#include "harness/probes/status_prober.hpp"

#include "harness/model/topology.hpp"
#include "harness/ports/client.hpp"

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

constexpr std::array<ParamSpec, 1> own_params{driver_param};

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

}  // namespace

Result<StatusProbe> read_status_probe(const ProbeSpec& probe, StatusSubject subject,
                                      const Catalog& catalog) {
    StatusProbe asked{nullptr, {subject, probe.params}};
    Params own;
    own.insert(asked.question.params.extract(std::string(driver_param.name)));
    ParamReader reader(own, own_params);
    const std::string name = reader.text(driver_param.name);
    asked.driver = find_kind(catalog.drivers, name);
    if (asked.driver == nullptr) {
        std::vector<std::string_view> known;
        for (const DriverKind* each : catalog.drivers) known.push_back(each->name);
        reader.fail(driver_param.name, fmt::format("\"{}\" is not a driver, write one of {}", name,
                                                   fmt::join(known, ", ")));
    }
    if (auto finished = reader.finish(); !finished) return std::move(finished).error();
    if (auto good = asked.driver->check_status(asked.question); !good) {
        return std::move(good).error();
    }
    return asked;
}

Role role_shown(StatusSubject subject, const NodeStatus& status) {
    if (status.cause != Cause::none) return Role::down;
    if (subject == StatusSubject::role) return status.role;
    return status.good ? Role::unknown : Role::down;
}

Result<std::unique_ptr<Prober>> make_status_prober(const ProbeSetting& setting,
                                                   const ProbeSpec& probe, StatusSubject subject) {
    auto asked = read_status_probe(probe, subject, setting.catalog);
    if (!asked) return std::move(asked).error();
    auto prober = std::make_unique<StatusProber>(setting, probe, subject);
    if (auto opened = prober->open(*asked); !opened) return std::move(opened).error();
    return std::unique_ptr<Prober>(std::move(prober));
}

}  // namespace gameday::probes
