#include "injectors/devices/nfqueue/actions.hpp"
#include "injectors/devices/nfqueue/nfqueue_device.hpp"

namespace gameday::devices {

extern const DeviceKind nfqueue_kind;
const DeviceKind nfqueue_kind{
    nfqueue::device_name,
    "delays, loses, duplicates and reorders packets in user space, for kernels without sch_netem",
    "CAP_NET_ADMIN and CAP_SYS_ADMIN (root, or inside unshare -Urn)", make_nfqueue};

}  // namespace gameday::devices
