// The fault kind `command`: the user's own commands make and undo the fault.
#include "harness/ports/fault_kind.hpp"
#include "injectors/devices/hook/actions.hpp"

#include <array>

namespace gameday::faults {

namespace {

namespace hook = devices::hook;

constexpr std::array command_specs{
    ParamSpec{"inject", ParamType::strings, "", "makes the fault", true},
    ParamSpec{"heal", ParamType::strings, "",
              "undoes the fault, also when inject failed or never ran; must be safe to repeat",
              true},
    ParamSpec{"verify", ParamType::strings, "",
              "exits with 0 once the fault has bitten; tried until the timeout"},
    ParamSpec{"timeout", ParamType::duration, "30s", "longest time of each command"},
};

// An argv, or a text for the shell.
std::vector<std::string> read_argv(ParamReader& reader, const Params& params,
                                   const std::string& field) {
    auto words = reader.names(field);
    if (!reader.has(field)) return words;
    if (words.empty() || words.front().empty()) {
        reader.fail(field, "is empty, write a command");
        return words;
    }
    return params.at(field).as<std::string>() != nullptr ? hook::shell(words.front()) : words;
}

Result<FaultPlan> plan_command(const Params& params, const PlanContext&) {
    ParamReader reader(params, command_specs);
    const auto inject = read_argv(reader, params, "inject");
    const auto heal = read_argv(reader, params, "heal");
    const auto verify = read_argv(reader, params, "verify");
    const auto timeout = reader.duration("timeout");
    if (timeout <= Duration::zero())
        reader.fail("timeout", "is no time, write for example \"30s\"");
    if (auto good = reader.finish(); !good) return good.error();
    FaultPlan plan;
    plan.inject.push_back(hook::run(inject, timeout));
    if (!verify.empty()) plan.inject.push_back(hook::verify(verify, timeout));
    plan.heal.push_back(hook::run(heal, timeout));
    return plan;
}

}  // namespace

extern const FaultKind command{"command", "commands of yours make and undo a fault, and prove it",
                               command_specs, plan_command};

}  // namespace gameday::faults
