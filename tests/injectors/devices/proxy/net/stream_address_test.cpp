// Which endpoints are addresses already, and how addresses are written.
#include "injectors/devices/proxy/net/stream_address.hpp"

#include "tests/support/catch.hpp"

namespace stream_address_test {

using namespace gameday;
using namespace gameday::devices::proxy;

namespace {

std::string shown(const Endpoint& endpoint) {
    const auto address = address_of(endpoint);
    return address ? text_of(*address) : "none";
}

}  // namespace

TEST_CASE("numbers and paths are addresses, names and paths that are too long are not") {
    CHECK(shown({"127.0.0.1", 80}) == "127.0.0.1:80");
    CHECK(shown({"::1", 80}) == "[::1]:80");
    CHECK(shown({"unix:/tmp/s", 0}) == "unix:/tmp/s");
    CHECK(shown({"localhost", 80}) == "none");
    CHECK(shown({"", 0}) == "none");
    CHECK(shown({"unix:" + std::string(unix_path_max() + 1, 'x'), 0}) == "none");
}

}  // namespace stream_address_test
