// Layout: names and addresses of every node, and the links between them. Pure: the same settings
// give the same layout in every process, so nodes need to be told nothing but the settings.
#pragma once

#include "examples/regions/settings.hpp"
#include "harness/model/topology.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gameday::regions {

struct Place {
    std::string name;  // "us-east-1"
    std::size_t region = 0;
    Endpoint clients;  // where HTTP is served: <network>.R.N:7000
    Endpoint peers;    // where other nodes are heard: <network>.R.N:7001
};

// All nodes, region by region. A node's index in this list is its number everywhere.
std::vector<Place> places(const Settings& settings);

// Where node `from` dials node `to`: the proxy hop <network>.R.N:8100+from (numbers from 1), or the
// node itself when the settings have no hops.
Endpoint dial_address(const Settings& settings, std::size_t from, std::size_t to);

// The long form of the scenario's "system" object, with "load" and "probes" beside it.
Value describe(const Settings& settings);

// The files of a node below the run directory's "system" folder.
struct NodeFiles {
    std::filesystem::path config, pid, lock, log, data;
};
NodeFiles files_of(const std::filesystem::path& folder, const std::string& node);

}  // namespace gameday::regions
