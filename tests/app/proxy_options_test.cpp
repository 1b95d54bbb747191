#include "harness/app/proxy_options.hpp"

#include "harness/app/options.hpp"
#include "tests/support/catch.hpp"

#include <vector>

namespace proxy_options_test {

using namespace gameday;
using app::ProxyOptions;

namespace {

app::ParsedOptions parse(std::vector<const char*> words) {
    words.insert(words.begin(), {"gameday", "proxy"});
    return app::parse_options(static_cast<int>(words.size()), words.data());
}

ProxyOptions read(const std::vector<const char*>& words) {
    const auto parsed = parse(words);
    INFO(parsed.text);
    REQUIRE(parsed.options);
    CHECK(parsed.options->command == "proxy");
    return parsed.options->proxy;
}

ProxyOptions wanted(const std::string& verb, void (*change)(ProxyOptions&)) {
    ProxyOptions options;
    options.verb = verb;
    change(options);
    return options;
}

}  // namespace

TEST_CASE("gameday proxy alone serves, with the flags of toxiproxy-server, one dash or two") {
    CHECK(read({}) == ProxyOptions{});
    const auto all = wanted("serve", [](ProxyOptions& options) {
        options.host = "127.0.0.2";
        options.port = 1;
        options.config = "c.json";
        options.seed = 7;
        options.threads = 2;
        options.metrics = true;
    });
    CHECK(read({"-host", "127.0.0.2", "-port=1", "-config", "c.json", "-seed", "7", "-threads", "2",
                "-proxy-metrics", "-runtime-metrics"}) == all);
    CHECK(read({"serve", "--host", "127.0.0.2", "--port", "1", "--config=c.json", "--seed", "7",
                "--threads=2", "--metrics"}) == all);
}

TEST_CASE("commands to a server are those of toxiproxy-cli") {
    CHECK(read({"list"}).verb == "list");
    CHECK(read({"ls", "--url", "http://x:1"}).url == "http://x:1");
    CHECK(read({"create", "-l", "a:1", "-u", "b:2", "db"}) ==
          wanted("create", [](ProxyOptions& options) {
              options.name = "db";
              options.listen = "a:1";
              options.upstream = "b:2";
          }));
    CHECK(read({"connections"}).name.empty());
    CHECK(read({"connections", "--open", "--limit", "7", "db"}) ==
          wanted("connections", [](ProxyOptions& options) {
              options.name = "db";
              options.open_only = true;
              options.limit = 7;
          }));
    CHECK(read({"change", "--lease", "30s", "-"}) == wanted("change", [](ProxyOptions& options) {
              options.file = "-";
              options.lease = "30s";
          }));
    CHECK(read({"lease", "renew", "4"}) ==
          wanted("lease renew", [](ProxyOptions& options) { options.name = "4"; }));
    CHECK(read({"lease", "ls"}).verb == "lease list");
    for (const char* verb : {"inspect", "toggle", "delete"}) {
        CHECK(read({verb, "db"}).verb == verb);
        CHECK(read({verb, "db"}).name == "db");
    }
    CHECK(read({"toxic", "add", "--upstream", "--type=latency", "--toxicName=slow",
                "--attribute=latency=1", "-a", "jitter=5", "--toxicity=0.5", "db"}) ==
          wanted("toxic add", [](ProxyOptions& options) {
              options.name = "db";
              options.type = "latency";
              options.toxic = "slow";
              options.toxicity = 0.5;
              options.attributes = {"latency=1", "jitter=5"};
              options.is_upstream = true;
          }));
    CHECK(read({"t", "u", "-n", "slow", "-tox", "1", "db"}) ==
          wanted("toxic update", [](ProxyOptions& options) {
              options.name = "db";
              options.toxic = "slow";
              options.toxicity = 1;
          }));
    CHECK(read({"toxic", "delete", "-n", "slow", "db"}).verb == "toxic remove");
}

TEST_CASE("wrong usage of gameday proxy exits with 64 and says what is wrong") {
    for (const std::vector<const char*>& words :
         {std::vector<const char*>{"fly"},
          {"--port", "70000"},
          {"create", "db"},
          {"create", "-l", "a:1", "db"},
          {"inspect"},
          {"toxic"},
          {"toxic", "add", "db"},
          {"toxic", "add", "-t", "noop", "-u", "-d", "db"},
          {"toxic", "add", "-t", "noop", "--toxicity", "1.5", "db"},
          {"toxic", "update", "db"}}) {
        const auto parsed = parse(words);
        CHECK_FALSE(parsed.options);
        CHECK(parsed.exit_code == 64);
        CHECK_FALSE(parsed.text.empty());
    }
    CHECK(parse({"--help"}).text.find("gameday proxy create") != std::string::npos);
}

TEST_CASE("only long options get their second dash") {
    const std::vector<std::string> given{"proxy", "-host", "x", "-l", "a:1", "--seed", "-5", "-"};
    const std::vector<std::string> expected{"proxy", "--host", "x",  "-l",
                                            "a:1",   "--seed", "-5", "-"};
    CHECK(app::with_double_dashes(given) == expected);
}

}  // namespace proxy_options_test
