#include "injectors/devices/proxy/net/unix_listener.hpp"

#include "injectors/devices/proxy/net/stream_address.hpp"
#include "injectors/devices/proxy/net/system_error.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <utility>

namespace gameday::devices::proxy {
namespace {

using boost::system::error_code;

int make_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

// Whether a process has a socket of that path open, though it may not listen: refusing is what our
// own do at times. The kernel lists them all, with the path behind seven columns.
bool is_bound(const std::string& path) {
    std::ifstream list("/proc/net/unix");
    for (std::string line; std::getline(list, line);) {
        if (line.ends_with(" " + path)) return true;
    }
    return false;
}

// Removes what a process that is gone has left behind.
error_code clear_way(const std::string& path) {
    struct stat file {};
    if (::lstat(path.c_str(), &file) != 0) return errno == ENOENT ? error_code() : last_error();
    if (!S_ISSOCK(file.st_mode)) return system_error(EEXIST);
    const int probe = make_socket();
    if (probe < 0) return last_error();
    const auto address = unix_address(path);
    const int result = ::connect(probe, address.data(), static_cast<socklen_t>(address.size()));
    const int why = result == 0 ? 0 : errno;
    ::close(probe);
    if (why != ECONNREFUSED || is_bound(path)) return system_error(EADDRINUSE);
    return ::unlink(path.c_str()) == 0 ? error_code() : last_error();
}

}  // namespace

error_code UnixListener::open(const std::string& path, mode_t mode) {
    if (path.size() > unix_path_max()) return system_error(ENAMETOOLONG);
    path_ = path;
    mode_ = mode;
    if (auto error = clear_way(path)) return error;
    if (auto error = bind()) return error;
    return listen_again();
}

// The socket has the mode before it has a path, so that nobody gets in before it is restricted;
// what the umask has taken away is given back afterwards.
error_code UnixListener::bind() {
    const int made = make_socket();
    if (made < 0) return last_error();
    const auto address = unix_address(path_);
    if (::fchmod(made, mode_) != 0 ||
        ::bind(made, address.data(), static_cast<socklen_t>(address.size())) != 0) {
        const auto error = last_error();
        ::close(made);
        return error;
    }
    socket_ = made;
    struct stat file {};
    if (::lstat(path_.c_str(), &file) == 0) {
        device_ = file.st_dev;
        inode_ = file.st_ino;
    }
    return ::chmod(path_.c_str(), mode_) == 0 ? error_code() : last_error();
}

// A Unix socket that has been shut down never listens again, so it makes way for a new one.
error_code UnixListener::stop_listening() {
    close();
    return bind();
}

error_code UnixListener::listen_again() {
    return ::listen(socket_, SOMAXCONN) == 0 ? error_code() : last_error();
}

int UnixListener::copy() const { return ::fcntl(socket_, F_DUPFD_CLOEXEC, 0); }

void UnixListener::close() {
    if (socket_ < 0) return;
    remove_file();
    ::close(std::exchange(socket_, -1));
}

void UnixListener::remove_file() const {
    struct stat file {};
    if (::lstat(path_.c_str(), &file) != 0 || file.st_dev != device_ || file.st_ino != inode_) {
        return;
    }
    ::unlink(path_.c_str());  // Gone or not, there is nothing more to be done.
}

}  // namespace gameday::devices::proxy
