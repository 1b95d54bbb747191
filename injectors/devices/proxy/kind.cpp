#include "injectors/devices/proxy/actions.hpp"
#include "injectors/devices/proxy/proxy_device.hpp"

namespace gameday::devices {

extern const DeviceKind proxy_kind;
const DeviceKind proxy_kind{proxy::device_name,
                            "TCP relays on the links: delay with jitter, rate, cuts by black hole, "
                            "reset, refusal, half-close",
                            "none", make_proxy};

}  // namespace gameday::devices
