#include "harness/run/active_fault.hpp"

#include <algorithm>
#include <utility>

namespace gameday::run {

Result<ActiveFault> ActiveFault::inject(const FaultWindow& about, FaultPlan plan,
                                        const Hands& hands) {
    if (auto promised = hands.journal.promise({about.id, about.name, plan.heal}); !promised) {
        return std::move(promised.error()).within("nothing was injected");
    }
    FaultWindow& window = hands.log.emplace_back(about);
    ActiveFault fault(std::move(plan), hands, window);
    window.injected = Interval<Instant>::point(hands.clock.now());
    for (const auto& action : fault.inject_) {
        if (auto ready = hands.devices.prepare(about.id, action); !ready) {
            return fault.never_in_force(ready.error());
        }
    }
    window.injected = Interval<Instant>::point(hands.clock.now());
    for (const auto& action : fault.inject_) {
        const bool is_first = &action == &fault.inject_.front();
        if (hands.breaking != nullptr && hands.breaking->is_asked()) {
            const Error stopped{ErrorCode::interrupted, "interrupted"};
            return is_first ? fault.never_in_force(stopped) : stopped;
        }
        auto done = hands.devices.perform(about.id, action);
        window.injected.high = hands.clock.now();
        if (done) continue;
        if (is_first && done.error().code == ErrorCode::refused) {
            return fault.never_in_force(done.error());
        }
        (void)fault.heal();  // what failed here stands in the window; dropping tries it again
        window.trouble = "it was not put in force entirely: " + done.error().message;
        return done.error();
    }
    fault.hands_.breaking = nullptr;  // it may be gone before the fault is
    return fault;
}

// Undoes what was prepared, and forgets the window unless that failed.
Error ActiveFault::never_in_force(const Error& why) {
    if (!heal()) return why;
    hands_.log.pop_back();  // ours is the newest: faults are injected one at a time
    window_ = nullptr;
    return why;
}

ActiveFault::ActiveFault(FaultPlan plan, const Hands& hands, FaultWindow& window)
    : heal_(std::move(plan.heal)),
      inject_(std::move(plan.inject)),
      hands_(hands),
      window_(&window),
      bites_before_(hands.devices.affected(window.id, inject_)) {}

ActiveFault::ActiveFault(ActiveFault&& other) noexcept
    : heal_(std::move(other.heal_)),
      inject_(std::move(other.inject_)),
      hands_(other.hands_),
      window_(std::exchange(other.window_, nullptr)),
      bites_before_(other.bites_before_),
      healed_(other.healed_) {}

ActiveFault::~ActiveFault() {
    // A failure stands in the log and in the journal, which is all that can be done about it here.
    if (window_ != nullptr) (void)heal();
}

Result<void> ActiveFault::heal() {
    if (healed_) return {};
    if (hands_.breaking != nullptr) hands_.breaking->heal_begins();
    note_bite();  // before: a device may forget its count with the fault
    const Instant before = hands_.clock.now();
    auto done = hands_.devices.perform_all(window_->id, heal_);
    const Instant after = hands_.clock.now();
    note_bite();
    if (auto said = hands_.devices.trouble(window_->id, inject_); !said.empty()) {
        window_->trouble = std::move(said);
    }
    if (done) {
        window_->healed = Interval<Instant>{before, after};
        done = hands_.journal.kept(window_->id);
        if (!done) done = std::move(done.error()).within("healed, but not written down");
    }
    healed_ = done.has_value();
    window_->heal_error = done ? "" : done.error().message;
    return done;
}

void ActiveFault::note_bite() {
    const std::int64_t bites = hands_.devices.affected(window_->id, inject_);
    if (bites < 0) return;
    // Fewer than before: the device has started to count anew for this pulse.
    const bool anew = bites_before_ < 0 || bites < bites_before_;
    window_->affected = std::max(window_->affected, anew ? bites : bites - bites_before_);
}

}  // namespace gameday::run
