#include "injectors/devices/proxy/tls/endpoint/load.hpp"

#include "injectors/devices/proxy/tls/endpoint/identity.hpp"
#include "injectors/devices/proxy/tls/endpoint/trust.hpp"

#include <utility>

namespace gameday::devices::proxy::tls {

Result<void> load(Settings& settings) {
    if (settings.terminate && settings.identity == nullptr) {
        auto identity = Identity::load(*settings.terminate);
        if (!identity) return std::move(identity.error()).within("terminate");
        settings.identity = std::move(*identity);
    }
    if (settings.upstream && settings.trust == nullptr) {
        auto trust = Trust::load(*settings.upstream);
        if (!trust) return std::move(trust.error()).within("upstream");
        settings.trust = std::move(*trust);
    }
    return {};
}

}  // namespace gameday::devices::proxy::tls
