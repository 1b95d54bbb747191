#include "injectors/proxy_server/api/api_client.hpp"

#include "injectors/proxy_server/api/address.hpp"

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <cctype>
#include <optional>
#include <utility>

namespace gameday::proxy_server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace beast_http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

struct Url {
    Endpoint server;
    std::string prefix;  // path before that of the call, without a slash at its end
};

Result<Url> read_url(const std::string& text) {
    const Error wrong = invalid(
        "\"{}\" is not the address of a server, write for example "
        "http://localhost:8474 (TOXIPROXY_URL or --url)",
        text);
    constexpr std::string_view scheme = "http://";
    if (!text.starts_with(scheme)) return wrong;
    const std::string_view rest = std::string_view(text).substr(scheme.size());
    const auto slash = rest.find('/');
    std::string authority(rest.substr(0, slash));
    const bool has_port = authority.rfind(':') != authority.npos && !authority.ends_with(']');
    if (!has_port) authority += ":80";
    const auto address = read_address(authority);
    if (!address || address->address.empty() || address->port == 0) return wrong;
    Url url{*address, slash == rest.npos ? "" : std::string(rest.substr(slash))};
    while (url.prefix.ends_with('/')) url.prefix.pop_back();
    return url;
}

// One request and its answer; every step is handed to the io_context, so that the deadline of the
// stream holds for it.
class Exchange {
 public:
    Exchange(const ApiPlace& place, Url url, const ApiCall& call) : place_(place), url_(url) {
        const auto verb = beast_http::string_to_verb(call.method);
        request_.method(verb);
        request_.target(url.prefix + call.path);
        request_.version(11);
        request_.set(beast_http::field::host, url.server.text());
        request_.set(beast_http::field::user_agent, "gameday-proxy");
        request_.set(beast_http::field::content_type, "application/json");
        if (!place.token.empty()) {
            request_.set(beast_http::field::authorization, "Bearer " + place.token);
        }
        request_.keep_alive(false);
        request_.body() = call.body;
        request_.prepare_payload();
    }

    Result<ApiAnswer> run() {
        tcp::resolver resolver(io_);
        error_code error;
        const auto found =
            resolver.resolve(url_.server.address, std::to_string(url_.server.port), error);
        if (error) return nobody(error);
        stream_.expires_after(place_.patience);
        stream_.async_connect(found, [this](error_code failed, const tcp::endpoint&) {
            if (!done(failed)) send();
        });
        io_.run();
        if (failed_) return *failed_;
        return ApiAnswer{static_cast<int>(response_.result_int()), std::move(response_.body())};
    }

 private:
    [[nodiscard]] Error nobody(error_code error) const {
        if (error == beast::error::timeout) {
            return timed_out(
                "no answer from {} within {} s", place_.url,
                std::chrono::duration_cast<std::chrono::seconds>(place_.patience).count());
        }
        return refused(
            "cannot reach {}: {}; start it with `gameday proxy serve`, or say where it is with "
            "TOXIPROXY_URL or --url",
            place_.url, error.message());
    }
    bool done(error_code error) {
        if (error) failed_ = nobody(error);
        return failed_.has_value();
    }
    void send() {
        beast_http::async_write(stream_, request_, [this](error_code error, std::size_t) {
            if (!done(error)) receive();
        });
    }
    void receive() {
        beast_http::async_read(stream_, buffer_, response_,
                               [this](error_code error, std::size_t) { done(error); });
    }

    const ApiPlace& place_;
    Url url_;
    asio::io_context io_{1};
    beast::tcp_stream stream_{io_};
    beast::flat_buffer buffer_;
    beast_http::request<beast_http::string_body> request_;
    beast_http::response<beast_http::string_body> response_;
    std::optional<Error> failed_;
};

}  // namespace

Result<ApiAnswer> call_api(const ApiPlace& place, const ApiCall& call) {
    auto url = read_url(place.url);
    if (!url) return url.error();
    return Exchange(place, std::move(*url), call).run();
}

std::string encode_segment(std::string_view name) {
    std::string encoded;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain =
            std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos;
        encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
    }
    return encoded;
}

}  // namespace gameday::proxy_server
