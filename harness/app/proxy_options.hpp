// The command line of `gameday proxy` as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace gameday::app {

struct ProxyOptions {
    std::string verb = "serve";  // serve, list, inspect, create, toggle, delete, toxic add, …
    std::string host = "localhost";
    std::uint16_t port = 8474;
    std::string config;
    std::uint64_t seed = 1;
    unsigned threads = 0;  // that carry bytes; 0 = as many as suit the machine
    std::string version_text = "2.12.0";
    bool metrics = false;
    std::string token;  // "" = that of the environment, or none
    // Of the commands to a running server:
    std::string url;  // "" = that of the environment, or http://localhost:8474
    std::string name;
    std::string listen, upstream;  // of create and update
    std::string gameday;           // the same: a JSON object
    std::string toxic, type;
    std::optional<double> toxicity;
    std::vector<std::string> attributes;              // "latency=100"
    bool is_upstream = false, is_downstream = false;  // of toxic add
    std::string file, lease;                          // of change: "-" is stdin; "30s", "" = none
    bool open_only = false;                           // of connections
    unsigned limit = 100;                             // the same
    bool operator==(const ProxyOptions&) const = default;
};

// Adds the command with all its own. What is parsed goes to `options`, which outlives the app.
void add_proxy(CLI::App& app, ProxyOptions& options);

// Arguments of `gameday proxy` as Toxiproxy's programs take them: a long option may have one dash.
std::vector<std::string> with_double_dashes(std::vector<std::string> arguments);

}  // namespace gameday::app
