#include "injectors/devices/proxy/toxiproxy/api_server.hpp"

#include "injectors/devices/proxy/toxiproxy/address.hpp"

#include <fmt/format.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <cerrno>
#include <chrono>
#include <optional>
#include <random>
#include <set>
#include <string_view>
#include <thread>
#include <utility>

namespace gameday::devices::proxy::toxiproxy {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto idle_max = 60s;          // between two requests
constexpr auto request_time_max = 15s;  // from its first byte to its last; the answer likewise
constexpr auto accept_retry = 50ms;     // when descriptors have run out
constexpr std::uint32_t header_bytes_max = 16 * 1024;
constexpr std::uint64_t body_bytes_max = 8 * 1024 * 1024;

Error cannot_listen(const ServerSettings& settings, const std::string& why) {
    return {ErrorCode::refused,
            fmt::format("cannot listen on {}:{}: {}; stop what listens there, or give another "
                        "--port or --host",
                        settings.host, settings.port, why)};
}

// The first address of the host, those of IPv4 before those of IPv6, as Go does.
Result<tcp::endpoint> resolve(asio::io_context& context, const ServerSettings& settings) {
    const std::string host = plain(Address{settings.host, settings.port}).host;
    tcp::resolver resolver(context);
    error_code error;
    const auto found = resolver.resolve(host, std::to_string(settings.port), error);
    if (error || found.empty()) {
        return Error{ErrorCode::invalid,
                     fmt::format("cannot resolve --host {}: {}; write a name or address of this "
                                 "machine",
                                 settings.host, error ? error.message() : "no address")};
    }
    for (const auto& each : found) {
        if (each.endpoint().address().is_v4()) return each.endpoint();
    }
    return found.begin()->endpoint();
}

Result<void> check_token(const ServerSettings& settings, const tcp::endpoint& endpoint) {
    if (is_loopback(endpoint.address().to_string()) || !settings.api.token.empty()) return {};
    return Error{ErrorCode::refused,
                 fmt::format("--host {} can be reached from other machines, and whoever reaches it "
                             "can open ports here: give --token TOKEN or set GAMEDAY_PROXY_TOKEN, "
                             "or listen on localhost",
                             settings.host)};
}

}  // namespace

struct ApiServer::State {
    State(ServerSettings chosen, Book proxies, Plane& carrier)
        : settings(std::move(chosen)), book(std::move(proxies)), plane(carrier) {}

    std::string next_id() { return fmt::format("{:08x}{:012x}", run, ++requests); }

    class Session;
    ServerSettings settings;
    Book book;
    Plane& plane;
    asio::io_context io{1};
    tcp::acceptor acceptor{io};
    asio::steady_timer retry{io};
    std::set<Session*> sessions;
    std::uint32_t run = std::random_device{}();
    std::uint64_t requests = 0;
    bool stopping = false;
    std::thread thread;

    void accept();
    void stop();
};

