// CopySender: sends duplicates on their way, by raw sockets inside the namespace. They carry a mark
// by which the rules know them, so that a copy is not impaired, and not duplicated, again.
#pragma once

#include "harness/base/descriptor.hpp"
#include "harness/base/result.hpp"
#include "injectors/kernel/host/host.hpp"

#include <cstdint>
#include <span>

namespace gameday::devices::nfqueue {

inline constexpr std::uint32_t copy_mark = 0x67647175;

// Move-only. One thread at a time.
class CopySender {
 public:
    // Fails with `refused` without CAP_NET_RAW there.
    static Result<CopySender> open(const kernel::Namespace& where);

    // Sends a whole packet of IP out of the device; false when the kernel would not (a packet that
    // is longer than the device takes has not been cut yet, and cannot be sent raw).
    [[nodiscard]] bool send(std::span<const std::uint8_t> packet, std::uint32_t device) const;

 private:
    CopySender() = default;
    Descriptor v4_;
    Descriptor v6_;  // none where there is no IPv6
};

}  // namespace gameday::devices::nfqueue
