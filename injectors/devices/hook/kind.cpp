#include "injectors/devices/hook/hook_device.hpp"

namespace gameday::devices {

extern const DeviceKind hook_kind;
const DeviceKind hook_kind{"hook",
                           "the user's own commands: inject, heal and verify, each with a timeout",
                           "what the commands need", make_hook};

}  // namespace gameday::devices
