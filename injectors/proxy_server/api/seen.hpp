// What has been seen of a proxy's connections: counts of all, and records of the last ones. Values.
#pragma once

#include "injectors/proxy_server/names.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gameday::proxy_server {

struct ProxyCounts {
    std::size_t open = 0;        // connections now; UDP: sessions
    std::uint64_t accepted = 0;  // all so far
    EndCounts ended{};           // how those that are over have ended
    // How often each toxic has met something, by name, those that are gone included; nothing where
    // that cannot be counted: the kernel refuses.
    std::map<std::string, std::optional<std::int64_t>> toxics;
    std::map<std::string, std::int64_t> http;  // the same of HTTP faults: "http[0]"
    std::uint64_t not_http = 0;  // connections that met them and turned out not to be HTTP/1

    void add(const ProxyCounts& other);
    bool operator==(const ProxyCounts&) const = default;
};

// A record with the names of the faults that met the connection, as they stand in the API.
struct SeenConnection {
    ConnectionRecord record;
    std::vector<std::string> faults;
    bool operator==(const SeenConnection&) const = default;
};

}  // namespace gameday::proxy_server
