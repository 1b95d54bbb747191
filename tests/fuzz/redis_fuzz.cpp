// What a Redis server may answer: any bytes, in pieces. The first byte of the input is the length
// of the pieces (0 = all at once), the second says who asked for what. What is read is held against
// a parser of RESP2 as its page describes it, and what it means against the table of README.md.
#include "harness/drivers/redis/command.hpp"
#include "harness/drivers/redis/plan.hpp"
#include "harness/drivers/redis/reply.hpp"
#include "harness/drivers/redis/told.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::fuzz {
namespace {

using drivers::RedisAsked;
using drivers::RedisReader;
using drivers::RedisReply;
using State = RedisReader::State;
using Type = RedisReply::Type;

// As a server would send it. `item`: where to begin; behind the last one of it when it is done.
std::string printed(const RedisReply& reply, std::size_t& item) {
    const RedisReply::Item& here = reply.items.at(item);
    const std::string text(reply.text(item++));
    switch (here.type) {
        case Type::nil: return "$-1\r\n";
        case Type::integer: return ":" + std::to_string(here.integer) + "\r\n";
        case Type::error: return "-" + text + "\r\n";
        case Type::text: return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
        case Type::list: break;
    }
    std::string list = "*" + std::to_string(here.size) + "\r\n";
    for (std::size_t i = 0; i < here.size; ++i) list += printed(reply, item);
    return list;
}

std::string printed(const RedisReply& reply) {
    std::size_t item = 0;
    std::string text = printed(reply, item);
    demand(item == reply.items.size(), "an answer has no more than its lists say", text);
    return text;
}

struct ReadAnswers {
    std::vector<RedisReply> replies;
    State state = State::more;
    bool empty = true;  // nothing stands behind the last one
};

ReadAnswers by_reader(std::string_view bytes, std::size_t piece) {
    ReadAnswers read;
    RedisReader reader;
    while (read.state != State::wrong && !bytes.empty()) {
        const auto next = bytes.substr(0, piece == 0 ? bytes.size() : piece);
        bytes.remove_prefix(next.size());
        reader.put(next);
        RedisReply reply;
        while ((read.state = reader.next(reply)) == State::whole) read.replies.push_back(reply);
    }
    read.empty = reader.is_empty();
    return read;
}

// The same by the page of the protocol, in one piece.
class PlainParser {
 public:
    explicit PlainParser(std::string_view bytes) : bytes_(bytes) {}

    // The next answer as it is printed; nothing when there is none, and `state` says why.
    std::optional<std::string> next() { return value(0); }
    State state = State::more;
    bool too_deep = false;  // how deep is a matter of the library

 private:
    std::optional<std::string> wrong() {
        state = State::wrong;
        return std::nullopt;
    }
    std::optional<std::string_view> line() {
        const auto end = bytes_.find("\r\n", at_);
        if (end == bytes_.npos) return std::nullopt;
        const auto text = bytes_.substr(at_, end - at_);
        at_ = end + 2;
        return text;
    }
    static std::optional<std::int64_t> number(std::string_view text) {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
        return std::to_string(value) == text ? std::optional(value) : std::nullopt;
    }

    std::optional<std::string> value(std::size_t depth) {
        if (at_ >= bytes_.size()) return std::nullopt;
        const char type = bytes_[at_++];
        if (std::string_view("+-:$*").find(type) == std::string_view::npos) return wrong();
        constexpr std::size_t depth_max = 7;
        if (type == '*' && depth > depth_max) {
            too_deep = true;
            return wrong();
        }
        const auto text = line();
        if (!text) return std::nullopt;
        if (type == '+') {
            return "$" + std::to_string(text->size()) + "\r\n" + std::string(*text) + "\r\n";
        }
        if (type == '-') return "-" + std::string(*text) + "\r\n";
        const auto count = number(*text);
        if (!count) return wrong();
        if (type == ':') return ":" + std::string(*text) + "\r\n";
        if (*count < -1) return wrong();
        if (*count == -1) return "$-1\r\n";
        return type == '$' ? counted(static_cast<std::uint64_t>(*count))
                           : list(static_cast<std::uint64_t>(*count), depth);
    }

    std::optional<std::string> counted(std::uint64_t size) {
        if (bytes_.size() - at_ < 2 || bytes_.size() - at_ - 2 < size) return std::nullopt;
        if (bytes_.substr(at_ + size, 2) != "\r\n") return wrong();
        std::string text = "$" + std::to_string(size) + "\r\n";
        text += bytes_.substr(at_, size + 2);
        at_ += size + 2;
        return text;
    }

