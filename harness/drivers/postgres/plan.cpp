#include "harness/drivers/postgres/plan.hpp"

#include "harness/drivers/postgres/link.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

namespace gameday::drivers {
namespace {

constexpr ParamSpec connection_param{
    "connection", ParamType::object, "",
    "keywords of libpq and their values: user, password, dbname, sslmode, …"};

constexpr std::array<ParamSpec, 6> load_specs{{
    {"read", ParamType::text, "select v as value from gameday where k = {key}",
     "statement that reads a key: its first column, or value"},
    {"write", ParamType::text, "", "statements that write a key; the column version orders them"},
    {"served_by", ParamType::text, "",
     "statement that tells who serves, asked once a connection; its address unless given; "
     "connection: whoever was asked"},
    server_names_param,
    connection_param,
    {"hosts", ParamType::choice, "one", "all: other nodes follow where one takes no connection",
     false, "one|all"},
}};
constexpr std::array<ParamSpec, 2> health_specs{{
    {"path", ParamType::text, "select 1", "statement whose first column is true on a good node"},
    connection_param,
}};

// The timeline above, the position in the write-ahead log below (up to 16 TiB).
constexpr std::string_view default_write =
    "insert into gameday (k, v) values ({key}, {value}) "
    "on conflict (k) do update set v = excluded.v returning "
    "(('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint << 44) "
    "| (pg_current_wal_insert_lsn() - '0/0')::bigint as version";
constexpr std::string_view default_identity =
    "select case family(inet_server_addr()) when 6 then '[' || host(inet_server_addr()) || ']' "
    "else host(inet_server_addr()) end || ':' || inet_server_port()";
// A standby that received nothing since it replayed all says 0, though it may be cut off: that is
// what it knows.
constexpr std::string_view role_query =
    "select case when pg_is_in_recovery() then 'replica' else 'primary' end as role, "
    "case when pg_is_in_recovery() then (select received_tli from pg_stat_wal_receiver) else "
    "('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int end as term, "
    "case when not pg_is_in_recovery() then null "
    "when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0 "
    "else extract(epoch from now() - pg_last_xact_replay_timestamp()) * 1000 end as lag";
constexpr std::array<ParamSpec, 2> role_specs{{
    {"query", ParamType::text, "",
     "statement with the columns role (primary or replica), term and lag (milliseconds)"},
    connection_param,
}};

// A role or database may have warnings turned off, and a cancelled wait is told by a warning only.
constexpr std::string_view wants_warnings = "set client_min_messages = warning;";

// What gameday says itself: addresses come from the system, and statements are sent as text.
constexpr std::array<std::string_view, 5> own_words{"host", "hostaddr", "port", "client_encoding",
                                                    "replication"};

std::optional<std::string> word_text(const Value& value) {
    if (const auto* text = value.as<std::string>()) return *text;
    if (const auto* number = value.as<std::int64_t>()) return std::to_string(*number);
    if (const auto* flag = value.as<bool>()) return *flag ? "1" : "0";
    return std::nullopt;
}

ConnectWords read_words(ParamReader& reader) {
    ConnectWords words;
    const Params* object = reader.object("connection");
    if (object == nullptr) return words;
    for (const auto& [name, value] : *object) {
        const auto text = word_text(value);
        if (std::ranges::find(own_words, name) != own_words.end()) {
            reader.fail("connection",
                        fmt::format("\"{}\" is what the system's nodes say, remove it", name));
        } else if (!is_connect_word(name)) {
            reader.fail("connection", fmt::format("\"{}\" is no keyword of libpq", name));
        } else if (!text) {
            reader.fail("connection", fmt::format("\"{}\" is not given a text or number", name));
        } else {
            words.emplace_back(name, *text);
        }
    }
    return words;
}

Pattern statement(ParamReader& reader, const char* name, std::string_view otherwise) {
    std::string text = reader.text(name);
    if (text.empty()) text = otherwise;
    if (const std::string word = unknown_place(text, true); !word.empty()) {
        reader.fail(name, fmt::format("{{{}}} stands for nothing, write {{key}}, {{value}}, "
                                      "{{key_base64}} or {{value_base64}}",
                                      word));
    }
    return Pattern(text);
}

// Whether a statement of the text begins with CALL or DO. A `;` within quotes may make it one more,
// never one less.
bool runs_procedure(std::string_view text) {
    while (!text.empty()) {
        const auto end = std::min(text.find(';'), text.size());
        const auto first = trimmed(text.substr(0, end));
        for (const std::string_view word : {"call", "do"}) {
            const bool is_word =
                first.size() > word.size() &&
                (std::isalnum(static_cast<unsigned char>(first[word.size()])) == 0);
            if (is_word && boost::algorithm::istarts_with(first, word)) return true;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return false;
}

}  // namespace

const std::span<const ParamSpec> postgres_params = load_specs;
const std::span<const ParamSpec> postgres_health_params = health_specs;
const std::span<const ParamSpec> postgres_role_params = role_specs;
const std::string_view postgres_health_query = "select 1";
const std::string_view postgres_primary_query = "select not pg_is_in_recovery()";

Result<PostgresPlan> compile_postgres(const Params& params, const Topology& topology) {
    ParamReader reader(params, load_specs);
    PostgresPlan plan;
    plan.read = statement(reader, "read", {});
    plan.write = statement(reader, "write", default_write);
    plan.identity =
        reader.has("served_by") ? reader.text("served_by") : std::string(default_identity);
    plan.asked_serves = plan.identity == "connection";
    if (plan.asked_serves) plan.identity.clear();
    plan.identity.insert(0, wants_warnings);
    plan.commits_within = runs_procedure(reader.text("write"));
    plan.servers = ServerNames(reader, topology);
    plan.servers.add_addresses(topology);
    plan.words = read_words(reader);
    plan.any_host = reader.text("hosts") == "all";
    if (auto finished = reader.finish(); !finished) return std::move(finished).error();
    return plan;
}

ConnectWords connect_words(const Params& params) {
    ParamReader reader(params, load_specs);
    return read_words(reader);
}

Result<PostgresQuestion> compile_postgres_question(const StatusQuestion& question) {
    const bool of_role = question.subject == StatusSubject::role;
    ParamReader reader(question.params, of_role ? std::span<const ParamSpec>(role_specs)
                                                : std::span<const ParamSpec>(health_specs));
    PostgresQuestion asked{question.subject, reader.text(of_role ? "query" : "path"), {}};
    if (asked.query.empty()) asked.query = of_role ? role_query : postgres_health_query;
    asked.words = read_words(reader);
    if (auto finished = reader.finish(); !finished) return std::move(finished).error();
    return asked;
}

}  // namespace gameday::drivers
