// Settings: what a proxy does to TLS, the key "tls" of its member "gameday", as a value. Pure:
// files are named here, and read by whoever puts the settings into force.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/value.hpp"
#include "injectors/devices/proxy/tls/fault.hpp"
#include "injectors/devices/proxy/tls/routing.hpp"

#include <memory>
#include <optional>
#include <string>

namespace gameday::devices::proxy::tls {

class Identity;
class Trust;

// Files of what the proxy shows to clients: either of the pairs.
struct Terminate {
    std::string certificate, key;        // the server's, with those above it
    std::string ca_certificate, ca_key;  // what signs a certificate for whatever name is asked for
    [[nodiscard]] bool has_ca() const { return !ca_certificate.empty(); }
    bool operator==(const Terminate&) const = default;
};

// How the upstream is spoken to.
struct Encrypt {
    std::string server_name;  // "" = the host of its address
    std::string ca;           // file of those who may sign its certificate; "" = the system's
    bool verify = true;
    bool operator==(const Encrypt&) const = default;
};

struct Settings {
    Routing routing;
    std::optional<Terminate> terminate{};  // else TLS is passed through
    std::optional<Encrypt> upstream{};
    std::optional<Fault> fault{};
    double share = 1;  // of the connections that meet the fault
    // What the files have in them; null while they are to be read, or none is named.
    std::shared_ptr<const Identity> identity{};
    std::shared_ptr<const Trust> trust{};
    bool operator==(const Settings&) const = default;
};

// Whether all is as without any settings.
bool is_plain(const Settings& settings);

// `settings` with the keys of `params` instead of those so far; one that is null is at its default
// again. Fails with `invalid`, and what to write instead.
Result<Settings> read_settings(const Params& params, Settings settings);
// The object that they would be read from.
Params params_of(const Settings& settings);

}  // namespace gameday::devices::proxy::tls
