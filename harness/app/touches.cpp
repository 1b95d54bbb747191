#include "harness/app/touches.hpp"

#include "harness/app/environment.hpp"
#include "harness/json/json.hpp"
#include "harness/store/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>
#include <tuple>

namespace gameday::app {

namespace fs = std::filesystem;

namespace {

constexpr const char* touches_name = "touches.json";

// "net:[4026531840]": which namespace of its kind we are in.
std::string namespace_of(const char* kind) {
    std::error_code ignored;  // without /proc all runs are taken to be in one
    return fs::read_symlink(fmt::format("/proc/self/ns/{}", kind), ignored).string();
}

struct Touches {
    std::int64_t began_ns = 0;
    std::vector<std::string> things;
};

std::optional<Touches> read_touches(const std::string& run_dir) {
    const auto text = store::read_file(run_dir + "/" + touches_name);
    const auto tree = text ? json::parse(*text) : Result<Value>(text.error());
    const auto* object = tree ? tree->as<Params>() : nullptr;
    if (object == nullptr) return std::nullopt;
    Touches touches;
    touches.began_ns = integer_at(*object, "began_ns");
    const Value* list = tree->find("touches");
    if (list == nullptr || list->as<List>() == nullptr) return std::nullopt;
    for (const auto& each : *list->as<List>()) {
        if (const auto* thing = each.as<std::string>()) touches.things.push_back(*thing);
    }
    return touches;
}

}  // namespace

std::vector<std::string> touches_of(const Scenario& scenario, const std::string& run_dir) {
    std::vector<std::string> things;
    const auto add_endpoint = [&](const Endpoint& endpoint) {
        things.push_back(fmt::format("endpoint {} in {}", endpoint.text(), namespace_of("net")));
    };
    for (const auto& node : scenario.topology.nodes) {
        add_endpoint(node.endpoint);
        std::string file = node.process.pid_file;
        if (const auto at = file.find("{bin_dir}"); at != std::string::npos) {
            file.replace(at, 9, bin_dir());
        }
        if (!file.empty() && file.find("{run_dir}") == std::string::npos) {
            std::error_code ignored;
            const auto path = fs::weakly_canonical(fs::absolute(file, ignored), ignored);
            if (!path.string().starts_with(run_dir + "/")) {
                things.push_back("pid file " + path.string());
            }
        }
        if (node.process.pid != 0) {
            things.push_back(fmt::format("pid {} in {}", node.process.pid, namespace_of("pid")));
        }
    }
    for (const auto& link : scenario.topology.links) {
        if (link.listen) add_endpoint(*link.listen);
    }
    std::ranges::sort(things);
    things.erase(std::unique(things.begin(), things.end()), things.end());
    return things;
}

Result<void> write_touches(const std::string& run_dir, const std::vector<std::string>& touches) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const Params object{
        {"began_ns", std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()},
        {"touches", List(touches.begin(), touches.end())}};
    return store::write_file(run_dir + "/" + touches_name, json::print_pretty(object));
}

Result<void> nobody_else_touches(const store::Registry& registry, const std::string& run_dir) {
    const auto ours = read_touches(run_dir);
    const auto runs = registry.live_runs();
    if (!runs) return runs.error();
    if (!ours) return Error{ErrorCode::failed, run_dir + ": what it touches cannot be read"};
    for (const auto& run : *runs) {
        if (run.run_dir == run_dir) continue;
        const auto theirs = read_touches(run.run_dir);
        if (!theirs ||
            std::tie(theirs->began_ns, run.run_dir) > std::tie(ours->began_ns, run_dir)) {
            continue;
        }
        std::vector<std::string> both;
        std::set_intersection(ours->things.begin(), ours->things.end(), theirs->things.begin(),
                              theirs->things.end(), std::back_inserter(both));
        if (both.empty()) continue;
        return refused("the run {} is going on and touches the same {}; wait for its end",
                       run.run_dir, both.front());
    }
    return {};
}

}  // namespace gameday::app
