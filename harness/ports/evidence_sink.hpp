// EvidenceSink: where a run tells what it sees while it lasts, so that what was seen survives it.
//
// Whatever is told here is told a second time, whole, when the run has ended; who is killed before
// that leaves what the sink has written.
#pragma once

#include "harness/model/evidence.hpp"

#include <span>

namespace gameday {

// Any thread. No call waits for a disk, nor for anybody who does.
class EvidenceSink {
 public:
    virtual ~EvidenceSink() = default;

    // Operations that have ended, in any order; `seq` is not looked at. Copied.
    virtual void append(std::span<const Operation> operations) = 0;
    virtual void append(const RoleSample& sample) = 0;
    virtual void append(const LagSample& sample) = 0;
    virtual void append(const HealthSample& sample) = 0;
    // Who issues operations: the whole list, before the first operation of any of them.
    virtual void clients(std::span<const ClientInfo> clients) = 0;
    // All else that is known by now: the single figures of the run, its faults, notes, connections
    // and causes, in place of what was told before. Operations, samples and clients in it are
    // passed over.
    virtual void update(const Evidence& known) = 0;
};

}  // namespace gameday
