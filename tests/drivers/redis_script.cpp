#include "tests/drivers/redis_script.hpp"

#include <algorithm>
#include <utility>

namespace gameday::test {
namespace {

std::string usual_answer(const std::string& name) {
    if (name == "ROLE") return redis_role("master");
    if (name == "CLIENT") return "-ERR Unknown subcommand\r\n";
    if (name == "AUTH" || name == "SELECT" || name == "READONLY" || name == "ASKING") {
        return "+OK\r\n";
    }
    return "-ERR unknown command\r\n";
}

}  // namespace

bool RedisTalk::read_line(std::string& line) {
    for (;;) {
        if (const auto end = held_.find("\r\n"); end != held_.npos) {
            line = held_.substr(0, end);
            held_.erase(0, end + 2);
            return true;
        }
        const std::string some = connection_.read_some();
        if (some.empty()) return false;
        held_ += some;
    }
}

RedisWords RedisTalk::next() {
    std::string line;
    if (!read_line(line)) return {};
    const auto count = std::stoul(line.substr(1));
    RedisWords words;
    while (words.size() < count) {
        if (!read_line(line)) return {};
        const auto size = std::stoul(line.substr(1)) + 2;
        while (held_.size() < size) {
            const std::string some = connection_.read_some();
            if (some.empty()) return {};
            held_ += some;
        }
        words.push_back(held_.substr(0, size - 2));
        held_.erase(0, size);
    }
    return words;
}

std::string redis_text(std::string_view text) {
    return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

std::string redis_list(const RedisWords& texts) {
    std::string list = "*" + std::to_string(texts.size()) + "\r\n";
    for (const auto& text : texts) list += redis_text(text);
    return list;
}

std::string redis_role(std::string_view role) {
    if (role == "master") return "*3\r\n" + redis_text(role) + ":3129659\r\n*0\r\n";
    return "*5\r\n" + redis_text(role) + redis_text("127.0.0.1") + ":6379\r\n" +
           redis_text("connected") + ":3167038\r\n";
}

RedisScript::RedisScript(Answer answer, const std::string& address)
    : answer_(std::move(answer)),
      server_([this](RawConnection& connection) { serve(connection); }, address) {}

void RedisScript::serve(RawConnection& connection) {
    RedisTalk talk(connection);
    for (;;) {
        const RedisWords words = talk.next();
        if (words.empty()) return;
        {
            const std::lock_guard lock(mutex_);
            names_.push_back(words[0]);
        }
        const std::string given = answer_(words);
        connection.send(given.empty() ? usual_answer(words[0]) : given);
    }
}

int RedisScript::heard(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(std::count(names_.begin(), names_.end(), name));
}

RedisScript::Answer always_redis(std::string bytes) {
    return [bytes = std::move(bytes)](const RedisWords& words) {
        static const RedisWords beginning{"ROLE", "CLIENT", "AUTH", "SELECT", "READONLY", "ASKING"};
        const bool begins =
            std::find(beginning.begin(), beginning.end(), words[0]) != beginning.end();
        return begins ? std::string() : bytes;
    };
}

}  // namespace gameday::test
