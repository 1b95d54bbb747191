// Changes: random control calls of the API, the same for the same seed. Gentle proxies get faults
// that lose nothing for good; rough ones get all there are, and are disabled, moved and replaced as
// well.
#pragma once

#include "injectors/proxy_server/api/api.hpp"
#include "tests/stress/traffic.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gameday::stress {

class Changes {
 public:
    // Opens the proxies, every other one of them gentle, before the servers: proxy i before those
    // of group i modulo the number of groups.
    Changes(std::size_t proxies, std::vector<std::vector<Address>> servers,
            proxy_server::DataPlane& plane, std::uint64_t seed);

    void step();   // one change
    void reset();  // all enabled, no faults
    void close();  // deletes all proxies
    [[nodiscard]] const std::vector<Door>& doors() const { return doors_; }
    [[nodiscard]] std::uint64_t made() const { return made_; }  // that were answered with 2xx
    struct Call {
        double seconds = 0;
        std::string what;
    };
    [[nodiscard]] const Call& slowest() const { return slowest_; }
    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
    using Attributes = std::string;

    int call(const std::string& method, const std::string& target, const std::string& body = {});
    void add_toxic(std::size_t proxy);
    void update_toxic(std::size_t proxy);
    void remove_toxic(std::size_t proxy);
    void disturb(std::size_t proxy);
    void populate(std::size_t proxy);
    void extend(std::size_t proxy);
    void change_two(std::size_t proxy);
    [[nodiscard]] std::string toxic(std::size_t proxy);
    [[nodiscard]] std::string name(std::size_t proxy) const;
    std::string upstream(std::size_t proxy);
    std::string attributes(const std::string& type);
    const proxy_server::Toxic* some_toxic(std::size_t proxy);

    const std::vector<std::vector<Address>> servers_;
    proxy_server::DataPlane& plane_;
    proxy_server::ProxyTable book_;
    Random random_;
    std::vector<Door> doors_;
    std::uint64_t made_ = 0;
    Call slowest_;
    std::vector<std::string> problems_;
};

}  // namespace gameday::stress
