// RedisPlan: what a scenario says about commands and connections, compiled once. Pure.
#pragma once

#include "harness/drivers/common/server_names.hpp"
#include "harness/drivers/common/tls_spec.hpp"
#include "harness/drivers/redis/command.hpp"
#include "harness/model/params.hpp"
#include "harness/model/topology.hpp"
#include "harness/ports/status.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {

// What an answer without an error says of a write, where commands differ in it.
struct RedisManner {
    enum class Says : std::uint8_t { done, not_done, unclear };
    Says nil = Says::not_done;  // SET … NX; but GETSET: done
    Says zero = Says::done;     // or less. HSET: done; SETNX: not done
    bool is_script = false;     // it may have written before an error
};
RedisManner manner_of(const RedisCommand& command);

struct RedisLogin {
    std::string user, password;
};
// How a client is let in.
struct RedisAccess {
    RedisLogin login;
    TlsSpec tls;
};
// AUTH as bytes; "" without a password.
std::string login_bytes(const RedisLogin& login);

// What is asked first on a new connection, in one go.
struct RedisSetup {
    enum class Step : std::uint8_t { login, database, role, address, replica_reads };
    std::string bytes;
    std::vector<Step> steps;
};

struct RedisPlan {
    enum class ServedBy : std::uint8_t { address, connection, nobody };
    RedisCommand read, write;
    RedisManner manner;          // of the write
    std::string wait;            // the command behind each write, as bytes; "" = none
    std::uint64_t replicas = 0;  // that it waits for
    RedisSetup setup;
    bool check_role = true;
    ServedBy served_by = ServedBy::address;
    ServerNames servers;
    std::vector<Endpoint> sentinels;
    std::string ask_sentinel;     // the question as bytes …
    bool sentinel_login = false;  // … and AUTH before it
    TlsSpec tls;                  // of connections to servers and sentinels
    bool cluster = false;
};

extern const std::span<const ParamSpec> redis_params, redis_health_params, redis_role_params;

// What a route asks unless it says so.
extern const std::string_view redis_health_command, redis_primary_command;

// Compiles the object `redis` of a load. `invalid` with all wrong fields, one a line.
Result<RedisPlan> compile_redis(const Params& params, const Topology& topology);

// How the object `redis` of a load lets in; nobody logs in by an object that is wrong.
RedisAccess redis_access(const Params& params);

struct RedisQuestion {
    StatusSubject subject = StatusSubject::health;
    bool asks_role = false;  // health by ROLE: good is who is master
    TlsSpec tls;
    std::string bytes;               // all that is sent
    std::vector<std::string> names;  // of the commands that are sent, one answer each
};

// `invalid` with all wrong parameters, one "<field>: message" a line. `otherwise` lets in where the
// question names nobody, or no TLS.
Result<RedisQuestion> compile_redis_question(const StatusQuestion& question,
                                             const RedisAccess& otherwise);

}  // namespace gameday::drivers
