// ApiSession: one connection to the API: HTTP/1.1 requests one after the other, each with a
// deadline and a limit. Over TCP for the server, over memory for the fuzzer.
#pragma once

#include "injectors/proxy_server/api/api.hpp"

#include <fmt/format.h>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace gameday::proxy_server {

struct SessionLimits {
    std::chrono::seconds idle{60};     // between two requests
    std::chrono::seconds request{15};  // from its first byte to its last; the answer likewise
    std::uint32_t header_bytes = 16 * 1024;
    std::uint64_t body_bytes = 8 * 1024 * 1024;
};

template <class Stream>
class ApiSession;

// The server as its sessions see it; it outlives them.
template <class Stream>
struct SessionHost {
    virtual Response answer(const Request& request) = 0;
    virtual std::string next_id() = 0;
    std::set<ApiSession<Stream>*> sessions;  // those that live

 protected:
    ~SessionHost() = default;
};

// Lives as long as an operation is under way. The stream is a Beast stream with two more functions:
// shutdown_send() sends FIN, shutdown_and_close() ends both directions.
template <class Stream>
class ApiSession : public std::enable_shared_from_this<ApiSession<Stream>> {
    using error_code = boost::system::error_code;

 public:
    ApiSession(Stream stream, SessionHost<Stream>& host) : stream_(std::move(stream)), host_(host) {
        host_.sessions.insert(this);
    }
    ~ApiSession() { host_.sessions.erase(this); }
    ApiSession(const ApiSession&) = delete;
    ApiSession& operator=(const ApiSession&) = delete;

    // Waits for a request.
    void begin() {
        if (buffer_.size() > 0) return read_header();
        stream_.expires_after(limits.idle);
        stream_.async_read_some(buffer_.prepare(4096), [self = this->shared_from_this()](
                                                           error_code error, std::size_t size) {
            if (error) return self->close();
            self->buffer_.commit(size);
            self->read_header();
        });
    }

    void close() { stream_.shutdown_and_close(); }

 private:
    static constexpr SessionLimits limits{};

    void read_header() {
        parser_.emplace();
        parser_->header_limit(limits.header_bytes);
        parser_->body_limit(limits.body_bytes);
        stream_.expires_after(limits.request);
        boost::beast::http::async_read_header(
            stream_, buffer_, *parser_,
            [self = this->shared_from_this()](error_code error, std::size_t) {
                if (error) return self->refuse(error);
                self->invite_body();
            });
    }

    // curl asks before it sends a large body.
    void invite_body() {
        if (!boost::beast::iequals(parser_->get()[boost::beast::http::field::expect],
                                   "100-continue")) {
            return read_body();
        }
        static constexpr std::string_view invitation = "HTTP/1.1 100 Continue\r\n\r\n";
        boost::asio::async_write(stream_, boost::asio::buffer(invitation),
                                 [self = this->shared_from_this()](error_code error, std::size_t) {
                                     if (error) return self->close();
                                     self->read_body();
                                 });
    }

    void read_body() {
        boost::beast::http::async_read(
            stream_, buffer_, *parser_,
            [self = this->shared_from_this()](error_code error, std::size_t) {
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
        request.user_agent = field(boost::beast::http::field::user_agent);
        request.authorization = field(boost::beast::http::field::authorization);
        request.gameday_token = field("X-Gameday-Token");
        request.body = std::move(parser_->get().body());
        request.id = host_.next_id();
        request.now = at(std::chrono::steady_clock::now().time_since_epoch());
        write(host_.answer(request), message.keep_alive(),
              message.method() == boost::beast::http::verb::head);
    }

    // What is not HTTP, too large or too slow. Whoever has closed hears nothing.
    void refuse(error_code error) {
        const error_code gone = boost::beast::http::error::end_of_stream;
        if (error.category() != gone.category() || error == gone ||
            error == boost::beast::http::error::partial_message) {
            return close();
        }
        auto response =
            error == boost::beast::http::error::body_limit
                ? error_response(
                      413, fmt::format("request body over {} bytes, send less", limits.body_bytes))
                : error_response(400, "not an HTTP request: " + error.message());
        response.headers.emplace_back("X-Toxiproxy-Request-Id", host_.next_id());
        write(std::move(response), false, false);
    }

    void write(Response response, bool keep_alive, bool without_body) {
        message_ = {};
        message_.version(11);
        message_.result(static_cast<unsigned>(response.status));
        message_.keep_alive(keep_alive);
        if (!response.content_type.empty()) {
            message_.set(boost::beast::http::field::content_type, response.content_type);
        }
        for (const auto& [name, value] : response.headers) message_.set(name, value);
        const std::size_t size = response.body.size();
        if (!without_body) message_.body() = std::move(response.body);
        if (response.status != 204) message_.content_length(size);
        stream_.expires_after(limits.request);
        boost::beast::http::async_write(
            stream_, message_,
            [self = this->shared_from_this(), keep_alive](error_code error, std::size_t) {
                if (error) return self->close();
                if (keep_alive) return self->begin();
                self->say_goodbye();
            });
    }

    // Closing while the client still sends would be RST, and might take the answer away from it.
    void say_goodbye() {
        stream_.shutdown_send();
        stream_.expires_after(limits.request);
        read_away();
    }
    void read_away() {
        buffer_.clear();
        stream_.async_read_some(buffer_.prepare(16384),
                                [self = this->shared_from_this()](error_code error, std::size_t) {
                                    if (error) return self->close();
                                    self->read_away();
                                });
    }

    Stream stream_;
    SessionHost<Stream>& host_;
    boost::beast::flat_buffer buffer_;
    std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
    boost::beast::http::response<boost::beast::http::string_body> message_;
};

}  // namespace gameday::proxy_server
