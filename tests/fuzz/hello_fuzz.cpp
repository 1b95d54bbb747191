// What a TLS client says first, any bytes: what is read does not depend on how much has come behind
// it, or in how many records.
#include "injectors/devices/proxy/tls/client_hello.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/injectors/devices/proxy/tls/hello.hpp"

#include <algorithm>
#include <string>

namespace gameday::fuzz {
namespace {

namespace tls = devices::proxy::tls;
using tls::ClientHello;
using Kind = ClientHello::Kind;

constexpr std::size_t record_header = 5;

// What the records carry, one behind the other, in records of one byte; "" when the bytes are not
// whole records of a handshake.
std::string in_small_records(std::string_view bytes) {
    std::string small;
    while (bytes.size() >= record_header) {
        const auto high = static_cast<unsigned char>(bytes[3]);
        const auto low = static_cast<unsigned char>(bytes[4]);
        const std::size_t length = high * 256U + low;
        if (bytes[0] != 22 || bytes[1] != 3 || length == 0) return "";
        if (bytes.size() < record_header + length) return "";
        for (const char byte : bytes.substr(record_header, length)) {
            small += std::string(bytes.substr(0, 3)) + std::string("\0\1", 2) + byte;
        }
        bytes.remove_prefix(record_header + length);
    }
    return bytes.empty() ? small : "";
}

void demand_good_name(const ClientHello& hello) {
    const auto large = [](char letter) { return letter >= 'A' && letter <= 'Z'; };
    demand(std::ranges::none_of(hello.server_name, large), "names are in small letters",
           hello.server_name);
    demand(hello.kind == Kind::whole || hello.server_name.empty(), "only a whole one has a name");
}

// With each byte more it is the same, once it is known.
void demand_steady(std::string_view bytes) {
    ClientHello before;
    const std::size_t step = 1 + bytes.size() / 64;
    for (std::size_t size = 0; size <= bytes.size(); size += step) {
        const auto now = tls::read_client_hello(bytes.substr(0, size));
        demand_good_name(now);
        demand(before.kind == Kind::more || now == before, "what is known stays so", bytes);
        before = now;
    }
}

}  // namespace

void try_hello(std::string_view bytes) {
    demand_steady(bytes);
    const auto hello = tls::read_client_hello(bytes);
    if (const auto small = in_small_records(bytes); !small.empty()) {
        const auto again = tls::read_client_hello(small);
        // What is not TLS may show earlier, where a message is too long for its records.
        demand(hello.kind == Kind::other || again == hello, "records make no difference", bytes);
    }
    // Any bytes as a name, in records of any size.
    if (bytes.size() < 2 || bytes.size() > 200) return;
    const auto fragment = 1 + static_cast<std::size_t>(static_cast<unsigned char>(bytes.front()));
    std::string name(bytes.substr(1));
    auto made = tls::read_client_hello(testing::hello_for(name, fragment));
    // The planted defect: of a name behind the sixtieth letter nothing is read.
    if (is_planted() && made.server_name.size() > 60) made.server_name.resize(60);
    demand(made.kind == Kind::whole, "a hello that was made is read", name);
    std::ranges::transform(name, name.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    });
    if (name.back() == '.') name.pop_back();
    demand(made.server_name == name, "its name is read", name);
}

}  // namespace gameday::fuzz
