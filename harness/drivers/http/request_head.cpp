#include "harness/drivers/http/request_head.hpp"

#include "harness/drivers/common/pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace gameday::drivers {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// What RFC 9110 (5.6.2) lets stand in a method or in the name of a header.
bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return c > ' ' && c < 0x7f &&
               std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
    });
}

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    return out;
}

std::string without_blanks(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) > ' ') out += c;
    }
    return out;
}

std::string wrong_method(std::string_view method) {
    if (!is_token(method)) {
        const std::string tidy = upper(without_blanks(method));
        return fmt::format("\"{}\" is not a method, write {}", method,
                           is_token(tidy) ? "\"" + tidy + "\"" : "for example \"GET\"");
    }
    if (method == "CONNECT") return "CONNECT opens a tunnel, write for example \"GET\"";
    if (const std::string big = upper(method); big != method) {
        return fmt::format("\"{}\" is not \"{}\" to a server, write it in capitals", method, big);
    }
    return {};
}

std::string wrong_place(std::string_view text, bool has_places) {
    if (!has_places) {
        for (const char* place : {"{key}", "{value}", "{key_base64}", "{value_base64}"}) {
            if (text.find(place) == text.npos) continue;
            return fmt::format("{} has no meaning here, where no key is asked for: remove it",
                               place);
        }
    }
    const std::string word = unknown_place(text, false);
    if (word.empty()) return {};
    return fmt::format("{{{}}} stands for nothing, {}", word,
                       has_places ? "write {key}, {value}, {key_base64} or {value_base64}"
                                  : "write it as %7B" + word + "%7D, or remove it");
}

std::string wrong_path(std::string_view path, bool has_places) {
    if (path.find("://") != path.npos && path.front() != '/') {
        return fmt::format("\"{}\" is a whole address, write the path alone, such as \"/health\"",
                           path);
    }
    if (path.empty() || path.front() != '/') {
        return fmt::format("\"{}\" does not begin with /, write \"/{}\"", path,
                           without_blanks(path));
    }
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > ' ' && byte < 0x7f) continue;
        return fmt::format("has {} in it, write %{:02X} for it",
                           c == ' '                 ? "a blank"
                           : c == '\n' || c == '\r' ? "a line break"
                           : byte < 0x80            ? "a control character"
                                                    : "a letter beyond ASCII",
                           byte);
    }
    if (path.find('#') != path.npos)
        return "has a #, which no client sends: remove it and the rest";
    return wrong_place(path, has_places);
}

// Those that say where the message ends are gameday's own: it knows the body, nobody else does.
std::string wrong_header(std::string_view name, const Value& value, bool has_places) {
    if (!is_token(name)) {
        return fmt::format("\"{}\" is not the name of a header, write for example \"X-Trace\"",
                           name);
    }
    const auto* text = value.as<std::string>();
    if (text == nullptr || text->find_first_of(std::string_view("\r\n\0", 3)) != text->npos) {
        return fmt::format("\"{}\" is not a text on one line", name);
    }
    if (same_header(name, "Content-Length")) {
        return fmt::format("\"{}\" is counted from the body by gameday itself: remove it", name);
    }
    if (same_header(name, "Transfer-Encoding")) {
        return fmt::format("\"{}\": the body is sent whole, with its length: remove it", name);
    }
    const std::string place = wrong_place(*text, has_places);
    return place.empty() ? place : fmt::format("\"{}\": {}", name, place);
}

}  // namespace

bool same_header(std::string_view one, std::string_view other) {
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

bool names_connection(const Params& headers) {
    return std::ranges::any_of(
        headers, [](const auto& each) { return same_header(each.first, "Connection"); });
}

std::string head_text(const RequestHead& head, const Complain& complain) {
    if (auto wrong = wrong_method(head.method); !wrong.empty()) {
        complain("method", std::move(wrong));
    }
    if (auto wrong = wrong_path(head.path, head.has_places); !wrong.empty()) {
        complain("path", std::move(wrong));
    }
    std::string lines;
    std::string host(head.host);
    std::vector<std::string_view> names;
    static const Params none;
    for (const auto& [name, value] : head.headers == nullptr ? none : *head.headers) {
        auto wrong = wrong_header(name, value, head.has_places);
        const auto is_same = [&wanted = name](std::string_view each) {
            return same_header(each, wanted);
        };
        if (wrong.empty() && std::ranges::any_of(names, is_same)) {
            wrong = fmt::format("\"{}\" stands twice, in two cases: remove one", name);
        }
        if (!wrong.empty()) {
            complain("headers", std::move(wrong));
            continue;
        }
        names.push_back(name);
        if (same_header(name, "Host")) {
            host = *value.as<std::string>();
        } else {
            lines += fmt::format("{}: {}\r\n", name, *value.as<std::string>());
        }
    }
    return fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n{}", head.method, head.path, host, lines);
}

}  // namespace gameday::drivers
