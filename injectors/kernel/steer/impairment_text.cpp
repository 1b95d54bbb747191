#include "injectors/kernel/steer/impairment.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gameday::kernel {
namespace {

std::string percent(double share) { return fmt::format("{:.4g} %", share * 100); }

std::string rate_text(std::int64_t bytes_per_s) {
    const double bits = static_cast<double>(bytes_per_s) * 8;
    if (bits >= 1e9) return fmt::format("{:.4g} Gbit/s", bits / 1e9);
    if (bits >= 1e6) return fmt::format("{:.4g} Mbit/s", bits / 1e6);
    if (bits >= 1e3) return fmt::format("{:.4g} kbit/s", bits / 1e3);
    return fmt::format("{:.4g} bit/s", bits);
}

std::string delay_text(const Impairment& it) {
    std::string text = "delay " + format_duration(it.delay);
    if (it.jitter == Duration{}) return text;
    text += " ± " + format_duration(it.jitter);
    switch (it.distribution) {
        case Distribution::uniform: break;
        case Distribution::normal: text += " (normal)"; break;
        case Distribution::pareto: text += " (Pareto)"; break;
        case Distribution::paretonormal: text += " (Pareto and normal)"; break;
        case Distribution::custom: text += " (own table)"; break;
    }
    return text;
}

std::string markov_text(const Impairment& it) {
    if (it.gilbert_elliott) {
        return fmt::format("loss in bursts (Gilbert-Elliott, p {}, r {})",
                           percent(it.gilbert_elliott->p), percent(it.gilbert_elliott->r));
    }
    return fmt::format("loss in bursts (4 states, p13 {}, p31 {})", percent(it.four_state->p13),
                       percent(it.four_state->p31));
}

}  // namespace

std::string impairment_text(const Impairment& it) {
    std::vector<std::string> parts;
    if (it.delay > Duration{}) parts.push_back(delay_text(it));
    if (it.loss.share > 0) parts.push_back("loss " + percent(it.loss.share));
    if (it.gilbert_elliott || it.four_state) parts.push_back(markov_text(it));
    if (it.ecn) parts.emplace_back("ECN marks instead of loss");
    if (it.duplicate > 0) parts.push_back("duplicate " + percent(it.duplicate));
    if (it.corrupt > 0) parts.push_back("corrupt " + percent(it.corrupt));
    if (it.reorder > 0) parts.push_back("reorder " + percent(it.reorder));
    if (it.rate > 0) parts.push_back("rate " + rate_text(it.rate));
    if (it.slot) {
        parts.push_back(fmt::format("slots of {} to {}", format_duration(it.slot->min_delay),
                                    format_duration(it.slot->max_delay)));
    }
    if (it.limit > 0) parts.push_back(fmt::format("{} packets held at most", it.limit));
    return parts.empty() ? "nothing" : fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace gameday::kernel
