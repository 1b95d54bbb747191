#include "injectors/devices/hook/hook_device.hpp"

namespace gameday::devices {

extern const DeviceKind hook;
const DeviceKind hook{"hook",
                      "the user's own commands: inject, heal and verify, each with a timeout",
                      "what the commands need", make_hook};

}  // namespace gameday::devices
