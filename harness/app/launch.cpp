#include "harness/app/launch.hpp"

#include "harness/app/environment.hpp"
#include "harness/json/json.hpp"
#include "harness/store/files.hpp"
#include "injectors/devices/common/command.hpp"
#include "injectors/devices/hook/actions.hpp"

#include <fmt/format.h>

namespace gameday::app {

namespace {

// The argv under `name` of a launch.json.
Result<std::vector<std::string>> command_at(const Value& file, const char* name) {
    std::vector<std::string> argv;
    const Value* found = file.find(name);
    const List* list = found == nullptr ? nullptr : found->as<List>();
    if (list != nullptr) {
        for (const auto& word : *list) {
            if (const auto* text = word.as<std::string>()) argv.push_back(*text);
        }
    }
    if (argv.empty() || argv.size() != list->size()) {
        return invalid("/{} is no command, write a list of texts: [\"./up.sh\"]", name);
    }
    return argv;
}

List as_list(std::vector<std::string> argv) { return {argv.begin(), argv.end()}; }

}  // namespace

Result<Value> describe_launch(const std::string& name, const Params& system,
                              const std::string& beside) {
    auto folder = example_folder(name, beside);
    if (!folder) return folder.error();
    const std::string file = *folder + "/launch.json";
    auto text = store::read_file(file);
    if (!text) return text.error();
    auto launch = json::parse(*text);
    if (!launch) return Error(launch.error()).within(file);
    auto describe = command_at(*launch, "describe");
    auto up = command_at(*launch, "up");
    auto down = command_at(*launch, "down");
    for (const auto* each : {&describe, &up, &down}) {
        if (!*each) return Error(each->error()).within(file);
    }
    // What it describes is independent of the run directory: paths say {run_dir}.
    devices::Command command{*describe, {{"GAMEDAY_SYSTEM", json::print(system)}}, *folder};
    devices::RunOptions options;
    options.timeout = std::chrono::seconds(10);
    options.capture = true;
    auto output = devices::run_command(command, devices::surroundings("{run_dir}"), options);
    if (!output) return Error(output.error()).within(fmt::format("describing \"{}\"", name));
    auto described = json::parse(*output);
    if (!described) return Error(described.error()).within(devices::command_text(*describe));
    auto* members = described->as<Params>();
    if (members == nullptr) {
        return invalid("{} printed {}, it must print an object", devices::command_text(*describe),
                       described->kind());
    }
    Params commands{{"folder", *folder}, {"up", as_list(*up)}, {"down", as_list(*down)}};
    if (const Value* timeout = launch->find("timeout")) commands["timeout"] = *timeout;
    (*members)["launch"] = std::move(commands);
    return std::move(*described);
}

FaultPlan launch_plan(const LaunchSpec& launch) {
    const devices::hook::Environment env{{"GAMEDAY_SYSTEM", Value(launch.parameters)}};
    FaultPlan plan;
    plan.inject.push_back(devices::hook::run(launch.up, launch.timeout, env, launch.folder));
    plan.heal.push_back(devices::hook::run(launch.down, launch.timeout, env, launch.folder));
    plan.expects_outage = false;
    return plan;
}

}  // namespace gameday::app
