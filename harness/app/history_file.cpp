#include "harness/app/history_file.hpp"

#include "harness/app/environment.hpp"
#include "harness/json/json.hpp"
#include "harness/scenario/parse.hpp"
#include "harness/scenario/pointer.hpp"
#include "harness/store/evidence_text.hpp"
#include "harness/store/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>
#include <utility>

namespace gameday::app {

namespace {

// A name as scenarios have it, of a file's.
std::string scenario_name(const std::string& file) {
    std::string name = std::filesystem::path(file).stem().string();
    for (char& letter : name) {
        const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0;
        if (!plain && letter != '.' && letter != '_') letter = '-';
    }
    const bool begins =
        !name.empty() && std::isalnum(static_cast<unsigned char>(name.front())) != 0;
    return begins ? name : "history" + name;
}

// Nodes must serve somewhere; where the text does not say it, nobody will dial it either.
Value system_of(const Topology& topology) {
    List regions;
    for (const auto& region : topology.regions) {
        List nodes;
        for (const NodeId id : region.nodes) {
            const Node& node = topology.node(id);
            const Endpoint nowhere{"127.0.0.1", static_cast<std::uint16_t>(1 + id.index())};
            const Endpoint& endpoint = node.endpoint == Endpoint{} ? nowhere : node.endpoint;
            nodes.push_back(Params{{"name", node.name}, {"endpoint", endpoint.text()}});
        }
        regions.push_back(Params{{"name", region.name}, {"nodes", std::move(nodes)}});
    }
    return Params{{"regions", std::move(regions)}};
}

Value one_load(std::size_t number) {
    Params load{
        {"driver", "http"},
        {"rate_per_s", 100},
        {"timeout", "1s"},
        {"http", Params{{"read", Params{{"value", "body"}, {"served_by", "header:Served-By"}}},
                        {"write", Params{{"served_by", "header:Served-By"}}}}}};
    if (number > 0) load["name"] = fmt::format("load-{}", number);
    return load;
}

Value loads_of(const Evidence& evidence) {
    std::uint16_t most = 0;
    for (const auto& client : evidence.clients) most = std::max(most, client.load);
    if (most == 0) return one_load(0);
    List loads;
    for (std::size_t i = 0; i <= most; ++i) loads.push_back(one_load(i + 1));
    return loads;
}

// "targets.rto 5s" is what `--set targets.rto=5s` says.
std::vector<Error> apply_lines(Value& tree, const std::string& text) {
    std::vector<Error> errors;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const auto begin = line.find_first_not_of(" \t\r");
        const auto end = line.find_first_of(" \t", begin);
        const auto value = line.find_first_not_of(" \t\r", end);
        if (value == std::string::npos) {
            errors.push_back(invalid("[scenario] \"{}\": is not a path and a value", line));
            continue;
        }
        const auto last = line.find_last_not_of(" \t\r");
        const std::string setting =
            line.substr(begin, end - begin) + "=" + line.substr(value, last - value + 1);
        if (auto done = scenario::apply_set(tree, setting); !done) {
            errors.push_back({ErrorCode::invalid, done.error().message});
        }
    }
    return errors;
}

struct Tree {
    Value value;
    bool has_duration = false;
    std::vector<Error> errors;
};

Tree tree_of(const store::History& history, const std::string& name) {
    Tree tree;
    const Params defaults{{"name", scenario_name(name)},
                          {"system", system_of(history.evidence.topology)},
                          {"load", loads_of(history.evidence)}};
    const auto first = history.scenario.find_first_not_of(" \t\r\n");
    if (first != std::string::npos && history.scenario[first] == '{') {
        auto parsed = json::parse(history.scenario);
        if (!parsed || parsed->as<Params>() == nullptr) {
            tree.errors.push_back(parsed ? invalid("[scenario]: no object")
                                         : Error(parsed.error()).within("[scenario]"));
            return tree;
        }
        tree.value = std::move(*parsed);
        // A launched system brings its load along.
        const bool is_whole = tree.value.find("$described") != nullptr;
        for (const auto& [key, each] : defaults) {
            if (!is_whole) tree.value.as<Params>()->emplace(key, each);
        }
    } else {
        tree.value = defaults;
        tree.errors = apply_lines(tree.value, history.scenario);
    }
    tree.has_duration = tree.value.find("duration") != nullptr;
    return tree;
}

// One step for each fault of the evidence.
std::vector<FaultStep> steps_of(const Evidence& evidence) {
    std::vector<FaultStep> steps;
    std::set<FaultId> known;
    for (const auto& window : evidence.faults) {
        if (!known.insert(window.id).second) continue;
        FaultStep step;
        step.id = window.id;
        step.name = window.name;
        step.fault = window.kind;
        step.at = window.injected.low - evidence.active.low;
        if (window.healed) step.length = window.healed->low - window.injected.low;
        step.expects_outage = window.expects_outage;
        steps.push_back(std::move(step));
    }
    return steps;
}

}  // namespace

HistoryResult load_history(std::string_view text, const std::string& name, const Catalog& catalog) {
    auto history = store::parse_history(text);
    if (!history) return {std::nullopt, {Error(history.error()).within(name)}};
    auto tree = tree_of(*history, name);
    if (!tree.errors.empty()) {
        for (auto& error : tree.errors) error = std::move(error).within(name);
        return {std::nullopt, std::move(tree.errors)};
    }
    scenario::ParseOptions parsing;
    parsing.name = name;
    parsing.expand_environment = false;
    parsing.environment = environment;
    parsing.catalog = &catalog;
    auto result = scenario::parse(json::print(tree.value), parsing);
    if (!result.parsed) return {std::nullopt, std::move(result.errors)};
    LoadedHistory loaded;
    loaded.scenario = std::move(result.parsed->scenario);
    loaded.evidence = std::move(history->evidence);
    loaded.scenario_text = std::move(history->scenario);
    loaded.wanted = std::move(history->wanted);
    // In the order of [nodes], whatever regions they are of.
    loaded.scenario.topology = loaded.evidence.topology;
    if (loaded.scenario.faults.empty()) loaded.scenario.faults = steps_of(loaded.evidence);
    if (!tree.has_duration) loaded.scenario.duration = loaded.evidence.active.width();
    return {std::move(loaded), {}};
}

Result<std::string> input_text(const std::string& path) {
    if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    auto text = store::read_input(path);
    if (!text) return Error{ErrorCode::invalid, text.error().message};
    return text;
}

}  // namespace gameday::app
