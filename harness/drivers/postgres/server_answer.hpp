// ServerAnswer: what a PostgreSQL server said to one text of statements, and what that means for an
// operation. Pure: README.md has the table.
#pragma once

#include "harness/drivers/common/server_names.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/status.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {

struct ServerAnswer {
    // lost: the connection ended, or the answer broke off. fatal: the server ended it and said why.
    // error: it said that the statements were undone.
    enum class End : std::uint8_t { done, error, fatal, lost };
    End end = End::done;
    std::string state;            // SQLSTATE of the first error; "" when none was told
    std::string message;          // the first line of it, or of the warning
    bool committed = false;       // a COMMIT was done
    bool rolled_back = false;     // a ROLLBACK, behind another statement
    bool wait_cancelled = false;  // committed here, without waiting for a synchronous standby
    bool open_transaction = false;
    std::string strange;  // why it is no answer to a statement of a load; "" when it is
    int statements = 0;
    std::optional<std::uint64_t> least_changed;  // rows, of the statement that changed the fewest

    // The first row of the last statement that has rows; a column that is null has no text.
    struct Column {
        std::string name;
        std::optional<std::string> text;
    };
    std::vector<Column> row;
    bool has_rows = false;  // a statement has columns; the row is empty when it had none

    [[nodiscard]] const Column* column(std::string_view name) const;
};

// Whose answer it is.
struct AnswerContext {
    Verb verb = Verb::read;
    bool foreign_values = false;  // as in ClientContext
    bool commits_within = false;  // a procedure may have committed before its ERROR
};

// What the answer to an operation means. `words` holds the text of its detail.
Reply read_server_answer(const ServerAnswer& answer, const AnswerContext& asked,
                         std::string& words);

// Why no connection came about: its cause, from libpq's text.
Cause cause_of_refusal(std::string_view message);

// What the answer to a question of status means. Its first column is true on a good node; or the
// columns `role`, `term` and `lag` (milliseconds) tell.
NodeStatus read_status_answer(const ServerAnswer& answer, StatusSubject subject,
                              std::string& words);

}  // namespace gameday::drivers
