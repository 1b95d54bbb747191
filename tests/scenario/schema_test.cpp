// The published JSON Schema and the parser say the same: neither knows a key that the other does
// not.
#include "harness/scenario/schema_check.hpp"

#include "harness/base/random.hpp"
#include "harness/json/json.hpp"
#include "harness/scenario/schedule.hpp"
#include "tests/scenario/fake_catalog.hpp"
#include "tests/scenario/files.hpp"
#include "tests/support/catch.hpp"

#include <set>
#include <string>
#include <string_view>

namespace gameday {
namespace {

const Value& schema() {
    static const Value tree = *json::parse(scenario::schema_text());
    return tree;
}

// All pointers of properties below a schema node, list positions as "*".
void collect(const Value& node, const std::string& pointer, std::set<std::string>& keys) {
    if (const Value* reference = node.find("$ref")) {
        const std::string& name = *reference->as<std::string>();
        const auto slash = name.rfind('/');
        collect(*schema().find("definitions")->find(name.substr(slash + 1)), pointer, keys);
    }
    for (const char* several : {"anyOf", "allOf"}) {
        if (const Value* list = node.find(several)) {
            for (const auto& each : *list->as<List>()) collect(each, pointer, keys);
        }
    }
    for (const char* branch : {"then", "else"}) {
        if (const Value* each = node.find(branch)) collect(*each, pointer, keys);
    }
    if (const Value* items = node.find("items")) collect(*items, pointer + "/*", keys);
    if (const Value* properties = node.find("properties")) {
        for (const auto& [name, each] : *properties->as<Params>()) {
            keys.insert(pointer + "/" + name);
            collect(each, pointer + "/" + name, keys);
        }
    }
}

// A parameter of some kind of probe, written from the catalogue.
bool of_a_probe(std::string_view key) {
    constexpr std::string_view probes = "/probes/*/";
    if (!key.starts_with(probes)) return false;
    const auto name = key.substr(probes.size());
    return name != "probe" && name != "name" && name != "interval" && name != "timeout";
}

std::set<std::string> keys_of_schema() {
    std::set<std::string> keys;
    collect(schema(), "", keys);
    std::set<std::string> result;
    for (const auto& key : keys) {
        if (key.starts_with("/$")) continue;             // the program's own
        if (key.starts_with("/load/http/")) continue;    // of the driver
        if (key.starts_with("/load/*/http/")) continue;  // of the driver
        if (key.starts_with("/load/etcd")) continue;     // of one that is not in the fake catalogue
        if (key.starts_with("/load/*/etcd")) continue;   // the same
        if (key.find("_expect/") != key.npos) continue;  // of the driver
        if (of_a_probe(key)) continue;                   // of the probe: tests/style/kinds.py
        const bool one_load = key.starts_with("/load/") && !key.starts_with("/load/*");
        result.insert(one_load ? "/load/*" + key.substr(5) : key);
    }
    return result;
}

std::set<std::string> keys_of_parser() {
    std::set<std::string> keys;
    for (const auto& path : test::files("good", ".json")) {
        const auto result = scenario::parse(test::read(path), fakes::options());
        REQUIRE(result.parsed.has_value());
        for (const auto& key : result.parsed->keys) {
            if (key.starts_with("/$")) continue;
            // Parameters of the fakes' faults, looked at one by one.
            static const std::set<std::string> of_kinds{"region", "style",  "nodes", "node",
                                                        "delay",  "of",     "on",    "off",
                                                        "groups", "inject", "heal",  "direction"};
            if (key.starts_with("/faults/*/") && of_kinds.contains(key.substr(10))) continue;
            keys.insert(key);
        }
    }
    return keys;
}

TEST_CASE("the schema has every key that the parser knows, and no other") {
    const auto of_schema = keys_of_schema();
    const auto of_parser = keys_of_parser();
    for (const auto& key : of_parser) {
        INFO(key);
        CHECK(of_schema.contains(key));
    }
    for (const auto& key : of_schema) {
        INFO(key);
        CHECK(of_parser.contains(key));
    }
}

TEST_CASE("every part of the schema has a description") {
    const std::string text(scenario::schema_text());
    for (const auto& [name, each] : *schema().find("definitions")->as<Params>()) {
        INFO(name);
        const Value* properties = each.find("properties");
        if (properties == nullptr) continue;
        for (const auto& [key, property] : *properties->as<Params>()) {
            INFO(key);
            CHECK((property.find("description") != nullptr || property.find("$ref") != nullptr));
        }
    }
}

TEST_CASE("the schema alone refuses what it must") {
    const auto refused = [](std::string_view text) {
        return !scenario::check_schema(*json::parse(text)).empty();
    };
    CHECK(refused(R"({"name":"a"})"));
    CHECK(refused(R"({"name":"a","system":{"launch":"regions"},"hold":5})"));
    CHECK(refused(R"({"name":"a","system":{"launch":"regions"},"hold":"5"})"));
    CHECK(refused(R"({"name":"a","system":{"launch":"regions"},"colour":"red"})"));
    CHECK(refused(R"({"name":"a","system":{"regions":[{"name":"us"}]}})"));
    CHECK(refused(R"({"name":"a","system":{"launch":"regions"},"load":{"writes":50}})"));
    CHECK_FALSE(refused(R"({"name":"a","system":{"launch":"regions","any":1},"x-note":[]})"));
}

TEST_CASE("the schema alone refuses a slip in a parameter of a policy or a probe") {
    const auto refused = [](std::string_view part) {
        const auto text = R"({"name":"a","system":{"launch":"regions"},)" + std::string(part) + "}";
        return !scenario::check_schema(*json::parse(text)).empty();
    };
    const auto route = [&](const std::string& text) {
        return refused(R"("load":{"rate_per_s":1,"timeout":"1s","route":)" + text + "}");
    };
    CHECK_FALSE(route(R"({"policy":"weighted","weights":{"us":1},"x-why":"even"})"));
    CHECK_FALSE(route(R"({"policy":"failover","order":["us"],"check_interval":"1s"})"));
    CHECK_FALSE(route(R"("direct")"));
    CHECK_FALSE(route(R"("${POLICY}")"));
    CHECK(route(R"("weigthed")"));
    CHECK(route(R"({"policy":"weigthed"})"));
    CHECK(route(R"({"policy":"weighted","weigths":{"us":1}})"));
    CHECK(route(R"({"policy":"weighted","weights":{"us":"1"}})"));
    CHECK_FALSE(refused(R"("probes":[{"probe":"role","path":"/up","term":"/t","x-why":1}])"));
    CHECK_FALSE(refused(R"("probes":[{"probe":"replication_lag","load":"a"}])"));
    CHECK(refused(R"("probes":[{"probe":"role","pth":"/up"}])"));
    CHECK(refused(R"("probes":[{"probe":"role","path":null}])"));
}

// The n-th value of a tree, counted depth first; null when there are fewer.
Value* nth(Value& tree, std::uint64_t& n) {
    if (n-- == 0) return &tree;
    if (auto* list = tree.as<List>()) {
        for (auto& each : *list) {
            if (Value* found = nth(each, n)) return found;
        }
    } else if (auto* object = tree.as<Params>()) {
        for (auto& [name, each] : *object) {
            if (Value* found = nth(each, n)) return found;
        }
    }
    return nullptr;
}

TEST_CASE("a good file with parts replaced at random is refused or can be scheduled") {
    const std::vector<Value> junk{Value(),
                                  Value(true),
                                  Value(-1),
                                  Value(0),
                                  Value(1e300),
                                  Value("0s"),
                                  Value("10m"),
                                  Value(""),
                                  Value("us"),
                                  Value("${HOST}"),
                                  Value("@primary"),
                                  Value(List()),
                                  Value(Params()),
                                  Value(List{Value(1)}),
                                  Value(Params{{"fault", "latency"}}),
                                  Value("9999999999h"),
                                  Value(std::int64_t{1} << 40)};
    const auto good = *json::parse(test::read(std::string(GAMEDAY_TEST_DIR) + "/good/long.json"));
    Random random(1, "mutations");
    int accepted = 0;
    for (int i = 0; i < 2000; ++i) {
        Value tree = good;
        for (std::uint64_t changes = 1 + random.below(2); changes > 0; --changes) {
            std::uint64_t place = 1 + random.below(220);
            if (Value* found = nth(tree, place)) *found = junk[random.below(junk.size())];
        }
        const auto text = json::print(tree);
        INFO(text);
        const auto result = scenario::parse(text, fakes::options());
        CHECK(result.parsed.has_value() == result.errors.empty());
        if (!result.parsed) continue;
        ++accepted;
        CHECK(scenario::schedule(result.parsed->scenario, fakes::catalog()).has_value());
    }
    CHECK(accepted > 20);  // some places may hold anything, such as headers and titles
}

}  // namespace
}  // namespace gameday
