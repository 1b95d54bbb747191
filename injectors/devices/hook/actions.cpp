#include "injectors/devices/hook/actions.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::devices::hook {

namespace {

Action make(std::string verb, const std::vector<std::string>& argv, Duration timeout,
            const Environment& env, const std::string& folder) {
    Action action{"hook", std::move(verb), {}};
    List words;
    for (const auto& word : argv) words.emplace_back(word);
    action.args["argv"] = Value(std::move(words));
    action.args["timeout"] = Value(duration_literal(timeout));
    if (!folder.empty()) action.args["folder"] = Value(folder);
    if (!env.empty()) action.args["env"] = Value(Params(env.begin(), env.end()));
    return action;
}

Error wrong(std::string_view field, std::string_view wanted) {
    return invalid("{}: want {}", field, wanted);
}

}  // namespace

Action run(const std::vector<std::string>& argv, Duration timeout, const Environment& env,
           const std::string& folder) {
    return make("run", argv, timeout, env, folder);
}

Action verify(const std::vector<std::string>& argv, Duration timeout, const Environment& env,
              const std::string& folder) {
    return make("verify", argv, timeout, env, folder);
}

std::vector<std::string> shell(const std::string& text) { return {"/bin/sh", "-c", text}; }

Result<Call> call_of(const Action& action) {
    if (action.device != "hook") return wrong("device", "\"hook\", not \"" + action.device + "\"");
    Call call;
    const auto argv = action.args.find("argv");
    const auto* words = argv == action.args.end() ? nullptr : argv->second.as<List>();
    if (words == nullptr || words->empty()) return wrong("argv", "a list of texts, not empty");
    for (const auto& each : *words) {
        const auto* word = each.as<std::string>();
        if (word == nullptr) return wrong("argv", "a list of texts");
        call.argv.push_back(*word);
    }
    auto timeout = parse_duration(text_at(action.args, "timeout"));
    if (!timeout) return std::move(timeout.error()).within("timeout");
    call.timeout = *timeout;
    call.folder = text_at(action.args, "folder");
    const auto env = action.args.find("env");
    if (env == action.args.end()) return call;
    const auto* variables = env->second.as<Params>();
    if (variables == nullptr) return wrong("env", "an object of texts and objects");
    for (const auto& [name, value] : *variables) {
        if (value.as<std::string>() == nullptr && value.as<Params>() == nullptr) {
            return wrong("env", "an object of texts and objects");
        }
        call.env.emplace(name, value);
    }
    return call;
}

}  // namespace gameday::devices::hook
