#include "harness/app/name_book.hpp"

#include "harness/app/resolve.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

namespace gameday::app {

namespace {

using Addresses = std::vector<std::string>;

bool has_name(const Addresses& addresses) {
    return !std::ranges::all_of(
        addresses, [](const std::string& each) { return check_address(each).has_value(); });
}

struct Found {
    Topology topology;
    Addresses spare;
    Result<void> looked_up;
};

std::string text_of(const Addresses& addresses) {
    return addresses.empty() ? "none" : fmt::format("{}", fmt::join(addresses, ", "));
}

}  // namespace

NameBook::NameBook(const Topology& topology, const std::vector<std::string>& spare)
    : spare_(spare), has_names_(has_name(spare)) {
    for (const auto& node : topology.nodes) {
        nodes_.push_back(node.addresses);
        has_names_ = has_names_ || has_name(node.addresses);
    }
}

std::vector<std::string> NameBook::refresh(Topology& topology, std::vector<std::string>& spare,
                                           Duration patience) const {
    if (!has_names_) return {};
    Found asked{topology, spare_, {}};
    for (std::size_t i = 0; i < nodes_.size(); ++i)
        asked.topology.nodes.at(i).addresses = nodes_[i];
    // A thread that is left to itself when it takes too long: a look-up cannot be broken off.
    std::packaged_task<Found()> task([asked = std::move(asked)]() mutable {
        asked.looked_up = resolve_names(asked.topology, asked.spare);
        return std::move(asked);
    });
    auto answer = task.get_future();
    std::thread(std::move(task)).detach();
    if (answer.wait_for(patience) != std::future_status::ready) {
        return {
            fmt::format("names could not be looked up again within {}: the addresses found "
                        "before are used",
                        format_duration(patience))};
    }
    auto found = answer.get();
    if (!found.looked_up) {
        return {
            fmt::format("names could not be looked up again ({}): the addresses found before "
                        "are used",
                        found.looked_up.error().message)};
    }
    std::vector<std::string> changes;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        auto& before = topology.nodes.at(i);
        auto& now = found.topology.nodes.at(i).addresses;
        if (before.addresses == now) continue;
        if (now.empty()) {  // The name of an endpoint: resolve_names() does not insist on it.
            changes.push_back(
                fmt::format("{} could not be looked up again: the addresses found "
                            "before are used",
                            before.name));
            continue;
        }
        changes.push_back(fmt::format("{} has moved: {} before, now {}", before.name,
                                      text_of(before.addresses), text_of(now)));
        before.addresses = std::move(now);
    }
    spare = std::move(found.spare);
    return changes;
}

}  // namespace gameday::app
