// A Unix socket to listen on, and its file. A file that a process left behind is replaced; one that
// somebody listens on, or that is no socket, never.
#pragma once

#include <boost/system/error_code.hpp>

#include <sys/types.h>

#include <string>

namespace gameday::devices::proxy {

class UnixListener {
 public:
    UnixListener() = default;
    ~UnixListener() { close(); }
    UnixListener(const UnixListener&) = delete;
    UnixListener& operator=(const UnixListener&) = delete;

    // Binds and listens; the file has the mode given. Fails with address_in_use when a process has
    // the socket open, with file_exists when there is a file that is no socket, else with the
    // system's own error.
    boost::system::error_code open(const std::string& path, mode_t mode);
    // From now on connections are refused (ECONNREFUSED), by a new socket under the same path.
    boost::system::error_code stop_listening();
    boost::system::error_code listen_again();
    // Another descriptor of the socket there is now, for whoever accepts; -1 when there is none.
    [[nodiscard]] int copy() const;
    void close();  // removes the file, if it is still ours

 private:
    boost::system::error_code bind();
    void remove_file() const;

    std::string path_;
    mode_t mode_ = 0600;
    int socket_ = -1;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace gameday::devices::proxy
