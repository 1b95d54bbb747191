#include "injectors/proxy_server/api/query.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace gameday::proxy_server {
namespace {

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = digit_of(text[i + 1]);
        const int low = digit_of(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        plain += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return plain;
}

Result<std::map<std::string, std::string>> read_query(std::string_view target,
                                                      std::span<const std::string_view> known) {
    std::map<std::string, std::string> query;
    const auto mark = target.find('?');
    std::string_view rest = mark == target.npos ? std::string_view() : target.substr(mark + 1);
    while (!rest.empty()) {
        const auto end = rest.find('&');
        const auto part = rest.substr(0, end);
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
        const auto equals = part.find('=');
        const auto name = part.substr(0, equals);
        std::string encoded(equals == part.npos ? std::string_view() : part.substr(equals + 1));
        std::ranges::replace(encoded, '+', ' ');
        auto value = percent_decoded(encoded);
        if (std::ranges::find(known, name) == known.end()) {
            return invalid("query \"{}\": there are {}", part, fmt::join(known, ", "));
        }
        if (!value || value->empty()) {
            return invalid("query \"{}\": write {}=VALUE", part, name);
        }
        if (!query.emplace(name, std::move(*value)).second) {
            return invalid("query: {} is there twice", name);
        }
    }
    return query;
}

}  // namespace gameday::proxy_server