// One connection; requests one after the other. Lives as long as an operation is under way.
class ApiServer::State::Session : public std::enable_shared_from_this<Session> {
 public:
    Session(tcp::socket socket, State& server) : stream_(std::move(socket)), server_(server) {
        server_.sessions.insert(this);
    }
    ~Session() { server_.sessions.erase(this); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Waits for a request.
    void begin() {
        if (buffer_.size() > 0) return read_header();
        stream_.expires_after(idle_max);
        stream_.async_read_some(buffer_.prepare(4096),
                                [self = shared_from_this()](error_code error, std::size_t size) {
                                    if (error) return self->close();
                                    self->buffer_.commit(size);
                                    self->read_header();
                                });
    }

    void close() {
        error_code ignored;  // closing is all that is left to do with it
        stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
        stream_.close();
    }

 private:
    void read_header() {
        parser_.emplace();
        parser_->header_limit(header_bytes_max);
        parser_->body_limit(body_bytes_max);
        stream_.expires_after(request_time_max);
        http::async_read_header(stream_, buffer_, *parser_,
                                [self = shared_from_this()](error_code error, std::size_t) {
                                    if (error) return self->refuse(error);
                                    self->invite_body();
                                });
    }

    // curl asks before it sends a large body.
    void invite_body() {
        if (!beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
            return read_body();
        }
        static constexpr std::string_view invitation = "HTTP/1.1 100 Continue\r\n\r\n";
        asio::async_write(stream_, asio::buffer(invitation),
                          [self = shared_from_this()](error_code error, std::size_t) {
                              if (error) return self->close();
                              self->read_body();
                          });
    }

    void read_body() {
        http::async_read(stream_, buffer_, *parser_,
                         [self = shared_from_this()](error_code error, std::size_t) {
                             if (error) return self->refuse(error);
                             self->serve();
                         });
    }

    void serve() {
        const auto& message = parser_->get();
        const auto field = [&message](auto name) { return std::string(message[name]); };
        Request request;
        request.method = std::string(message.method_string());
        request.target = std::string(message.target());
        request.user_agent = field(http::field::user_agent);
        request.authorization = field(http::field::authorization);
        request.gameday_token = field("X-Gameday-Token");
        request.body = std::move(parser_->get().body());
        request.id = server_.next_id();
        write(handle(request, server_.book, server_.plane, server_.settings.api),
              message.keep_alive(), message.method() == http::verb::head);
    }

    // What is not HTTP, too large or too slow. Whoever has closed hears nothing.
    void refuse(error_code error) {
        const error_code gone = http::error::end_of_stream;
        if (error.category() != gone.category() || error == gone ||
            error == http::error::partial_message) {
            return close();
        }
        auto response =
            error == http::error::body_limit
                ? error_response(
                      413, fmt::format("request body over {} bytes, send less", body_bytes_max))
                : error_response(400, "not an HTTP request: " + error.message());
        response.headers.emplace_back("X-Toxiproxy-Request-Id", server_.next_id());
        write(std::move(response), false, false);
    }

    void write(Response response, bool keep_alive, bool without_body) {
        message_ = {};
        message_.version(11);
        message_.result(static_cast<unsigned>(response.status));
        message_.keep_alive(keep_alive);
        if (!response.content_type.empty()) {
            message_.set(http::field::content_type, response.content_type);
        }
        for (const auto& [name, value] : response.headers) message_.set(name, value);
        const std::size_t size = response.body.size();
        if (!without_body) message_.body() = std::move(response.body);
        if (response.status != 204) message_.content_length(size);
        stream_.expires_after(request_time_max);
        http::async_write(stream_, message_,
                          [self = shared_from_this(), keep_alive](error_code error, std::size_t) {
                              if (error) return self->close();
                              if (keep_alive) return self->begin();
                              self->say_goodbye();
                          });
    }

    // Closing while the client still sends would be RST, and might take the answer away from it.
    void say_goodbye() {
        error_code ignored;  // if it is gone, reading says so
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        stream_.expires_after(request_time_max);
        read_away();
    }
    void read_away() {
        buffer_.clear();
        stream_.async_read_some(buffer_.prepare(16384),
                                [self = shared_from_this()](error_code error, std::size_t) {
                                    if (error) return self->close();
                                    self->read_away();
                                });
    }

    beast::tcp_stream stream_;
    State& server_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> message_;
};

void ApiServer::State::accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
        if (stopping) return;
        if (!error) {
            error_code ignored;  // slower answers are no reason to give none
            socket.set_option(tcp::no_delay(true), ignored);
            std::make_shared<Session>(std::move(socket), *this)->begin();
            return accept();
        }
        retry.expires_after(accept_retry);
        retry.async_wait([this](error_code stopped) {
            if (!stopped) accept();
        });
    });
}

void ApiServer::State::stop() {
    stopping = true;
    error_code ignored;  // it is over either way
    acceptor.close(ignored);
    retry.cancel();
    for (Session* session : sessions) session->close();
}

Result<std::unique_ptr<ApiServer>> ApiServer::start(const ServerSettings& settings, Book book,
                                                    Plane& plane) {
    auto state = std::make_unique<State>(settings, std::move(book), plane);
    const auto endpoint = resolve(state->io, settings);
    if (!endpoint) return endpoint.error();
    if (auto allowed = check_token(settings, *endpoint); !allowed) return allowed.error();
    error_code error;
    auto& acceptor = state->acceptor;
    acceptor.open(endpoint->protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(*endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return cannot_listen(settings, error.message());
    state->accept();
    state->thread = std::thread([run = state.get()] { run->io.run(); });
    return std::unique_ptr<ApiServer>(new ApiServer(std::move(state)));
}

ApiServer::ApiServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

ApiServer::~ApiServer() {
    asio::post(state_->io, [state = state_.get()] { state->stop(); });
    state_->thread.join();
}

std::string ApiServer::address() const {
    error_code ignored;  // it is bound
    const auto endpoint = state_->acceptor.local_endpoint(ignored);
    return address_text(Address{endpoint.address().to_string(), endpoint.port()});
}

}  // namespace gameday::devices::proxy::toxiproxy
