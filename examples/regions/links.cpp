#include "examples/regions/links.hpp"

#include "examples/regions/outgoing.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace gameday::regions {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t frame_bytes_max = 64U << 20U;

}  // namespace

// The hearing end of one connection; lives as long as a read is under way.
struct Links::Incoming : std::enable_shared_from_this<Links::Incoming> {
    Incoming(tcp::socket taken, Links& owner) : socket(std::move(taken)), links(owner) {}

    void read_length() {
        auto self = shared_from_this();
        asio::async_read(socket, asio::buffer(length),
                         [self](const error_code& error, std::size_t) {
                             if (!error) self->read_body();
                         });
    }

    void read_body() {
        std::size_t size = 0;
        for (unsigned n = 0; n < 4; ++n) {
            size |= static_cast<std::size_t>(static_cast<unsigned char>(length.at(n))) << (8 * n);
        }
        if (size > frame_bytes_max) return;
        body.resize(size);
        auto self = shared_from_this();
        asio::async_read(socket, asio::buffer(body), [self](const error_code& error, std::size_t) {
            if (!error && self->take()) self->read_length();
        });
    }

    bool take() {
        if (!from) {
            if (body.size() != 1) return false;
            from = static_cast<unsigned char>(body.front());
            return true;
        }
        const auto message = decode(body);
        if (message) links.on_message_(*from, *message);
        return message.has_value();
    }

    tcp::socket socket;
    Links& links;
    std::array<char, 4> length{};
    std::string body;
    std::optional<Peer> from;
};

struct Links::Listener {
    Listener(asio::io_context& io, Links& owner) : acceptor(io), links(owner) {}

    void accept() {
        acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
            if (error == asio::error::operation_aborted) return;
            if (!error) std::make_shared<Incoming>(std::move(socket), links)->read_length();
            accept();
        });
    }

    tcp::acceptor acceptor;
    Links& links;
};

Links::Links(asio::io_context& io, Peer self, OnMessage on_message)
    : io_(io), self_(self), on_message_(std::move(on_message)) {}

Links::~Links() = default;

Result<void> Links::listen(const Endpoint& endpoint) {
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

void Links::dial(Peer to, const Endpoint& endpoint) {
    auto link = std::make_shared<Outgoing>(io_, self_, endpoint);
    outgoing_[to] = link;
    link->connect();
}

bool Links::send(Peer to, const Message& message) {
    const auto found = outgoing_.find(to);
    return found != outgoing_.end() && found->second->send(encode(message));
}

}  // namespace gameday::regions
