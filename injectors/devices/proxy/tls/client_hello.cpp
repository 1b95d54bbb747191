#include "injectors/devices/proxy/tls/client_hello.hpp"

#include <algorithm>
#include <optional>

namespace gameday::devices::proxy::tls {

namespace {

using Kind = ClientHello::Kind;

constexpr std::size_t record_header = 5, message_header = 4;
constexpr std::size_t fragment_most = 1U << 14U;
constexpr std::size_t version_and_random = 2 + 32;
constexpr std::uint64_t handshake = 22, client_hello = 1;  // kinds of record, of message
constexpr std::uint64_t server_name = 0, host_name = 0;    // kinds of extension, of name

// Takes numbers and runs of bytes off the front; after one that is not there all others are empty.
class Cursor {
 public:
    explicit Cursor(std::string_view bytes) : left_(bytes) {}

    std::string_view take(std::uint64_t size) {
        if (size > left_.size()) {
            good_ = false;
            left_ = {};
            return {};
        }
        const auto taken = left_.substr(0, static_cast<std::size_t>(size));
        left_.remove_prefix(taken.size());
        return taken;
    }
    std::uint64_t number(std::size_t bytes) {
        std::uint64_t value = 0;
        for (const char byte : take(bytes)) value = value << 8U | static_cast<unsigned char>(byte);
        return value;
    }
    // A run with its length before it, in so many bytes.
    std::string_view run(std::size_t length_bytes) { return take(number(length_bytes)); }

    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool empty() const { return left_.empty(); }

 private:
    std::string_view left_;
    bool good_ = true;
};

std::string in_small_letters(std::string_view name) {
    std::string small(name);
    for (char& letter : small) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    if (!small.empty() && small.back() == '.') small.pop_back();
    return small;
}

// The name in a whole message, "" when there is none; nothing when it is not a ClientHello.
std::optional<std::string> name_in(std::string_view message) {
    Cursor hello(message);
    hello.take(version_and_random);
    hello.run(1);  // session
    hello.run(2);  // cipher suites
    hello.run(1);  // compression
    if (!hello.good()) return std::nullopt;
    if (hello.empty()) return "";
    Cursor extensions(hello.run(2));
    while (hello.good() && !extensions.empty()) {
        const auto kind = extensions.number(2);
        Cursor body(extensions.run(2));
        if (!extensions.good()) return std::nullopt;
        if (kind != server_name) continue;
        Cursor names(body.run(2));
        while (body.good() && !names.empty()) {
            const auto name_kind = names.number(1);
            const auto name = names.run(2);
            if (names.good() && name_kind == host_name) return in_small_letters(name);
        }
        return std::nullopt;
    }
    return hello.good() ? std::optional<std::string>("") : std::nullopt;
}

}  // namespace

ClientHello read_client_hello(std::string_view bytes) {
    std::string message;  // what the records carry
    while (!bytes.empty()) {
        Cursor record(bytes.substr(0, record_header));
        const bool fits =
            record.number(1) == handshake && (bytes.size() < 2 || record.number(1) == 3);
        if (!fits) return {Kind::other, {}};
        if (bytes.size() < record_header) break;
        record.take(1);
        const auto length = static_cast<std::size_t>(record.number(2));
        if (length == 0 || length > fragment_most) return {Kind::other, {}};
        bytes.remove_prefix(record_header);
        message += bytes.substr(0, length);
        bytes.remove_prefix(std::min(length, bytes.size()));

        if (!message.empty() && static_cast<unsigned char>(message.front()) != client_hello) {
            return {Kind::other, {}};
        }
        if (message.size() < message_header) continue;
        const auto size = Cursor(std::string_view(message).substr(1)).number(3);
        if (size > hello_most) return {Kind::other, {}};
        if (message.size() - message_header < size) continue;
        const auto name = name_in(
            std::string_view(message).substr(message_header, static_cast<std::size_t>(size)));
        return name ? ClientHello{Kind::whole, *name} : ClientHello{Kind::other, {}};
    }
    return {};
}

std::string_view unrecognized_name_alert() {
    using namespace std::string_view_literals;
    return "\x15\x03\x03\x00\x02\x02\x70"sv;
}

}  // namespace gameday::devices::proxy::tls
