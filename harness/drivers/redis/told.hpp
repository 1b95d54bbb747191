// What the answers of a Redis server mean. Pure: README.md has the table.
#pragma once

#include "harness/drivers/redis/plan.hpp"
#include "harness/drivers/redis/reply.hpp"
#include "harness/model/topology.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/status.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gameday::drivers {

// Whose answer it is.
struct RedisAsked {
    Verb verb = Verb::read;
    bool foreign_values = false;  // as in ClientContext
    RedisManner manner;           // of a write
    std::uint64_t replicas = 0;   // that WAIT, behind a write, was to wait for
};

// What the answer to an operation means, and behind it that to WAIT. `words` holds the text of its
// detail. A write that is done is ok only with the second answer.
Reply read_redis(std::span<const RedisReply> replies, const RedisAsked& asked, std::string& words);

// Whether the answer says for certain that a write was not done.
bool is_refusal(const RedisReply& reply, const RedisAsked& asked);

// Whether an error is about the server, whatever is asked of it: another one may be the master.
bool is_about_server(const RedisReply& reply);

// "MOVED 3999 127.0.0.1:6381" or "ASK …". The address is "" where it is that of the server itself.
struct RedisRedirect {
    bool asking = false;
    std::string address;
    std::uint16_t port = 0;
};
std::optional<RedisRedirect> read_redis_redirect(const RedisReply& reply);

// Why the answer to ROLE forbids writes; "" when it is a master's.
std::string role_refusal(const RedisReply& reply);

// The server's own address in the answer to CLIENT INFO; "" when it tells none.
std::string_view own_address(const RedisReply& reply);

// Where the master is, as a sentinel says. `failed` with its words when it does not know.
Result<Endpoint> read_master(const RedisReply& reply);

// What the answers to a question of status mean.
NodeStatus read_redis_status(std::span<const RedisReply> replies, const RedisQuestion& question,
                             std::string& words);

}  // namespace gameday::drivers
