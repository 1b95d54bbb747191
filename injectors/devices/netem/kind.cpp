#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/netem/commands.hpp"
#include "injectors/devices/netem/netem_device.hpp"

namespace gameday::devices {

extern const DeviceKind netem_kind;
const DeviceKind netem_kind{
    netem::device_name,
    "delay, loss, rate and more by the kernel's netem, on interfaces of our own to which nf_tables "
    "leads the packets; healed when gameday dies",
    "CAP_NET_ADMIN and CAP_SYS_ADMIN over the host's namespace, or inside unshare -Urn", make_netem,
    netem::commands};

}  // namespace gameday::devices
