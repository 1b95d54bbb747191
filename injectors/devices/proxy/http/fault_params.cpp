#include "injectors/devices/proxy/http/fault_params.hpp"

#include "injectors/devices/proxy/http/answer.hpp"
#include "injectors/devices/proxy/http/head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace gameday::devices::proxy::http {

namespace {

constexpr std::array effect_specs{
    ParamSpec{"name", ParamType::text, "", "what the fault is called; X-Gameday-Fault says it"},
    ParamSpec{"status", ParamType::count, "", "the answer, 200 to 599; the upstream is not asked"},
    ParamSpec{"body", ParamType::text, "", "the body of that answer"},
    ParamSpec{"headers", ParamType::object, "", "its headers: {\"Retry-After\": \"5\"}"},
    ParamSpec{"delay", ParamType::duration, "", "the response is so late"},
    ParamSpec{"jitter", ParamType::duration, "", "the delay varies by this, up and down"},
    ParamSpec{"delay_after", ParamType::count, "",
              "the delay comes behind so many bytes of the body; 0: behind the headers"},
    ParamSpec{"truncate_after", ParamType::count, "",
              "the body is cut behind so many bytes, and the connection ends"},
    ParamSpec{"truncate_with", ParamType::choice, "close", "how it ends", false, "close|reset"},
    ParamSpec{"rate", ParamType::rate, "", "of the body, such as \"64KiB\" (a second)"},
    ParamSpec{"replace_header", ParamType::text, "",
              "\"Name: value\": this value in that header of the response, or a new header"},
    ParamSpec{"garble_header", ParamType::text, "",
              "the name of a header of the response whose value becomes unreadable"},
};

constexpr auto fault_specs = [] {
    std::array<ParamSpec, match_specs.size() + effect_specs.size()> all{};
    std::copy(effect_specs.begin(), effect_specs.end(),
              std::copy(match_specs.begin(), match_specs.end(), all.begin()));
    return all;
}();

bool is_visible(std::string_view text) {
    return std::ranges::all_of(text, [](char letter) {
        return letter == '\t' || (static_cast<unsigned char>(letter) >= ' ' && letter != 0x7f);
    });
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char letter) {
        return letter > ' ' && letter < 0x7f &&
               std::string_view("()<>@,;:\\\"/[]?={}").find(letter) == std::string_view::npos;
    });
}

// A header's name and, where there is a colon, its value.
bool is_header(std::string_view text, bool with_value) {
    const auto colon = text.find(':');
    if (with_value == (colon == std::string_view::npos)) return false;
    return is_token(text.substr(0, colon)) && is_visible(text);
}

void read_answer(ParamReader& reader, Fault& fault) {
    const auto status = reader.count("status");
    const auto body = reader.text("body");
    auto headers = read_answer_headers(reader);
    for (const auto* name : {"body", "headers"}) {
        if (!reader.has(name) || reader.has("status")) continue;
        reader.fail(name, fmt::format("{} of an answer, write a \"status\" as well",
                                      std::string_view(name) == "body" ? "is that" : "are those"));
    }
    if (!reader.has("status")) return;
    if (status < 200 || status > 599) {
        reader.fail("status", fmt::format("{} is not a final status, write 200 to 599", status));
        return;
    }
    if (!body.empty() && is_bodiless(static_cast<int>(status))) {
        reader.fail("body", fmt::format("is never sent with status {}, leave it out", status));
    }
    for (const auto* name :
         {"delay_after", "truncate_after", "rate", "replace_header", "garble_header"}) {
        if (reader.has(name)) {
            reader.fail(name,
                        "is about the upstream's response, and \"status\" has none: "
                        "write two faults, or leave one of them out");
        }
    }
    fault.answer = Answer{static_cast<int>(status), body, std::move(headers)};
}

void read_delay(ParamReader& reader, Fault& fault) {
    fault.delay = reader.duration("delay");
    fault.jitter = reader.duration("jitter");
    if (reader.has("delay") && fault.delay <= Duration{}) {
        reader.fail("delay", "is no delay, write for example \"100ms\"");
    }
    if (fault.jitter > fault.delay) {
        reader.fail("jitter", "is more than the delay, write less");
    }
    if (reader.has("delay_after")) {
        fault.delay_after = reader.count("delay_after");
        if (!reader.has("delay")) {
            reader.fail("delay_after", "says where a delay comes, write a \"delay\" as well");
        }
    }
}

void read_body(ParamReader& reader, Fault& fault) {
    fault.truncate_with_reset = reader.text("truncate_with") == "reset";
    if (reader.has("truncate_after")) {
        fault.truncate_after = reader.count("truncate_after");
    } else if (reader.has("truncate_with")) {
        reader.fail("truncate_with", "says how a cut body ends, write \"truncate_after\" as well");
    }
    fault.rate = reader.rate("rate");
    if (reader.has("rate") && fault.rate < 1) {
        reader.fail("rate", "lets nothing pass, write for example \"1KiB\"");
    }
    const auto replace = reader.text("replace_header");
    if (reader.has("replace_header")) {
        if (!is_header(replace, true)) {
            reader.fail("replace_header", "is not a header, write for example \"ETag: other\"");
        }
        const auto colon = std::min(replace.find(':'), replace.size());
        fault.replace =
            Field{replace.substr(0, colon), std::string(trimmed(std::string_view(replace).substr(
                                                std::min(colon + 1, replace.size()))))};
    }
    fault.garble = reader.text("garble_header");
    if (reader.has("garble_header") && !is_token(fault.garble)) {
        reader.fail("garble_header", "is not a header's name, write for example \"ETag\"");
    }
}

