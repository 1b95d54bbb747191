// RedisReply: one answer of a server that speaks RESP2, and RedisReader: bytes in, answers out.
//
// hiredis finds where texts and lists end. The answers are built here, flat: a list that announces
// two thousand million items costs nothing until they come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;

namespace gameday::drivers {

struct RedisReply {
    enum class Type : std::uint8_t { nil, text, integer, error, list };
    struct Item {
        Type type = Type::nil;
        std::int64_t integer = 0;
        std::size_t begin = 0;  // where its text begins in `bytes`
        std::size_t size = 0;   // of its text; of a list: how many items it has
    };
    std::vector<Item> items;  // the answer itself, and behind each list what it holds
    std::string bytes;

    [[nodiscard]] Type type() const { return items.front().type; }
    [[nodiscard]] bool is_error() const { return type() == Type::error; }
    // Of a text or an error; "" of anything else, and where there is no such item.
    [[nodiscard]] std::string_view text(std::size_t item = 0) const;
    // Whether it is or holds something of that type.
    [[nodiscard]] bool holds(Type type) const;
    void clear();
};

class RedisReader {
 public:
    enum class State : std::uint8_t { more, whole, wrong };
    static constexpr std::size_t reply_max = std::size_t{1} << 20U;

    RedisReader();
    ~RedisReader();
    RedisReader(const RedisReader&) = delete;
    RedisReader& operator=(const RedisReader&) = delete;

    void put(std::string_view bytes);
    // The next answer of the bytes so far. After `wrong` there is none any more.
    State next(RedisReply& reply);
    // Whether no byte stands behind the last answer.
    [[nodiscard]] bool is_empty() const;
    // Whether a byte of the next answer has come.
    [[nodiscard]] bool is_begun() const { return since_ > 0; }
    [[nodiscard]] std::string problem() const;

 private:
    redisReader* reader_;
    RedisReply building_;
    std::size_t since_ = 0;  // bytes behind the last whole answer
};

}  // namespace gameday::drivers
