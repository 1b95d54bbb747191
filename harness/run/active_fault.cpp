#include "harness/run/active_fault.hpp"

#include <algorithm>
#include <utility>

namespace gameday::run {

Result<ActiveFault> ActiveFault::inject(const FaultWindow& about, FaultPlan plan,
                                        const Effects& effects) {
    if (auto promised = effects.journal.promise({about.id, about.name, plan.heal}); !promised) {
        return std::move(promised.error()).within("nothing was injected");
    }
    FaultWindow& window = effects.log.emplace_back(about);
    ActiveFault fault(std::move(plan), effects, window);
    window.injected = Interval<Instant>::point(effects.clock.now());
    for (const auto& action : fault.inject_) {
        if (auto ready = effects.devices.prepare(about.id, action); !ready) {
            return fault.never_in_force(ready.error());
        }
    }
    window.injected = Interval<Instant>::point(effects.clock.now());
    for (const auto& action : fault.inject_) {
        const bool is_first = &action == &fault.inject_.front();
        if (effects.breaking != nullptr && effects.breaking->is_asked()) {
            const Error stopped{ErrorCode::interrupted, "interrupted"};
            return is_first ? fault.never_in_force(stopped) : stopped;
        }
        auto done = effects.devices.perform(about.id, action);
        window.injected.high = effects.clock.now();
        if (done) continue;
        if (is_first && done.error().code == ErrorCode::refused) {
            return fault.never_in_force(done.error());
        }
        (void)fault.heal();  // what failed here stands in the window; dropping tries it again
        window.trouble = "it was not put in force entirely: " + done.error().message;
        return done.error();
    }
    fault.effects_.breaking = nullptr;  // it may be gone before the fault is
    return fault;
}

// Undoes what was prepared, and forgets the window unless that failed.
Error ActiveFault::never_in_force(const Error& why) {
    if (!heal()) return why;
    effects_.log.pop_back();  // ours is the newest: faults are injected one at a time
    window_ = nullptr;
    return why;
}

ActiveFault::ActiveFault(FaultPlan plan, const Effects& effects, FaultWindow& window)
    : heal_(std::move(plan.heal)),
      inject_(std::move(plan.inject)),
      effects_(effects),
      window_(&window),
      bites_before_(effects.devices.affected(window.id, inject_)) {}

ActiveFault::ActiveFault(ActiveFault&& other) noexcept
    : heal_(std::move(other.heal_)),
      inject_(std::move(other.inject_)),
      effects_(other.effects_),
      window_(std::exchange(other.window_, nullptr)),
      bites_before_(other.bites_before_),
      healed_(other.healed_) {}

ActiveFault::~ActiveFault() {
    // A failure stands in the log and in the journal, which is all that can be done about it here.
    if (window_ != nullptr) (void)heal();
}

Result<void> ActiveFault::heal() {
    if (healed_) return {};
    if (effects_.breaking != nullptr) effects_.breaking->heal_begins();
    note_bite();  // before: a device may forget its count with the fault
    const Instant before = effects_.clock.now();
    auto done = effects_.devices.perform_all(window_->id, heal_);
    const Instant after = effects_.clock.now();
    note_bite();
    if (auto said = effects_.devices.trouble(window_->id, inject_); !said.empty()) {
        window_->trouble = std::move(said);
    }
    if (done) {
        window_->healed = Interval<Instant>{before, after};
        done = effects_.journal.kept(window_->id);
        if (!done) done = std::move(done.error()).within("healed, but not written down");
    }
    healed_ = done.has_value();
    window_->heal_error = done ? "" : done.error().message;
    return done;
}

void ActiveFault::note_bite() {
    const std::int64_t bites = effects_.devices.affected(window_->id, inject_);
    if (bites < 0) return;
    // Fewer than before: the device has started to count anew for this pulse.
    const bool anew = bites_before_ < 0 || bites < bites_before_;
    window_->affected = std::max(window_->affected, anew ? bites : bites - bites_before_);
}

}  // namespace gameday::run
