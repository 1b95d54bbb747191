// The config file of `gameday proxy`: any text opens the proxies that it lists, or is refused with
// a text that says what to write.
#include "injectors/proxy_server/api/config.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"

namespace gameday::fuzz {

void try_config(std::string_view text) {
    testing::FakePlane plane = plane_with_taken_address();
    const auto book = proxy_server::open_config(std::string(text), plane);
    if (!book) {
        const auto& [code, message] = book.error();
        demand(code == ErrorCode::invalid || code == ErrorCode::refused, "what kind of error it is",
               message);
        demand(message.ends_with(proxy_server::config_example) && message.front() != '{',
               "the error shows an example", message);
        demand(code == ErrorCode::refused || plane.open_proxies.empty(),
               "what is no list of proxies opens none", message);
        return;
    }
    demand_order(*book);
    demand_agreement(*book, plane);
    // The planted defect: a proxy whose upstream has a 9 is closed again, and the book does not
    // know.
    for (const auto& [name, proxy] : *book) {
        if (is_planted() && proxy.upstream.size() > 16) plane.close(name);
    }
    demand_agreement(*book, plane);
}

}  // namespace gameday::fuzz
