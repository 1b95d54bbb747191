// gameday-regions: the reference regions. One program that describes them, brings them up and down,
// and is each of their nodes.
#include "examples/regions/commands.hpp"
#include "examples/regions/layout.hpp"
#include "examples/regions/node.hpp"
#include "harness/json/json.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using gameday::Error;
using gameday::ErrorCode;
using gameday::Result;

constexpr auto patience_up = std::chrono::seconds(25);

const char* const usage = R"(usage: gameday-regions COMMAND

  describe              print the system as gameday reads it
  up                    start all nodes, return once they serve and one is primary
  down                  end all nodes of the run directory; fine when there are none
  node --config FILE    start one node (again) and return once it listens
  help                  print this

GAMEDAY_SYSTEM   the system as JSON; `describe` and `up` read it
GAMEDAY_RUN_DIR  `up` and `down` keep configuration, data, pids and logs in its folder system/

keys of GAMEDAY_SYSTEM:
)";

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

Result<gameday::regions::Settings> settings() {
    const auto parsed = gameday::json::parse(environment("GAMEDAY_SYSTEM"));
    if (!parsed) return Error(parsed.error()).within("GAMEDAY_SYSTEM");
    const auto* system = parsed->as<gameday::Params>();
    if (system == nullptr) {
        return Error{ErrorCode::invalid, "GAMEDAY_SYSTEM: wanted an object"};
    }
    return gameday::regions::parse_settings(*system);
}

Result<std::filesystem::path> folder() {
    const std::string run = environment("GAMEDAY_RUN_DIR");
    if (run.empty()) return Error{ErrorCode::invalid, "GAMEDAY_RUN_DIR is not set"};
    return std::filesystem::absolute(run) / "system";
}

Result<void> describe() {
    const auto wanted = settings();
    if (!wanted) return wanted.error();
    std::fputs(gameday::json::print_pretty(gameday::regions::describe(*wanted)).c_str(), stdout);
    return {};
}

Result<void> up() {
    const auto wanted = settings();
    if (!wanted) return wanted.error();
    const auto where = folder();
    if (!where) return where.error();
    return gameday::regions::up(*wanted, *where, patience_up);
}

Result<void> down() {
    const auto where = folder();
    if (!where) return where.error();
    return gameday::regions::down(*where);
}

Result<void> node(const std::vector<std::string>& words) {
    if (words.size() != 3 || words[1] != "--config") {
        return Error{ErrorCode::invalid, "wanted: node --config FILE"};
    }
    const auto config = gameday::regions::read_node_config(std::filesystem::absolute(words[2]));
    if (!config) return config.error();
    return gameday::regions::start_node(*config);
}

void help() {
    std::fputs(usage, stdout);
    for (const auto& spec : gameday::regions::setting_specs()) {
        const std::string fallback = spec.required ? "required" : std::string(spec.fallback);
        std::printf("  %-17s %-10s %s\n", std::string(spec.name).c_str(), fallback.c_str(),
                    std::string(spec.meaning).c_str());
        if (!spec.choices.empty()) {
            std::printf("  %28s %s\n", "", std::string(spec.choices).c_str());
        }
    }
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments + 1, arguments + count);
    const std::string command = words.empty() ? "" : words.front();
    Result<void> done = Error{ErrorCode::invalid, "unknown command, try `gameday-regions help`"};
    if (command == "help" || command == "--help") {
        help();
        return 0;
    }
    if (command == "describe") done = describe();
    if (command == "up") done = up();
    if (command == "down") done = down();
    if (command == "node") done = node(words);
    if (done) return 0;
    std::fprintf(stderr, "gameday-regions: %s\n", done.error().message.c_str());
    return done.error().code == ErrorCode::invalid ? 64 : 1;
}
