// What a client may send to the API's port: any bytes, in pieces, then it closes its half. The
// input's first byte is the length of the pieces (0 = all at once). The server's session reads them
// from a stream in memory; each answer is well-formed HTTP, and the session ends.
#include "injectors/proxy_server/api/api_session.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/memory_stream.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"

#include <chrono>
#include <string>

namespace gameday::fuzz {
namespace {

namespace http = boost::beast::http;
using proxy_server::ApiSession;

class Host final : public proxy_server::SessionHost<MemoryStream> {
 public:
    proxy_server::Response answer(const proxy_server::Request& request) override {
        ++answered;
        auto response = handle(request, book, plane, {"2.12.0", true, ""});
        // The planted defect: a line break in a header of the answer.
        if (is_planted() && request.body.find('%') != std::string::npos) {
            response.headers.emplace_back("X-Planted", "one\r\n\r\ntwo");
        }
        demand_good_answer(response);
        demand_agreement(book, plane);
        return response;
    }
    std::string next_id() override { return "7"; }

    proxy_server::ProxyTable book;
    testing::FakePlane plane = plane_with_taken_address();
    int answered = 0;
};

// Takes one response off the front.
void demand_one_answer(std::string_view& answers) {
    constexpr std::string_view invitation = "HTTP/1.1 100 Continue\r\n\r\n";
    while (answers.starts_with(invitation)) answers.remove_prefix(invitation.size());
    if (answers.empty()) return;
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    boost::system::error_code error;
    const auto head = answers.find("\r\n\r\n");
    demand(head != answers.npos, "an answer has a head", answers);
    parser.put(boost::asio::buffer(answers.substr(0, head + 4)), error);
    demand(!error, "the head of an answer is HTTP", answers);
    const auto& message = parser.get();
    demand(message.has_content_length() || message.result_int() == 204,
           "an answer tells its length", answers);
    demand(!message["X-Toxiproxy-Request-Id"].empty(), "an answer has its number", answers);
    std::size_t length = 0;
    if (message.has_content_length()) {
        length = std::stoul(std::string(message[http::field::content_length]));
    }
    answers.remove_prefix(head + 4);
    // The answer to HEAD has a length and no body; every answer of this API to HEAD is an error.
    const bool bodiless = answers.size() < length || answers.starts_with("HTTP/1.1 ");
    if (!bodiless) answers.remove_prefix(length);
}

}  // namespace

void try_http(std::string_view bytes) {
    if (bytes.empty()) return;
    const auto step = static_cast<std::size_t>(static_cast<unsigned char>(bytes.front()));
    bytes.remove_prefix(1);
    static Host host;
    host.book.clear();
    host.plane = plane_with_taken_address();
    host.answered = 0;
    MemoryWire wire;
    wire.bytes = bytes;
    if (step > 0) wire.piece = step;
    static boost::asio::io_context io{1};
    std::make_shared<ApiSession<MemoryStream>>(MemoryStream(io, wire), host)->begin();
    io.restart();
    io.run_for(std::chrono::seconds(5));
    demand(host.sessions.empty(), "the session ends when its client has");
    demand(wire.closed, "the session closes its stream");
    std::string_view answers = wire.answers;
    while (!answers.empty()) demand_one_answer(answers);
}

}  // namespace gameday::fuzz
