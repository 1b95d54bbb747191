#include "injectors/devices/proxy/net/socket.hpp"

#include "injectors/devices/proxy/net/system_error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <utility>

namespace gameday::devices::proxy {
namespace {

using boost::system::error_code;

// How long ago the kernel had the bytes of a message, by the time of day that it stamps them with.
// A clock that was set meanwhile would say anything, and bytes that were left unread on purpose
// have been there for longer.
Duration age_of(msghdr& message) {
    constexpr Duration most = std::chrono::milliseconds(20);
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPING) continue;
        scm_timestamping times{};
        std::memcpy(&times, CMSG_DATA(part), sizeof(times));
        const timespec& came = times.ts[0];
        if (came.tv_sec == 0 && came.tv_nsec == 0) return {};
        timespec now{};
        ::clock_gettime(CLOCK_REALTIME, &now);
        const auto age = std::chrono::seconds(now.tv_sec - came.tv_sec) +
                         std::chrono::nanoseconds(now.tv_nsec - came.tv_nsec);
        return std::clamp(Duration(age), Duration{}, most);
    }
    return {};
}

}  // namespace

// The socket as the wire of a session.
struct Socket::Secured final : tls::Wire {
    Secured(Socket& its_socket, std::unique_ptr<tls::Session> its_session)
        : socket(its_socket), session(std::move(its_session)) {
        session->attach(*this);
    }
    std::size_t receive(std::span<char> space, error_code& error) override {
        if (socket.readable_) return socket.read_wire(space, error);
        error = net::error::would_block;
        return 0;
    }
    std::size_t send(std::span<const char> bytes, error_code& error) override {
        if (!socket.writable_) error = net::error::would_block;
        if (error) return 0;
        const std::size_t sent = socket.write_wire(bytes, error);
        // That it is lost is told to who writes next, and nobody writes to what takes nothing.
        if (error && error != net::error::would_block) socket.writable_ = true;
        return sent;
    }
    Socket& socket;
    std::unique_ptr<tls::Session> session;
};

Socket::Socket(Poller& poller, Owner& owner, int descriptor)
    : poller_(poller), owner_(owner), descriptor_(descriptor), writable_(descriptor >= 0) {}

Socket::~Socket() { close(); }

Poller::Poller(net::io_context& context)
    : set_(::epoll_create1(EPOLL_CLOEXEC)), descriptor_(context.get_executor(), set_) {
    wait();
}

Poller::~Poller() { stop(); }

void Poller::stop() {
    error_code ignored;
    if (descriptor_.is_open()) descriptor_.close(ignored);
    set_ = -1;
}

bool Poller::add(Socket& socket) {
    epoll_event wanted{};
    wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    wanted.data.ptr = &socket;
    return ::epoll_ctl(set_, EPOLL_CTL_ADD, socket.descriptor_, &wanted) == 0;
}

// A socket may go while a batch is worked off in which it still stands. Closing would not take it
// off the set: a child process that is about to run another program may have a copy.
void Poller::forget(const Socket& socket) {
    if (socket.watched_) ::epoll_ctl(set_, EPOLL_CTL_DEL, socket.descriptor_, nullptr);
    for (int i = 0; i < batch_size_; ++i) {
        epoll_event& event = batch_.at(static_cast<std::size_t>(i));
        if (event.data.ptr == &socket) event.data.ptr = nullptr;
    }
    if (!socket.called_again_) return;
    std::ranges::replace(again_, const_cast<Socket*>(&socket), nullptr);
    std::ranges::replace(current_, const_cast<Socket*>(&socket), nullptr);
}

void Poller::call_again(Socket& socket) {
    again_.push_back(&socket);
    if (again_.size() == 1) post_turn_again();
}

void Poller::post_turn_again() {
    net::post(get_executor(), [this] { turn_again(); });
}

void Poller::wait() {
    descriptor_.async_wait(net::posix::descriptor_base::wait_read, [this](error_code error) {
        if (error) return;  // Stopped.
        turn();
        wait();
    });
}

// Going back to the context for more costs two calls to the kernel beside the one here, so a thread
// that is busy looks again itself; but not for so long that timers would notice.
void Poller::turn() {
    constexpr int busy = 4;  // sockets ready at a time
    constexpr Duration most = std::chrono::microseconds(200);
    const auto end = std::chrono::steady_clock::now() + most;
    do {
        batch_size_ =
            std::max(::epoll_wait(set_, batch_.data(), static_cast<int>(batch_.size()), 0), 0);
        for (int i = 0; i < batch_size_; ++i) {
            const epoll_event event = batch_.at(static_cast<std::size_t>(i));
            if (event.data.ptr == nullptr) continue;
            auto& socket = *static_cast<Socket*>(event.data.ptr);
            socket.take_events(event.events);
            socket.owner_.ready(socket);
        }
    } while (std::exchange(batch_size_, 0) >= busy && set_ >= 0 &&
             std::chrono::steady_clock::now() < end);
}

// No more of them than of a batch, for whoever wants all threads to stand still waits behind it.
void Poller::turn_again() {
    const auto some = std::min(again_.size(), batch_.size());
    const auto rest = again_.begin() + static_cast<std::ptrdiff_t>(some);
    current_.assign(again_.begin(), rest);
    again_.erase(again_.begin(), rest);
    if (!again_.empty()) post_turn_again();
    for (auto& entry : current_) {
        Socket* const socket = std::exchange(entry, nullptr);
        if (socket == nullptr) continue;
        socket->called_again_ = false;
        socket->owner_.ready(*socket);
    }
    current_.clear();
}

