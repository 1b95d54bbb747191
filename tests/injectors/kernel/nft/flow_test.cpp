#include "injectors/kernel/nft/flow.hpp"
#include "injectors/kernel/host/host.hpp"
#include "tests/support/catch.hpp"

namespace flow_test {

using namespace gameday;
using namespace gameday::kernel;

namespace {

std::string wrong(const Params& members) {
    const auto flow = flow_of(Value(members));
    return flow ? std::string("no error") : flow.error().message;
}

std::string prefix_of(std::string_view text) {
    const auto prefix = parse_prefix(text);
    return prefix ? prefix_text(*prefix) : prefix.error().message;
}

std::string host_of(std::string_view text) {
    const auto host = parse_host(text);
    return host ? host_text(*host) : host.error().message;
}

}  // namespace

TEST_CASE("every flow comes back whole from the value that carries it") {
    Flow flow;
    flow.peers = {"10.0.0.1", "fd00::/64"};
    CHECK((flow_of(value_of(flow)) == flow));
    flow.side = Side::egress;
    flow.own = {"10.0.0.2"};
    flow.spare = {"10.0.0.3/32"};
    flow.protocol = Protocol::udp;
    flow.own_ports = {53, 65535};
    flow.peer_ports = {1};
    CHECK((flow_of(value_of(flow)) == flow));
    Flow all;
    all.everything = true;
    CHECK((flow_of(value_of(all)) == all));
}

TEST_CASE("a flow that says too little, or what does not go together, is refused") {
    CHECK(wrong({}) == "peers: want addresses, or say that everything is meant");
    CHECK(wrong({{"peers", List{"10.0.0.1"}}, {"everything", true}}) ==
          "peers: want no peers where everything is meant");
    CHECK(wrong({{"peers", List{"10.0.0"}}}) ==
          "peers: \"10.0.0\" is no address, write \"10.0.0.7\", \"10.0.0.0/8\" or \"fd00::/64\"");
    CHECK(wrong({{"peers", List{"10.0.0.1"}}, {"own_ports", List{80}}}) ==
          "protocol: want tcp or udp, which have ports");
    CHECK(wrong({{"everything", true}, {"protocol", "tcp"}, {"own_ports", List{70000}}}) ==
          "own_ports: want ports from 1 to 65535");
    CHECK(wrong({{"everything", true}, {"side", "up"}}) == "side: want ingress or egress");
    CHECK(wrong({{"everything", true}, {"pears", List{}}}).find("pears: want one of") == 0);
    CHECK_FALSE(flow_of(Value("x")).has_value());
}

TEST_CASE("prefixes lose the bits behind their length") {
    CHECK(prefix_of("10.0.0.7") == "10.0.0.7");
    CHECK(prefix_of("10.1.2.3/8") == "10.0.0.0/8");
    CHECK(prefix_of("10.1.2.3/15") == "10.0.0.0/15");
    CHECK(prefix_of("0.0.0.0/0") == "0.0.0.0/0");
    CHECK(prefix_of("fd00::1/128") == "fd00::1");
    CHECK(prefix_of("fd00::ffff/120") == "fd00::ff00/120");
    for (const char* bad : {"", "x", "10.0.0.1/33", "fd00::/129", "10.0.0.1/", "10.0.0.1/x",
                            "10.0.0.1/-1", "10.0.0.1/8/8"}) {
        INFO(bad);
        CHECK_FALSE(parse_prefix(bad).has_value());
    }
}

TEST_CASE("hosts are local, named namespaces or processes, and containers by their pid") {
    CHECK(host_of("local") == "local");
    CHECK(host_of("netns:blue-1") == "netns:blue-1");
    CHECK(host_of("pid:42") == "pid:42");
    CHECK(host_of("docker:web").find("{{.State.Pid}} web` prints") != std::string::npos);
    for (const char* bad :
         {"", "netns:", "netns:../x", "pid:", "pid:0", "pid:-1", "pid:1x", "ssh:h"}) {
        INFO(bad);
        CHECK_FALSE(parse_host(bad).has_value());
    }
}

}  // namespace flow_test
