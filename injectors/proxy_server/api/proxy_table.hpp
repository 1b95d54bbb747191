// ProxyTable: the proxies and their toxics as values, in the order in which they are shown. Pure;
// what carries the bytes is told by the functions of api.hpp.
#pragma once

#include "injectors/proxy_server/api/lease.hpp"
#include "injectors/proxy_server/api/proxy.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::proxy_server {

// The proxies by name, and the leases of changes to them.
struct ProxyTable : std::map<std::string, Proxy> {
    Leases leases;
};

Proxy* find_proxy(ProxyTable& book, const std::string& name);  // null when there is none
Toxic* find_toxic(Proxy& proxy, std::string_view name);        // the same
// Puts the toxic behind those of its stream.
Toxic& add_toxic(Proxy& proxy, Toxic toxic);

// JSON in Toxiproxy's order of members: {"name", "listen", "upstream", "enabled", "toxics"} and
// {"attributes", "name", "type", "stream", "toxicity"}. A proxy with extras has "gameday" as well,
// and while it drains, there, how many connections are left; so has a toxic with a remark.
std::string proxy_json(const Proxy& proxy, std::size_t connections = 0);
std::string toxic_json(const Toxic& toxic);
std::string toxics_json(const std::vector<Toxic>& toxics);
std::string text_json(const std::string& text);  // a string, quoted and escaped

}  // namespace gameday::proxy_server
