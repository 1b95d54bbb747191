#include "harness/app/options.hpp"

#include "tests/support/catch.hpp"

#include <utility>
#include <vector>

namespace options_test {

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

TEST_CASE("an unknown command or option is told with the nearest that there is") {
    const auto text = [](std::vector<const char*> words) {
        const auto parsed = parse(std::move(words));
        CHECK(parsed.exit_code == 64);
        return parsed.text;
    };
    CHECK(text({"rn", "x.json"}) == "gameday: no such command: rn; did you mean run?\n");
    CHECK(text({"fly"}) ==
          "gameday: no such command: fly; there are run, plan, judge, show, report, list, recover, "
          "doctor, version, help, proxy\n");
    CHECK(text({"run", "x.json", "--sead", "7"}) ==
          "gameday run: no such option: --sead; did you mean --seed?\n");
    CHECK(text({"run", "x.json", "--time-scal=2"}) ==
          "gameday run: no such option: --time-scal; did you mean --time-scale?\n");
    CHECK(text({"proxy", "lst"}) == "gameday proxy: no such command: lst; did you mean list?\n");
    CHECK(text({"proxy", "t", "ad", "web"}) ==
          "gameday proxy toxic: no such command: ad; did you mean add?\n");
    CHECK(text({"help", "rn"}) == "gameday: no such command: rn; did you mean run?\n");
    CHECK(text({"help", "proxy", "tox"}) ==
          "gameday proxy: no such command: tox; did you mean toxic?\n");
}

TEST_CASE("an argument too many is not called an unknown command") {
    CHECK(parse({"run", "a", "b"}).text.find("no such") == std::string::npos);
}

TEST_CASE("help prints what --help does, of any command") {
    CHECK(parse({"help"}).text == parse({"--help"}).text);
    CHECK(parse({"help", "run"}).text == parse({"run", "--help"}).text);
    CHECK(parse({"help", "proxy", "t", "a"}).text == parse({"proxy", "toxic", "add", "-h"}).text);
    CHECK(parse({"help", "run"}).exit_code == 0);
}

TEST_CASE("the version is printed by an option, too") {
    const auto parsed = parse({"--version"});
    CHECK(parsed.exit_code == 0);
    CHECK(parsed.text.starts_with("gameday 0."));
}

TEST_CASE("the folder for runs is known even when the line is wrong otherwise") {
    const auto asked = [](std::vector<const char*> words) {
        words.insert(words.begin(), "gameday");
        return app::out_asked(static_cast<int>(words.size()), words.data());
    };
    CHECK(asked({"run", "a.json", "--out", "there", "--bogus"}) == "there");
    CHECK(asked({"run", "--out=there"}) == "there");
    CHECK_FALSE(asked({"run", "a.json"}));
    CHECK_FALSE(asked({"run", "a.json", "--out"}));
    CHECK_FALSE(asked({"plan", "a.json", "--out", "there"}));
    CHECK_FALSE(asked({}));
    CHECK(parse({"run", "a.json", "--out", "there"}).options->out_given);
    CHECK_FALSE(parse({"run", "a.json"}).options->out_given);
}

TEST_CASE("help prints the man page or a script for a shell, not both") {
    CHECK(parse({"help", "--man"}).text.starts_with(".TH GAMEDAY 1"));
    CHECK(parse({"help", "--completion", "bash"}).text.ends_with("complete -F _gameday gameday\n"));
    CHECK(parse({"help", "--completion", "zsh"}).text.starts_with("#compdef gameday\n"));
    CHECK(parse({"help", "--man", "--completion", "zsh"}).exit_code == 64);
    CHECK(parse({"help", "--completion", "fish"}).exit_code == 64);
}

}  // namespace options_test
