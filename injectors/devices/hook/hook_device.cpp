// Makes the hook device: runs the user's own commands.
#include "harness/json/json.hpp"
#include "harness/model/variables.hpp"
#include "harness/ports/device.hpp"
#include "injectors/devices/common/command.hpp"
#include "injectors/devices/hook/actions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace gameday::devices {

namespace hook {
namespace {

constexpr auto verify_interval = std::chrono::milliseconds(100);
constexpr const char* log_name = "hooks.log";

std::optional<std::string> variable(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<std::map<std::string, std::string>> environment_of(const Call& call) {
    std::map<std::string, std::string> result;
    std::vector<std::string> missing;
    for (const auto& [name, value] : call.env) {
        const Value expanded = expand_variables(value, variable, missing);
        const auto* text = expanded.as<std::string>();
        result[name] = text != nullptr ? *text : json::print(expanded);
    }
    if (missing.empty()) return result;
    return refused("\"{}\" needs the environment variable {}, set it as the run had it",
                   command_text(call.argv), fmt::join(missing, " and "));
}

class HookDevice final : public Device {
 public:
    explicit HookDevice(const DeviceContext& context) : around_(surroundings(context.run_dir)) {}

    [[nodiscard]] std::string_view name() const noexcept override { return "hook"; }
    Result<void> ready() override { return kernel_starts_programs(); }

    Result<void> check(const Action& action) override {
        auto call = call_of(action);
        if (!call) return call.error();
        auto env = environment_of(*call);
        if (!env) return env.error();
        return can_be_run({call->argv, {}, call->folder}, around_);
    }

    void interrupt() override {
        const std::scoped_lock lock(mutex_);
        if (under_way_) under_way_->request_stop();
    }

    Result<void> perform(FaultId id, const Action& action) override {
        auto call = call_of(action);
        if (!call) return call.error();
        auto env = environment_of(*call);
        if (!env) return env.error();
        const Command command{call->argv, std::move(*env), call->folder};
        const std::stop_token stop = begin();
        if (action.verb == "run") return run(command, call->timeout, stop);
        if (action.verb == "verify") return verify(id, command, call->timeout, stop);
        return invalid("\"hook {}\" is not known, want run or verify", action.verb);
    }

    [[nodiscard]] std::int64_t affected(FaultId id) const override {
        const auto found = verified_.find(id);
        return found == verified_.end() ? -1 : found->second;
    }

 private:
    // What the call that begins may be interrupted by.
    std::stop_token begin() {
        const std::scoped_lock lock(mutex_);
        return under_way_.emplace().get_token();
    }

    Result<void> run(const Command& command, Duration timeout, const std::stop_token& stop) {
        auto output = run_command(command, around_, {timeout, log_name, false, stop});
        return output ? Result<void>() : Result<void>(output.error());
    }

    Result<void> verify(FaultId id, const Command& command, Duration timeout,
                        const std::stop_token& stop) {
        const auto deadline = std::chrono::steady_clock::now() + timeout;
        verified_[id] = 0;
        for (;;) {
            const Duration left = deadline - std::chrono::steady_clock::now();
            auto seen = run(command, std::max<Duration>(left, verify_interval), stop);
            if (seen) {
                verified_[id] = 1;
                return {};
            }
            if (stop.stop_requested()) return seen;
            if (std::chrono::steady_clock::now() + verify_interval >= deadline) {
                return std::move(seen.error())
                    .within(fmt::format("not verified within {}", format_duration(timeout)));
            }
            std::this_thread::sleep_for(verify_interval);
        }
    }

    Surroundings around_;
    std::map<FaultId, std::int64_t> verified_;
    std::mutex mutex_;
    std::optional<std::stop_source> under_way_;  // of the call that is, or of the last
};

}  // namespace
}  // namespace hook

namespace {

std::unique_ptr<Device> make_hook(const DeviceContext& context) {
    return std::make_unique<hook::HookDevice>(context);
}

}  // namespace

extern const DeviceKind hook_kind{
    "hook", "the user's own commands: inject, heal and verify, each with a timeout",
    "what the commands need", make_hook};

}  // namespace gameday::devices
