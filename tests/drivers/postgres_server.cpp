#include "tests/drivers/postgres_server.hpp"

#include <utility>

namespace gameday::test {
namespace {

std::string big_endian(std::uint32_t value, int bytes) {
    std::string out;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        out += static_cast<char>((value >> static_cast<unsigned>(shift)) & 0xFFU);
    }
    return out;
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
    }
    return value;
}

std::string zero_ended(std::string_view text) { return std::string(text) + '\0'; }

}  // namespace

std::string pg_message(char type, std::string_view body) {
    return type + big_endian(static_cast<std::uint32_t>(body.size() + 4), 4) + std::string(body);
}

std::string pg_ready(char status) { return pg_message('Z', std::string(1, status)); }

std::string pg_columns(std::initializer_list<std::string_view> names) {
    std::string body = big_endian(static_cast<std::uint32_t>(names.size()), 2);
    for (const auto name : names) {
        // Table, attribute, type (text), size, modifier, format.
        body += zero_ended(name) + big_endian(0, 4) + big_endian(0, 2) + big_endian(25, 4) +
                big_endian(0xFFFF, 2) + big_endian(0xFFFFFFFF, 4) + big_endian(0, 2);
    }
    return pg_message('T', body);
}

std::string pg_row(std::initializer_list<std::optional<std::string_view>> values) {
    std::string body = big_endian(static_cast<std::uint32_t>(values.size()), 2);
    for (const auto& value : values) {
        body += big_endian(value ? static_cast<std::uint32_t>(value->size()) : 0xFFFFFFFF, 4);
        if (value) body += *value;
    }
    return pg_message('D', body);
}

std::string pg_done(std::string_view tag) { return pg_message('C', zero_ended(tag)); }

std::string pg_error(std::string_view severity, std::string_view state, std::string_view message) {
    return pg_message('E', 'S' + zero_ended(severity) + 'V' + zero_ended(severity) + 'C' +
                               zero_ended(state) + 'M' + zero_ended(message) + '\0');
}

std::string pg_warning(std::string_view function, std::string_view message) {
    return pg_message('N', 'S' + zero_ended("WARNUNG") + 'V' + zero_ended("WARNING") + 'C' +
                               zero_ended("01000") + 'M' + zero_ended(message) + 'R' +
                               zero_ended(function) + '\0');
}

std::string pg_value(std::string_view name, std::string_view value) {
    return pg_columns({name}) + pg_row({value}) + pg_done("SELECT 1");
}

bool pg_welcome(RawConnection& connection) {
    constexpr std::uint32_t version_3 = 196608;
    for (;;) {
        const std::string length = connection.read_bytes(4);
        if (length.empty()) return false;
        const std::string rest = connection.read_bytes(number_at(length, 0) - 4);
        if (rest.empty()) return false;
        if (number_at(rest, 0) == version_3) break;
        connection.send("N");  // neither TLS nor GSSAPI
    }
    connection.send(pg_message('R', big_endian(0, 4)) +
                    pg_message('S', zero_ended("server_version") + zero_ended("15.0")) +
                    pg_message('K', big_endian(1, 4) + big_endian(2, 4)) + pg_ready());
    return true;
}

std::string pg_read_query(RawConnection& connection) {
    const std::string head = connection.read_bytes(5);
    if (head.empty() || head[0] != 'Q') return {};
    std::string text = connection.read_bytes(number_at(head, 1) - 4);
    if (!text.empty()) text.pop_back();
    // A connection begins with the wish for warnings, alone or in front of a question.
    constexpr std::string_view wish = "set client_min_messages = warning;";
    if (!text.starts_with(wish)) return text;
    text.erase(0, wish.size());
    if (!text.empty()) return text;
    connection.send(pg_done("SET") + pg_ready());
    return pg_read_query(connection);
}

RawServer::Serve pg_serve(std::function<std::string(const std::string&)> answer) {
    return [answer = std::move(answer)](RawConnection& connection) {
        if (!pg_welcome(connection)) return;
        for (std::string text = pg_read_query(connection); !text.empty();
             text = pg_read_query(connection)) {
            connection.send(answer(text));
        }
    };
}

}  // namespace gameday::test
