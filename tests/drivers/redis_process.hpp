// RedisProcess: a real server, or a sentinel, of this machine, on a free port of 127.0.0.1.
#pragma once

#include "harness/model/topology.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace gameday::test {

// Why there can be none here; "" when there can.
std::string redis_is_missing();

class RedisProcess {
 public:
    // Arguments as in its configuration: {"--replicaof", "127.0.0.1 7000"}.
    explicit RedisProcess(const std::vector<std::string>& arguments = {});
    // A sentinel of one master, which alone decides.
    static RedisProcess sentinel(const std::string& name, const Endpoint& master);
    ~RedisProcess();
    RedisProcess(const RedisProcess&) = delete;
    RedisProcess& operator=(const RedisProcess&) = delete;

    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
    void kill();
    void signal(int number) const;
    // One command, asked on a connection of its own: the first bytes of the answer, "" for none.
    [[nodiscard]] std::string ask(const std::string& command) const;
    // Until the answer to the command has that text, for some seconds at most.
    [[nodiscard]] bool wait_for(const std::string& command, const std::string& text) const;

 private:
    struct AsSentinel {};
    RedisProcess(AsSentinel, const std::string& name, const Endpoint& master);
    void spawn(const std::vector<std::string>& argv);

    std::filesystem::path folder_;
    Endpoint endpoint_;
    pid_t pid_ = -1;
};

}  // namespace gameday::test
