// Engine: a thread that takes packets from a queue, holds each for its time, and lets it go.
#pragma once

#include "harness/base/descriptor.hpp"
#include "harness/base/result.hpp"
#include "injectors/devices/nfqueue/copy_sender.hpp"
#include "injectors/devices/nfqueue/packet_queue.hpp"
#include "injectors/devices/nfqueue/schedule.hpp"
#include "injectors/kernel/host/host.hpp"
#include "injectors/kernel/steer/impairment.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace gameday::devices::nfqueue {

// What an engine did, and what went wrong in it (see overflow_of, too).
struct Tally {
    Counts counts;
    std::int64_t vanished = 0;    // packets that the kernel dropped while they waited
    std::int64_t not_copied = 0;  // duplicates that the kernel would not send
    bool operator==(const Tally&) const = default;
};

// All calls are thread-safe but stop(), which is the owner's.
class Engine {
 public:
    // The thread runs, and the queue is there, when this returns.
    static Result<std::unique_ptr<Engine>> start(const kernel::Namespace& where,
                                                 const kernel::Impairment& impairment,
                                                 std::uint64_t seed);
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    ~Engine();

    [[nodiscard]] std::uint16_t number() const { return queue_.number(); }
    [[nodiscard]] Tally tally() const;

    // Lets go at once all that waits, in the order it came, and ends the thread. What should still
    // come to the queue passes. Call it when no rule leads here any more. Fine to repeat.
    void stop();

 private:
    Engine(PacketQueue queue, std::optional<CopySender> copies,
           const kernel::Impairment& impairment, std::uint64_t seed);
    void work();
    bool take_in();
    void let_go();
    void send(const Departure& departure);
    void release_all();
    void publish();
    bool wait();

    PacketQueue queue_;
    std::optional<CopySender> copies_;
    Schedule schedule_;
    std::int64_t not_copied_ = 0;
    Descriptor wake_;  // an eventfd: stop() writes to it
    mutable std::mutex mutex_;
    Tally tally_;
    std::thread thread_;
};

}  // namespace gameday::devices::nfqueue
