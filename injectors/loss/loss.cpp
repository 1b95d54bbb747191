// The fault kind `loss`: packets that never arrive.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/links.hpp"

#include <optional>

namespace gameday::faults {

namespace {

constexpr auto loss_specs = with_links(
    std::array{
        ParamSpec{"share", ParamType::share, "", "share of packets that are lost"},
        correlation_spec,
        ParamSpec{"gilbert_elliott", ParamType::object, "",
                  "instead of share, loss in bursts: {\"p\": good to bad, \"r\": back, "
                  "\"one_minus_h\": lost in bad (1), \"one_minus_k\": lost in good (0)}"},
        ParamSpec{"four_state", ParamType::object, "",
                  "instead of share, a Markov chain of 4 states: {\"p13\", \"p31\", \"p32\", "
                  "\"p23\", \"p14\"} as of netem(8)"},
        wire_accurate_spec,
    },
    "auto|netem|nfqueue");

constexpr std::array gilbert_elliott_specs{
    ParamSpec{"p", ParamType::share, "", "good to bad", true},
    ParamSpec{"r", ParamType::share, "", "bad to good", true},
    ParamSpec{"one_minus_h", ParamType::share, "1", "lost in bad"},
    ParamSpec{"one_minus_k", ParamType::share, "0", "lost in good"},
};
constexpr std::array four_state_specs{
    ParamSpec{"p13", ParamType::share, "", "good to a burst of losses", true},
    ParamSpec{"p31", ParamType::share, "1", "burst of losses to good"},
    ParamSpec{"p32", ParamType::share, "0", "burst of losses to received within it"},
    ParamSpec{"p23", ParamType::share, "1", "received within a burst to lost"},
    ParamSpec{"p14", ParamType::share, "0", "good to lost alone"},
};

// The first mistake inside an object, told at its name.
void tell_inner(ParamReader& reader, const char* field, const ParamReader& inner) {
    const auto errors = inner.errors();
    if (!errors.empty()) reader.fail(field, errors.front().message);
}

std::optional<kernel::GilbertElliott> read_gilbert_elliott(ParamReader& reader) {
    const Params* object = reader.object("gilbert_elliott");
    if (object == nullptr) return std::nullopt;
    ParamReader inner(*object, gilbert_elliott_specs);
    const kernel::GilbertElliott model{inner.share("p"), inner.share("r"),
                                       inner.share("one_minus_h"), inner.share("one_minus_k")};
    tell_inner(reader, "gilbert_elliott", inner);
    return model;
}

std::optional<kernel::FourState> read_four_state(ParamReader& reader) {
    const Params* object = reader.object("four_state");
    if (object == nullptr) return std::nullopt;
    ParamReader inner(*object, four_state_specs);
    const kernel::FourState model{inner.share("p13"), inner.share("p31"), inner.share("p32"),
                                  inner.share("p23"), inner.share("p14")};
    tell_inner(reader, "four_state", inner);
    return model;
}

Result<FaultPlan> plan_loss(const Params& params, const PlanContext& context) {
    ParamReader reader(params, loss_specs);
    Impairing impairing;
    auto& impairment = impairing.impairment;
    int models = 0;
    for (const char* model : {"share", "gilbert_elliott", "four_state"}) {
        models += reader.has(model) ? 1 : 0;
    }
    if (models == 0) reader.fail("share", "is missing, write for example 0.05");
    if (models > 1) {
        reader.fail("share", "write one of share, gilbert_elliott and four_state");
    } else if (reader.has("share")) {
        impairment.loss.share = read_some(reader, "share");
    }
    impairment.loss.correlation = reader.share("correlation");
    if (reader.has("correlation") && !reader.has("share")) {
        reader.fail("correlation", "has a meaning with share only, leave it out");
    }
    impairment.gilbert_elliott = read_gilbert_elliott(reader);
    impairment.four_state = read_four_state(reader);
    impairment.wire_accurate = reader.flag("wire_accurate");
    return plan_ridden_out(reader, impairing, context);
}

}  // namespace

extern const FaultKind loss{"loss", "packets never arrive, singly or in bursts", loss_specs,
                            plan_loss};

}  // namespace gameday::faults
