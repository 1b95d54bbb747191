#include "injectors/devices/proxy/net/listeners.hpp"

#include "injectors/devices/proxy/net/system_error.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace gameday::devices::proxy {
namespace {

using boost::system::error_code;
using Address = boost::asio::ip::tcp::endpoint;

bool set_option(int socket, int option, int value) {
    return ::setsockopt(socket, SOL_SOCKET, option, &value, sizeof(value)) == 0;
}

// A socket that is bound but does not listen; -1 and errno when that cannot be.
int bind_socket(const Address& at, bool shared) {
    const int made =
        ::socket(at.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (made < 0) return -1;
    // Accepted sockets inherit it. Without it a piece would wait for the ACK of the one before,
    // which many clients delay by 40 ms (RFC 896, RFC 1122 4.2.3.2): a delay of ours where nobody
    // asked for one.
    const int on = 1;
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (set_option(made, SO_REUSEADDR, 1) && (!shared || set_option(made, SO_REUSEPORT, 1)) &&
        ::bind(made, at.data(), static_cast<socklen_t>(at.size())) == 0) {
        return made;
    }
    const int why = errno;
    ::close(made);
    errno = why;
    return -1;
}

bool listen_on(int socket) { return ::listen(socket, SOMAXCONN) == 0; }

Address address_of(int socket) {
    Address at;
    auto size = static_cast<socklen_t>(at.capacity());
    if (::getsockname(socket, at.data(), &size) == 0) at.resize(size);
    return at;
}

// A port that the kernel has chosen is given back when its socket stops listening; one that was
// asked for by number is kept.
int bind_first(const Address& at) {
    const int chosen = bind_socket(at, false);
    if (chosen < 0 || at.port() != 0) return chosen;
    const int kept = bind_socket(address_of(chosen), false);
    const int why = errno;
    ::close(chosen);
    errno = why;
    return kept;
}

int open_next(int first, const Address& at) {
    const int next = bind_socket(at, true);
    if (next >= 0 && listen_on(next)) return next;
    if (next >= 0) ::close(next);
    return ::fcntl(first, F_DUPFD_CLOEXEC, 0);
}

}  // namespace

Listeners open_listeners(const Address& at, std::size_t count, error_code& error) {
    error.clear();
    Listeners opened;
    const auto give_up = [&] {
        error = last_error();
        for (const int each : opened) ::close(each);
        return Listeners{};
    };
    opened.push_back(bind_first(at));
    if (opened.front() < 0) {
        opened.clear();
        return give_up();
    }
    if (!listen_on(opened.front())) return give_up();
    if (count > 1) set_option(opened.front(), SO_REUSEPORT, 1);  // Else the others are copies.
    const Address where = address_of(opened.front());
    while (opened.size() < count) {
        const int next = open_next(opened.front(), where);
        if (next < 0) return give_up();
        opened.push_back(next);
    }
    return opened;
}

// Refusing needs a port that is bound but does not listen. shutdown(2) makes a Linux listener that
// (tcp_disconnect keeps a port that was bound by number). Without SO_REUSEADDR nobody else, not
// even one who has set it, can bind the port meanwhile.
void stop_listening(const Listeners& listeners) {
    for (const int each : listeners) ::shutdown(each, SHUT_RD);
    for (const int each : listeners) set_option(each, SO_REUSEADDR, 0);
}

error_code listen_again(const Listeners& listeners) {
    error_code error;
    for (const int each : listeners) {
        set_option(each, SO_REUSEADDR, 1);
        if (!listen_on(each)) error = last_error();
    }
    return error;
}

}  // namespace gameday::devices::proxy
