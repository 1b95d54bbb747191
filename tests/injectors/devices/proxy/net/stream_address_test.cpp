// Which endpoints are addresses already, and how addresses are written.
#include "injectors/devices/proxy/net/stream_address.hpp"

#include "tests/support/catch.hpp"

namespace stream_address_test {

using namespace gameday;
using namespace gameday::devices::proxy;

namespace {

std::string text_at(const Endpoint& endpoint) {
    const auto address = address_of(endpoint);
    return address ? text_of(*address) : "none";
}

}  // namespace

TEST_CASE("numbers and paths are addresses, names and paths that are too long are not") {
    CHECK(text_at({"127.0.0.1", 80}) == "127.0.0.1:80");
    CHECK(text_at({"::1", 80}) == "[::1]:80");
    CHECK(text_at({"unix:/tmp/s", 0}) == "unix:/tmp/s");
    CHECK(text_at({"localhost", 80}) == "none");
    CHECK(text_at({"", 0}) == "none");
    CHECK(text_at({"unix:" + std::string(unix_path_max() + 1, 'x'), 0}) == "none");
}

}  // namespace stream_address_test
