// What the tests of the nfqueue device begin with.
#pragma once

#include "injectors/devices/nfqueue/actions.hpp"
#include "tests/injectors/two_hosts.hpp"

#include <memory>

namespace gameday::test {

std::unique_ptr<Device> an_nfqueue();

// What near says to far by UDP, as it leaves; the impairment is for the test to add.
devices::nfqueue::Rule leaving(const TwoHosts& hosts);
// The same as it arrives.
devices::nfqueue::Rule arriving(const TwoHosts& hosts);

}  // namespace gameday::test
