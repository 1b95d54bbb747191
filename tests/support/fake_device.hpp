// A device that changes a machine made of plain values, and can be told to fail.
//
// FakeMachine is what faults change: the set of (fault, target) that are broken. FakeDevice has two
// verbs: "break" and "mend", each with the argument "target". Mending what is whole succeeds.
#pragma once

#include "harness/ports/device.hpp"

#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gameday::test {

struct FakeMachine {
    std::set<std::pair<FaultId, std::string>> broken;
    bool operator==(const FakeMachine&) const = default;
};

class FakeDevice final : public Device {
 public:
    FakeDevice(std::string name, FakeMachine& machine)
        : name_(std::move(name)), machine_(machine) {}

    [[nodiscard]] std::string_view name() const noexcept override { return name_; }

    [[nodiscard]] bool carries_hops() const noexcept override { return opens_hops; }

    Result<void> ready() override {
        ++ready_calls;
        return ready_answer;
    }

    Result<void> check(const Action& action) override {
        checked.push_back(action.verb + " " + text_at(action.args, "target"));
        return check_answer;
    }
    void interrupt() override { ++interrupts; }

    Result<void> prepare(FaultId id, const Action& action) override {
        prepared.push_back(text_at(action.args, "target"));
        if (cannot_prepare && cannot_prepare(id, action)) {
            return Error{ErrorCode::failed, "the fake cannot prepare " + prepared.back()};
        }
        return {};
    }

    Result<void> perform(FaultId id, const Action& action) override {
        const std::string target = text_at(action.args, "target");
        if (before) before(id, action);
        performed.push_back(action.verb + " " + target);
        if (fails && fails(id, action)) {
            return Error{fails_with, "the fake will not " + performed.back()};
        }
        if (action.verb == "break") {
            machine_.broken.emplace(id, name_ + "/" + target);
            ++bites;
        } else {
            machine_.broken.erase({id, name_ + "/" + target});
        }
        if (after) after(id, action);
        return {};
    }

    [[nodiscard]] std::int64_t affected(FaultId) const override { return counts ? bites : -1; }
    [[nodiscard]] std::string trouble(FaultId) const override { return amiss; }

    Connections connections() override { return seen; }

    int ready_calls = 0;
    Result<void> ready_answer, check_answer;
    ErrorCode fails_with = ErrorCode::failed;
    std::vector<std::string> checked;  // "break a", "mend a"
    std::atomic<int> interrupts = 0;
    std::vector<std::string> performed;  // "break a", "mend a"
    std::vector<std::string> prepared;   // "a"
    std::function<bool(FaultId, const Action&)> fails, cannot_prepare;
    std::function<void(FaultId, const Action&)> before, after;
    std::int64_t bites = 0;
    bool counts = true;
    bool opens_hops = false;
    std::string amiss;
    Connections seen;

 private:
    std::string name_;
    FakeMachine& machine_;
};

// The actions of the fake device of that name.
inline Action break_action(const std::string& target, const std::string& device = "fake") {
    return {device, "break", {{"target", target}}};
}
inline Action mend_action(const std::string& target, const std::string& device = "fake") {
    return {device, "mend", {{"target", target}}};
}

}  // namespace gameday::test
