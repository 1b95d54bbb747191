// Packets of our own on a way that a fault is about: whether they come back, and how late.
#pragma once

#include "harness/base/time.hpp"
#include "injectors/kernel/host/host.hpp"
#include "injectors/kernel/nft/flow.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace gameday::kernel {

// From a host to another one: echo requests, or, with a port, connections of TCP.
struct Path {
    std::string own, peer;  // addresses; own "": as the host chooses
    std::uint16_t port = 0;
    bool operator==(const Path&) const = default;
};

// Those of the flows on which somebody can be expected to answer: the first single address of each
// family; of flows of TCP the first port of the peer. None for UDP, for ports of our own, for
// prefixes, for what is spared and for flows of everything. Pure.
std::vector<Path> paths_of(const std::vector<Flow>& flows);
std::string path_text(const Path& path);  // "10.0.0.1 → 10.0.0.2", "→ 10.0.0.2 port 5432"

struct Answers {
    int sent = 0, answered = 0;
    Duration median{};  // until the answer, of those answered
    bool operator==(const Answers&) const = default;
};
std::string answers_text(
    const Answers& answers);  // "50 us", "50 us (3 of 5 answered)", "none of 5 answered"

// Sends `count` requests, 20 ms apart, and waits for at most `patience` after the last one. A
// connection that is refused is an answer. Nothing when stopped before that, or when the host is
// gone or does not let us (CAP_NET_RAW). Blocks; any thread.
std::optional<Answers> probe(const Host& host, const Path& path, int count, Duration patience,
                             const std::stop_token& stop);

}  // namespace gameday::kernel
