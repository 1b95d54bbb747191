#include "injectors/devices/netem/commands.hpp"

#include "injectors/devices/netem/links.hpp"
#include "injectors/devices/netem/steering_tree.hpp"
#include "injectors/kernel/host/host.hpp"
#include "injectors/kernel/host/names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace gameday::devices::netem {

using kernel::Impairment;

namespace {

// Ten digits: netem has 32 bits.
std::string percent(double share) { return fmt::format("{:.10g}%", share * 100); }

// A share, and its correlation if there is one.
std::string shares(const char* word, double share, double correlation) {
    if (share == 0) return {};
    return correlation == 0 ? fmt::format("{} {}", word, percent(share))
                            : fmt::format("{} {} {}", word, percent(share), percent(correlation));
}

std::string delay_words(const Impairment& it) {
    if (it.delay == Duration{}) return {};
    std::string words = "delay " + duration_literal(it.delay);
    if (it.jitter == Duration{}) return words;
    words += " " + duration_literal(it.jitter);
    if (it.delay_correlation > 0) words += " " + percent(it.delay_correlation);
    constexpr std::array<std::string_view, 5> names{"", "normal", "pareto", "paretonormal", "own"};
    const auto name = names.at(static_cast<std::size_t>(it.distribution));
    return name.empty() ? words : fmt::format("{} distribution {}", words, name);
}

std::string loss_words(const Impairment& it) {
    std::string words = shares("loss random", it.loss.share, it.loss.correlation);
    if (it.gilbert_elliott) {
        const auto& chain = *it.gilbert_elliott;
        words = fmt::format("loss gemodel {} {} {} {}", percent(chain.p), percent(chain.r),
                            percent(chain.one_minus_h), percent(chain.one_minus_k));
    } else if (it.four_state) {
        const auto& chain = *it.four_state;
        words = fmt::format("loss state {} {} {} {} {}", percent(chain.p13), percent(chain.p31),
                            percent(chain.p32), percent(chain.p23), percent(chain.p14));
    }
    return it.ecn ? words + " ecn" : words;
}

std::string reorder_words(const Impairment& it) {
    const auto words = shares("reorder", it.reorder, it.reorder_correlation);
    return words.empty() || it.gap <= 1 ? words : fmt::format("{} gap {}", words, it.gap);
}

std::string rate_words(const Impairment& it) {
    if (it.rate == 0) return {};
    const bool plain = it.packet_overhead == 0 && it.cell_size == 0 && it.cell_overhead == 0;
    return plain ? fmt::format("rate {}bps", it.rate)
                 : fmt::format("rate {}bps {} {} {}", it.rate, it.packet_overhead, it.cell_size,
                               it.cell_overhead);
}

std::string slot_words(const Impairment& it) {
    if (!it.slot) return {};
    auto words = fmt::format("slot {} {}", duration_literal(it.slot->min_delay),
                             duration_literal(it.slot->max_delay));
    if (it.slot->packets > 0) words += fmt::format(" packets {}", it.slot->packets);
    if (it.slot->bytes > 0) words += fmt::format(" bytes {}", it.slot->bytes);
    return words;
}

}  // namespace

std::string netem_words(const Impairment& it) {
    std::vector<std::string> words{fmt::format("limit {}", limit_of(it))};
    for (auto part : {delay_words(it), loss_words(it),
                      shares("duplicate", it.duplicate, it.duplicate_correlation),
                      shares("corrupt", it.corrupt, it.corrupt_correlation), reorder_words(it),
                      rate_words(it), slot_words(it)}) {
        if (!part.empty()) words.push_back(std::move(part));
    }
    if (it.seed != 0) words.push_back(fmt::format("seed {}", it.seed));
    return fmt::format("{}", fmt::join(words, " "));
}

std::vector<std::string> tc_lines(const std::string& ifb, const std::string& alias,
                                  const Impairment& it) {
    std::vector<std::string> lines{fmt::format("ip link add {} type ifb", ifb),
                                   fmt::format("ip link set {} alias '{}' up", ifb, alias)};
    std::string place = "root";
    if (it.wire_accurate) {
        lines.push_back(fmt::format(
            "tc qdisc add dev {} root handle 4753: tbf rate 8000gbit burst 1518 limit 1518", ifb));
        place = "parent 4753:1";
    }
    lines.push_back(
        fmt::format("tc qdisc add dev {} {} handle 4744: netem {}", ifb, place, netem_words(it)));
    return lines;
}

namespace {

// The table that leads there, without leases.
std::string table_line(const std::string& name, const std::vector<Steered>& faults,
                       const std::vector<std::string>& interfaces, const Ends& ends) {
    auto table = table_of(name, faults, interfaces, ends);
    for (auto& set : table.sets) {
        set.timeouts = false;
        for (auto& element : set.elements) element.timeout = {};
    }
    return fmt::format("nft '{}'", kernel::nft::table_line(table));
}
std::string undo_line(const std::string& name) {
    return fmt::format("nft delete table netdev {}", name);
}

}  // namespace

Result<Commands> commands_of(const Rule& rule, std::uint32_t fault, const std::string& run_dir,
                             const std::vector<std::string>& interfaces) {
    auto host = kernel::parse_host(rule.host);
    if (!host) return host.error();
    const std::vector<Steered> faults{{fault, rule.flows, rule.impairment, rule.lease}};
    auto leaves = leaves_of(faults);
    if (!leaves) return leaves.error();
    const auto tag = kernel::run_tag(run_dir);
    Commands commands;
    Ends ends;
    for (const auto& leaf : *leaves) {
        const auto ifb = ifb_name(tag, static_cast<std::uint32_t>(ends.size() + 1));
        ends[chain_of(leaf)] = {ifb, 0};
        const auto alias = fmt::format("{} {}", alias_start(run_dir), fault);
        for (auto& line : tc_lines(ifb, alias, leaf.impairment)) {
            commands.apply.push_back(std::move(line));
        }
        commands.undo.push_back(fmt::format("ip link del {}", ifb));
    }
    const auto table = table_name(run_dir);
    commands.apply.push_back(table_line(table, faults, interfaces, ends));
    commands.undo.insert(commands.undo.begin(), undo_line(table));
    const auto before = kernel::enter_command(*host);
    for (auto* lines : {&commands.apply, &commands.undo}) {
        for (auto& line : *lines) line.insert(0, before);
    }
    return commands;
}

std::vector<std::string> commands(const Action& action) {
    auto host = kernel::parse_host(text_at(action.args, "host"));
    if (!host) return {};
    constexpr const char* by_hand = "by hand";
    if (action.verb == "clear") {
        const auto before = kernel::enter_command(*host);
        return {before + undo_line(table_name(by_hand)),
                fmt::format("{0}ip -o link show type ifb | grep -o 'gd{1}[0-9]*' | xargs -rn1 "
                            "{0}ip link del",
                            before, kernel::run_tag(by_hand))};
    }
    auto rule = rule_of(action);
    if (!rule) return {};
    auto made = commands_of(*rule, 1, by_hand, kernel::interfaces_or_guess(*host));
    return made ? made->apply : std::vector<std::string>();
}

}  // namespace gameday::devices::netem
