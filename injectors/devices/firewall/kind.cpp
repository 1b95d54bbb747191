#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/firewall/commands.hpp"
#include "injectors/devices/firewall/firewall_device.hpp"

namespace gameday::devices {

extern const DeviceKind firewall_kind;
const DeviceKind firewall_kind{firewall::device_name,
                               "cuts packets of hosts in the kernel, by tables that end with us",
                               "CAP_NET_ADMIN and CAP_SYS_ADMIN (root, or inside unshare -Urn)",
                               make_firewall, firewall::commands};

}  // namespace gameday::devices
