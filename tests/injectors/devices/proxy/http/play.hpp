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

// For fuzzing: any bytes are a choice of faults, a script and its splits. False when the split
// changes what comes out, or when without faults the bytes are not those that went in.
bool holds_for(const std::uint8_t* data, std::size_t size);

}  // namespace gameday::testing
