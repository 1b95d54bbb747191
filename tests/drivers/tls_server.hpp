// TlsServer: an HTTPS server for tests, with certificates made for it.
#pragma once

#include "harness/model/topology.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace gameday::test {

// A folder with a certificate authority and certificates of it, gone with the object:
// ca.pem; good.pem for localhost and 127.0.0.1; other.pem for other.example; expired.pem;
// client.pem, of the client; each with its key beside it (good.key).
class Certificates {
 public:
    Certificates();
    ~Certificates();
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;
    [[nodiscard]] std::string file(std::string_view name) const;

 private:
    void issue(const std::string& name, const std::string& subject, const std::string& names,
               int days);
    std::filesystem::path folder_;
};

// What a connection of it does with the requests that come.
struct TlsAnswer {
    std::string bytes;
    bool ends = false;         // closes behind it …
    bool says_goodbye = true;  // … with TLS's own end
};

class TlsServer {
 public:
    using Answer = std::function<TlsAnswer(const std::string& request)>;
    // `client_ca`: who signs the certificates that clients must have; "" = none are asked for.
    TlsServer(const Certificates& certificates, const std::string& name, Answer answer,
              const std::string& client_ca = "");
    ~TlsServer();
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;
    [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
    [[nodiscard]] int accepted() const { return accepted_; }
    [[nodiscard]] std::string asked_name() const;  // SNI of the last connection

 private:
    struct Impl;
    void accept_all();
    void serve(int socket);

    std::unique_ptr<Impl> impl_;
    Answer answer_;
    Endpoint endpoint_;
    int listener_ = -1;
    std::atomic<int> accepted_{0};
    std::thread acceptor_;
};

}  // namespace gameday::test
