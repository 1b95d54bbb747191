// Connection, before bytes flow: the client's hello and the handshakes of TLS.
#include "injectors/devices/proxy/relay/connection.hpp"

#include <boost/asio/error.hpp>

#include <sys/socket.h>

#include <chrono>
#include <cstring>
#include <utility>

namespace gameday::devices::proxy {

using boost::system::error_code;

// Each stage has its own patience.
Connection::Opening& Connection::open_with(Opening::Stage stage) {
    opening_ = std::make_unique<Opening>(Opening{stage, Timer(client_.get_executor())});
    if (stage != Opening::Stage::stalled) be_patient();
    return *opening_;
}

// In a black hole nothing is anybody's fault, and nobody may be told anything.
void Connection::be_patient() {
    constexpr auto patience = std::chrono::seconds(10);
    opening_->patience.expires_after(patience);
    opening_->patience.async_wait(
        [this, whose = opening_.get(), keep = shared_from_this()](error_code error) {
            if (error || opening_.get() != whose) return;
            if (gates_ && (gates_->client.is_deaf() || gates_->upstream.is_deaf())) {
                return be_patient();
            }
            if (whose->stage == Opening::Stage::hello) {
                note_end(HowEnded::closed_by_proxy);
            } else {
                tls_failed("the TLS handshake took too long");
            }
            reset(Direction::both);
        });
}

void Connection::go_on_opening() {
    switch (opening_->stage) {
        case Opening::Stage::hello: return listen_for_hello();
        case Opening::Stage::client: return shake_hands_with_client();
        case Opening::Stage::stalled: return swallow();
        case Opening::Stage::upstream: return;
    }
}

void Connection::hear_hello(std::function<void(const tls::ClientHello&)> heard) {
    dialled_ = true;
    if (ended_) return;
    open_with(Opening::Stage::hello).heard = std::move(heard);
    client_.watch();
}

void Connection::listen_for_hello() {
    if (!client_.readable()) return;
    error_code error;
    const std::size_t got = client_.peek(scratch_.bytes, error);
    if (error == net::error::would_block) return;
    if (error && error != net::error::eof) {
        note_end(HowEnded::rst_by_client);
        return reset(Direction::both);
    }
    auto hello = tls::read_client_hello({scratch_.bytes.data(), got});
    if (hello.kind == tls::ClientHello::Kind::more) {
        if (!error && !client_.ending()) return;
        hello.kind = tls::ClientHello::Kind::other;  // It will never be whole.
    }
    const auto opening = std::move(opening_);
    opening->heard(hello);
}

void Connection::terminate(std::unique_ptr<tls::Session> session, std::function<void()> done) {
    open_with(Opening::Stage::client).done = std::move(done);
    client_.secure(std::move(session));
    shake_hands_with_client();
}

void Connection::shake_hands_with_client() {
    const auto reached = client_.shake_hands();
    if (reached == tls::Session::Handshake::going_on) return;
    if (reached == tls::Session::Handshake::failed) return handshake_failed(client_);
    const auto opening = std::move(opening_);
    opening->done();
}

bool Connection::shake_hands_with_upstream() {
    if (opening_ == nullptr) open_with(Opening::Stage::upstream);
    const auto reached = upstream_.shake_hands();
    if (reached == tls::Session::Handshake::going_on) return false;
    if (reached == tls::Session::Handshake::done) {
        opening_.reset();
        return true;
    }
    handshake_failed(upstream_);
    return false;
}

// A client that has failed is told why, by the alert that the session has sent; what else it sent
// is read, or closing would be an RST, which may overtake the alert. An upstream that has failed is
// RST to the client, as any upstream that cannot be reached.
void Connection::handshake_failed(Socket& with) {
    const bool is_client = &with == &client_;
    tls_failed((is_client ? "TLS with the client: " : "TLS with the upstream: ") +
               with.session()->why());
    if (!is_client) return reset(Direction::both);
    client_.drop_received(scratch_.bytes);
    close();
}

void Connection::tls_failed(std::string why) {
    if (record_.ended != HowEnded::open) return;
    record_.why = std::make_shared<const std::string>(std::move(why));
    note_end(HowEnded::tls_failed);
}

void Connection::encrypt_upstream(std::unique_ptr<tls::Session> session) {
    if (!ended_) upstream_.secure(std::move(session));
}

std::string Connection::protocol() const {
    return client_.session() == nullptr ? "" : client_.session()->protocol();
}

std::string Connection::local_host() const {
    sockaddr_storage raw{};
    socklen_t size = sizeof(raw);
    ::getsockname(client_.native_handle(), reinterpret_cast<sockaddr*>(&raw), &size);
    if (raw.ss_family != AF_INET && raw.ss_family != AF_INET6) return "localhost";
    net::ip::tcp::endpoint local;
    std::memcpy(local.data(), &raw, local.capacity());
    const auto address = local.address();
    if (address.is_v4() || !address.to_v6().is_v4_mapped()) return address.to_string();
    return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6()).to_string();
}

void Connection::stall() {
    open_with(Opening::Stage::stalled);
    swallow();
}

void Connection::swallow() {
    const auto error = client_.drop_received(scratch_.bytes);
    if (!error) return client_.call_again();
    if (error == net::error::would_block) return;
    note_end(error == net::error::eof ? HowEnded::fin_by_client : HowEnded::rst_by_client);
    close();
}

}  // namespace gameday::devices::proxy