    std::optional<std::string> list(std::uint64_t count, std::size_t depth) {
        if (count > std::numeric_limits<int>::max()) return wrong();
        std::string text = "*" + std::to_string(count) + "\r\n";
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto inner = value(depth + 1);
            if (!inner) return std::nullopt;
            text += *inner;
        }
        return text;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

void demand_as_described(std::string_view bytes, const ReadAnswers& read) {
    PlainParser parser(bytes);
    std::size_t count = 0;
    for (auto each = parser.next(); each; each = parser.next()) {
        demand(count < read.replies.size(), "every answer that is there is read", bytes);
        demand(printed(read.replies[count]) == *each, "it is read as what it is", bytes);
        ++count;
    }
    demand(count == read.replies.size() || parser.too_deep, "nothing else is read", bytes);
    demand(parser.state == read.state || parser.too_deep, "what is wrong is found", bytes);
}

// Cut anywhere it is not there yet, and whole it is what it was.
void demand_whole_or_nothing(const RedisReply& reply, std::size_t cut) {
    const std::string text = printed(reply);
    const auto part = by_reader(std::string_view(text).substr(0, cut % text.size()), 0);
    demand(part.replies.empty() && part.state == State::more, "a part is no answer", text);
    const auto again = by_reader(text, 0);
    demand(again.replies.size() == 1 && again.empty, "what is printed is one answer", text);
    demand(printed(again.replies[0]) == text, "it is the one that was printed", text);
}

// README.md: after these a write was not done, whatever was asked for; after the others, unless it
// was a script.
constexpr std::array<std::string_view, 10> always_certain{
    "READONLY", "LOADING", "MASTERDOWN", "NOAUTH", "WRONGPASS",
    "DENIED",   "MOVED",   "ASK",        "BUSY",   "NOSCRIPT"};
constexpr std::array<std::string_view, 10> certain_of_commands{
    "CROSSSLOT",   "MISCONF",  "NOREPLICAS", "NOPERM",    "OOM",
    "CLUSTERDOWN", "TRYAGAIN", "EXECABORT",  "WRONGTYPE", "ERR"};

bool may_be_certain(std::string_view error, bool is_script) {
    const auto code = error.substr(0, error.find(' '));
    const auto among = [code](const auto& codes) {
        return std::find(codes.begin(), codes.end(), code) != codes.end();
    };
    return among(always_certain) || (!is_script && among(certain_of_commands));
}

void demand_good_write(const Reply& reply, std::span<const RedisReply> replies,
                       const RedisAsked& asked) {
    const RedisReply& first = replies[0];
    const bool has_error = first.holds(Type::error);
    demand(reply.value == 0 && !reply.says_absent, "a write reads nothing");
    demand((reply.outcome == Outcome::failed) == drivers::is_refusal(first, asked),
           "a write has failed where it was refused, and only there");
    if (reply.outcome == Outcome::ok) {
        demand(!has_error, "an error is no success");
        demand(first.type() != Type::list || !first.holds(Type::nil), "nor is a list with nothing");
        const bool waited = asked.replicas > 0;
        demand(
            !waited || (replies[1].type() == Type::integer && replies[1].items[0].integer >= 0 &&
                        static_cast<std::uint64_t>(replies[1].items[0].integer) >= asked.replicas),
            "a write is done when its replicas have it");
    }
    if (reply.outcome != Outcome::failed) return;
    demand(!first.is_error() || may_be_certain(first.text(), asked.manner.is_script),
           "an error that tells nothing is no refusal", first.text());
    demand(first.type() != Type::text && first.type() != Type::list, "nor is what was done");
    demand(!asked.manner.is_script || first.is_error(), "a script that ended is not refused");
}

void demand_good_read(const Reply& reply, const RedisReply& first, const RedisAsked& asked) {
    demand(reply.outcome != Outcome::unknown, "a read is never unknown");
    demand(reply.says_absent == (first.type() == Type::nil), "nil, and nothing else, is absent");
    if (reply.outcome != Outcome::ok || reply.says_absent) return;
    demand(first.type() == Type::text || first.type() == Type::integer, "a value is one value");
    if (asked.foreign_values && reply.value == foreign_value) return;
    std::string text = first.type() == Type::integer ? std::to_string(first.items[0].integer)
                                                     : std::string(first.text());
    text.erase(0, text.find_first_not_of(" \t\r\n"));
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    const auto digits = std::min(text.find_first_not_of('0'), text.size() - 1);
    demand(text.substr(digits) == std::to_string(reply.value),
           "a value is the number that stands there", text);
}

void demand_good_reply(std::span<const RedisReply> replies, const RedisAsked& asked) {
    std::string words;
    Reply reply = drivers::read_redis(replies, asked, words);
    // The planted defect: a list is taken for a success, whatever stands in it.
    if (is_planted() && asked.verb == Verb::write && replies[0].type() == Type::list) {
        reply.outcome = Outcome::ok;
        reply.cause = Cause::none;
        reply.detail = {};
    }
    demand((reply.outcome == Outcome::ok) == (reply.cause == Cause::none), "only ok has no cause");
    demand((reply.outcome == Outcome::ok) == reply.detail.empty(), "what is not ok says why");
    demand(reply.version == 0, "redis tells no version");
    if (asked.verb == Verb::read) return demand_good_read(reply, replies[0], asked);
    demand_good_write(reply, replies, asked);
}

void demand_good_redirect(const RedisReply& reply, const RedisAsked& asked) {
    const auto redirect = drivers::read_redis_redirect(reply);
    if (!redirect) return;
    const auto text = reply.text();
    demand(reply.is_error() && text.starts_with(redirect->asking ? "ASK " : "MOVED "),
           "a redirect is an error of that name", text);
    demand(drivers::is_refusal(reply, asked), "who leads on has done nothing", text);
    demand(redirect->port != 0, "a redirect has a port", text);
    RedisReply again;
    again.bytes = (redirect->asking ? "ASK 1 " : "MOVED 1 ") + redirect->address + ":" +
                  std::to_string(redirect->port);
    again.items.push_back({Type::error, 0, 0, again.bytes.size()});
    const auto same = drivers::read_redis_redirect(again);
    demand(same && same->asking == redirect->asking && same->address == redirect->address &&
               same->port == redirect->port,
           "a redirect is read as it is written", again.bytes);
}

void demand_good_status(std::span<const RedisReply> replies) {
    std::string words;
    drivers::RedisQuestion health;
    health.names = {"PING"};
    auto status = drivers::read_redis_status(replies.first(1), health, words);
    demand(status.good == !replies[0].is_error(), "an error, and nothing else, is no health");
    health.asks_role = true;
    status = drivers::read_redis_status(replies.first(1), health, words);
    demand(status.good == (replies[0].type() == Type::list && replies[0].text(1) == "master"),
           "only a master is the primary");
    if (replies.size() < 2) return;
    drivers::RedisQuestion role;
    role.subject = StatusSubject::role;
    role.names = {"ROLE", "INFO"};
    status = drivers::read_redis_status(replies.first(2), role, words);
    demand(status.good == (status.role != Role::unknown), "a good answer tells the role");
    demand(status.good == words.empty(), "one that is not good says why");
    demand(!status.lag || (status.role == Role::replica && *status.lag >= Duration::zero()),
           "only a replica is behind");
    demand(status.term == 0, "redis has no term");
}

// What is asked on a new connection, and of a sentinel.
void demand_good_setup(const RedisReply& reply) {
    const bool is_master = reply.type() == Type::list && reply.text(1) == "master";
    demand(drivers::role_refusal(reply).empty() == is_master, "only a master takes writes");
    const auto address = drivers::own_address(reply);
    demand(address.find_first_of(" \r\n") == address.npos, "an address is one word", address);
    demand(address.empty() || reply.type() == Type::text, "only a text tells an address", address);
    const auto master = drivers::read_master(reply);
    demand(!master || (master->port != 0 && !master->address.empty()), "a master has an address");
    demand(!master || reply.type() == Type::list, "a sentinel tells it in a list");
}

// Writes whose answers differ in what they mean.
const drivers::RedisManner& manner_of_number(std::size_t number) {
    static const auto manners = [] {
        std::vector<drivers::RedisManner> all;
        for (const char* text : {"SET k v", "SET k v NX", "SETNX k v", "GETSET k v", "EVAL s 1 k v",
                                 "ZADD k GT 1 v", "HSET k f v", "FCALL f 1 k v"}) {
            all.push_back(drivers::manner_of(drivers::RedisCommand(*drivers::split_command(text))));
        }
        return all;
    }();
    return manners[number % manners.size()];
}

}  // namespace

void try_redis(std::string_view input) {
    if (input.size() < 2) return;
    const std::size_t piece = static_cast<unsigned char>(input[0]);
    const auto how = static_cast<unsigned char>(input[1]);
    const auto bytes = input.substr(2);
    const ReadAnswers read = by_reader(bytes, 0);
    demand_as_described(bytes, read);
    if (piece != 0) {
        const ReadAnswers slow = by_reader(bytes, piece);
        demand(slow.state == read.state && slow.replies.size() == read.replies.size(),
               "pieces make no difference", bytes);
        for (std::size_t i = 0; i < read.replies.size(); ++i) {
            demand(printed(slow.replies[i]) == printed(read.replies[i]),
                   "pieces make no difference", bytes);
        }
    }
    if (read.replies.empty()) return;
    const std::span<const RedisReply> replies(read.replies);
    demand_whole_or_nothing(replies[0], piece * 256 + how);
    RedisAsked asked{how % 2 == 0 ? Verb::write : Verb::read, (how & 2U) != 0,
                     manner_of_number(how / 4U), how / 32U};
    if (asked.verb == Verb::read || replies.size() < 2) asked.replicas = 0;
    demand_good_reply(replies, asked);
    demand_good_redirect(replies[0], asked);
    demand_good_status(replies);
    demand_good_setup(replies[0]);
}

}  // namespace gameday::fuzz
