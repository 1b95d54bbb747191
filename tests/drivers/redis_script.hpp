// RedisScript: a server whose answers to commands are written by the test, byte by byte.
#pragma once

#include "tests/drivers/raw_server.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gameday::test {

using RedisWords = std::vector<std::string>;

// Reads commands off a connection.
class RedisTalk {
 public:
    explicit RedisTalk(RawConnection& connection) : connection_(connection) {}
    // The words of the next command; none when the client has ended the connection.
    RedisWords next();

 private:
    bool read_line(std::string& line);
    RawConnection& connection_;
    std::string held_;
};

// Answers as RESP has them.
std::string redis_text(std::string_view text);
std::string redis_list(const RedisWords& texts);
std::string redis_role(std::string_view role);

class RedisScript {
 public:
    // What is answered to a command. Those that a new connection begins with are answered as a
    // master without a user or an address does, where `answer` says "".
    using Answer = std::function<std::string(const RedisWords&)>;

    explicit RedisScript(Answer answer, const std::string& address = "127.0.0.1");

    [[nodiscard]] Endpoint endpoint() const { return server_.endpoint(); }
    [[nodiscard]] int accepted() const { return server_.accepted(); }
    // How many commands of that name came.
    [[nodiscard]] int heard(std::string_view name) const;

 private:
    void serve(RawConnection& connection);

    Answer answer_;
    mutable std::mutex mutex_;
    std::vector<std::string> names_;
    RawServer server_;
};

// A text that a test changes while its servers read it.
class SharedText {
 public:
    void set(std::string text) {
        const std::lock_guard lock(mutex_);
        text_ = std::move(text);
    }
    [[nodiscard]] std::string get() const {
        const std::lock_guard lock(mutex_);
        return text_;
    }

 private:
    mutable std::mutex mutex_;
    std::string text_;
};

// The same bytes to every command that is no part of the beginning.
RedisScript::Answer always_redis(std::string bytes);

}  // namespace gameday::test
