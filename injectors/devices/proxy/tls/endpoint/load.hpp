// What settings name, made ready.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/devices/proxy/tls/settings.hpp"

namespace gameday::devices::proxy::tls {

// Reads the files that have not been read. Fails with `invalid`: "terminate: key.pem: there is no
// such file …".
Result<void> load(Settings& settings);

}  // namespace gameday::devices::proxy::tls
