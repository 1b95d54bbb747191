// Trust: how the proxy speaks TLS to an upstream, and whom it takes for it.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/devices/proxy/tls/endpoint/session.hpp"
#include "injectors/devices/proxy/tls/settings.hpp"

#include <memory>
#include <string>

namespace gameday::devices::proxy::tls {

class Trust {
 public:
    // Reads the file. Fails with `invalid`, and what to write instead.
    static Result<std::shared_ptr<const Trust>> load(const Encrypt& wanted);
    ~Trust();
    Trust(const Trust&) = delete;
    Trust& operator=(const Trust&) = delete;

    // The client's end of a connection to that host (a name, or an address), which is asked for and
    // verified unless the settings have another name. `protocol` is offered, "" for none. On any
    // thread.
    [[nodiscard]] std::unique_ptr<Session> session(const std::string& host,
                                                   const std::string& protocol) const;

 private:
    struct State;
    explicit Trust(std::unique_ptr<State> state);
    const std::unique_ptr<State> state_;
};

}  // namespace gameday::devices::proxy::tls
