// ActiveFault: a fault in force. Dropping it heals; nothing else in the program injects.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/ports/clock.hpp"
#include "harness/ports/fault_kind.hpp"
#include "harness/ports/journal.hpp"
#include "harness/run/devices.hpp"

#include <deque>
#include <mutex>
#include <vector>

namespace gameday::run {

// Where it is written down what came of each fault, in order of injection. A deque, because faults
// in force keep the place of theirs while others are added.
using FaultLog = std::deque<FaultWindow>;

// How another thread breaks off an inject: no further action is begun, and what the one under way
// waits for ends. From the first heal action on nothing is broken off any more.
class Breaking {
 public:
    explicit Breaking(Devices& devices) : devices_(devices) {}
    void break_off() {
        const std::scoped_lock lock(mutex_);
        asked_ = true;
        if (can_) devices_.interrupt();
    }
    void heal_begins() {
        const std::scoped_lock lock(mutex_);
        can_ = false;
    }
    [[nodiscard]] bool is_asked() const {
        const std::scoped_lock lock(mutex_);
        return asked_;
    }

 private:
    Devices& devices_;
    mutable std::mutex mutex_;
    bool asked_ = false, can_ = true;
};

// What faults act through. All of it outlives every ActiveFault.
struct Effects {
    Devices& devices;
    Journal& journal;
    Clock& clock;
    FaultLog& log;
    Breaking* breaking = nullptr;  // how the inject can be broken off; null: it cannot
};

class [[nodiscard("dropping it heals the fault")]] ActiveFault {
 public:
    // Promises to heal, prepares all the inject actions, then performs them in order; when one
    // fails, heals what was done and returns the error. One of which nothing was performed was
    // never in force: no entry of the log is left of it. `about` says id, name, kind, nodes and
    // whether an outage is expected; a copy of it goes to the log as soon as the promise is made,
    // and so does what heals find out later (times, the bite, errors). Without a promise there is
    // no effect and no entry.
    static Result<ActiveFault> inject(const FaultWindow& about, FaultPlan plan,
                                      const Effects& effects);

    ActiveFault(ActiveFault && other) noexcept;
    ActiveFault& operator=(ActiveFault&&) = delete;
    ~ActiveFault();  // heals

    // Performs all heal actions and, when all went well, marks the promise as kept. Does nothing
    // once that is so; after a failure it tries again. A failure leaves the promise open for
    // `recover` and stands in the log's heal_error.
    Result<void> heal();

    [[nodiscard]] const FaultWindow& window() const { return *window_; }
    [[nodiscard]] FaultId id() const { return window_->id; }

 private:
    ActiveFault(FaultPlan plan, const Effects& effects, FaultWindow& window);
    void note_bite();
    Error never_in_force(const Error& why);

    std::vector<Action> heal_;
    std::vector<Action> inject_;
    Effects effects_;
    FaultWindow* window_;             // in the log; null: moved from
    std::int64_t bites_before_ = -1;  // of earlier pulses of the same fault
    bool healed_ = false;
};

}  // namespace gameday::run
