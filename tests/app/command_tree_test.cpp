#include "harness/app/command_tree.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>

namespace command_tree_test {

using namespace gameday;

namespace {

const app::OptionShape& option_of(const app::CommandTree& command, const std::string& name) {
    const auto found = std::ranges::find_if(command.options, [&](const auto& each) {
        return std::ranges::find(each.names, name) != each.names.end();
    });
    REQUIRE(found != command.options.end());
    return *found;
}

const app::CommandTree& command_of(const app::CommandTree& tree, const std::string& name) {
    const auto* found = tree.find(name);
    REQUIRE(found != nullptr);
    return *found;
}

}  // namespace

TEST_CASE("the tree has commands by name and alias, at every depth") {
    const auto tree = app::command_tree();
    CHECK(tree.name == "gameday");
    CHECK(tree.find("fly") == nullptr);
    const auto& toxic = command_of(command_of(tree, "proxy"), "toxic");
    CHECK(&command_of(toxic, "a") == &command_of(toxic, "add"));
    CHECK(command_of(toxic, "remove").aliases == std::vector<std::string>{"r", "delete", "d"});
}

TEST_CASE("the tree says what an option takes") {
    const auto tree = app::command_tree();
    const auto& run = command_of(tree, "run");
    CHECK(option_of(run, "--out").value == "DIR");
    CHECK(option_of(run, "--out").preset == "gameday-runs");
    CHECK(option_of(run, "--time-scale").value == "FACTOR");
    CHECK(option_of(run, "-q").names == std::vector<std::string>{"-q", "--quiet"});
    CHECK(option_of(run, "-q").value_text().empty());
    CHECK(option_of(run, "--set").is_repeatable);
    CHECK_FALSE(option_of(run, "--seed").is_repeatable);
    REQUIRE(run.arguments.size() == 1);
    CHECK(run.arguments[0].value == "FILE");
    CHECK(run.arguments[0].is_required);
    CHECK_FALSE(run.arguments[0].is_repeatable);
    CHECK(option_of(command_of(tree, "plan"), "--format").choices ==
          std::vector<std::string>{"text", "json"});
    CHECK(option_of(command_of(tree, "plan"), "--format").value_text() == "text|json");
    const auto& proxy = command_of(tree, "proxy");
    CHECK(option_of(proxy, "--port").value == "N");
    CHECK(option_of(command_of(proxy, "create"), "--listen").value == "HOST:PORT");
    CHECK(option_of(command_of(command_of(proxy, "toxic"), "add"), "--toxicity").value == "N");
}

}  // namespace command_tree_test
