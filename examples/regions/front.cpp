#include "examples/regions/front.hpp"

#include "harness/json/json.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace gameday::regions {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t body_bytes_max = 1U << 20U, key_bytes_max = 512;
constexpr std::string_view key_prefix = "/kv/";

std::uint64_t wall_us() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

std::int64_t whole(std::uint64_t number) { return static_cast<std::int64_t>(number); }

std::string error_text(const char* message) {
    return json::print(Params{{"error", Value(message)}}) + "\n";
}

}  // namespace

// One connection; requests one after the other. Lives as long as an operation is under way.
struct Front::Session : std::enable_shared_from_this<Front::Session> {
    Session(tcp::socket taken, Front& owner) : socket(std::move(taken)), front(owner) {}

    void read() {
        parser.emplace();
        parser->body_limit(body_bytes_max);
        auto self = shared_from_this();
        http::async_read(socket, buffer, *parser, [self](const error_code& error, std::size_t) {
            if (!error) self->serve();
        });
    }

    void serve() {
        const auto& request = parser->get();
        const std::string target(request.target().substr(0, request.target().find('?')));
        const bool get = request.method() == http::verb::get;
        if (target.starts_with(key_prefix)) {
            serve_key(target.substr(key_prefix.size()));
        } else if (!get) {
            reply(http::status::method_not_allowed, error_text("wanted GET"));
        } else if (target == "/status") {
            reply(http::status::ok, front.status_text());
        } else if (target == "/health") {
            const bool good = front.calls_.view().healthy;
            reply(good ? http::status::ok : http::status::service_unavailable, front.status_text());
        } else if (target == "/primary") {
            const bool good = front.calls_.view().primary;
            reply(good ? http::status::ok : http::status::service_unavailable, front.status_text());
        } else {
            reply(http::status::not_found, error_text("no such page"));
        }
    }

    void serve_key(const std::string& key) {
        const auto& message = parser->get();
        const bool write = message.method() == http::verb::put;
        if (key.empty() || key.size() > key_bytes_max) {
            reply(http::status::bad_request, error_text("a key has 1 to 512 bytes"));
        } else if (!write && message.method() != http::verb::get) {
            reply(http::status::method_not_allowed, error_text("wanted GET or PUT"));
        } else {
            Request request;
            request.id = ++front.requests_;
            request.write = write;
            request.key = key;
            request.value = write ? message.body() : std::string();
            request.wall_us = wall_us();
            waiting = shared_from_this();  // nothing is under way on the socket meanwhile
            front.waiting_[request.id] = waiting;
            front.calls_.submit(std::move(request));
        }
    }

    void take(const Answer& answer) {
        const bool write = parser->get().method() == http::verb::put;
        Params body{{"version", Value(whole(answer.version))}};
        if (!write) body["value"] = answer.value;
        switch (answer.status) {
            case Status::ok:
                reply(http::status::ok, json::print(body) + "\n", answer.server);
                break;
            case Status::absent:
                reply(http::status::not_found, error_text("no such key"), answer.server);
                break;
            case Status::refused:
                reply(http::status::misdirected_request, error_text("not done: no primary here"));
                break;
            case Status::uncertain:
                reply(http::status::service_unavailable, error_text("may have been done or not"));
                break;
        }
        waiting.reset();
    }

    void reply(http::status status, std::string body, std::optional<Peer> server = {}) {
        response = {};
        response.result(status);
        response.version(parser->get().version());
        response.keep_alive(parser->get().keep_alive());
        response.set(http::field::content_type, "application/json");
        if (server) response.set("X-Served-By", front.names_.at(*server));
        response.body() = std::move(body);
        response.prepare_payload();
        auto self = shared_from_this();
        http::async_write(socket, response, [self](const error_code& error, std::size_t) {
            if (!error && self->response.keep_alive()) self->read();
        });
    }

    tcp::socket socket;
    Front& front;
    boost::beast::flat_buffer buffer;
    std::optional<http::request_parser<http::string_body>> parser;
    http::response<http::string_body> response;
    std::shared_ptr<Session> waiting;
};

struct Front::Listener {
    Listener(asio::io_context& io, Front& owner) : acceptor(io), front(owner) {}

    void accept() {
        acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
            if (error == asio::error::operation_aborted) return;
            if (!error) {
                error_code ignored;  // slower answers are no reason to give none
                socket.set_option(tcp::no_delay(true), ignored);
                std::make_shared<Session>(std::move(socket), front)->read();
            }
            accept();
        });
    }

    tcp::acceptor acceptor;
    Front& front;
};

Front::Front(asio::io_context& io, Peer self, std::vector<std::string> names,
             std::vector<std::string> regions, Calls calls)
    : io_(io),
      self_(self),
      names_(std::move(names)),
      regions_(std::move(regions)),
      calls_(std::move(calls)) {}

Front::~Front() = default;

Result<void> Front::listen(const Endpoint& endpoint) {
    listener_ = std::make_unique<Listener>(io_, *this);
    const tcp::endpoint address(asio::ip::make_address(endpoint.address), endpoint.port);
    error_code error;
    auto& acceptor = listener_->acceptor;
    acceptor.open(address.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(address, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return Error{ErrorCode::failed, endpoint.text() + ": " + error.message()};
    listener_->accept();
    return {};
}

void Front::answer(const Answer& answer) {
    const auto found = waiting_.find(answer.id);
    if (found == waiting_.end()) return;
    const auto session = found->second.lock();
    waiting_.erase(found);
    if (session) session->take(answer);
}

std::string Front::status_text() const {
    const View view = calls_.view();
    const auto lag = std::chrono::duration_cast<std::chrono::milliseconds>(view.lag);
    return json::print(Params{{"node", Value(names_.at(self_))},
                              {"region", Value(regions_.at(self_))},
                              {"role", Value(view.primary ? "primary" : "replica")},
                              {"term", Value(whole(view.term))},
                              {"index", Value(whole(view.index))},
                              {"lag_ms", Value(static_cast<std::int64_t>(lag.count()))},
                              {"leader", Value(view.leader ? names_.at(*view.leader) : "")}}) +
           "\n";
}

}  // namespace gameday::regions
