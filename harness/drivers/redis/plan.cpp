#include "harness/drivers/redis/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace gameday::drivers {
namespace {

constexpr ParamSpec user_param{"user", ParamType::text, "", "who logs in (AUTH); default user"};
constexpr ParamSpec password_param{"password", ParamType::text, "", "password of AUTH"};

constexpr std::array<ParamSpec, 16> load_specs{{
    {"read", ParamType::text, "GET gameday:{key}",
     "command that reads a key: its answer is the value, nil is absent"},
    {"write", ParamType::text, "SET gameday:{key} {value}", "command that writes a key"},
    {"wait", ParamType::count, "0", "replicas to WAIT for behind each write; fewer: unknown"},
    {"wait_timeout", ParamType::duration, "500ms", "how long the server waits for them"},
    user_param,
    password_param,
    {"database", ParamType::count, "0", "number of the database (SELECT)"},
    {"check_role", ParamType::flag, "true", "who is no master, by ROLE, is sent no write"},
    {"served_by", ParamType::choice, "address",
     "who serves: by its own address, asked once a connection; or whoever was asked; or \"\"",
     false, "address|connection"},
    server_names_param,
    {"sentinels", ParamType::names, "", "\"address:port\" of those who know the master"},
    {"master_name", ParamType::text, "", "what the sentinels call it"},
    {"sentinel_user", ParamType::text, "", "who logs in at the sentinels; default user"},
    {"sentinel_password", ParamType::text, "", "password of the sentinels; none unless given"},
    {"cluster", ParamType::flag, "false", "MOVED and ASK to other nodes are followed"},
    tls_param,
}};
constexpr std::array<ParamSpec, 4> health_specs{{
    {"path", ParamType::text, "PING", "command; any answer but an error is good; ROLE: a master's"},
    user_param,
    password_param,
    tls_param,
}};
constexpr std::array<ParamSpec, 3> role_specs{{user_param, password_param, tls_param}};

// These change the connection, or have another number of answers than one.
constexpr std::array<std::string_view, 25> no_operations{
    "ASKING",      "AUTH",       "CLIENT", "DISCARD",      "EXEC",      "HELLO",        "MONITOR",
    "MULTI",       "PSUBSCRIBE", "PSYNC",  "PUNSUBSCRIBE", "QUIT",      "READONLY",     "READWRITE",
    "REPLCONF",    "RESET",      "SELECT", "SSUBSCRIBE",   "SUBSCRIBE", "SUNSUBSCRIBE", "SYNC",
    "UNSUBSCRIBE", "UNWATCH",    "WAIT",   "WATCH"};
constexpr std::array<std::string_view, 8> scripts{"EVAL",  "EVALSHA",  "EVAL_RO",     "EVALSHA_RO",
                                                  "FCALL", "FCALL_RO", "GRAPH.QUERY", "TFCALL"};
// Of these 0 says that nothing was done.
constexpr std::array<std::string_view, 17> conditional{
    "COPY",   "EXPIRE",  "EXPIREAT", "HSETEX",    "HSETNX",   "LINSERT", "LPUSHX", "MOVE", "MSETEX",
    "MSETNX", "PERSIST", "PEXPIRE",  "PEXPIREAT", "RENAMENX", "RPUSHX",  "SETNX",  "SMOVE"};

bool is_one_of(std::string_view word, std::span<const std::string_view> known) {
    return std::find(known.begin(), known.end(), word) != known.end();
}

RedisCommand read_command(ParamReader& reader, const char* name) {
    const std::string text = reader.text(name);
    if (const std::string word = unknown_place(text, true); !word.empty()) {
        reader.fail(name, fmt::format("{{{}}} stands for nothing, write {{key}}, {{value}}, "
                                      "{{key_base64}} or {{value_base64}}",
                                      word));
    }
    auto words = split_command(text);
    if (!words) {
        reader.fail(name, words.error().message);
        return {};
    }
    RedisCommand command(std::move(*words));
    if (is_one_of(command.name(), no_operations)) {
        reader.fail(name, fmt::format("{} is no operation: it changes the connection, or has no "
                                      "answer of its own",
                                      command.name()));
    }
    return command;
}

RedisLogin read_login(ParamReader& reader, const char* user = "user",
                      const char* password = "password") {
    RedisLogin login{reader.text(user), reader.text(password)};
    if (!login.user.empty() && login.password.empty()) {
        reader.fail(user, fmt::format("logs in by a password, write \"{}\"", password));
    }
    return login;
}

void read_wait(ParamReader& reader, RedisPlan& plan) {
    plan.replicas = static_cast<std::uint64_t>(reader.count("wait"));
    const auto patience =
        std::chrono::duration_cast<std::chrono::milliseconds>(reader.duration("wait_timeout"));
    if (patience.count() < 1) reader.fail("wait_timeout", "0 waits forever, write 1ms or more");
    if (plan.replicas == 0) return;
    plan.wait =
        command_bytes({"WAIT", std::to_string(plan.replicas), std::to_string(patience.count())});
}

void read_sentinels(ParamReader& reader, RedisPlan& plan) {
    for (const auto& text : reader.names("sentinels")) {
        auto endpoint = parse_endpoint(text);
        if (!endpoint) {
            reader.fail("sentinels", endpoint.error().message);
        } else {
            plan.sentinels.push_back(std::move(*endpoint));
        }
    }
    const std::string name = reader.text("master_name");
    const RedisLogin login = read_login(reader, "sentinel_user", "sentinel_password");
    plan.sentinel_login = !login.password.empty();
    plan.ask_sentinel =
        login_bytes(login) + command_bytes({"SENTINEL", "get-master-addr-by-name", name});
    if (reader.has("sentinels") && name.empty()) {
        reader.fail("master_name", "is missing: what the sentinels call the master");
    }
    if (!name.empty() && !reader.has("sentinels")) {
        reader.fail("sentinels", "is missing: whom to ask for the master");
    }
    if (plan.sentinel_login && !reader.has("sentinels")) {
        reader.fail("sentinel_password", "has no meaning without \"sentinels\", remove it");
    }
    if (plan.cluster && reader.has("sentinels")) {
        reader.fail("cluster", "a cluster has no sentinels, leave one of the two out");
    }
}

RedisSetup setup_of(const RedisLogin& login, std::uint64_t database, const RedisPlan& plan) {
    using Step = RedisSetup::Step;
    RedisSetup setup;
    const auto add = [&](Step step, const std::string& bytes) {
        setup.steps.push_back(step);
        setup.bytes += bytes;
    };
    if (!login.password.empty()) add(Step::login, login_bytes(login));
    if (database != 0) add(Step::database, command_bytes({"SELECT", std::to_string(database)}));
    if (plan.check_role) add(Step::role, command_bytes({"ROLE"}));
    if (plan.served_by == RedisPlan::ServedBy::address) {
        add(Step::address, command_bytes({"CLIENT", "INFO"}));
    }
    return setup;
}

RedisPlan::ServedBy served_by(ParamReader& reader) {
    const std::string text = reader.text("served_by");
    if (text.empty()) return RedisPlan::ServedBy::nobody;
    return text == "connection" ? RedisPlan::ServedBy::connection : RedisPlan::ServedBy::address;
}

}  // namespace

