#include "injectors/devices/process/actions.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::devices::process {

namespace {

Action make(std::string verb, const Target& target) {
    Action action{"process", std::move(verb), {{"node", Value(target.node)}}};
    if (!target.pid_file.empty()) action.args["pid_file"] = Value(target.pid_file);
    if (target.pid != 0) action.args["pid"] = Value(target.pid);
    return action;
}

}  // namespace

Action kill(const Target& target) { return make("kill", target); }
Action stop(const Target& target) { return make("stop", target); }
Action cont(const Target& target) { return make("cont", target); }

Action restart(const Target& target, const Restart& how) {
    Action action = make("restart", target);
    List words;
    for (const auto& word : how.argv) words.emplace_back(word);
    action.args["argv"] = Value(std::move(words));
    if (!how.folder.empty()) action.args["folder"] = Value(how.folder);
    action.args["timeout"] = Value(duration_literal(how.timeout));
    return action;
}

Result<Target> target_of(const Action& action) {
    Target target{text_at(action.args, "node"), text_at(action.args, "pid_file"),
                  integer_at(action.args, "pid")};
    if (action.device == "process" && !(target.pid_file.empty() && target.pid == 0)) return target;
    return invalid("\"{} {}\" names no process, want \"process\" with pid_file or pid",
                   action.device, action.verb);
}

Result<Restart> restart_of(const Action& action) {
    Restart how;
    const auto argv = action.args.find("argv");
    const auto* words = argv == action.args.end() ? nullptr : argv->second.as<List>();
    if (action.verb != "restart" || words == nullptr) {
        return invalid("\"{} {}\" carries no argv, want \"process restart\"", action.device,
                       action.verb);
    }
    for (const auto& each : *words) {
        const auto* word = each.as<std::string>();
        if (word == nullptr) return invalid("argv holds more than texts");
        how.argv.push_back(*word);
    }
    how.folder = text_at(action.args, "folder");
    auto timeout = parse_duration(text_at(action.args, "timeout"));
    if (!timeout) return std::move(timeout.error()).within("timeout");
    how.timeout = *timeout;
    return how;
}

}  // namespace gameday::devices::process
