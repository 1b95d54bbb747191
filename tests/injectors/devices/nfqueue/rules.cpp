#include "tests/injectors/devices/nfqueue/rules.hpp"
#include "harness/ports/device.hpp"
#include "tests/support/kinds.hpp"

namespace gameday::test {

std::unique_ptr<Device> an_nfqueue() { return devices::nfqueue_kind.make({nullptr, "/run/x", 1}); }

devices::nfqueue::Rule leaving(const TwoHosts& hosts) {
    devices::nfqueue::Rule rule;
    rule.host = hosts.near();
    kernel::Flow flow;
    flow.side = kernel::Side::egress;
    flow.peers = {"10.99.0.2", "fd99::2"};
    flow.protocol = kernel::Protocol::udp;
    rule.flows = {flow};
    return rule;
}

devices::nfqueue::Rule arriving(const TwoHosts& hosts) {
    devices::nfqueue::Rule rule = leaving(hosts);
    rule.host = hosts.far();
    rule.flows[0].side = kernel::Side::ingress;
    rule.flows[0].peers = {"10.99.0.1", "fd99::1"};
    return rule;
}

}  // namespace gameday::test
