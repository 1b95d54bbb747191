// Plays what a client and an upstream say to the machine of HTTP faults, in pieces of any size, and
// notes what it makes of it.
#pragma once

#include "injectors/devices/proxy/http/exchanges.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gameday::testing {

namespace http = devices::proxy::http;

struct Said {
    enum class Who : std::uint8_t { client, upstream, client_ends, upstream_ends } who;
    std::string text{};
};
inline Said client(std::string text) { return {Said::Who::client, std::move(text)}; }
inline Said upstream(std::string text) { return {Said::Who::upstream, std::move(text)}; }

// How much of what is left to say is said next; more than 0.
using Split = std::function<std::size_t(std::size_t left)>;
inline std::size_t whole(std::size_t left) { return left; }
inline std::size_t byte_by_byte(std::size_t) { return 1; }
Split random_splits(std::uint64_t seed);

// The faults, numbered from 1, armed with that seed.
http::ArmedFaults arm(const std::vector<http::Fault>& faults, std::uint64_t seed = 1);

// Everything, with pieces that only a split told apart put together.
http::Pieces play(const http::ArmedFaults& faults, const std::vector<Said>& script,
                  const Split& split, bool midway = false);

// All bytes of the pieces.
std::string bytes_of(const std::vector<http::Piece>& pieces);

// For fuzzing: any bytes are a choice of faults, a seed of the splits, and a script. The first byte
// is the choice, the second the seed; of the rest, 0x01 changes the speaker and 0x02 ends the one
// who speaks. At last both have ended.
struct Drawn {
    unsigned choice = 0;
    std::uint64_t seed = 0;
    std::vector<Said> script;
    std::string asked, answered;  // all that the client says, and the upstream
};
Drawn drawn_from(const std::uint8_t* data, std::size_t size);

// Faults of all sorts: each bit of a choice is one of these.
enum Sort : unsigned {
    answers = 1,  // every second request
    delays = 2,
    delays_within = 4,
    truncates = 8,  // on /a*
    paces = 16,
    replaces = 32,  // ETag
    garbles = 64,   // Content-Length
};
std::vector<http::Fault> some_faults(unsigned choice);

// False when the drawn split does not make `at_once`, what comes of the script in whole pieces, or
// when without faults the bytes are not those that went in.
bool holds_for(const Drawn& drawn, const http::Pieces& at_once);
bool holds_for(const std::uint8_t* data, std::size_t size);

}  // namespace gameday::testing
