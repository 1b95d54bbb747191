// One end of TLS on a test's own socket, by OpenSSL itself, and files of certificates. Every wait
// ends after at most `patience`.
#pragma once

#include "injectors/devices/proxy/tls/endpoint/leaf.hpp"
#include "tests/injectors/devices/proxy/loopback.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace gameday::testing {

namespace tls = devices::proxy::tls;

// A folder with a CA (ca.pem, ca.key) and what it has signed for a.example (chain.pem, key.pem);
// and another CA, of which nobody knows (other.pem, other.key). Gone with it.
class Certificates {
 public:
    Certificates();
    ~Certificates();
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;
    [[nodiscard]] std::string path(const std::string& name) const {
        return (folder_ / name).string();
    }

 private:
    std::filesystem::path folder_;
};

// How a stream ended, as TLS tells it.
enum class TlsEnd { open, close_notify, truncated, reset };

struct TlsWish {
    std::string ca;              // file of whom to believe; "" = anybody
    std::string name;            // asked for, and verified; "" = neither
    std::string address = {};    // verified, not asked for
    std::string protocols = {};  // offered, each with its length before it
    int version = 0;             // the only one, 0 = any
};

class TlsPeer {
 public:
    // The client's end on a connection, before its handshake.
    static TlsPeer client(Peer peer, const TlsWish& wish);
    // The server's; `certificate` and `key` are files.
    static TlsPeer server(Peer peer, const std::string& certificate, const std::string& key);

    [[nodiscard]] bool shake_hands();  // whether it succeeded
    // One step of it: 1 done, 0 not yet, -1 failed.
    [[nodiscard]] int step();
    [[nodiscard]] long verified() const;  // X509_V_OK, or what was wrong
    [[nodiscard]] std::string protocol() const;
    [[nodiscard]] std::string asked_name() const;  // at a server: SNI

    [[nodiscard]] std::size_t send(std::string_view text);
    [[nodiscard]] std::string receive(std::size_t count);
    [[nodiscard]] TlsEnd end();
    void close_notify();  // and FIN
    bool renegotiate();   // whether the other side let it
    [[nodiscard]] const Peer& peer() const { return peer_; }
    void reset() { peer_.reset(); }

 private:
    TlsPeer(Peer peer, tls::ContextPtr context);
    int drive(const std::function<int()>& call);  // until it is over

    Peer peer_;
    tls::ContextPtr context_;
    tls::SslPtr ssl_;
};

}  // namespace gameday::testing
