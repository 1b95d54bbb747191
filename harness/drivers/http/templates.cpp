#include "harness/drivers/http/templates.hpp"

#include "harness/drivers/common/base64.hpp"
#include "harness/drivers/http/request_head.hpp"
#include "harness/json/pointer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace gameday::drivers {
namespace {

constexpr std::array<ParamSpec, 7> top_params{{
    {"read", ParamType::object, "", "how to read a key: request and places in the answer"},
    {"write", ParamType::object, "", "how to write a key: request and places in the answer"},
    server_names_param,
    tls_param,
    user_param,
    password_param,
    bearer_param,
}};

constexpr std::array<ParamSpec, 14> exchange_params{{
    {"method", ParamType::text, "", "GET for reads and PUT for writes unless given"},
    {"path", ParamType::text, "/kv/{key}", "with {key}, {value}, {key_base64}, {value_base64}"},
    {"headers", ParamType::object, "", "names and values sent with each request"},
    {"body", ParamType::text, "", "sent with the request; for writes {value} unless given"},
    {"value", ParamType::text, "", "where the value is: /json/pointer, header:Name or body"},
    {"version", ParamType::text, "", "where the version of the effect is"},
    {"served_by", ParamType::text, "",
     "where the answer says who served it; connection: whoever was asked"},
    {"encoding", ParamType::choice, "", "how the value is written", false, "base64"},
    {"ok", ParamType::strings, "", "statuses of success: [200], for writes [200, 201, 204]"},
    {"absent", ParamType::strings, "", "statuses that say there is no such key; none unless given"},
    {"rejected", ParamType::strings, "", "statuses that say for certain it was not done"},
    {"expect", ParamType::object, "",
     "what an answer of success must be: present, absent, equals, matches, contains"},
    {"follow_redirects", ParamType::flag, "false", "307 and 308 lead on to other nodes"},
    {"idempotent", ParamType::flag, "false", "write: it may be sent once more"},
}};

std::vector<unsigned> statuses(ParamReader& reader, const Params& params, const char* name,
                               std::vector<unsigned> otherwise) {
    if (!reader.has(name)) return otherwise;
    if (auto given = read_statuses(params.at(name))) return std::move(*given);
    reader.fail(name, "is not a list of HTTP statuses from 200 on, write for example [200]");
    return otherwise;
}

Location location(ParamReader& reader, const char* name) {
    auto parsed = parse_location(reader.text(name));
    if (parsed) return *parsed;
    reader.fail(name, parsed.error().message);
    return {};
}

// Where requests go, and how they are let in.
struct RequestTarget {
    const Endpoint& endpoint;
    const HttpAccess& access;
};

// How to ask.
void compile_request(ParamReader& reader, Verb verb, const RequestTarget& target,
                     Exchange& result) {
    std::string method = reader.text("method");
    if (method.empty()) method = verb == Verb::read ? "GET" : "PUT";
    const std::string path = reader.text("path");
    const std::string host = target.endpoint.text();
    const Params* headers = reader.object("headers");
    std::string head = head_text(
        {method, path, headers, host, true},
        [&](const char* field, std::string message) { reader.fail(field, std::move(message)); });
    result.head = Pattern(with_authorization(std::move(head), target.access, headers));
    result.to_head = method == "HEAD";
    std::string body = reader.text("body");
    if (!reader.has("body") && verb == Verb::write) body = "{value}";
    if (const std::string word = unknown_place(body, true); !word.empty()) {
        reader.fail("body", fmt::format("{{{}}} stands for nothing, write {{key}}, {{value}}, "
                                        "{{key_base64}} or {{value_base64}}",
                                        word));
    }
    result.body = Pattern(body);
    result.has_body = !body.empty() || verb == Verb::write;
    result.follow = reader.flag("follow_redirects");
    result.idempotent = reader.flag("idempotent");
    if (verb == Verb::read && reader.has("idempotent")) {
        reader.fail("idempotent", "every read is, remove it");
    }
}

// What answers mean.
void compile_answers(ParamReader& reader, const Params& params, Verb verb, Exchange& result) {
    result.base64 = reader.text("encoding") == "base64";
    result.value = location(reader, "value");
    result.version = location(reader, "version");
    result.asked_serves = reader.text("served_by") == "connection";
    if (!result.asked_serves) result.served_by = location(reader, "served_by");
    result.ok = statuses(
        reader, params, "ok",
        verb == Verb::read ? std::vector<unsigned>{200} : std::vector<unsigned>{200, 201, 204});
    result.absent = statuses(reader, params, "absent", {});
    result.rejected = statuses(reader, params, "rejected", {});
    const Params* expect = reader.object("expect");
    if (expect == nullptr) return;
    result.expect = read_expectation(
        *expect, [&](const std::string& message) { reader.fail("expect", message); });
    if (!result.expect.statuses.empty()) {
        reader.fail("expect", "status: statuses of success stand in \"ok\", write them there");
    }
}

Exchange compile_exchange(const Params& params, Verb verb, const RequestTarget& target,
                          std::vector<std::string>& problems) {
    ParamReader reader(params, exchange_params);
    Exchange result;
    compile_request(reader, verb, target, result);
    compile_answers(reader, params, verb, result);
    if (result.to_head && (result.value.kind == Location::Kind::pointer ||
                           result.value.kind == Location::Kind::body)) {
        reader.fail("value",
                    "answers to HEAD have no body, write \"header:Name\" or another method");
    }
    for (const auto& error : reader.errors()) {
        const auto colon = error.message.find(": ");
        problems.push_back(fmt::format("{}/{}{}", name_of(verb),
                                       json::pointer_step(error.message.substr(0, colon)),
                                       error.message.substr(colon)));
    }
    return result;
}

bool contains(const std::vector<unsigned>& statuses, unsigned status) {
    return std::ranges::find(statuses, status) != statuses.end();
}

// The number at a place, 0 when there is none there, nothing when something else is.
std::optional<std::uint64_t> number_of(const Found& found, bool base64) {
    if (found.what == Found::What::absent) return 0;
    if (found.what != Found::What::text) return std::nullopt;
    if (!base64) return parse_number(found.text);
    const auto bytes = decode_base64(trimmed(found.text));
    return bytes ? parse_number(*bytes) : std::nullopt;
}

// Never assumed: behind the address of a node a front may ask another.
NodeId served_by(const Templates& templates, const Exchange& exchange, const Answer& answer,
                 NodeId asked) {
    if (exchange.asked_serves) return asked;
    if (exchange.served_by.kind == Location::Kind::none) return {};
    const Found found = look_up(exchange.served_by, answer);
    if (found.what != Found::What::text) return {};
    return templates.servers.find(found.text);
}

std::string not_a_number(const Location& location, const Found& found) {
    constexpr std::size_t shown = 60;
    switch (found.what) {
        case Found::What::malformed: return fmt::format("{}: no JSON", location.text);
        case Found::What::tree: return fmt::format("{} is an object or a list", location.text);
        default:
            return fmt::format("{} is no number: \"{}\"", location.text,
                               found.text.substr(0, shown));
    }
}

// An answer of success: what stands at its places. Fills in `words` when something is wrong there.
void read_places(const Exchange& exchange, const ReadContext& asked, const Answer& answer,
                 Reply& reply, std::string& words) {
    words = missed(exchange.expect, answer);
    if (!words.empty()) {
        reply.cause = Cause::unexpected;
        return;
    }
    bool absent = false;
    if (asked.verb == Verb::read) {
        const Found found = look_up(exchange.value, answer);
        bool is_text = found.what == Found::What::text;
        auto value = number_of(found, exchange.base64);
        if (found.what == Found::What::absent && exchange.entry.kind != Location::Kind::none) {
            absent = look_up(exchange.entry, answer).what == Found::What::absent;
            is_text = !absent;  // an empty one, which is left out
            if (is_text) value.reset();
        }
        if (!value && is_text && asked.foreign_values) value = foreign_value;
        if (!value) words = not_a_number(exchange.value, found);
        reply.value = value.value_or(0);
    }
    const Found found = look_up(exchange.version, answer);
    const auto version = number_of(found, false);
    if (!version && words.empty()) words = not_a_number(exchange.version, found);
    reply.version = version.value_or(0);
    const bool is_read = look_up(exchange.served_by, answer).what != Found::What::malformed;
    if (!is_read && words.empty()) words = fmt::format("{}: no JSON", exchange.served_by.text);
    reply.cause = words.empty() ? Cause::none : Cause::malformed;
    reply.says_absent = absent && words.empty();
}

// Whether nothing was done, for certain. Fills in `words` where these are known.
bool is_refused(const Exchange& exchange, const Answer& answer, std::string& words) {
    if (contains(exchange.rejected, answer.status)) return true;
    for (const auto& refusal : exchange.refusals) {
        if (!meets(refusal.when, answer)) continue;
        words = refusal.words;
        return true;
    }
    return false;
}

// "HTTP 503", and what the answer says of the reason.
std::string reason_of(const Exchange& exchange, const Answer& answer) {
    const Found found = look_up(exchange.reason, answer);
    if (found.what != Found::What::text) return fmt::format("HTTP {}", answer.status);
    constexpr std::size_t shown = 200;
    return fmt::format("HTTP {}: {}", answer.status, found.text.substr(0, shown));
}

}  // namespace

