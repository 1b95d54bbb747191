#include "harness/drivers/http/templates.hpp"

#include "harness/drivers/http/base64.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace gameday::drivers {
namespace {

constexpr std::array<ParamSpec, 3> top_params{{
    {"read", ParamType::object, "", "how to read a key: request and places in the answer"},
    {"write", ParamType::object, "", "how to write a key: request and places in the answer"},
    {"served_by_names", ParamType::object, "",
     "texts that answers use for who served, each with the name of a node or region"},
}};

constexpr std::array<ParamSpec, 11> exchange_params{{
    {"method", ParamType::text, "", "GET for reads and PUT for writes unless given"},
    {"path", ParamType::text, "/kv/{key}", "with {key}, {value}, {key_base64}, {value_base64}"},
    {"headers", ParamType::object, "", "names and values sent with each request"},
    {"body", ParamType::text, "", "sent with the request; for writes {value} unless given"},
    {"value", ParamType::text, "", "where the value is: /json/pointer, header:Name or body"},
    {"version", ParamType::text, "", "where the version of the effect is"},
    {"served_by", ParamType::text, "", "where the answer says who served it"},
    {"encoding", ParamType::choice, "", "how the value is written", false, "base64"},
    {"ok", ParamType::strings, "", "statuses of success: [200], for writes [200, 201, 204]"},
    {"absent", ParamType::strings, "", "statuses that say the key was never written: [404]"},
    {"rejected", ParamType::strings, "", "statuses that say for certain it was not done"},
}};

std::vector<unsigned> statuses(ParamReader& reader, const Params& params, const char* name,
                               std::vector<unsigned> otherwise) {
    if (!reader.has(name)) return otherwise;
    std::vector<unsigned> result;
    const auto* list = params.at(name).as<List>();
    const auto complain = [&] {
        reader.fail(name, "is not a list of HTTP statuses, write for example [200]");
        return result;
    };
    if (list == nullptr) return complain();
    for (const auto& each : *list) {
        const auto* status = each.as<std::int64_t>();
        if (status == nullptr || *status < 100 || *status > 599) return complain();
        result.push_back(static_cast<unsigned>(*status));
    }
    return result;
}

Location location(ParamReader& reader, const char* name) {
    auto parsed = parse_location(reader.text(name));
    if (parsed) return *parsed;
    reader.fail(name, parsed.error().message);
    return {};
}

std::string head_text(ParamReader& reader, Verb verb, const Endpoint& endpoint) {
    std::string method = reader.text("method");
    if (method.empty()) method = verb == Verb::read ? "GET" : "PUT";
    const std::string path = reader.text("path");
    if (path.empty() || path.front() != '/') {
        reader.fail("path", fmt::format("\"{}\" does not begin with /", path));
    }
    std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", method, path, endpoint.text());
    if (const Params* headers = reader.object("headers")) {
        for (const auto& [name, value] : *headers) {
            const auto* text = value.as<std::string>();
            if (text == nullptr || (name + *text).find_first_of("\r\n") != std::string::npos) {
                reader.fail("headers", fmt::format("\"{}\" is not a text on one line", name));
            } else {
                head += fmt::format("{}: {}\r\n", name, *text);
            }
        }
    }
    return head;
}

Exchange compile_exchange(const Params& params, Verb verb, const Endpoint& endpoint,
                          std::vector<std::string>& problems) {
    ParamReader reader(params, exchange_params);
    Exchange result;
    result.head = Pattern(head_text(reader, verb, endpoint));
    std::string body = reader.text("body");
    if (!reader.has("body") && verb == Verb::write) body = "{value}";
    result.body = Pattern(body);
    result.has_body = !body.empty() || verb == Verb::write;
    result.base64 = reader.text("encoding") == "base64";
    result.value = location(reader, "value");
    result.version = location(reader, "version");
    result.served_by = location(reader, "served_by");
    result.ok = statuses(
        reader, params, "ok",
        verb == Verb::read ? std::vector<unsigned>{200} : std::vector<unsigned>{200, 201, 204});
    result.absent =
        statuses(reader, params, "absent",
                 verb == Verb::read ? std::vector<unsigned>{404} : std::vector<unsigned>{});
    result.rejected = statuses(reader, params, "rejected", {});
    for (const auto& error : reader.errors()) {
        problems.push_back(fmt::format("{}.{}", name_of(verb), error.message));
    }
    return result;
}

NodeId node_meant(const Topology& topology, std::string_view name) {
    const auto nodes = topology.nodes_named(name);
    return nodes.empty() ? NodeId() : nodes.front();
}

bool contains(const std::vector<unsigned>& statuses, unsigned status) {
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

Found look_up(const Templates& templates, const Location& location, const Answer& answer) {
    switch (location.kind) {
        case Location::Kind::none: return {};
        case Location::Kind::body: return {Found::What::text, std::string(answer.body)};
        case Location::Kind::pointer: return find_in_json(answer.body, location.path);
        case Location::Kind::header: break;
    }
    const auto slot =
        std::find(templates.headers.begin(), templates.headers.end(), location.header) -
        templates.headers.begin();
    const std::string& text = answer.headers[static_cast<std::size_t>(slot)];
    if (text.empty()) return {};
    return {Found::What::text, text};
}

// The number found, 0 when there is none, nothing when what stands there is no number.
std::optional<std::uint64_t> number_of(const Found& found, bool base64) {
    if (found.what == Found::What::absent) return 0;
    if (found.what == Found::What::malformed) return std::nullopt;
    if (!base64) return parse_number(found.text);
    const auto bytes = decode_base64(found.text);
    return bytes ? parse_number(*bytes) : std::nullopt;
}

}  // namespace

const std::span<const ParamSpec> http_params = top_params;

Pattern::Pattern(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, Piece>, 4> names{
        {{"{key}", Piece::key},
         {"{value}", Piece::value},
         {"{key_base64}", Piece::key_base64},
         {"{value_base64}", Piece::value_base64}}};
    std::string literal;
    const auto flush = [&] {
        if (!literal.empty()) parts_.push_back({Piece::literal, std::exchange(literal, {})});
    };
    while (!text.empty()) {
        const auto* found = std::find_if(names.begin(), names.end(), [&](const auto& each) {
            return text.substr(0, each.first.size()) == each.first;
        });
        if (found == names.end()) {
            literal += text.front();
            text.remove_prefix(1);
        } else {
            flush();
            parts_.push_back({found->second, {}});
            text.remove_prefix(found->first.size());
        }
    }
    flush();
}

void Pattern::append_to(std::string& out, std::uint32_t key, std::uint64_t value) const {
    for (const auto& part : parts_) {
        if (part.piece == Piece::literal) {
            out += part.text;
            continue;
        }
        const bool is_key = part.piece == Piece::key || part.piece == Piece::key_base64;
        std::array<char, 24> digits{};
        const auto end =
            std::to_chars(digits.data(), digits.data() + digits.size(), is_key ? key : value).ptr;
        const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
        if (part.piece == Piece::key || part.piece == Piece::value) {
            out += text;
        } else {
            append_base64(out, text);
        }
    }
}

Result<Templates> compile_templates(const Params& params, const Topology& topology,
                                    const Endpoint& endpoint) {
    ParamReader reader(params, top_params);
    Templates result;
    std::vector<std::string> problems;
    static const Params nothing;
    const auto exchange = [&](const char* name, Verb verb) {
        const Params* object = reader.object(name);
        return compile_exchange(object == nullptr ? nothing : *object, verb, endpoint, problems);
    };
    result.read = exchange("read", Verb::read);
    result.write = exchange("write", Verb::write);
    for (const auto& region : topology.regions) {
        if (!region.nodes.empty()) result.served_by.insert_or_assign(region.name, region.nodes[0]);
    }
    for (const auto& node : topology.nodes) result.served_by.insert_or_assign(node.name, node.id);
    if (const Params* names = reader.object("served_by_names")) {
        for (const auto& [text, value] : *names) {
            const auto* name = value.as<std::string>();
            const NodeId node = name == nullptr ? NodeId() : node_meant(topology, *name);
            if (!node.known()) {
                reader.fail("served_by_names",
                            fmt::format("\"{}\" is not given the name of a node or region", text));
            }
            result.served_by.insert_or_assign(text, node);
        }
    }
    for (const Exchange* each : {&result.read, &result.write}) {
        for (const Location* place : {&each->value, &each->version, &each->served_by}) {
            if (place->kind == Location::Kind::header) result.headers.push_back(place->header);
        }
    }
    for (const auto& error : reader.errors()) problems.push_back(error.message);
    if (!problems.empty()) {
        return Error{ErrorCode::invalid, fmt::format("{}", fmt::join(problems, "\n"))};
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

Reply read_answer(const Templates& templates, Verb verb, const Answer& answer, NodeId sent_to) {
    const Exchange& exchange = templates.of(verb);
    Reply reply;
    if (exchange.served_by.kind == Location::Kind::none) {
        reply.served_by = sent_to;
    } else if (const Found found = look_up(templates, exchange.served_by, answer);
               found.what == Found::What::text) {
        const auto known = templates.served_by.find(found.text);
        if (known != templates.served_by.end()) reply.served_by = known->second;
    }
    const Outcome uncertain = verb == Verb::write ? Outcome::unknown : Outcome::failed;
    if (contains(exchange.rejected, answer.status)) {
        reply.outcome = Outcome::failed;
        reply.cause = Cause::rejected;
    } else if (contains(exchange.absent, answer.status)) {
        reply.outcome = Outcome::ok;
    } else if (contains(exchange.ok, answer.status)) {
        const auto value =
            verb == Verb::read
                ? number_of(look_up(templates, exchange.value, answer), exchange.base64)
                : std::optional<std::uint64_t>(0);
        const auto version = number_of(look_up(templates, exchange.version, answer), false);
        reply.outcome = value && version ? Outcome::ok : uncertain;
        reply.cause = value && version ? Cause::none : Cause::malformed;
        if (reply.outcome == Outcome::ok) {
            reply.value = *value;
            reply.version = *version;
        }
    } else {
        reply.outcome = uncertain;
        reply.cause = answer.status >= 500 ? Cause::server_error : Cause::malformed;
    }
    return reply;
}

}  // namespace gameday::drivers