template <class T>
void put(Params& params, const char* name, const T& value, const T& usual) {
    if (!(value == usual)) params[name] = Value(value);
}

void put(Params& params, const char* name, Duration value) {
    if (value != Duration{}) params[name] = Value(duration_literal(value));
}

}  // namespace

void read_match(ParamReader& reader, Fault& fault) {
    fault.methods = reader.names("method");
    for (const auto& method : fault.methods) {
        if (!is_token(method)) reader.fail("method", "is not a method, write for example \"GET\"");
    }
    fault.path = reader.text("path");
    if (!fault.path.empty() && fault.path.find('?') != std::string::npos) {
        reader.fail("path", "has a query, which is not compared: leave out \"?\" and what follows");
    }
    fault.header = reader.text("header");
    if (!fault.header.empty() && !is_header(fault.header, false) &&
        !is_header(fault.header, true)) {
        reader.fail("header", "is not a header, write \"Name\" or \"Name: value\"");
    }
    fault.share = reader.share("share");
    fault.first = reader.count("first");
    fault.every = reader.count("every");
    if (fault.every < 1) reader.fail("every", "is none, write 1 or more");
}

std::vector<Field> read_answer_headers(ParamReader& reader) {
    std::vector<Field> headers;
    const Params* given = reader.object("headers");
    if (given == nullptr) return headers;
    for (const auto& [name, value] : *given) {
        const auto* text = value.as<std::string>();
        if (!is_token(name) || text == nullptr || !is_visible(*text)) {
            reader.fail("headers", fmt::format("\"{}\" is not a header with a text on one line, "
                                               "write for example {{\"Retry-After\": \"5\"}}",
                                               name));
            continue;
        }
        for (const auto* own : {"Content-Length", "Transfer-Encoding", "Connection"}) {
            if (!same_name(name, own)) continue;
            reader.fail("headers",
                        fmt::format("\"{}\" is written by the proxy itself, remove it", name));
        }
        for (const auto& other : headers) {
            if (!same_name(name, other.name)) continue;
            reader.fail("headers", fmt::format("\"{}\" stands twice, in two cases", name));
        }
        headers.push_back({name, *text});
    }
    return headers;
}

Result<Fault> read_fault(const Params& params) {
    ParamReader reader(params, fault_specs);
    Fault fault;
    fault.name = reader.text("name");
    if (!is_visible(fault.name)) reader.fail("name", "has letters that no header can carry");
    read_match(reader, fault);
    read_answer(reader, fault);
    read_delay(reader, fault);
    read_body(reader, fault);
    const bool any = reader.has("status") || reader.has("delay") || reader.has("truncate_after") ||
                     reader.has("rate") || reader.has("replace_header") ||
                     reader.has("garble_header");
    if (!any && reader.errors().empty()) {
        reader.fail("status",
                    "is missing, or another effect: write \"status\", \"delay\", "
                    "\"truncate_after\", \"rate\", \"replace_header\" or \"garble_header\"");
    }
    if (auto good = reader.finish(); !good) return good.error();
    return fault;
}

Params params_of(const Fault& fault) {
    const Fault usual;
    Params params;
    put(params, "name", fault.name, usual.name);
    if (!fault.methods.empty()) {
        params["method"] = Value(List(fault.methods.begin(), fault.methods.end()));
    }
    put(params, "path", fault.path, usual.path);
    put(params, "header", fault.header, usual.header);
    put(params, "share", fault.share, usual.share);
    put(params, "first", fault.first, usual.first);
    put(params, "every", fault.every, usual.every);
    if (fault.answer) {
        params["status"] = Value(fault.answer->status);
        put(params, "body", fault.answer->body, std::string());
        Params headers;
        for (const auto& [name, value] : fault.answer->headers) headers[name] = Value(value);
        if (!headers.empty()) params["headers"] = Value(std::move(headers));
    }
    put(params, "delay", fault.delay);
    put(params, "jitter", fault.jitter);
    if (fault.delay_after) params["delay_after"] = Value(*fault.delay_after);
    if (fault.truncate_after) params["truncate_after"] = Value(*fault.truncate_after);
    if (fault.truncate_with_reset) params["truncate_with"] = Value("reset");
    if (fault.rate > 0) params["rate"] = Value(fmt::format("{}B", fault.rate));
    if (fault.replace) {
        params["replace_header"] = Value(fault.replace->name + ": " + fault.replace->value);
    }
    put(params, "garble_header", fault.garble, usual.garble);
    return params;
}

}  // namespace gameday::devices::proxy::http
