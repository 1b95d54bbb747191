// Key ledger: the part of the ledger that concerns one key.
#pragma once

#include "harness/view/ledger.hpp"
#include "harness/view/prone.hpp"
#include "harness/view/value_index.hpp"

#include <optional>

namespace gameday::view {

// What is the same for all keys of a load.
struct LoadLedger {
    Ownership ownership = Ownership::single_writer;
    VersionOrder order = VersionOrder::clock;
    bool existing = false;         // a value of another run was there before, so it is older
    std::optional<Office> office;  // of the store; none where keys or all nodes own
    Prone prone;
    std::vector<bool> asked;    // by node, in the final reads
    std::vector<bool> excused;  // never answered, and taken away by a fault that was not healed

    [[nodiscard]] bool is_exclusive() const {
        return ownership == Ownership::single_writer || ownership == Ownership::per_key;
    }
    [[nodiscard]] bool is_excused(NodeId node) const {
        return node.index() < excused.size() && excused[node.index()];
    }
};

// A fate with its flags in a byte, one for each operation.
using Mark = std::uint8_t;
inline constexpr Mark no_mark = 0xff;
Mark mark_of(const LedgerEntry& entry);
LedgerEntry entry_of(std::uint32_t write, RegionId region, Mark mark);

// Judges key after key; keeps its scratch memory.
class KeyLedger {
 public:
    KeyLedger(const LedgerInput& input, Ledger& ledger, std::vector<Mark>& marks);
    void judge(const LoadLedger& load, IndexSpan operations);

 private:
    // What an answer shows: nothing (or what was there before the run), something that nobody
    // wrote, or a write by its place in writes_.
    struct Found {
        enum class Kind : std::uint8_t { absent, nobody, write };
        Kind kind = Kind::absent;
        std::uint32_t write = 0;
        bool operator==(const Found&) const = default;
    };
    enum class Shows : std::uint8_t { it, newer, older, unclear };
    struct Write {
        Instant invoked{};
        std::uint64_t seen = 0;  // nodes that returned it, a bit each
        std::uint32_t index = 0;
    };
    struct Answer {
        std::uint64_t value = 0;
        std::uint32_t index = 0;  // of the read
        NodeId node;
        Found found{};
    };
    struct Holding {
        NodeId node;
        bool answered = false;
        const Answer* first = nullptr;
        const Answer* last = nullptr;
        Instant worst = Instant::max();  // when the oldest write that it ever showed was over
    };
    struct Judgement {
        Fate fate = Fate::indeterminate;
        bool held = false;  // who counts shows the write itself
        bool late = false, unread = false, outdone = false;
        bool missing = false;  // some that answered are without it, and none has it
    };

    void collect(const LoadLedger& load, IndexSpan operations);
    void sort_writes();
    void resolve(std::vector<Answer>& answers, const LoadLedger& load);
    void note_oddities(const LoadLedger& load);
    void note_returned(const LoadLedger& load);
    void note_differences(const LoadLedger& load);
    void judge_writes(const LoadLedger& load);
    void judge_survivors(const LoadLedger& load, std::size_t fault);
    void fill_holdings(const std::vector<Answer>& answers, const std::vector<bool>& asked);
    [[nodiscard]] const Operation& operation(std::uint32_t index) const;
    [[nodiscard]] const Operation& write(const Found& found) const;
    [[nodiscard]] Found found_of(std::uint64_t value, const LoadLedger& load) const;
    [[nodiscard]] Shows shows(const Found& found, std::uint32_t place) const;
    [[nodiscard]] Judgement judge_write(std::uint32_t place, const LoadLedger& load,
                                        NodeId office) const;
    [[nodiscard]] bool was_seen_elsewhere(std::uint64_t seen, const Operation& write) const;
    [[nodiscard]] bool was_cut_off(const LoadLedger& load, const Operation& write) const;
    [[nodiscard]] NodeId office_under(const LoadLedger& load, std::size_t fault) const;
    void look_at_survivors(std::size_t fault);

    const LedgerInput& input_;
    Ledger& ledger_;
    std::vector<Mark>& marks_;
    Duration lag_most_;
    // By fault: whom it does not take away, and since when what it took may not have been on
    // others.
    struct Survivors {
        std::vector<bool> nodes;
        Instant prone{};
    };
    std::vector<Survivors> survivors_of_;
    // Of the key at hand.
    std::vector<Write> writes_;  // in order of `invoked`
    ValueIndex by_value_;
    std::vector<Answer> reads_;                 // answered ones of the load
    std::vector<Answer> finals_, survivors_;    // reads back, in order of `completed`
    std::vector<Answer> answers_;               // survivors_ while the fault at hand was in force
    std::vector<Holding> holdings_;             // of those asked
    std::vector<std::uint64_t> survivor_seen_;  // by write: survivors that returned it in force
    std::vector<std::uint64_t> noted_;          // places of writes that count once
    std::vector<std::pair<std::uint64_t, std::uint32_t>> odd_;  // value, and the read of it
};

}  // namespace gameday::view
