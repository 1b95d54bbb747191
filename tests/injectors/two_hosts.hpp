// Two hosts, network namespaces of our own, with a wire (veth) between them; gone with the object.
#pragma once

#include <sys/types.h>
#include <string>

namespace gameday::test {

// `near` has 10.99.0.1 and fd99::1, `far` has 10.99.0.2 and fd99::2; the interface is "wire" in
// both. They are namespaces of two idle processes, so no name is taken on the machine.
class TwoHosts {
 public:
    TwoHosts();
    TwoHosts(const TwoHosts&) = delete;
    TwoHosts& operator=(const TwoHosts&) = delete;
    ~TwoHosts();

    // Whether this machine lets us; else the reason.
    static std::string missing();

    [[nodiscard]] std::string near() const;  // "pid:N"
    [[nodiscard]] std::string far() const;
    // The process of `far` ends, and with it the namespace when nobody else holds it.
    void end_far();
    // Runs a shell command on a host to its end; its exit status.
    int at_near(const std::string& command) const;
    int at_far(const std::string& command) const;
    // What the command prints.
    std::string said_near(const std::string& command) const;
    std::string said_far(const std::string& command) const;

 private:
    pid_t near_ = 0, far_ = 0;
};

// Whether this machine does not let us have two hosts; then that has been said, and under CI it is
// a failure.
bool unable();

}  // namespace gameday::test
