// Node: one process of the reference regions, from its configuration file to its last breath. It
// keeps all it needs on disk and may be killed at any instant.
#pragma once

#include "examples/regions/settings.hpp"
#include "harness/base/result.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace gameday::regions {

// The content of <node>.json; the files of the node lie beside it.
struct NodeConfig {
    Settings settings;
    std::string name;
    std::size_t number = 0;  // in places(settings)
    std::filesystem::path folder;
};

std::string node_config_text(const Settings& settings, const std::string& node);
// Fails with `invalid` when the file is not what node_config_text makes.
Result<NodeConfig> read_node_config(const std::filesystem::path& file);

// Serves for ever; returns only an error from before it served: the address is taken, the node
// runs already, the disk does not work. `ready` is called once it listens and its pid file stands.
Result<void> run_node(const NodeConfig& config, const std::function<void()>& ready);

// Starts run_node in a process of its own, in a session of its own, with its output in the node's
// log file and nothing else inherited. Returns once it listens, or with what it failed on.
Result<void> start_node(const NodeConfig& config);

}  // namespace gameday::regions
