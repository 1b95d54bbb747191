#include "tests/drivers/tls_server.hpp"

#include "harness/base/ensure.hpp"

#include <fmt/format.h>

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

namespace gameday::test {
namespace {

void run(const std::string& command) {
    const int status = std::system(command.c_str());
    GAMEDAY_ENSURE(status == 0);
}

}  // namespace

Certificates::Certificates() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gameday-tls-XXXXXX").string();
    GAMEDAY_ENSURE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    run(
        fmt::format("cd {} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                    "-days 2 -subj '/CN=gameday test' -keyout ca.key -out ca.pem 2>/dev/null",
                    folder_.string()));
    issue("good", "good", "DNS:localhost,IP:127.0.0.1", 2);
    issue("other", "other", "DNS:other.example", 2);
    issue("expired", "expired", "DNS:localhost,IP:127.0.0.1", -1);
    issue("client", "client", "DNS:client.example", 2);
}

void Certificates::issue(const std::string& name, const std::string& subject,
                         const std::string& names, int days) {
    run(fmt::format(
        "cd {0} && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN={2}' "
        "-keyout {1}.key -out {1}.csr 2>/dev/null && printf 'subjectAltName={3}' >{1}.ext && "
        "openssl x509 -req -in {1}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days {4} "
        "-extfile {1}.ext -out {1}.pem 2>/dev/null",
        folder_.string(), name, subject, names, days));
}

Certificates::~Certificates() {
    std::error_code ignored;  // a folder of /tmp that stays harms nobody
    std::filesystem::remove_all(folder_, ignored);
}

std::string Certificates::file(std::string_view name) const { return (folder_ / name).string(); }

struct TlsServer::Impl {
    SSL_CTX* context = nullptr;
    std::mutex mutex;
    std::string asked_name;
    std::vector<int> sockets;
    std::vector<std::thread> threads;
};

TlsServer::TlsServer(const Certificates& certificates, const std::string& name, Answer answer,
                     const std::string& client_ca)
    : impl_(std::make_unique<Impl>()), answer_(std::move(answer)) {
    impl_->context = SSL_CTX_new(TLS_server_method());
    GAMEDAY_ENSURE(SSL_CTX_use_certificate_chain_file(
                       impl_->context, certificates.file(name + ".pem").c_str()) == 1);
    GAMEDAY_ENSURE(SSL_CTX_use_PrivateKey_file(impl_->context,
                                               certificates.file(name + ".key").c_str(),
                                               SSL_FILETYPE_PEM) == 1);
    if (!client_ca.empty()) {
        SSL_CTX_load_verify_locations(impl_->context, client_ca.c_str(), nullptr);
        SSL_CTX_set_verify(impl_->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           nullptr);
    }
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    GAMEDAY_ENSURE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    GAMEDAY_ENSURE(::listen(listener_, 64) == 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    endpoint_ = Endpoint{"127.0.0.1", ntohs(address.sin_port)};
    acceptor_ = std::thread([this] { accept_all(); });
}

TlsServer::~TlsServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
        const std::lock_guard lock(impl_->mutex);
        for (const int socket : impl_->sockets) ::shutdown(socket, SHUT_RDWR);
    }
    for (auto& thread : impl_->threads) thread.join();
    for (const int socket : impl_->sockets) ::close(socket);
    SSL_CTX_free(impl_->context);
}

std::string TlsServer::asked_name() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->asked_name;
}

void TlsServer::accept_all() {
    for (;;) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        ++accepted_;
        const std::lock_guard lock(impl_->mutex);
        impl_->sockets.push_back(socket);
        impl_->threads.emplace_back([this, socket] { serve(socket); });
    }
}

// Requests are short and come in one record each. OpenSSL writes to a client that has gone.
void TlsServer::serve(int socket) {
    sigset_t broken_pipes;
    sigemptyset(&broken_pipes);
    sigaddset(&broken_pipes, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipes, nullptr);
    const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(impl_->context), SSL_free);
    SSL_set_fd(tls.get(), socket);
    if (SSL_accept(tls.get()) != 1) {
        ::shutdown(socket, SHUT_RDWR);
        return;
    }
    {
        const std::lock_guard lock(impl_->mutex);
        const char* name = SSL_get_servername(tls.get(), TLSEXT_NAMETYPE_host_name);
        impl_->asked_name = name == nullptr ? "" : name;
    }
    std::array<char, 4096> some{};
    for (;;) {
        const int size = SSL_read(tls.get(), some.data(), static_cast<int>(some.size()));
        if (size <= 0) break;
        const TlsAnswer said = answer_(std::string(some.data(), static_cast<std::size_t>(size)));
        if (!said.bytes.empty()) {
            SSL_write(tls.get(), said.bytes.data(), static_cast<int>(said.bytes.size()));
        }
        if (!said.ends) continue;
        if (said.says_goodbye) SSL_shutdown(tls.get());
        break;
    }
    ::shutdown(socket, SHUT_RDWR);
}

}  // namespace gameday::test
