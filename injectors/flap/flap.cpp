// Flap: any other fault as a square wave, in force for a part of each period while its step lasts.
#include "harness/ports/fault_kind.hpp"

#include <array>
#include <string>

namespace gameday::faults {

namespace {

constexpr std::array<ParamSpec, 3> flap_specs{{
    {"of", ParamType::object, "",
     "the fault that comes and goes, with its parameters: {\"fault\": \"partition\", …}", true},
    {"period", ParamType::duration, "2s", "from one injection to the next"},
    {"duty", ParamType::share, "0.5", "share of each period for which the fault is in force"},
}};

// Puts "of/" before each line of a planner's errors, so that they name fields of the inner fault.
Error within_of(const Error& error) {
    std::string message = "of/";
    for (const char c : error.message) {
        message += c;
        if (c == '\n') message += "of/";
    }
    return {error.code, message};
}

// A fault that itself is a wave is refused.
Result<FaultPlan> plan_flap(const Params& params, const PlanContext& context) {
    ParamReader reader(params, flap_specs);
    const Params* of = reader.object("of");
    const Duration period = reader.duration("period");
    const double duty = reader.share("duty");
    if (period <= Duration::zero()) reader.fail("period", "is zero, write for example \"2s\"");
    if (duty <= 0 || duty >= 1) {
        reader.fail("duty", "must lie between 0 and 1, both excluded; write for example 0.5");
    }
    std::string kind;
    Params inner;
    if (of != nullptr) {
        inner = *of;
        kind = text_at(inner, "fault");
        inner.erase("fault");
        if (kind.empty()) {
            reader.fail("of", "names no fault, write {\"fault\": \"partition\", …}");
        }
    }
    if (auto checked = reader.finish(); !checked) return checked.error();
    auto plan = context.plan(kind, inner);
    if (!plan) return within_of(plan.error());
    if (plan->wave) {
        return invalid("of: is itself a wave, write a fault that stays in force");
    }
    const auto on = Duration(static_cast<std::int64_t>(static_cast<double>(period.count()) * duty));
    plan->wave = Wave{on, period - on};
    return plan;
}

}  // namespace

extern const FaultKind flap{"flap",          "any other fault as a square wave: on, off, on, off …",
                            flap_specs,      plan_flap,
                            "came and went", "came and went"};

}  // namespace gameday::faults
