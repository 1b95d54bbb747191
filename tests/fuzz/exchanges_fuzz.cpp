// The machine of HTTP faults: what a client and an upstream say in turn, any bytes, in any pieces,
// with any of the faults armed. See drawn_from() for how an input is read.
#include "harness/base/random.hpp"
#include "injectors/devices/proxy/http/exchanges.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/injectors/devices/proxy/http/play.hpp"

#include <algorithm>
#include <memory>
#include <string>

namespace gameday::fuzz {
namespace {

namespace http = devices::proxy::http;
using testing::Drawn;
using testing::Said;

constexpr unsigned times_only = testing::delays | testing::delays_within | testing::paces;

std::size_t count(std::string_view text, std::string_view word) {
    std::size_t found = 0;
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
    return found;
}

bool is_space(char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

// Whether the texts are of one length, and white space where the other has it.
bool same_shape(std::string_view one, std::string_view other) {
    return std::ranges::equal(
        one, other, [](char a, char b) { return is_space(a) || is_space(b) ? a == b : true; });
}

// All that is in `part` is in `all`, in that order.
bool is_within(std::string_view part, std::string_view all) {
    for (const char byte : all) {
        if (!part.empty() && part.front() == byte) part.remove_prefix(1);
    }
    return part.empty();
}

// Without the lines that begin with "ETag:", and those that continue them.
std::string without_etags(std::string_view text) {
    std::string left;
    bool in_etag = false;
    while (!text.empty()) {
        const auto end = std::min(text.find("\r\n"), text.size() - 2) + 2;
        const auto line = text.substr(0, std::min(end, text.size()));
        text.remove_prefix(line.size());
        const bool continues = line.front() == ' ' || line.front() == '\t';
        if (!continues) in_etag = http::same_name(line.substr(0, line.find(':')), "etag");
        if (!in_etag) left += line;
    }
    return left;
}

void demand_ends(const http::Pieces& out) {
    const auto ends = [](const http::Piece& piece) { return piece.end != http::Piece::End::none; };
    demand(std::ranges::none_of(out.to, ends), "the upstream is told no end");
    const auto end = std::ranges::find_if(out.from, ends);
    demand(end == out.from.end() || end + 1 == out.from.end(), "an end is the last piece");
}

void demand_bytes(const Drawn& drawn, const http::Pieces& out) {
    const auto to = testing::bytes_of(out.to);
    auto from = testing::bytes_of(out.from);
    // The planted defect: where a fault bites and a byte is no ASCII, the client misses the first.
    const auto is_strange = [](char byte) {
        return (static_cast<unsigned char>(byte) & 0x80) != 0;
    };
    if (is_planted() && !out.by.empty() && std::ranges::any_of(from, is_strange)) from.erase(0, 1);
    const bool over = !out.from.empty() && out.from.back().end != http::Piece::End::none;
    const unsigned choice = drawn.choice;
    const auto only = [choice](unsigned sorts) {
        constexpr unsigned all = 127;
        return (choice & all & ~sorts) == 0;
    };

    demand(is_within(to, drawn.asked), "the upstream gets what the client said, in order", to);
    if ((choice & testing::answers) == 0) {
        demand(drawn.asked.starts_with(to), "requests are not altered", to);
        demand(over || to == drawn.asked, "requests are whole unless all is over", to);
        demand(out.by.empty() || (choice & 127U) != 0, "no fault, no bite");
    } else {
        const auto bites = static_cast<std::size_t>(std::ranges::count(out.by, FaultId::of(1)));
        const std::string_view mark = "\r\nX-Gameday-Fault: unnamed\r\n";
        demand(count(from, mark) >= bites, "a request that was answered has its answer", from);
    }
    if (out.by.empty() && !over) demand(from == drawn.answered, "no bite, no change", from);
    if (only(times_only)) demand(from == drawn.answered, "delays and rates alter no byte", from);
    if (only(times_only | testing::truncates)) {
        demand(drawn.answered.starts_with(from), "what is truncated is a prefix", from);
        demand(over || from == drawn.answered, "and is whole unless all is over", from);
    }
    if (only(times_only | testing::garbles)) {
        demand(same_shape(from, drawn.answered), "letters alone are garbled", from);
    }
    if (only(times_only | testing::replaces)) {
        demand(without_etags(from) == without_etags(drawn.answered), "one header is replaced",
               from);
    }
}

// Faults of time that come and go while bytes are under way, and a machine that is dropped when it
// has nothing under way and joined again later: every byte comes out as it went in.
void demand_unharmed(const Drawn& drawn) {
    Random random(drawn.seed, "unharmed");
    auto exchanges = std::make_unique<http::Exchanges>(random.chance(0.5));
    std::string to, from;
    const auto take = [&](const http::Pieces& pieces) {
        to += testing::bytes_of(pieces.to);
        from += testing::bytes_of(pieces.from);
    };
    for (const auto& [who, text] : drawn.script) {
        if (who == Said::Who::client_ends) take(exchanges->request_end());
        if (who == Said::Who::upstream_ends) take(exchanges->response_end());
        for (std::string_view left = text; !left.empty();) {
            if (random.chance(0.2)) {
                exchanges->follow(testing::arm(
                    testing::some_faults(static_cast<unsigned>(random.below(128)) & times_only)));
            }
            if (exchanges->idle() && random.chance(0.3)) {
                exchanges = std::make_unique<http::Exchanges>(true);
            }
            const std::string said(left.substr(0, 1 + random.below(left.size())));
            left.remove_prefix(said.size());
            take(who == Said::Who::client ? exchanges->request(said) : exchanges->response(said));
        }
    }
    demand(to == drawn.asked, "requests are as they were while faults come and go", to);
    demand(from == drawn.answered, "responses are as they were while faults come and go", from);
}

}  // namespace

void try_exchanges(std::string_view bytes) {
    const Drawn drawn =
        testing::drawn_from(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    const auto out = testing::play(testing::arm(testing::some_faults(drawn.choice)), drawn.script,
                                   testing::whole);
    demand(testing::holds_for(drawn, out), "pieces make no difference", bytes);
    demand_ends(out);
    demand_bytes(drawn, out);
    demand_unharmed(drawn);
}

}  // namespace gameday::fuzz
