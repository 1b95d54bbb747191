// One TCP connection from near to far, by sockets of our own: a slow machine has no time for
// programs.
#pragma once

#include "tests/injectors/two_hosts.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace gameday::test {

// Standing once constructed, else it throws; nothing may wait longer than a minute.
class Stream {
 public:
    Stream(const TwoHosts& hosts, std::uint16_t port);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream();

    // Sends all of it, and the end; from any thread.
    void write_near(const std::string& bytes) const;
    // All that comes until the end.
    [[nodiscard]] std::string read_far() const;

 private:
    int near_ = -1, far_ = -1;
};

// The same for the same length.
std::string random_bytes(std::size_t count);

}  // namespace gameday::test
