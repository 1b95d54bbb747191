// The command line as a value.
#pragma once

#include "harness/app/proxy_options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gameday::app {

struct Options {
    std::string command;  // "run", "plan", …
    std::vector<std::string>
        inputs;  // scenario file, run directories, history, or the command of help
    std::vector<std::string> sets;      // --set path=value
    std::optional<std::uint64_t> seed;  // --seed
    double time_scale = 1;              // --time-scale
    std::string out = "gameday-runs";   // --out: folder of run directories
    bool out_given = false;             // --out was written
    std::string format = "text";        // --format text|json|html|markdown
    std::string topic;                  // list: faults, …; help --completion bash|zsh; "" = all
    std::string output;                 // report: -o FILE; "" = standard output
    std::string phase;                  // show: only operations of this phase
    std::size_t limit = 0;              // show: at most so many operations; 0 = all
    std::string forget, reason;         // recover: a run to give up, and why
    bool quiet = false;                 // run: no progress, only the verdict
    bool man = false;                   // help: the man page
    ProxyOptions proxy;                 // proxy
};

// Either the options, or what to print and the exit code with which to leave (--help, bad usage).
struct ParsedOptions {
    std::optional<Options> options;
    std::string text;
    int exit_code = 0;
};

ParsedOptions parse_options(int argc, const char* const* argv);

// What `run` was told with --out, however wrong the rest of the line is; nothing when it was not.
std::optional<std::string> out_asked(int argc, const char* const* argv);

}  // namespace gameday::app
