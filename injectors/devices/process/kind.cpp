#include "injectors/devices/process/process_device.hpp"

namespace gameday::devices {

extern const DeviceKind process_kind;
const DeviceKind process_kind{"process",
                              "signals and restarts of the nodes' processes: kill, stop, continue, "
                              "restart, each verified",
                              "same user as the process", make_process};

}  // namespace gameday::devices
