#include "injectors/devices/netem/clsact/commands.hpp"

#include "injectors/devices/netem/clsact/filters.hpp"
#include "injectors/devices/netem/clsact/ranks.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace gameday::devices::netem {

using kernel::Side;

namespace {

constexpr std::array<Side, 2> sides{Side::ingress, Side::egress};

const char* side_word(Side side) { return side == Side::ingress ? "ingress" : "egress"; }

std::string rank_words(const std::string& interface, Side side, bool v6) {
    return fmt::format("dev {} {} pref {} protocol {}", interface, side_word(side),
                       slot_rank(side, 0, v6).priority, v6 ? "ipv6" : "ip");
}

std::string key_words(const std::vector<Key>& keys) {
    std::string words;
    for (const auto& key : keys) {
        words += fmt::format(" match u32 {:#010x} {:#010x} at {}", key.value, key.mask, key.offset);
    }
    return words;
}

}  // namespace

Result<std::vector<std::string>> filter_lines(const std::vector<Steered>& faults,
                                              const std::vector<std::string>& interfaces,
                                              const Ends& ends, const std::string& run_dir) {
    std::vector<std::string> lines;
    for (const auto& interface : interfaces) {
        std::vector<std::string> filters;
        for (const auto side : sides) {
            for (const bool v6 : {false, true}) {
                auto all = filters_of(faults, side, v6, interface == "lo");
                if (!all) return all.error();
                std::size_t node = 0;
                for (const auto& filter : *all) {
                    const auto then = filter.chain.empty() ? std::string()
                                                           : " action mirred egress redirect dev " +
                                                                 ends.at(filter.chain).device;
                    for (const auto& keys : keys_of(filter.match)) {
                        filters.push_back(fmt::format(
                            "tc filter add {} handle ::{:x} u32 skip_hw flowid {:x}:{}{}",
                            rank_words(interface, side, v6), ++node, mark_of(run_dir) >> 16,
                            key_words(keys), then));
                    }
                }
            }
        }
        if (filters.empty()) continue;
        lines.push_back(fmt::format(
            "sh -c 'tc qdisc show dev {0} | grep -q clsact || tc qdisc add dev {0} clsact'",
            interface));
        lines.insert(lines.end(), filters.begin(), filters.end());
    }
    return lines;
}

std::vector<std::string> filter_undo_lines(const std::vector<std::string>& interfaces) {
    std::vector<std::string> lines;
    for (const auto& interface : interfaces) {
        std::string line;
        for (const auto side : sides) {
            for (const bool v6 : {false, true}) {
                line += fmt::format("tc filter del {} u32; ", rank_words(interface, side, v6));
            }
        }
        lines.push_back(
            fmt::format("sh -c '({0}) 2>/dev/null; tc filter show dev {1} ingress | "
                        "grep -q . || tc filter show dev {1} egress | grep -q . || tc "
                        "qdisc del dev {1} clsact'",
                        line, interface));
    }
    return lines;
}

}  // namespace gameday::devices::netem