error_code Socket::open(int family) {
    descriptor_ = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) return last_error();
    if (family != AF_UNIX) {
        const int on = 1;
        ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    if (timed_) ask_for_times();
    return {};
}

error_code Socket::connect(const sockaddr* address, socklen_t size) {
    if (!is_open()) {
        if (const auto error = open(address->sa_family)) return error;
    }
    if (::connect(descriptor_, address, size) != 0 && errno != EINPROGRESS) return last_error();
    watch();
    return {};
}

void Socket::watch() {
    if (watched_ || !is_open()) return;
    watched_ = poller_.add(*this);
    if (watched_) return;
    failed_ = true;  // No memory for it in the kernel: it is of no use.
    call_again();
}

void Socket::call_again() {
    if (std::exchange(called_again_, true)) return;
    poller_.call_again(*this);
}

void Socket::take_events(std::uint32_t events) {
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) ending_ = true;
    if ((events & EPOLLIN) != 0 || ending_) readable_ = true;
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) writable_ = true;
    if ((events & EPOLLERR) != 0) failed_ = true;
    if (secured_ && writable_) secured_->session->flush();
}

void Socket::secure(std::unique_ptr<tls::Session> session) {
    secured_ = std::make_unique<Secured>(*this, std::move(session));
}

tls::Session* Socket::session() const { return secured_ ? secured_->session.get() : nullptr; }

tls::Session::Handshake Socket::shake_hands() {
    const auto reached = secured_->session->shake_hands();
    decrypted_ = secured_->session->readable();
    return reached;
}

std::size_t Socket::read(std::span<char> space, error_code& error) {
    if (!secured_) return read_wire(space, error);
    age_ = {};  // Nobody knows it of what has been decrypted before.
    const std::size_t got = secured_->session->read(space, error);
    decrypted_ = secured_->session->readable();
    return got;
}

std::size_t Socket::write(std::span<const char> bytes, error_code& error) {
    return secured_ ? secured_->session->write(bytes, error) : write_wire(bytes, error);
}

error_code Socket::take_error() {
    int error = 0;
    socklen_t size = sizeof(error);
    ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
    return system_error(error != 0 ? error : ENOMEM);  // See watch().
}

void Socket::time_arrivals(bool on) {
    if (std::exchange(timed_, on) == on) return;
    age_ = {};
    if (is_open()) ask_for_times();
}

// A kernel that knows no such times gives none.
void Socket::ask_for_times() {
    const unsigned wanted = timed_ ? SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE : 0;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_TIMESTAMPING, &wanted, sizeof(wanted));
}

ssize_t Socket::receive(std::span<char> space) {
    if (!timed_) return ::recv(descriptor_, space.data(), space.size(), 0);
    iovec where{space.data(), space.size()};
    alignas(cmsghdr) std::array<char, 256> told{};
    msghdr message{};
    message.msg_iov = &where;
    message.msg_iovlen = 1;
    message.msg_control = told.data();
    message.msg_controllen = told.size();
    const auto got = ::recvmsg(descriptor_, &message, 0);
    age_ = got > 0 ? age_of(message) : Duration{};
    return got;
}

// A short read has emptied the socket, see epoll(7); what comes later makes a new edge.
std::size_t Socket::read_wire(std::span<char> space, error_code& error) {
    const auto got = receive(space);
    if (got > 0) {
        const auto count = static_cast<std::size_t>(got);
        if (count < space.size() && !ending_) readable_ = false;
        return count;
    }
    error = got == 0 ? net::error::make_error_code(net::error::eof) : last_error();
    if (error == net::error::would_block) readable_ = false;
    return 0;
}

error_code Socket::drop_received(std::span<char> space) {
    constexpr int reads_most = 16;  // of a peer that never stops
    error_code error;
    for (int i = 0; i < reads_most && read_wire(space, error) > 0; ++i) {
    }
    return error;
}

// What comes behind what is there already makes a new edge as well.
std::size_t Socket::peek(std::span<char> space, error_code& error) {
    const auto got = ::recv(descriptor_, space.data(), space.size(), MSG_PEEK);
    if (got > 0) return static_cast<std::size_t>(got);
    error = got == 0 ? net::error::make_error_code(net::error::eof) : last_error();
    if (error == net::error::would_block) readable_ = false;
    return 0;
}

std::size_t Socket::write_wire(std::span<const char> bytes, error_code& error) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) error = last_error();
    const auto count = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    if (count < bytes.size()) writable_ = false;
    return count;
}

bool Socket::flush() { return !secured_ || secured_->session->flush(); }

bool Socket::finish(bool whole) {
    if (secured_ && !(whole ? secured_->session->finish() : flush())) return false;
    ::shutdown(descriptor_, SHUT_WR);
    return true;
}

bool Socket::truncated() const { return secured_ && secured_->session->truncated(); }

// Who closes says so in TLS as well, as far as there is room.
void Socket::close() {
    if (!is_open()) return;
    if (secured_) secured_->session->finish();
    let_go();
}

void Socket::let_go() {
    if (!is_open()) return;
    poller_.forget(*this);
    watched_ = called_again_ = failed_ = ending_ = false;
    readable_ = writable_ = decrypted_ = false;
    ::close(std::exchange(descriptor_, -1));
}

void Socket::close_with_reset() {
    secured_.reset();
    const linger at_once{1, 0};  // RST instead of FIN, see socket(7).
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close();
}

}  // namespace gameday::devices::proxy
