// Whether packets wait for somebody's verdict in the queues (NFQUEUE) of a namespace. The kernel
// drops all of them when anybody there takes a netfilter hook off (nf_queue_nf_hook_drop), so who
// wants to take one off looks first.
#pragma once

#include "harness/base/descriptor.hpp"
#include "injectors/kernel/host/host.hpp"

namespace gameday::kernel {

// Does not keep the namespace alive. Move-only, any thread.
class WaitingPackets {
 public:
    // Where nothing can be seen nothing waits: kernels without NFQUEUE.
    static WaitingPackets open(const Namespace& where);

    [[nodiscard]] bool any() const;

 private:
    WaitingPackets() = default;
    Descriptor folder_;  // /proc/net/netfilter of the namespace
};

}  // namespace gameday::kernel
