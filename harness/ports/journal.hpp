// Journal: promises to heal, durable before the first effect.
#pragma once

#include "harness/base/id.hpp"
#include "harness/base/result.hpp"
#include "harness/ports/device.hpp"

#include <vector>

namespace gameday {

struct Promise {
    FaultId id;
    std::string name;
    std::vector<Action> heal;
    bool operator==(const Promise&) const = default;
};

class Journal {
 public:
    virtual ~Journal() = default;
    virtual Result<void> promise(const Promise& promise) = 0;  // durable (fdatasync) on return
    virtual Result<void> kept(FaultId id) = 0;                 // durable on return
    [[nodiscard]] virtual Result<std::vector<Promise>> outstanding() const = 0;  // newest first
};

}  // namespace gameday
