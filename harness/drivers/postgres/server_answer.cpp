#include "harness/drivers/postgres/server_answer.hpp"

#include "harness/base/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gameday::drivers {
namespace {

constexpr double lag_answer_ms_most = 3e12;  // a century of milliseconds

// Errors after which nobody can say whether the statements took effect.
bool is_in_doubt(const ServerAnswer& answer) {
    if (answer.end == ServerAnswer::End::lost || answer.end == ServerAnswer::End::fatal)
        return true;
    // Connection exceptions (of a pooler, a foreign table), and statement_completion_unknown.
    return answer.committed || answer.state.starts_with("08") || answer.state == "40003";
}

// What a boolean, a number or SHOW says where it is not so.
bool means_no(std::string_view text) {
    static constexpr std::array<std::string_view, 6> noes{"", "f", "false", "0", "no", "off"};
    return std::find(noes.begin(), noes.end(), trimmed(text)) != noes.end();
}

std::string error_words(const ServerAnswer& answer) {
    if (answer.state.empty()) return answer.message.empty() ? "no reason" : answer.message;
    return fmt::format("{} (SQLSTATE {})", answer.message, answer.state);
}

// Of an answer without an error to a write: why it is not done, or in doubt. Empty: it is done.
std::pair<Outcome, Cause> judge_write(const ServerAnswer& answer, std::string& words) {
    if (answer.wait_cancelled) {
        words = answer.message;
        return {Outcome::unknown, Cause::server_error};
    }
    if (answer.open_transaction) {
        words = "the statements leave a transaction open, write COMMIT behind them";
        return {Outcome::unknown, Cause::unexpected};
    }
    if (answer.rolled_back && answer.committed) {
        words = "a ROLLBACK and a COMMIT: which of them is the write's cannot be told";
        return {Outcome::unknown, Cause::unexpected};
    }
    if (answer.rolled_back) {
        words = "COMMIT was answered by ROLLBACK";
        return {Outcome::failed, Cause::rejected};
    }
    // A trigger may have put the row elsewhere, and a view's rule counts none.
    if (answer.least_changed == 0U) {
        words = "no row was changed";
        return {Outcome::unknown, Cause::unexpected};
    }
    return {Outcome::ok, Cause::none};
}

// The value of a read; a row that is not there, or null, is an absent key.
void read_value(const ServerAnswer& answer, bool foreign_values, Reply& reply, std::string& words) {
    const ServerAnswer::Column* column = answer.column("value");
    if (column == nullptr && !answer.row.empty()) column = &answer.row.front();
    if (column == nullptr || !column->text) {
        reply.says_absent = true;
        return;
    }
    const auto value = number_in<std::uint64_t>(trimmed(*column->text));
    if (value) {
        reply.value = *value;
    } else if (foreign_values) {
        reply.value = foreign_value;
    } else {
        constexpr std::size_t shown = 60;
        words =
            fmt::format("{} is no number: \"{}\"", column->name, column->text->substr(0, shown));
    }
}

void read_version(const ServerAnswer& answer, Reply& reply, std::string& words) {
    const ServerAnswer::Column* column = answer.column("version");
    if (column == nullptr || !column->text) return;
    const auto version = number_in<std::uint64_t>(trimmed(*column->text));
    if (!version) words = fmt::format("version is no number: \"{}\"", *column->text);
    reply.version = version.value_or(0);
}

Reply not_done(Outcome outcome, Cause cause, std::string_view words) {
    Reply reply;
    reply.outcome = outcome;
    reply.cause = cause;
    reply.detail = words;
    return reply;
}

}  // namespace

const ServerAnswer::Column* ServerAnswer::column(std::string_view name) const {
    const auto found = std::ranges::find(row, name, &Column::name);
    return found == row.end() ? nullptr : &*found;
}

Reply read_server_answer(const ServerAnswer& answer, const AnswerContext& asked,
                         std::string& words) {
    words.clear();
    const bool writes = asked.verb == Verb::write;
    if (answer.end != ServerAnswer::End::done) {
        words = error_words(answer);
        const bool in_doubt = asked.commits_within || is_in_doubt(answer);
        const Cause cause = answer.end == ServerAnswer::End::lost ? Cause::reset
                            : in_doubt                            ? Cause::server_error
                                                                  : Cause::rejected;
        return not_done(writes && in_doubt ? Outcome::unknown : Outcome::failed, cause, words);
    }
    if (!answer.strange.empty()) {
        words = answer.strange;
        return not_done(writes ? Outcome::unknown : Outcome::failed, Cause::malformed, words);
    }
    Reply reply;
    reply.outcome = Outcome::ok;
    if (writes) {
        const auto [outcome, cause] = judge_write(answer, words);
        if (cause != Cause::none) return not_done(outcome, cause, words);
    } else if (!answer.has_rows) {
        words = "the statement has no rows, write a SELECT";
        return not_done(Outcome::failed, Cause::unexpected, words);
    } else {
        read_value(answer, asked.foreign_values, reply, words);
    }
    read_version(answer, reply, words);
    if (words.empty()) return reply;
    return not_done(writes ? Outcome::unknown : Outcome::failed, Cause::malformed, words);
}

// libpq tells no error number. Its texts are not translated, for the program sets no locale.
Cause cause_of_refusal(std::string_view message) {
    static constexpr std::array<std::pair<std::string_view, Cause>, 9> texts{{
        {"FATAL:", Cause::rejected},
        {"session is", Cause::rejected},  // target_session_attrs
        {"server is in hot standby", Cause::rejected},
        {"server is not in hot standby", Cause::rejected},
        {"Connection refused", Cause::refused},
        {"No route to host", Cause::unreachable},
        {"Network is unreachable", Cause::unreachable},
        {"Cannot assign requested address", Cause::unreachable},
        {"Too many open files", Cause::shed},
    }};
    for (const auto& [text, cause] : texts) {
        if (message.find(text) != message.npos) return cause;
    }
    return Cause::reset;
}

NodeStatus read_status_answer(const ServerAnswer& answer, StatusSubject subject,
                              std::string& words) {
    NodeStatus status;
    words.clear();
    if (answer.end == ServerAnswer::End::lost) {
        status.cause = Cause::reset;
    } else if (answer.end != ServerAnswer::End::done) {
        words = error_words(answer);
    } else if (answer.row.empty()) {
        words = "no row";
    } else if (subject == StatusSubject::health) {
        const auto& text = answer.row.front().text;
        if (!text || means_no(*text)) {
            words = fmt::format("{} is {}", answer.row.front().name, text ? *text : "null");
        }
    }
    status.good = words.empty() && status.cause == Cause::none;
    status.detail = words;
    if (!status.good || subject != StatusSubject::role) return status;
    const auto text_of = [&](std::string_view name) -> std::optional<std::string> {
        const ServerAnswer::Column* column = answer.column(name);
        return column == nullptr ? std::nullopt : column->text;
    };
    const auto role = text_of("role").value_or("");
    if (role == "primary") status.role = Role::primary;
    if (role == "replica") status.role = Role::replica;
    if (const auto term = text_of("term")) {
        status.term = number_in<std::uint64_t>(trimmed(*term)).value_or(0);
    }
    const auto lag = text_of("lag");
    const auto ms = lag ? number_in<double>(trimmed(*lag)) : std::nullopt;
    if (ms && *ms >= 0 && *ms <= lag_answer_ms_most) status.lag = from_seconds(*ms / 1000);
    return status;
}

}  // namespace gameday::drivers
