// A load engine and a watch without sockets: what they see follows from a clock and a function of
// time that says how good the system is.
#pragma once

#include "harness/ports/engine.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace gameday::test {

// Operations at a steady rate; the n-th is due at begin + n / rate and ends at once. It is good
// when `is_good` says so of that instant. Final reads are one operation at the end.
class FakeEngine final : public LoadEngine {
 public:
    explicit FakeEngine(const Clock& clock) : clock_(clock) {}

    Result<Instant> start(const Scenario&, std::uint32_t run_id, Instant begin) override {
        calls.emplace_back("start");
        started_with = run_id;
        next_ = begin;
        running_ = start_answer.has_value();
        if (!start_answer) return start_answer.error();
        return begin;
    }
    void set_phase(Phase phase) override {
        advance();
        phase_ = phase;
        calls.push_back("phase " + std::string(name_of(phase)));
    }
    LoadStatus status() override {
        advance();
        LoadStatus status;
        status.total = counters_;
        status.op_per_s = rate_per_s;
        status.success = is_good(clock_.now()) ? 1 : 0;
        return status;
    }
    // One stream of reads, and one for each that `thin` adds.
    std::vector<StreamCount> streams(const Interval<Instant>& window) override {
        advance();
        StreamCount all;
        all.region = RegionId(0);
        for (const auto& operation : operations_) {
            if (operation.scheduled < window.low || operation.scheduled >= window.high) continue;
            ++all.due;
            ++all.done;
            ++(operation.outcome == Outcome::ok ? all.good : all.by_cause);
            if (operation.outcome != Outcome::ok) all.cause = Cause::refused;
        }
        std::vector<StreamCount> streams{all};
        streams.insert(streams.end(), thin.begin(), thin.end());
        return streams;
    }
    Readability readable() override { return readability; }
    void keep_writes(std::optional<Instant> since) override {
        calls.emplace_back(since ? "keep writes" : "keep no writes");
    }
    void begin_survey(const Survey& survey) override { surveys.push_back({clock_.now(), survey}); }
    void end_survey() override {
        if (surveys.size() > survey_ends.size()) survey_ends.push_back(clock_.now());
    }
    void stop() override {
        advance();
        running_ = false;
        calls.emplace_back("stop");
    }
    Result<void> read_back(Duration, const std::stop_token&) override {
        calls.emplace_back("read_back");
        if (on_read_back) on_read_back();
        if (read_back_answer) {
            phase_ = Phase::final_read;
            add(clock_.now(), true);
        }
        return read_back_answer;
    }
    std::vector<Operation> take_operations() override {
        calls.emplace_back("take");
        return std::move(operations_);
    }
    [[nodiscard]] std::vector<ClientInfo> clients() const override { return {{RegionId(0), 0}}; }
    std::vector<HealthSample> take_health() override {
        return {{clock_.now(), RegionId(0), NodeId(0), true}};
    }

    double rate_per_s = 100;
    std::function<bool(Instant)> is_good = [](Instant) { return true; };
    std::function<void()> on_read_back;
    Result<void> start_answer, read_back_answer;
    Readability readability{Readability::State::shown, {}, {}};
    std::vector<StreamCount> thin;  // further streams, the same in every window
    std::uint32_t started_with = 0;
    struct Surveyed {
        Instant at;
        Survey survey;
    };
    std::vector<Surveyed> surveys;
    std::vector<Instant> survey_ends;
    std::vector<std::string> calls;

 private:
    void advance() {
        while (running_ && next_ < clock_.now()) {
            add(next_, is_good(next_));
            next_ += from_seconds(1 / rate_per_s);
        }
    }
    void add(Instant when, bool good) {
        Operation operation;
        operation.seq = operations_.size() + 1;
        operation.scheduled = operation.invoked = operation.completed = when;
        operation.client = ClientId(0);
        operation.node = NodeId(0);
        operation.outcome = good ? Outcome::ok : Outcome::failed;
        operation.phase = phase_;
        operations_.push_back(operation);
        ++counters_.due;
        ++counters_.done;
        ++(good ? counters_.good : counters_.bad);
    }

    const Clock& clock_;
    Instant next_{};
    bool running_ = false;
    Phase phase_ = Phase::warmup;
    LoadCounters counters_;
    std::vector<Operation> operations_;
};

class FakeWatch final : public Watch {
 public:
    Result<void> start(const Scenario&, std::uint32_t) override {
        running = start_answer.has_value();
        return start_answer;
    }
    std::vector<Role> roles() override { return known_roles; }
    void stop() override { running = false; }
    std::vector<RoleSample> take_roles() override {
        return {{Interval<Instant>::point(at(Duration(1))), NodeId(0), Role::primary, 1}};
    }
    std::vector<LagSample> take_lags() override { return {}; }

    bool running = false;
    std::vector<Role> known_roles{Role::primary};
    Result<void> start_answer;
};

}  // namespace gameday::test
