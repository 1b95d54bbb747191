#include "harness/store/text_ledger.hpp"

#include "harness/store/text_streams.hpp"
#include "harness/store/text_words.hpp"

#include <algorithm>
#include <map>

namespace gameday::store {

namespace {

struct Pass {
    Phase phase = Phase::final_read;
    Instant at{};
    std::vector<NodeId> nodes;
    Stretches lost, only, resurrected;
    std::uint64_t unexpected = 0, foreign = 0;
    bool is_unreadable = false;
};

Result<Pass> read_pass(const TextLine& line, const Names& names, const Evidence& evidence) {
    Words words(line, names);
    Pass pass;
    const std::string phase = words.word();
    if (phase != "final" && phase != "survivors") {
        words.fail("a pass begins with final or survivors");
    }
    if (phase == "survivors") pass.phase = Phase::survivor_read;
    for (const auto& node : evidence.topology.nodes) pass.nodes.push_back(node.id);
    while (!words.at_end()) {
        const std::string word = words.word();
        if (word == "at") {
            pass.at = words.read<Instant>("at");
        } else if (word == "on") {
            pass.nodes = words.read<std::vector<NodeId>>("on");
        } else if (word == "lost") {
            pass.lost = words.read<Stretches>("lost");
        } else if (word == "only") {
            pass.only = words.read<Stretches>("only");
        } else if (word == "resurrected") {
            pass.resurrected = words.read<Stretches>("resurrected");
        } else if (word == "unexpected") {
            pass.unexpected = words.read<std::uint64_t>("unexpected");
        } else if (word == "foreign") {
            pass.foreign = words.read<std::uint64_t>("foreign");
        } else if (word == "unreadable") {
            pass.is_unreadable = true;
        } else {
            words.fail(fmt::format("\"{}\" has no meaning in a pass", word));
        }
    }
    if (pass.at == Instant{}) words.fail("at is missing");
    if (!words.good()) return *words.error();
    return pass;
}

struct Key {
    std::uint16_t load = 0;
    std::uint32_t key = 0;
    auto operator<=>(const Key&) const = default;
};

// By key: acknowledged writes in order of `completed`, and refused ones.
struct Writes {
    std::map<Key, std::vector<Operation>> acknowledged, refused;
};

Writes writes_of(const Evidence& evidence) {
    Writes writes;
    for (const auto& operation : evidence.operations) {
        if (operation.verb != Verb::write || !operation.client.known()) continue;
        const auto index = operation.client.index();
        if (index >= evidence.clients.size()) continue;
        const Key key{evidence.clients[index].load, operation.key};
        if (operation.outcome == Outcome::ok) writes.acknowledged[key].push_back(operation);
        if (operation.outcome == Outcome::failed) writes.refused[key].push_back(operation);
    }
    for (auto& [key, list] : writes.acknowledged) {
        std::ranges::stable_sort(list, {}, &Operation::completed);
    }
    return writes;
}

// The newest value that the pass finds of a key; nothing of what was written after it.
std::uint64_t found_by(const Pass& pass, const std::vector<Operation>& acknowledged) {
    for (auto write = acknowledged.rbegin(); write != acknowledged.rend(); ++write) {
        const bool is_there = write->completed <= pass.at && !holds(pass.lost, write->completed);
        if (is_there) return write->value;
    }
    return 0;
}

class Reading {
 public:
    Reading(const Pass& pass, Evidence& evidence)
        : pass_(pass), evidence_(evidence), next_(pass.at) {}

    void read(const Key& key, NodeId node, std::uint64_t value) {
        Operation read;
        read.scheduled = read.invoked = next_;
        read.completed = next_ + std::chrono::milliseconds(1);
        next_ += std::chrono::microseconds(10);
        read.phase = pass_.phase;
        read.key = key.key;
        read.node = node;
        read.client = client_of(evidence_.topology.node(node).region, key.load, evidence_);
        read.outcome = pass_.is_unreadable ? Outcome::failed : Outcome::ok;
        read.cause = pass_.is_unreadable ? Cause::unreachable : Cause::none;
        if (!pass_.is_unreadable) {
            read.value = value;
            read.served_by = node;
        }
        evidence_.operations.push_back(read);
    }

 private:
    const Pass& pass_;
    Evidence& evidence_;
    Instant next_;
};

void add(const Pass& pass, const Writes& writes, Evidence& evidence) {
    constexpr std::uint64_t nobodys = 0xF0000000U;  // no run counts that far
    Reading reading(pass, evidence);
    for (const NodeId node : pass.nodes) {
        std::uint64_t n = 0;
        for (const auto& [key, list] : writes.acknowledged) {
            if (list.front().completed > pass.at) continue;
            if (!pass.only.empty() && !holds(pass.only, list.back().completed)) continue;
            std::uint64_t value = found_by(pass, list);
            if (n < pass.foreign) value = foreign_value;
            if (n < pass.unexpected) value = numbered(evidence.run_id, nobodys + n);
            ++n;
            reading.read(key, node, value);
        }
        for (const auto& [key, list] : writes.refused) {
            if (holds(pass.resurrected, list.back().scheduled)) {
                reading.read(key, node, list.back().value);
            }
        }
    }
}

}  // namespace

Result<void> add_ledger(const TextSection& section, const Names& names, Evidence& evidence) {
    const auto writes = writes_of(evidence);
    for (const auto& line : section.lines) {
        const auto pass = read_pass(line, names, evidence);
        if (!pass) return pass.error();
        for (const NodeId node : pass->nodes) {
            if (!node.known() || node.index() >= evidence.topology.nodes.size()) {
                return wrong_line(line.number, "on names no node");
            }
        }
        add(*pass, writes, evidence);
    }
    return {};
}

}  // namespace gameday::store