const std::span<const ParamSpec> http_params = top_params;

Result<Templates> compile_templates(const Params& params, const Topology& topology,
                                    const Endpoint& endpoint) {
    ParamReader reader(params, top_params);
    Templates result;
    result.access = read_access(reader);
    const RequestTarget target{endpoint, result.access};
    std::vector<std::string> problems;
    static const Params nothing;
    const auto exchange = [&](const char* name, Verb verb) {
        const Params* object = reader.object(name);
        return compile_exchange(object == nullptr ? nothing : *object, verb, target, problems);
    };
    result.read = exchange("read", Verb::read);
    result.write = exchange("write", Verb::write);
    result.servers = ServerNames(reader, topology);
    for (const Exchange* each : {&result.read, &result.write}) {
        for (const Location* place : {&each->value, &each->version, &each->served_by}) {
            if (place->kind == Location::Kind::header) result.headers.push_back(place->header);
        }
        add_header_names(each->expect, result.headers);
        if (each->follow) result.headers.emplace_back("Location");
    }
    for (const auto& error : reader.errors()) problems.push_back(error.message);
    if (!problems.empty()) {
        return invalid("{}", fmt::join(problems, "\n"));
    }
    return result;
}

void render(const Exchange& exchange, const Request& request, std::string& out,
            std::string& scratch) {
    out.clear();
    exchange.head.append_to(out, request.key, request.value);
    if (!exchange.has_body) {
        out += "\r\n";
        return;
    }
    scratch.clear();
    exchange.body.append_to(scratch, request.key, request.value);
    std::array<char, 24> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), scratch.size()).ptr;
    out += "Content-Length: ";
    out.append(digits.data(), end);
    out += "\r\n\r\n";
    out += scratch;
}

Reply read_answer(const Templates& templates, const ReadContext& asked, const Answer& answer,
                  std::string& words) {
    const Exchange& exchange = templates.of(asked.verb);
    Reply reply;
    reply.sample = answer.body;
    reply.served_by = served_by(templates, exchange, answer, asked.node);
    words.clear();
    const bool refused = is_refused(exchange, answer, words);
    if (contains(exchange.absent, answer.status) && !refused) {
        reply.outcome = Outcome::ok;
        reply.says_absent = true;
        return reply;
    }
    if (refused) {
        reply.cause = Cause::rejected;
    } else if (contains(exchange.ok, answer.status)) {
        read_places(exchange, asked, answer, reply, words);
    } else {
        reply.cause = answer.status >= 500 ? Cause::server_error : Cause::unexpected;
    }
    if (reply.cause == Cause::none) {
        reply.outcome = Outcome::ok;
        return reply;
    }
    const bool certain = asked.verb == Verb::read || reply.cause == Cause::rejected;
    reply.outcome = certain ? Outcome::failed : Outcome::unknown;
    reply.value = reply.version = 0;
    if (words.empty()) words = reason_of(exchange, answer);
    reply.detail = words;
    return reply;
}

}  // namespace gameday::drivers
