// What a PostgreSQL server may have said to a text of statements, whatever libpq makes of it. The
// first bytes of the input are what is known of the answer, then come lines: SQLSTATE, message, and
// a column each, "name=text" or "name" alone (null). What it means is held against README.md.
#include "harness/drivers/common/server_names.hpp"
#include "harness/drivers/postgres/server_answer.hpp"
#include "harness/model/params.hpp"
#include "harness/model/topology.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gameday::fuzz {
namespace {

using drivers::AnswerContext;
using drivers::ServerAnswer;
using End = ServerAnswer::End;

std::string_view take_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

struct Played {
    ServerAnswer answer;
    AnswerContext asked;
};

Played played(std::string_view input) {
    Played made;
    const auto known = static_cast<unsigned char>(input[0]);
    const auto more = static_cast<unsigned char>(input[1]);
    ServerAnswer& answer = made.answer;
    answer.end = static_cast<End>(known % 4U);
    answer.committed = (known & 4U) != 0;
    answer.rolled_back = (known & 8U) != 0;
    answer.wait_cancelled = (known & 16U) != 0;
    answer.open_transaction = (known & 32U) != 0;
    if ((known & 64U) != 0) answer.strange = "no answer to a statement";
    made.asked.verb = (known & 128U) != 0 ? Verb::read : Verb::write;
    made.asked.foreign_values = (more & 1U) != 0;
    made.asked.commits_within = (more & 16U) != 0 && made.asked.verb == Verb::write;
    answer.statements = 1 + static_cast<int>(more >> 1U & 1U);
    if ((more & 4U) != 0) answer.least_changed = more >> 6U;
    answer.has_rows = (more & 8U) != 0;
    input.remove_prefix(2);
    answer.state = take_line(input);
    answer.message = take_line(input);
    while (answer.has_rows && !input.empty()) {
        const auto line = take_line(input);
        const auto sign = line.find('=');
        answer.row.push_back({std::string(line.substr(0, sign)), std::nullopt});
        if (sign != line.npos) answer.row.back().text = line.substr(sign + 1);
    }
    return made;
}

// Without blanks around it and noughts before it; "" when it is no number.
std::string plain_digits(std::string text) {
    text = drivers::trimmed(text);
    if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return {};
    return text.substr(std::min(text.find_first_not_of('0'), text.size() - 1));
}

bool stands_there(const ServerAnswer::Column* column, std::uint64_t number) {
    return column != nullptr && column->text &&
           plain_digits(*column->text) == std::to_string(number);
}

// Errors that leave it open whether the statements took effect.
bool is_open_question(const ServerAnswer& answer) {
    return answer.end == End::lost || answer.end == End::fatal || answer.committed ||
           answer.state.substr(0, 2) == "08" || answer.state == "40003";
}

void demand_good_change(const ServerAnswer& answer, const AnswerContext& asked,
                        const Reply& reply) {
    demand(reply.value == 0 && !reply.says_absent, "a write reads nothing");
    if (reply.outcome == Outcome::ok) {
        demand(answer.end == End::done && answer.strange.empty(),
               "only an answer without an error is ok");
        demand(!answer.wait_cancelled && !answer.open_transaction && !answer.rolled_back,
               "what nobody else has, or nobody has, is no success");
        demand(answer.least_changed != 0U, "who changed no row has not written");
    }
    if (reply.outcome != Outcome::failed) return;
    const bool undone =
        answer.end == End::error && !asked.commits_within && !is_open_question(answer);
    const bool nothing = answer.end == End::done && answer.strange.empty() &&
                         !answer.wait_cancelled && !answer.open_transaction && answer.rolled_back &&
                         !answer.committed;
    demand(undone || nothing, "what may be done has not failed", answer.state);
}

void demand_good_look(const ServerAnswer& answer, const AnswerContext& asked, const Reply& reply) {
    demand(reply.outcome != Outcome::unknown, "a read is never unknown");
    if (reply.outcome != Outcome::ok) return;
    demand(answer.end == End::done && answer.strange.empty() && answer.has_rows,
           "a read has rows, or none of them");
    const auto* column = answer.column("value");
    if (column == nullptr && !answer.row.empty()) column = &answer.row.front();
    const bool is_there = column != nullptr && column->text.has_value();
    demand(reply.says_absent == !is_there, "no row, or null, is an absent key");
    if (!is_there || (asked.foreign_values && reply.value == foreign_value)) return;
    demand(stands_there(column, reply.value), "a value is the number that stands there",
           *column->text);
}

void demand_good_meaning(const Played& made) {
    const auto& [answer, asked] = made;
    std::string words;
    Reply reply = drivers::read_server_answer(answer, asked, words);
    // The planted defect: after a broken connection to somebody else nothing is in doubt.
    if (is_planted() && answer.end == End::error && answer.state.starts_with("08") &&
        reply.outcome == Outcome::unknown) {
        reply.outcome = Outcome::failed;
    }
    demand((reply.outcome == Outcome::ok) == (reply.cause == Cause::none), "only ok has no cause");
    demand(reply.outcome == Outcome::ok || (reply.value == 0 && reply.version == 0),
           "what is not ok tells nothing");
    if (asked.verb == Verb::write) {
        demand_good_change(answer, asked, reply);
    } else {
        demand_good_look(answer, asked, reply);
    }
    if (reply.outcome != Outcome::ok) return;
    const auto* version = answer.column("version");
    const bool told = version != nullptr && version->text.has_value();
    demand(told ? stands_there(version, reply.version) : reply.version == 0,
           "a version is the number that stands there");
}

void demand_good_node_status(const ServerAnswer& answer) {
    std::string words;
    for (const auto subject : {StatusSubject::health, StatusSubject::role}) {
        const auto status = drivers::read_status_answer(answer, subject, words);
        demand(!status.good || (answer.end == End::done && !answer.row.empty()),
               "a good answer has a row");
        demand(status.good || (status.role == Role::unknown && status.term == 0 && !status.lag),
               "one that is not good tells no role");
        demand(status.good == (words.empty() && status.cause == Cause::none), "or says why");
        if (subject == StatusSubject::health) {
            demand(status.role == Role::unknown, "health is no role");
            continue;
        }
        demand(!status.lag || *status.lag >= Duration::zero(), "a lag is a length of time");
        const auto* role = answer.column("role");
        const auto text = role != nullptr && role->text ? *role->text : std::string();
        demand((status.role == Role::primary) == (status.good && text == "primary"),
               "a primary says so", text);
    }
}

// Any number, as a server would write it, is read as itself; so is the one who served.
void demand_read_back(std::string_view input) {
    std::uint64_t number = 0;
    for (const char byte : input.substr(0, 8)) {
        number = number << 8U | static_cast<unsigned char>(byte);
    }
    ServerAnswer answer;
    answer.has_rows = true;
    answer.statements = 1;
    answer.row = {{"v", std::to_string(number)}, {"version", std::to_string(~number)}};
    std::string words;
    const auto reply = drivers::read_server_answer(answer, {Verb::read, false}, words);
    demand(reply.outcome == Outcome::ok && reply.value == number && reply.version == ~number,
           "a number that is written is read", words);
    // Cut anywhere, the end of the connection is what counts.
    answer.end = End::lost;
    demand(
        drivers::read_server_answer(answer, {Verb::read, false}, words).outcome == Outcome::failed,
        "what was cut is no answer");
    demand(drivers::read_server_answer(answer, {Verb::write, false}, words).outcome ==
               Outcome::unknown,
           "nor is it a refusal");
}

void demand_good_names(std::string_view text) {
    static const auto names = [] {
        Topology topology;
        for (std::size_t i = 0; i < 2; ++i) {
            const auto name = std::to_string(i + 1);
            topology.regions.push_back({RegionId::of(i), "r" + name, {NodeId::of(i)}});
            topology.nodes.push_back({NodeId::of(i),
                                      "n" + name,
                                      RegionId::of(i),
                                      "",
                                      "local",
                                      {"10.0.0." + name, 5432},
                                      {}});
        }
        const Params params;
        const std::array specs{drivers::server_names_param};
        ParamReader reader(params, specs);
        drivers::ServerNames made(reader, topology);
        made.add_addresses(topology);
        return made;
    }();
    const auto found = names.find(text);
    const auto name = drivers::trimmed(text);
    NodeId wanted = unrecognised_node;
    if (name.empty()) wanted = NodeId();
    if (name == "r1" || name == "n1" || name == "10.0.0.1:5432") wanted = NodeId(0);
    if (name == "r2" || name == "n2" || name == "10.0.0.2:5432") wanted = NodeId(1);
    demand(found == wanted, "who serves is who is named", text);
}

}  // namespace

void try_postgres(std::string_view input) {
    if (input.size() < 2) return;
    const Played made = played(input);
    demand_good_meaning(made);
    demand_good_node_status(made.answer);
    demand_read_back(input);
    for (const auto& column : made.answer.row) demand_good_names(column.text.value_or(""));
    const Cause cause = drivers::cause_of_refusal(made.answer.message);
    demand(cause != Cause::none && cause != Cause::server_error, "no connection has a cause");
    demand(cause == Cause::rejected || made.answer.message.find("FATAL:") == std::string::npos,
           "who says why has refused", made.answer.message);
}

}  // namespace gameday::fuzz
