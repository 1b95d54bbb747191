#include "injectors/devices/nfqueue/actions.hpp"

#include "harness/json/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

namespace actions_test {

using namespace gameday;
using namespace gameday::devices;
using namespace std::chrono_literals;

namespace {

nfqueue::Rule some_rule() {
    nfqueue::Rule rule;
    rule.host = "netns:one";
    kernel::Flow flow;
    flow.side = kernel::Side::egress;
    flow.peers = {"10.0.0.2", "fd00::2"};
    flow.protocol = kernel::Protocol::udp;
    flow.peer_ports = {9};
    rule.flows = {flow};
    rule.impairment.delay = 50ms;
    rule.impairment.loss.share = 0.1;
    rule.lease = 3s;
    return rule;
}

}  // namespace

TEST_CASE("nfqueue: a rule comes back whole from its action, also by way of the journal's text") {
    const nfqueue::Rule wanted = some_rule();
    Action action = nfqueue::set(wanted);
    CHECK(nfqueue::rule_of(action).value() == wanted);
    auto read = json::parse(json::print(Value(action.args)));
    REQUIRE(read.has_value());
    action.args = *read->as<Params>();
    CHECK(nfqueue::rule_of(action).value() == wanted);
}

TEST_CASE("nfqueue: an action of another making is refused, and the field is named") {
    const auto message = [](Action action) { return nfqueue::rule_of(action).error().message; };
    CHECK(message(nfqueue::clear("local")).find("want \"nfqueue set\"") != std::string::npos);
    Action action = nfqueue::set(some_rule());
    action.args["host"] = Value("mars");
    CHECK(message(action).find("host") != std::string::npos);
    action = nfqueue::set(some_rule());
    action.args["lease"] = Value("0s");
    CHECK(message(action) == "nfqueue set: lease: want a duration of 300ms or more");
    action.args.erase("lease");
    action.args["flows"] = Value(List{});
    CHECK(message(action) == "nfqueue set: flows: want at least one flow");
    action = nfqueue::set(some_rule());
    action.args["more"] = Value(1);
    CHECK(message(action).find("more: want one of") != std::string::npos);
}

TEST_CASE("nfqueue: what is not offered is refused, with what to do instead") {
    nfqueue::Rule rule = some_rule();
    CHECK(nfqueue::offered(rule));
    rule.impairment.duplicate = 0.1;
    rule.impairment.corrupt = 0.1;
    rule.impairment.reorder = 0.1;
    rule.impairment.rate = 1000;
    CHECK(nfqueue::offered(rule));
    rule.flows[0].side = kernel::Side::ingress;
    CHECK(nfqueue::offered(rule).error().code == ErrorCode::unsupported);
    rule = some_rule();
    rule.impairment.ecn = true;
    CHECK(nfqueue::offered(rule).error().message.find("ecn") != std::string::npos);
    rule = some_rule();
    rule.impairment.slot.emplace();
    CHECK(nfqueue::offered(rule).error().message.find("slot") != std::string::npos);
}

}  // namespace actions_test