const std::span<const ParamSpec> redis_params = load_specs;
const std::span<const ParamSpec> redis_health_params = health_specs;
const std::span<const ParamSpec> redis_role_params = role_specs;
const std::string_view redis_health_command = "PING";
const std::string_view redis_primary_command = "ROLE";

RedisManner manner_of(const RedisCommand& command) {
    using Says = RedisManner::Says;
    if (is_one_of(command.name(), scripts)) return {Says::unclear, Says::unclear, true};
    RedisManner manner;
    // They answer what stood there before, and nil where nothing did.
    const bool answers_before =
        command.name() == "GETSET" || (command.name() == "SET" && command.has("GET"));
    if (answers_before) manner.nil = Says::done;
    if (is_one_of(command.name(), conditional)) manner.zero = Says::not_done;
    // They count what is new, and 0 is also what was changed.
    const bool counts_new = command.name() == "ZADD" || command.name() == "GEOADD";
    const bool has_condition =
        command.has("NX") || command.has("XX") || command.has("GT") || command.has("LT");
    if (counts_new && has_condition) manner.zero = Says::unclear;
    return manner;
}

std::string login_bytes(const RedisLogin& login) {
    if (login.password.empty()) return {};
    if (login.user.empty()) return command_bytes({"AUTH", login.password});
    return command_bytes({"AUTH", login.user, login.password});
}

Result<RedisPlan> compile_redis(const Params& params, const Topology& topology) {
    ParamReader reader(params, load_specs);
    RedisPlan plan;
    plan.read = read_command(reader, "read");
    plan.write = read_command(reader, "write");
    plan.manner = manner_of(plan.write);
    // Valkey has IFEQ, and others have more of its kind.
    constexpr std::array<std::string_view, 6> conditions{"NX",   "XX",    "IFEQ",
                                                         "IFNE", "IFDEQ", "IFDNE"};
    for (const auto condition : conditions) {
        if (plan.write.name() != "SET" || !plan.write.has("GET") || !plan.write.has(condition))
            continue;
        reader.fail("write",
                    fmt::format("the answer of SET with GET does not tell whether {} held, "
                                "leave GET out",
                                condition));
    }
    read_wait(reader, plan);
    plan.check_role = reader.flag("check_role");
    plan.served_by = served_by(reader);
    plan.servers = ServerNames(reader, topology);
    plan.servers.add_addresses(topology);
    plan.cluster = reader.flag("cluster");
    read_sentinels(reader, plan);
    plan.tls = read_tls(reader);
    const RedisLogin login = read_login(reader);
    plan.setup = setup_of(login, static_cast<std::uint64_t>(reader.count("database")), plan);
    if (auto finished = reader.finish(); !finished) return std::move(finished).error();
    return plan;
}

RedisAccess redis_access(const Params& params) {
    ParamReader reader(params, load_specs);
    return {read_login(reader), read_tls(reader)};
}

Result<RedisQuestion> compile_redis_question(const StatusQuestion& question,
                                             const RedisAccess& otherwise) {
    const bool of_role = question.subject == StatusSubject::role;
    ParamReader reader(question.params, of_role ? std::span<const ParamSpec>(role_specs)
                                                : std::span<const ParamSpec>(health_specs));
    RedisQuestion asked;
    asked.subject = question.subject;
    const RedisLogin own = read_login(reader);
    asked.bytes = login_bytes(own.password.empty() ? otherwise.login : own);
    asked.tls = read_tls(reader);
    if (!asked.tls.on) asked.tls = otherwise.tls;
    if (!asked.bytes.empty()) asked.names.emplace_back("AUTH");
    if (of_role) {
        asked.bytes += command_bytes({"ROLE"}) + command_bytes({"INFO", "replication"});
        asked.names.insert(asked.names.end(), {"ROLE", "INFO"});
    } else {
        auto words = split_command(reader.text("path"));
        if (!words) {
            reader.fail("path", words.error().message);
        } else {
            append_command(asked.bytes, *words);
            asked.names.push_back(RedisCommand(*words).name());
            asked.asks_role = asked.names.back() == "ROLE";
        }
    }
    if (auto finished = reader.finish(); !finished) return std::move(finished).error();
    return asked;
}

}  // namespace gameday::drivers
