#include "harness/app/options.hpp"

#include "tests/support/catch.hpp"

#include <vector>

using namespace gameday;

namespace {

app::ParsedOptions parse(std::vector<const char*> words) {
    words.insert(words.begin(), "gameday");
    return app::parse_options(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("run takes a file and its overrides") {
    const auto parsed = parse({"run", "x.json", "--set", "system.bug=no_fencing", "--set",
                               "load.0.rate_per_s=500", "--seed", "7", "--time-scale", "0.5"});
    REQUIRE(parsed.options);
    CHECK(parsed.options->command == "run");
    CHECK(parsed.options->inputs == std::vector<std::string>{"x.json"});
    CHECK(parsed.options->sets ==
          std::vector<std::string>{"system.bug=no_fencing", "load.0.rate_per_s=500"});
    CHECK(parsed.options->seed == 7U);
    CHECK(parsed.options->time_scale == 0.5);
}

TEST_CASE("an override does not swallow the scenario file that follows it") {
    const auto parsed = parse({"run", "--set", "seed=1", "x.json"});
    REQUIRE(parsed.options);
    CHECK(parsed.options->inputs == std::vector<std::string>{"x.json"});
}

TEST_CASE("every command has help with an example or a sentence, and asking for it is no error") {
    for (const char* command : {"run", "plan", "judge", "show", "report", "list", "recover",
                                "doctor", "proxy", "version"}) {
        const auto parsed = parse({command, "--help"});
        CHECK_FALSE(parsed.options);
        CHECK(parsed.exit_code == 0);
        CHECK(parsed.text.find(command) != std::string::npos);
    }
    CHECK(parse({"run", "--help"}).text.find("Examples:") != std::string::npos);
    CHECK(parse({"--help"}).text.find("5 dirty") != std::string::npos);
}

TEST_CASE("wrong usage exits with 64 and says what is wrong") {
    for (const std::vector<const char*>& words : {std::vector<const char*>{},
                                                  {"fly"},
                                                  {"run"},
                                                  {"run", "a", "b"},
                                                  {"run", "a", "--seed", "x"},
                                                  {"run", "a", "--time-scale", "0"},
                                                  {"list", "everything"},
                                                  {"plan", "a", "--format", "pdf"}}) {
        const auto parsed = parse(words);
        CHECK_FALSE(parsed.options);
        CHECK(parsed.exit_code == 64);
        CHECK_FALSE(parsed.text.empty());
    }
}
