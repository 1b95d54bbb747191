// Extras: what a proxy may be told beyond Toxiproxy, the member "gameday" of its JSON, as a value.
// Toxiproxy passes unknown members over, so a config file that has it works there as well. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/proxy_server/api/go_json.hpp"
#include "injectors/proxy_server/names.hpp"
#include "injectors/proxy_server/toxics/toxic.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gameday::proxy_server {

// Bytes per second in each direction, shared by all proxies of the group.
struct GroupRate {
    std::string group;
    std::int64_t rate = 0;
    bool operator==(const GroupRate&) const = default;
};

struct Extras {
    bool drain = false;                  // accepts nobody any more; the connections there are go on
    bool keep_connections = false;       // another upstream is for new connections only
    std::vector<http::Fault> http{};     // from the next request on
    std::optional<tls::Settings> tls{};  // of connections still to come; without what they name
    Protocol protocol = Protocol::tcp;
    unsigned socket_mode = 0600;  // of the file of a Unix socket
    bool connect_first = false;   // refuses while the upstream refuses
    std::optional<GroupRate> budget{};
    bool refusal_is_reset = false;  // clients of an upstream that refuses get RST, not FIN
    bool operator==(const Extras&) const = default;
};

// `extras` with the keys of the member instead of those so far; a key that is null is at its
// default again, and a member that is null or absent changes nothing. Unlike Toxiproxy's own
// members, keys are read as they are written, and one that is unknown is refused. Fails with
// `invalid` and what may be written: "gameday.drain: want true or false, got number".
Result<Extras> read_extras(const GoJson& member, Extras extras);

// What a reset takes off.
void take_off_faults(Extras& extras);

// The keys that are not at their default, as members of a JSON object: `"drain":true`; "" when all
// are.
std::string extras_json(const Extras& extras);

}  // namespace gameday::proxy_server
