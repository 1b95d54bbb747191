#include "reporters/common/connections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <utility>

namespace gameday::reporters {

namespace {

// How many of each, in the order in which they were first seen.
class Tally {
 public:
    void add(const std::string& what, std::uint64_t count) {
        const auto known = std::ranges::find(counts_, what, &Counts::value_type::first);
        if (known != counts_.end()) {
            known->second += count;
        } else {
            counts_.emplace_back(what, count);
        }
        sum_ += count;
    }
    [[nodiscard]] std::uint64_t sum() const { return sum_; }
    [[nodiscard]] bool empty() const { return counts_.empty(); }
    // "3 of this, 4 of that", or with the number behind.
    [[nodiscard]] std::string text(bool number_first) const {
        std::string text;
        for (const auto& [what, count] : counts_) {
            text += text.empty() ? "" : ", ";
            text += number_first ? fmt::format("{} {}", count, what)
                                 : fmt::format("{} {}", what, count);
        }
        return text;
    }

 private:
    using Counts = std::vector<std::pair<std::string, std::uint64_t>>;
    Counts counts_;
    std::uint64_t sum_ = 0;
};

std::string bytes_text(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> units{"kB", "MB", "GB", "TB", "PB"};
    if (bytes < 1000) return fmt::format("{} B", bytes);
    double amount = static_cast<double>(bytes) / 1000;
    std::size_t unit = 0;
    while (amount >= 999.5 && unit + 1 < units.size()) {
        amount /= 1000;
        ++unit;
    }
    return fmt::format("{:.3g} {}", amount, units.at(unit));
}

struct LinkSums {
    Tally ended, faults;
    std::uint64_t to = 0, from = 0;
};

}  // namespace

std::string_view end_words(std::string_view ended) {
    using Words = std::pair<std::string_view, std::string_view>;
    static constexpr std::array<Words, 10> known{{
        {"open", "open at the end"},
        {"fin_by_client", "closed by the client"},
        {"fin_by_upstream", "closed by the target"},
        {"rst_by_client", "reset by the client"},
        {"rst_by_upstream", "reset by the target"},
        {"refused", "refused by the target"},
        {"rst_by_fault", "reset by a fault"},
        {"closed_by_fault", "closed by a fault"},
        {"limit", "ended at a fault's limit"},
        {"closed_by_proxy", "closed with the proxy"},
    }};
    const auto* const found = std::ranges::find(known, ended, &Words::first);
    return found == known.end() ? ended : found->second;
}

std::string fault_name(const Report& report, FaultId fault) {
    const auto known = std::ranges::find(report.faults, fault, &FaultWindow::id);
    return known == report.faults.end() ? fmt::format("fault {}", fault.value) : known->name;
}

std::vector<LinkRow> link_rows(const Report& report) {
    std::map<std::string, LinkSums> links;
    for (const ConnectionCount& each : report.connections) {
        LinkSums& sums = links[each.link];
        sums.ended.add(std::string(end_words(each.ended)), each.connections);
        for (const FaultId id : each.faults)
            sums.faults.add(fault_name(report, id), each.connections);
        sums.to += each.bytes_to;
        sums.from += each.bytes_from;
    }
    std::vector<LinkRow> rows;
    for (const auto& [link, sums] : links) {
        rows.push_back({link, std::to_string(sums.ended.sum()), bytes_text(sums.to),
                        bytes_text(sums.from), sums.ended.text(true),
                        sums.faults.empty() ? "none" : sums.faults.text(false)});
    }
    return rows;
}

std::string met_text(const Report& report, FaultId fault) {
    Tally ended;
    for (const ConnectionCount& each : report.connections) {
        if (std::ranges::find(each.faults, fault) == each.faults.end()) continue;
        ended.add(std::string(end_words(each.ended)), each.connections);
    }
    if (ended.empty()) return {};
    return fmt::format(
        "{} met it: {}",
        ended.sum() == 1 ? "1 connection" : fmt::format("{} connections", ended.sum()),
        ended.text(true));
}

}  // namespace gameday::reporters
