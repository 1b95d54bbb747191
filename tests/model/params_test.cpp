// ParamReader: types, defaults and the refusal of what nobody asked for; rates; nearest names.
#include "harness/model/params.hpp"

#include "tests/support/catch.hpp"

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace gameday {
namespace {

using namespace std::chrono_literals;

constexpr std::array<ParamSpec, 9> specs{{
    {"delay", ParamType::duration, "20ms", "added to each chunk"},
    {"style", ParamType::choice, "reset", "how", false, "reset|crash"},
    {"share", ParamType::share, "0.5", "of the traffic"},
    {"count", ParamType::count, "3", "how often"},
    {"rate", ParamType::rate, "", "limit"},
    {"wait", ParamType::flag, "true", "for the end"},
    {"node", ParamType::name, "", "whose", true},
    {"nodes", ParamType::names, "", "several"},
    {"groups", ParamType::groups, "", "sides"},
}};

std::string errors(const Params& params) {
    ParamReader reader(params, specs);
    (void)reader.duration("delay");  // read for their checks, here and below
    (void)reader.text("style");
    (void)reader.share("share");
    (void)reader.count("count");
    (void)reader.rate("rate");
    (void)reader.flag("wait");
    (void)reader.text("node");
    (void)reader.names("nodes");
    (void)reader.groups("groups");
    const auto done = reader.finish();
    return done ? "" : done.error().message;
}

TEST_CASE("absent parameters have the default of their table") {
    const Params params{{"node", "a"}};
    ParamReader reader(params, specs);
    CHECK(reader.duration("delay") == 20ms);
    CHECK(reader.text("style") == "reset");
    CHECK(reader.share("share") == 0.5);
    CHECK(reader.count("count") == 3);
    CHECK(reader.rate("rate") == 0);
    CHECK(reader.flag("wait"));
    CHECK(reader.names("nodes").empty());
    CHECK_FALSE(reader.has("nodes"));
    CHECK(reader.finish().has_value());
}

TEST_CASE("one name may stand for a list, and one text for a group") {
    const Params params{{"node", "a"}, {"nodes", "b"}, {"groups", List{"x", List{"y", "z"}}}};
    ParamReader reader(params, specs);
    CHECK(reader.names("nodes") == std::vector<std::string>{"b"});
    CHECK(reader.groups("groups") == std::vector<std::vector<std::string>>{{"x"}, {"y", "z"}});
}

TEST_CASE("each wrong parameter is told, with what to write") {
    CHECK(errors({{"node", "a"}}).empty());
    CHECK(errors({}) == "node: is missing: whose");
    CHECK(errors({{"node", "a"}, {"delay", 5}}) == "delay: 5 has no unit, write \"5s\" or \"5ms\"");
    CHECK(errors({{"node", "a"}, {"rate", 5}}) ==
          "rate: 5 has no unit, write for example \"5Mbit\"");
    CHECK(errors({{"node", "a"}, {"style", "crush"}}) ==
          "style: \"crush\" is not one of reset, crash");
    CHECK(errors({{"node", "a"}, {"share", 2}}) == "share: 2 is not a share, write 0 to 1");
    CHECK(errors({{"node", "a"}, {"count", -1}}) ==
          "count: is not a count, write a whole number, 0 or more");
    CHECK(errors({{"node", 5}}) == "node: 5 is a number, write a text: \"5\"");
    CHECK(errors({{"node", "a"}, {"groups", "x"}}).starts_with("groups: is not a list of groups"));
    CHECK(errors({{"node", "a"}, {"dealy", "1s"}}) ==
          "dealy: is not known here, did you mean \"delay\"?");
    CHECK(errors({{"node", "a"}, {"x-note", 1}, {"$comment", 2}}).empty());
    CHECK(errors({{"delay", List()}, {"wait", "no"}}) ==
          "delay: is a list, write a duration such as \"200ms\"\n"
          "node: is missing: whose\n"
          "wait: is a string, write true or false");
}

TEST_CASE("a rate is bytes per second; bits count in thousands") {
    CHECK(*parse_rate("20Mbit") == 2'500'000);
    CHECK(*parse_rate("64KiB") == 65'536);
    CHECK(*parse_rate("1.5MB") == 1'500'000);
    CHECK(*parse_rate("8bit") == 1);
    for (const char* text :
         {"", "20", "20 Mbit", "-1MB", "Mbit", "20mbit", "nanMB", "infMB", "1e300GB"}) {
        INFO(text);
        CHECK(parse_rate(text).has_error());
    }
}

TEST_CASE("the nearest name is the one with the fewest slips, and none when all are far") {
    constexpr std::array<std::string_view, 3> known{"latency", "loss", "partition"};
    CHECK(nearest("latecny", known) == "latency");
    CHECK(nearest("los", known) == "loss");
    CHECK(nearest("partitoin", known) == "partition");
    CHECK(nearest("bandwidth", known).empty());
    CHECK(nearest("", known).empty());
}

TEST_CASE("numbers have names, and what is no number is told") {
    constexpr std::array<ParamSpec, 1> table{{{"weights", ParamType::numbers, "", "by region"}}};
    const Params good{{"weights", Params{{"eu", 2}, {"us", 0.5}}}};
    ParamReader reader(good, table);
    CHECK(reader.numbers("weights") == std::map<std::string, double>{{"eu", 2}, {"us", 0.5}});
    CHECK(reader.finish().has_value());
    const Params wrong{{"weights", Params{{"eu", true}}}};
    ParamReader refusing(wrong, table);
    CHECK(refusing.numbers("weights").empty());
    CHECK(refusing.finish().error().message.find("weights: holds ") == 0);
}

TEST_CASE("a word that is not known is told with the nearest, or with all that are") {
    const std::vector<std::string> known{"us-east", "eu-west"};
    CHECK(not_known("us-eats", "region", known) ==
          "\"us-eats\" is no region, did you mean \"us-east\"?");
    CHECK(not_known("us", "region", known) == "\"us\" is no region; known are us-east, eu-west");
    CHECK(not_known("us", "region", std::vector<std::string>()) ==
          "\"us\" is no region, there is none");
}

}  // namespace
}  // namespace gameday
