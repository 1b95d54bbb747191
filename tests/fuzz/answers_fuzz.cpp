// What a server may answer the http driver: any bytes, in pieces, then it closes. The input's first
// byte is the length of the pieces (0 = all at once); an odd one: the request was HEAD. What the
// driver reads is held against Beast's own parser on the same bytes, and what it finds in a body
// against the tree that the JSON library makes of it.
#include "harness/drivers/http/location.hpp"
#include "harness/drivers/http/response_reader.hpp"
#include "harness/json/json.hpp"
#include "harness/json/pointer.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/targets.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace gameday::fuzz {
namespace {

namespace http = boost::beast::http;
using drivers::AnswerReader;
using drivers::Found;
using State = AnswerReader::State;

struct Read {
    State state = State::more;
    unsigned status = 0;
    std::string body, who;
    bool operator==(const Read&) const = default;
};

// As a connection reads: what is left is put again with the next piece behind it.
Read by_driver(std::string_view bytes, bool to_head, std::size_t piece) {
    const std::vector<std::string> wanted{"X-Served-By"};
    drivers::Response response;
    AnswerReader reader(response, wanted, to_head);
    State state = State::more;
    std::string held;
    while (state == State::more && !bytes.empty()) {
        const auto next = bytes.substr(0, piece == 0 ? bytes.size() : piece);
        bytes.remove_prefix(next.size());
        held += next;
        std::string_view rest = held;
        state = reader.put(rest);
        held = std::string(rest);
    }
    if (state == State::more) state = reader.end();
    if (state != State::whole) return {state, 0, "", ""};
    // The planted defect: rare kinds of success are taken for the usual one.
    if (is_planted() && response.status / 10 == 29) response.status = 200;
    return {state, response.status, response.body, response.headers[0]};
}

// One parser for each answer, until one is no interim answer.
Read by_beast(std::string_view bytes, bool to_head) {
    for (;;) {
        http::response_parser<http::string_body> parser;
        parser.eager(true);
        parser.skip(to_head);
        parser.body_limit(drivers::ResponseReader::body_max);
        parser.header_limit(drivers::ResponseReader::head_max);
        boost::system::error_code error;
        while (!parser.is_done() && !bytes.empty()) {
            const auto used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
            bytes.remove_prefix(used);
            if (error) break;
            if (used == 0) break;
        }
        if (error && error != http::error::need_more) return {State::wrong, 0, "", ""};
        if (!parser.is_done()) {
            if (!parser.got_some()) return {};
            parser.put_eof(error);
            if (error || !parser.is_done()) return {};
        }
        const auto& message = parser.get();
        const unsigned status = message.result_int();
        if (status == 101) return {State::wrong, 0, "", ""};
        if (status >= 200 || status < 100) {
            std::string who;
            for (const auto& field : message) {
                if (field.name_string() == "X-Served-By") who = std::string(field.value());
            }
            return {State::whole, status, message.body(), who};
        }
        if (bytes.empty()) return {};
    }
}

// What is wrong may show sooner or later, and then as an answer that was cut off.
bool same(const Read& one, const Read& other) {
    return one == other || (one.state != State::whole && other.state != State::whole);
}

bool is_plain_number(std::string_view text) {
    return !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == text.npos;
}

void demand_found(std::string_view text) {
    const auto tree = json::parse(text);
    for (const char* pointer : {"/value", "/version", "/a/0/b", "/kvs/0/value", "/0"}) {
        const auto path = json::pointer_path(pointer);
        const Found found = drivers::find_in_json(text, path);
        if (!tree) {
            // The library refuses a repeated key wherever it stands; elsewhere than on the way it
            // is no harm.
            demand(found.what == Found::What::malformed || nlohmann::json::accept(text),
                   "nothing is found in what is no JSON", text);
            continue;
        }
        const Value* here = json::find_at(*tree, path);
        if (here == nullptr || here->is_null()) {
            demand(found.what == Found::What::absent, "what is not there is absent", text);
        } else if (const auto scalar = json::scalar_text(*here)) {
            demand(found.what == Found::What::text, "what is there is found", text);
            // A number beyond 64 bits is found as it is written, and is a double in the tree.
            const bool comparable = here->as<double>() == nullptr || is_plain_number(found.text);
            demand(!comparable || found.text == *scalar, "the text of what is found", text);
        } else {
            demand(found.what == Found::What::tree, "an object or list is told", text);
        }
    }
}

}  // namespace

void try_answers(std::string_view input) {
    if (input.empty()) return;
    const auto first = static_cast<unsigned char>(input.front());
    const bool to_head = first % 2 == 1;
    const auto bytes = input.substr(1);
    const Read whole = by_driver(bytes, to_head, 0);
    demand(same(by_driver(bytes, to_head, first / 2), whole), "pieces make no difference", bytes);
    const Read plain = by_beast(bytes, to_head);
    // Beast takes a body that ends with the connection as it is; the driver looks whether it is
    // JSON that was cut.
    const bool cut = whole.state == State::wrong && plain.state == State::whole &&
                     !json::parse(plain.body).has_value();
    demand(cut || same(whole, plain), "Beast reads the same", bytes);
    demand_found(bytes);
    demand_found(plain.body);
}

}  // namespace gameday::fuzz
