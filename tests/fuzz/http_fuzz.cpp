// What a client may send to the API's port: any bytes, in pieces, then it closes its half. The
// input's first byte is the length of the pieces (0 = all at once). A session over a pair of
// sockets reads them; each answer is well-formed HTTP, and the session ends.
#include "injectors/devices/proxy/toxiproxy/api_session.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/properties.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <sys/socket.h>

#include <array>
#include <string>

namespace gameday::fuzz {
namespace {

namespace http = boost::beast::http;
using Local = boost::asio::local::stream_protocol;
using toxiproxy::ApiSession;

class Host final : public toxiproxy::SessionHost<Local> {
 public:
    toxiproxy::Response answer(const toxiproxy::Request& request) override {
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

    toxiproxy::Book book;
    FuzzPlane plane;
    int answered = 0;
};

// Our end of the pair: what goes in, what came out.
struct Client {
    explicit Client(boost::asio::io_context& io) : socket(io) {}

    void take() {
        std::array<char, 65536> some{};
        for (;;) {
            const auto got = ::recv(socket.native_handle(), some.data(), some.size(), MSG_DONTWAIT);
            if (got <= 0) return;
            answers.append(some.data(), static_cast<std::size_t>(got));
        }
    }
    // As many as the socket takes.
    std::size_t give(std::string_view bytes) {
        const auto sent =
            ::send(socket.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        return sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }

    Local::socket socket;
    std::string answers;
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

void try_bytes(std::string_view bytes) {
    if (bytes.empty()) return;
    const auto step = static_cast<std::size_t>(static_cast<unsigned char>(bytes.front()));
    bytes.remove_prefix(1);
    static Host host;
    host.book.clear();
    host.plane.fake = {};
    host.answered = 0;
    boost::asio::io_context io{1};
    Client client(io);
    {
        Local::socket theirs(io);
        boost::asio::local::connect_pair(client.socket, theirs);
        std::make_shared<ApiSession<Local>>(std::move(theirs), host)->begin();
    }
    const auto turn = [&] {
        io.restart();
        io.poll();
        client.take();
    };
    turn();
    for (int stuck = 0; !bytes.empty() && !host.sessions.empty() && stuck < 100;) {
        const auto sent = client.give(step == 0 ? bytes : bytes.substr(0, step));
        bytes.remove_prefix(sent);
        stuck = sent == 0 ? stuck + 1 : 0;
        turn();
    }
    demand(bytes.empty() || host.sessions.empty(), "the session reads what is sent");
    client.socket.shutdown(Local::socket::shutdown_send);
    for (int i = 0; !host.sessions.empty() && i < 1000; ++i) turn();
    demand(host.sessions.empty(), "the session ends when its client has");
    client.take();
    std::string_view answers = client.answers;
    while (!answers.empty()) demand_one_answer(answers);
}

}  // namespace gameday::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    gameday::fuzz::try_bytes(gameday::fuzz::text_of(bytes, size));
    return 0;
}
