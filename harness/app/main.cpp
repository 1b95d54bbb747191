// gameday: reads the command line and calls one command.
#include "harness/app/commands.hpp"
#include "harness/app/no_run.hpp"
#include "harness/app/options.hpp"
#include "harness/model/verdict.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <map>
#include <string>

namespace {

using gameday::app::Options;

int dispatch(const Options& options) {
    using namespace gameday::app;
    static const std::map<std::string, int (*)(const Options&)> commands{
        {"run", command_run},         {"plan", command_plan},     {"judge", command_judge},
        {"show", command_show},       {"report", command_report}, {"list", command_list},
        {"recover", command_recover}, {"doctor", command_doctor}, {"proxy", command_proxy},
        {"version", command_version}};
    return commands.at(options.command)(options);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto parsed = gameday::app::parse_options(argc, argv);
        if (!parsed.options) {
            std::fputs(parsed.text.c_str(), parsed.exit_code == 0 ? stdout : stderr);
            const auto out = gameday::app::out_asked(argc, argv);
            if (parsed.exit_code != 0 && out) gameday::app::leave_usage_error(*out, parsed.text);
            return parsed.exit_code;
        }
        return dispatch(*parsed.options);
    } catch (const std::exception& error) {
        fmt::print(stderr,
                   "gameday: internal error: {}; run `gameday recover` before the next run\n",
                   error.what());
        return gameday::exit_bug;
    }
}
