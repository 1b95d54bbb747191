// Typed makers of the proxy device's actions. Pure; fault kinds include this and nothing else of
// the proxy.
//
// A hop is one Link with a `listen` endpoint. Each (fault, link) pair has at most one rule; rules
// of several faults on one link compose: delays add, the smallest rate wins, any cut wins.
#pragma once

#include "harness/base/time.hpp"
#include "harness/ports/device.hpp"
#include "injectors/devices/proxy/http/fault.hpp"
#include "injectors/devices/proxy/http/fault_params.hpp"  // for kinds about requests
#include "injectors/devices/proxy/storm.hpp"
#include "injectors/devices/proxy/tls/fault.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace gameday::devices::proxy {

// As actions and the parameter `via` name it.
inline constexpr std::string_view device_name = "proxy";

// Seen from the dialler of the link: `to` = bytes towards the target, `from` = bytes back.
enum class Direction : std::uint8_t { both, to, from };

enum class Cut : std::uint8_t {
    none,
    blackhole,   // packets get no answer and are sent again after healing; where the proxy may
                 // not filter packets, `hold`
    reset,       // live connections get RST, new ones are accepted and reset
    refuse,      // the listener closes: new connections are refused; live ones stay
    half_close,  // FIN in the direction given, the other direction goes on
    hold,        // bytes are taken and wait for the healing; new connections are accepted and wait
};

enum class Scope : std::uint8_t { all, fresh, established };  // which connections the rule meets

struct Rule {
    Cut cut = Cut::none;
    Direction direction = Direction::both;
    Scope scope = Scope::all;
    Duration delay{};                   // added to each chunk in the direction(s)
    Duration jitter{};                  // uniform, delay ± jitter, order kept
    std::int64_t rate = 0;              // bytes per second in the direction(s), 0 = no limit
    Duration end_delay{};               // added to FIN, and to ends that other faults make
    Storm storm{};                      // of a reset: how many of the live connections, how fast
    std::optional<http::Fault> http{};  // what becomes of HTTP requests, whatever the direction
    std::optional<tls::Fault> tls{};    // what becomes of handshakes of TLS

    // What toxics ask for, in the direction(s). No action carries it.
    double share = 1;            // of connections that meet it at all, drawn for each
    std::uint64_t draw = 0;      // the seed of these draws: the same connections for the same seed
    std::int64_t own_rate = 0;   // bytes per second of each connection on its own, 0 = no limit
    std::int64_t slice = 0;      // chunks are cut into pieces of about so many bytes …
    std::int64_t variation = 0;  // … give or take so many, …
    Duration gap{};              // … with so much time between them; 0 = not cut
    std::int64_t limit = -1;     // the connection is closed after so many bytes; -1 = never
    double loss = 0;             // of the packets, where the proxy may filter them
    bool stall = false;          // bytes wait until it is healed; connections are made
    bool discard = false;  // bytes vanish; a connection that met it is closed when it is healed
    std::optional<Duration> close_after{};  // of the rule, or of accepting if later
    std::optional<Duration> reset_after{};  // of the first bytes or FIN that way: all is lost
    bool operator==(const Rule&) const = default;
};

// "proxy set <link> …": puts the rule of this fault on the link named.
Action set(std::string_view link, const Rule& rule);
// "proxy clear <link>": takes the rule of this fault off; fine when there is none.
Action clear(std::string_view link);
// The rule that `set` carried. Fails with `invalid` on an action of another making.
Result<Rule> rule_of(const Action& action);

}  // namespace gameday::devices::proxy
