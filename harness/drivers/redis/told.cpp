#include "harness/drivers/redis/told.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace gameday::drivers {
namespace {

using ReplyType = RedisReply::Type;

constexpr std::size_t words_shown = 200;
constexpr std::size_t value_shown = 60;

// Errors before a single command is carried out. What may come from within a script is not among
// those that count for one.
struct ErrorCodeRow {
    std::string_view code;
    bool before_scripts = false;
};
constexpr std::array<ErrorCodeRow, 20> refusals{{
    {"READONLY", true},    {"LOADING", true},    {"MASTERDOWN", true}, {"NOAUTH", true},
    {"WRONGPASS", true},   {"DENIED", true},     {"MOVED", true},      {"ASK", true},
    {"BUSY", true},        {"NOSCRIPT", true},   {"CROSSSLOT", false}, {"MISCONF", false},
    {"NOREPLICAS", false}, {"NOPERM", false},    {"OOM", false},       {"CLUSTERDOWN", false},
    {"TRYAGAIN", false},   {"EXECABORT", false}, {"WRONGTYPE", false}, {"ERR", false},
}};
// In an ERR of a proxy, which may have passed the command on.
constexpr std::array<std::string_view, 6> proxy_words{"onn",   "imeout", "imed out",
                                                      " pipe", "route",  "backend"};

std::string_view code_of(std::string_view error) { return error.substr(0, error.find(' ')); }

bool is_refusing_error(std::string_view error, bool is_script) {
    const auto code = code_of(error);
    const auto* row = std::find_if(refusals.begin(), refusals.end(),
                                   [code](const ErrorCodeRow& each) { return each.code == code; });
    if (row == refusals.end() || (is_script && !row->before_scripts)) return false;
    return code != "ERR" ||
           std::none_of(proxy_words.begin(), proxy_words.end(),
                        [error](std::string_view each) { return error.find(each) != error.npos; });
}

std::string shown(std::string_view text, std::size_t most = words_shown) {
    return std::string(text.substr(0, most));
}

std::string words_of_error(std::string_view error) {
    return error.empty() ? "an error without a text" : shown(error);
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    text = trimmed(text);
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

struct Judged {
    Outcome outcome = Outcome::ok;
    Cause cause = Cause::none;
};

// What a manner says of an answer that is no error.
Judged by_manner(RedisManner::Says says, std::string_view answer, std::string& words) {
    switch (says) {
        case RedisManner::Says::done: return {};
        case RedisManner::Says::not_done:
            words = fmt::format("the answer is {}: not done", answer);
            return {Outcome::failed, Cause::rejected};
        case RedisManner::Says::unclear: break;
    }
    words = fmt::format("the answer is {}, which does not tell whether it was done", answer);
    return {Outcome::unknown, Cause::unexpected};
}

Judged judge_write(const RedisReply& reply, const RedisManner& manner, std::string& words) {
    switch (reply.type()) {
        case ReplyType::error: {
            words = words_of_error(reply.text());
            if (is_refusing_error(reply.text(), manner.is_script)) {
                return {Outcome::failed, Cause::rejected};
            }
            return {Outcome::unknown, Cause::server_error};
        }
        case ReplyType::nil: return by_manner(manner.nil, "nil", words);
        case ReplyType::integer: {
            const auto number = reply.items.front().integer;
            return number > 0 ? Judged{} : by_manner(manner.zero, std::to_string(number), words);
        }
        case ReplyType::text: return {};
        case ReplyType::list: break;
    }
    for (std::size_t i = 1; i < reply.items.size(); ++i) {
        if (reply.items[i].type == ReplyType::error) {
            words = fmt::format("a list with an error: {}", shown(reply.text(i)));
            return {Outcome::unknown, Cause::server_error};
        }
    }
    if (!reply.holds(ReplyType::nil)) return {};
    words = "a list with nil, which does not tell what was done";
    return {Outcome::unknown, Cause::unexpected};
}

Judged judge_wait(const RedisReply& reply, std::uint64_t replicas, std::string& words) {
    if (reply.type() == ReplyType::integer) {
        const auto reached = reply.items.front().integer;
        if (reached >= 0 && static_cast<std::uint64_t>(reached) >= replicas) return {};
        words = fmt::format("WAIT: {} of {} replicas", reached, replicas);
        return {Outcome::unknown, Cause::server_error};
    }
    if (reply.is_error()) {
        words = fmt::format("WAIT: {}", shown(reply.text()));
        return {Outcome::unknown, Cause::server_error};
    }
    words = "WAIT: the answer is no number";
    return {Outcome::unknown, Cause::malformed};
}

// The value of a read. Returns why it is none; `none` when it is.
Cause read_value(const RedisReply& reply, bool foreign_values, Reply& read, std::string& words) {
    std::optional<std::uint64_t> value;
    std::string text;
    switch (reply.type()) {
        case ReplyType::nil: read.says_absent = true; return Cause::none;
        case ReplyType::error: {
            words = words_of_error(reply.text());
            return is_refusing_error(reply.text(), false) ? Cause::rejected : Cause::server_error;
        }
        case ReplyType::list: {
            words = fmt::format("a list of {}, write a command that answers one value",
                                reply.items.front().size);
            return Cause::unexpected;
        }
        case ReplyType::integer: {
            const auto number = reply.items.front().integer;
            text = std::to_string(number);
            if (number >= 0) value = static_cast<std::uint64_t>(number);
            break;
        }
        case ReplyType::text: {
            text = reply.text();
            value = whole_number<std::uint64_t>(text);
        }
    }
    if (!value && foreign_values) value = foreign_value;
    read.value = value.value_or(0);
    if (!value) words = fmt::format("the answer is no number: \"{}\"", shown(text, value_shown));
    return value ? Cause::none : Cause::malformed;
}

// A line "name:text" of INFO.
std::string_view info_field(std::string_view info, std::string_view name) {
    while (!info.empty()) {
        const auto end = std::min(info.find('\n'), info.size());
        auto line = info.substr(0, end);
        info.remove_prefix(std::min(end + 1, info.size()));
        if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") continue;
        return trimmed(line.substr(name.size() + 1));
    }
    return {};
}

// Only a replica whose link is down says how far it is behind at least.
std::optional<Duration> reported_lag(std::string_view info) {
    constexpr std::int64_t lag_seconds_most = 3'000'000'000;  // a century
    if (info_field(info, "master_link_status") != "down") return std::nullopt;
    const auto told =
        whole_number<std::int64_t>(info_field(info, "master_link_down_since_seconds"));
    if (!told || *told < 0 || *told > lag_seconds_most) return std::nullopt;
    return std::chrono::seconds(*told);
}

void read_role_status(std::span<const RedisReply> replies, NodeStatus& status, std::string& words) {
    const auto role = replies[0].text(1);
    if (role != "master" && role != "slave") {
        words = role.empty() ? "ROLE: no role" : fmt::format("it is a {}", shown(role));
        return;
    }
    status.role = role == "master" ? Role::primary : Role::replica;
    if (status.role == Role::replica) status.lag = reported_lag(replies[1].text());
}

}  // namespace

Reply read_redis(std::span<const RedisReply> replies, const RedisAsked& asked, std::string& words) {
    words.clear();
    Reply reply;
    Judged judged;
    if (asked.verb == Verb::read) {
        const Cause cause = read_value(replies[0], asked.foreign_values, reply, words);
        if (cause != Cause::none) judged = {Outcome::failed, cause};
    } else {
        judged = judge_write(replies[0], asked.manner, words);
        if (judged.outcome == Outcome::ok && asked.replicas > 0) {
            judged = judge_wait(replies[1], asked.replicas, words);
        }
    }
    if (judged.outcome != Outcome::ok) reply = {};
    reply.outcome = judged.outcome;
    reply.cause = judged.cause;
    reply.detail = words;
    return reply;
}

bool is_refusal(const RedisReply& reply, const RedisAsked& asked) {
    std::string words;
    return judge_write(reply, asked.manner, words).outcome == Outcome::failed;
}

bool is_about_server(const RedisReply& reply) {
    if (!reply.is_error()) return false;
    const auto code = code_of(reply.text());
    return code == "READONLY" || code == "LOADING" || code == "MASTERDOWN";
}

std::optional<RedisRedirect> read_redis_redirect(const RedisReply& reply) {
    if (!reply.is_error()) return std::nullopt;
    auto text = reply.text();
    const bool asking = text.starts_with("ASK ");
    if (!asking && !text.starts_with("MOVED ")) return std::nullopt;
    const auto blank = text.rfind(' ');
    text.remove_prefix(blank + 1);
    const auto colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    const auto port = whole_number<std::uint16_t>(text.substr(colon + 1));
    if (!port || *port == 0) return std::nullopt;
    return RedisRedirect{asking, std::string(text.substr(0, colon)), *port};
}

std::string role_refusal(const RedisReply& reply) {
    if (reply.text().starts_with("NOPERM")) {
        return fmt::format("ROLE: {}; allow the user +role, or write \"check_role\": false",
                           shown(reply.text()));
    }
    if (reply.is_error()) return fmt::format("ROLE: {}", shown(reply.text()));
    const auto role = reply.text(1);
    if (role == "master") return {};
    return role.empty() ? "ROLE: no role" : fmt::format("the server is a {}", shown(role));
}

std::string_view own_address(const RedisReply& reply) {
    constexpr std::string_view name = " laddr=";
    if (reply.type() != ReplyType::text) return {};
    const auto text = reply.text();
    const auto begin = text.find(name);
    if (begin == text.npos) return {};
    const auto rest = text.substr(begin + name.size());
    return rest.substr(0, rest.find_first_of(" \r\n"));
}

Result<Endpoint> read_master(const RedisReply& reply) {
    const auto unknown = [](std::string message) { return Error{ErrorCode::failed, message}; };
    if (reply.is_error()) return unknown(shown(reply.text()));
    if (reply.type() == ReplyType::nil) return unknown("knows no master of that name");
    const auto port = whole_number<std::uint16_t>(reply.text(2));
    if (reply.text(1).empty() || !port || *port == 0) return unknown("tells no address");
    return Endpoint{std::string(reply.text(1)), *port};
}

NodeStatus read_redis_status(std::span<const RedisReply> replies, const RedisQuestion& question,
                             std::string& words) {
    words.clear();
    NodeStatus status;
    for (std::size_t i = 0; i < replies.size() && words.empty(); ++i) {
        if (!replies[i].is_error()) continue;
        words = fmt::format("{}: {}", question.names[i], shown(replies[i].text()));
    }
    if (words.empty() && question.subject == StatusSubject::role) {
        read_role_status(replies.last(2), status, words);
    } else if (words.empty() && question.asks_role) {
        words = role_refusal(replies.back());
    }
    status.good = words.empty();
    status.detail = words;
    return status;
}

}  // namespace gameday::drivers
