// PacketQueue: one queue of NFQUEUE (include/uapi/linux/netfilter/nfnetlink_queue.h): packets wait
// in the kernel, their heads come here, and verdicts go back. One thread at a time.
//
// It ends with this process, and the kernel then drops what waits in it. Without F_GSO the kernel
// cuts super-packets up first: packets are as on the wire. Not "fail open": packets that pass
// because the queue is full would be an impairment that fails unseen; they are lost, and counted.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/kernel/host/host.hpp"
#include "injectors/kernel/nft/flow.hpp"
#include "injectors/kernel/nft/netlink.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace gameday::devices::nfqueue {

class PacketQueue {
 public:
    // How many packets wait at most.
    static constexpr std::uint32_t longest = 131'072;

    // Takes a queue in the namespace that nobody has. `whole`: packets come in full, not only their
    // heads. Fails with `unsupported` when the kernel has no NFQUEUE, `refused` without privilege.
    static Result<PacketQueue> open(const kernel::Namespace& where, bool whole);

    [[nodiscard]] std::uint16_t number() const { return number_; }
    [[nodiscard]] int descriptor() const { return socket_.descriptor(); }

    struct Waiting {
        std::uint32_t number = 0;  // the kernel's, for the verdict
        kernel::Side side = kernel::Side::egress;
        std::uint32_t device = 0;  // index of that by which it leaves; 0: it arrives
        std::span<const std::uint8_t> bytes;
    };
    // Hands over some of the packets that came, never waits. False when there were none.
    bool read(const std::function<void(const Waiting&)>& each);

    // Lets a packet pass, changed where bytes are given, or drops it. Goes out with flush() at the
    // latest.
    void pass(std::uint32_t number, std::span<const std::uint8_t> changed = {});
    void drop(std::uint32_t number);
    void flush();

    // Packets that were gone when their verdict came: the kernel empties all queues of a namespace
    // when any hook there is taken off.
    [[nodiscard]] std::int64_t vanished() const { return vanished_; }

 private:
    PacketQueue(kernel::Netlink socket, bool whole);
    Result<void> bind(std::uint16_t number, bool whole);
    Result<void> configure(int type, const std::vector<std::uint8_t>& value);
    void decide(std::uint32_t number, std::uint32_t verdict, std::span<const std::uint8_t> bytes);
    void take(std::span<const std::uint8_t> datagram,
              const std::function<void(const Waiting&)>& each);

    kernel::Netlink socket_;
    std::uint16_t number_ = 0;
    std::size_t slot_bytes_;
    std::vector<std::uint8_t> slots_;  // where datagrams land
    std::vector<std::uint8_t> verdicts_;
    std::int64_t vanished_ = 0;
};

// Packets that the kernel dropped for want of room, by the queue's line in
// /proc/net/netfilter/nfnetlink_queue; -1 when there is none.
std::int64_t overflow_of(const kernel::Namespace& where, std::uint16_t number);

}  // namespace gameday::devices::nfqueue
