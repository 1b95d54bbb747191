// Identity: what the proxy shows to clients whose TLS ends at it: one certificate, or, with a CA, a
// certificate for whatever name is asked for, right or exactly as wrong as a fault wants it.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/devices/proxy/tls/endpoint/session.hpp"
#include "injectors/devices/proxy/tls/settings.hpp"

#include <memory>
#include <optional>
#include <string>

namespace gameday::devices::proxy::tls {

class Identity {
 public:
    // Reads the files. Fails with `invalid`, and what to write instead.
    static Result<std::shared_ptr<const Identity>> load(const Terminate& files);
    ~Identity();
    Identity(const Identity&) = delete;
    Identity& operator=(const Identity&) = delete;

    // The server's end of a connection to a client that asks for `name`: a host's name, or an
    // address. Of the protocols that the client offers it takes HTTP/1.1, else the first. On any
    // thread.
    [[nodiscard]] std::unique_ptr<Session> session(const std::string& name,
                                                   std::optional<Fault> fault) const;

 private:
    struct State;
    explicit Identity(std::unique_ptr<State> state);
    [[nodiscard]] ssl_st* new_ssl(const std::string& name, std::optional<Fault> fault) const;
    const std::unique_ptr<State> state_;
};

}  // namespace gameday::devices::proxy::tls
