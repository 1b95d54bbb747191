// ClientHellos for tests.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace gameday::testing {

// `size` as a number of so many bytes.
inline std::string number(std::size_t size, int bytes) {
    std::string text;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        text += static_cast<char>(size >> static_cast<unsigned>(shift) & 0xffU);
    }
    return text;
}

// A ClientHello that asks for that name ("": for none), in records of at most so many bytes.
inline std::string hello_for(std::string_view name, std::size_t fragment = 1000) {
    const std::string other = number(0xff01, 2) + number(1, 2) + std::string(1, '\0');
    std::string extensions = other;
    if (!name.empty()) {
        const auto entry = number(0, 1) + number(name.size(), 2) + std::string(name);
        const auto list = number(entry.size(), 2) + entry;
        extensions += number(0, 2) + number(list.size(), 2) + list;
    }
    const auto body = number(0x0303, 2) + std::string(32, 'r') + number(0, 1) + number(2, 2) +
                      number(0x1301, 2) + number(1, 1) + number(0, 1) +
                      number(extensions.size(), 2) + extensions;
    const auto message = number(1, 1) + number(body.size(), 3) + body;
    std::string records;
    for (std::size_t at = 0; at < message.size(); at += fragment) {
        const auto part = message.substr(at, fragment);
        records += number(22, 1) + number(0x0301, 2) + number(part.size(), 2) + part;
    }
    return records;
}

}  // namespace gameday::testing
