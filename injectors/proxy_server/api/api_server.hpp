// ApiServer: the API over HTTP/1.1, on a thread of its own. It never waits for a client or for
// data: each connection has a deadline, each request a limit, and calls to the plane return at
// once.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/proxy_server/api/api.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace gameday::proxy_server {

struct ServerSettings {
    std::string host = "localhost";  // where to listen: a name or an address
    std::uint16_t port = 8474;       // 0: one that is free
    ApiSettings api;
    // Where lines for people go, such as "lease 3 has expired: …"; called on the server's thread.
    std::function<void(const std::string&)> say = [](const std::string&) {};
};

class ApiServer {
 public:
    // Serves from then on. Fails with `refused` when the address is taken, or is not this machine
    // alone and the settings have no token; with `invalid` when the host is unknown. The plane
    // outlives the server, which is the only one to call it meanwhile. `book` holds what is open
    // already.
    static Result<std::unique_ptr<ApiServer>> start(const ServerSettings& settings, ProxyTable book,
                                                    DataPlane& plane);
    ~ApiServer();  // closes all connections and joins the thread
    ApiServer(const ApiServer&) = delete;
    ApiServer& operator=(const ApiServer&) = delete;

    [[nodiscard]] std::string address() const;  // "127.0.0.1:8474"

 private:
    struct State;
    explicit ApiServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace gameday::proxy_server
