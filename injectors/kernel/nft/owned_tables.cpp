#include "injectors/kernel/nft/owned_tables.hpp"

#include "injectors/kernel/nft/nft_counters.hpp"
#include "injectors/kernel/nft/nft_encode.hpp"

#include <fmt/format.h>

#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace gameday::kernel {

namespace {

using SteadyTime = std::chrono::steady_clock;

constexpr std::uint32_t sequences_per_batch = 1U << 16;

bool is_lease(const nft::Set& set) { return set.timeouts && set.key == nft::Key::ether_type; }

nft::Table without_leases(nft::Table table) {
    for (auto& set : table.sets) {
        if (is_lease(set)) set.elements.clear();
    }
    return table;
}

void insert_leases(nft::Batch& batch, const nft::Table& table) {
    for (const auto& set : table.sets) {
        if (is_lease(set)) batch.insert(table.family, table.name, set, set.elements);
    }
}

std::size_t rules_in(const nft::Table& table) {
    std::size_t count = 0;
    for (const auto& chain : table.chains) count += chain.rules.size();
    return count;
}

}  // namespace

Result<std::unique_ptr<OwnedTables>> OwnedTables::open(const Namespace& where) {
    auto socket = Netlink::open(where, NETLINK_NETFILTER);
    if (!socket) return socket.error();
    return std::unique_ptr<OwnedTables>(
        new OwnedTables(std::move(*socket), WaitingPackets::open(where)));
}

Result<void> OwnedTables::stage(std::vector<nft::Table> tables) {
    const std::lock_guard lock(mutex_);
    std::move(staged_.begin(), staged_.end(), std::back_inserter(emptied_));
    asked_ = tables;
    if (!tables_.empty() || !emptied_.empty()) give_free_names(tables);
    staged_ = std::move(tables);
    const auto make = [&] {
        nft::Batch batch(socket_.next_sequence(sequences_per_batch));
        for (const auto& table : staged_) batch.create(without_leases(table));
        return batch.empty() ? Result<void>() : socket_.send(std::move(batch).finish(), 1);
    };
    auto sent = make();
    if (!sent && socket_.error_number() == EPERM) {
        // Another socket of ours still has an emptied table of that name; or we may do nothing.
        give_free_names(staged_);
        sent = make();
    }
    if (!sent) return name_taken(std::move(sent.error()), std::exchange(staged_, {}));
    auto stand = read_back(staged_);
    // They touch nothing; the next change takes them off.
    if (!stand) std::move(staged_.begin(), staged_.end(), std::back_inserter(emptied_));
    if (!stand) staged_.clear();
    return stand;
}

Result<void> OwnedTables::replace(std::vector<nft::Table> tables) {
    const std::lock_guard lock(mutex_);
    const bool nothing_stands = tables_.empty() && emptied_.empty() && staged_.empty();
    if (tables.empty() && nothing_stands) return {};
    auto before = count();
    if (!before) return before.error();
    const auto now = SteadyTime::now();
    const bool staged = !staged_.empty() && tables == asked_;
    if (staged) tables = std::exchange(staged_, {});
    // Those staged for something else touch nothing either.
    std::move(staged_.begin(), staged_.end(), std::back_inserter(emptied_));
    staged_.clear();
    bool keep_old = !(tables_.empty() && emptied_.empty()) && waiting_.any();
    const auto put = [&] {
        return staged ? change(tables, keep_old, true) : make_anew(tables, keep_old);
    };
    auto sent = put();
    if (!sent && keep_old && socket_.error_number() == ENOENT) {
        // A lease has ended on its own: then there is nothing to erase, and no other way.
        keep_old = false;
        sent = put();
    }
    if (!sent) {
        auto error = name_taken(std::move(sent.error()), tables);
        if (staged) std::move(tables.begin(), tables.end(), std::back_inserter(emptied_));
        return error;
    }
    if (!keep_old) emptied_.clear();
    if (keep_old) std::move(tables_.begin(), tables_.end(), std::back_inserter(emptied_));
    counted_before_ = std::move(*before);
    tables_ = std::move(tables);
    lapsed_ = ended_ = false;
    note_leases(now);
    if (staged) return {};
    auto stand = read_back(tables_);
    // What is not as it was made must not stay in force; nobody would know of it.
    if (!stand && change({}, false, false)) tables_.clear();
    return stand;
}

Result<void> OwnedTables::make_anew(std::vector<nft::Table>& tables, bool keep_old) {
    if (keep_old) give_free_names(tables);
    auto sent = change(tables, keep_old, false);
    if (!sent && !tables.empty() && socket_.error_number() == EPERM) {
        // As in stage().
        give_free_names(tables);
        sent = change(tables, keep_old, false);
    }
    return sent;
}

Error OwnedTables::name_taken(Error error, const std::vector<nft::Table>& tables) const {
    if (socket_.error_number() != EEXIST) return error;
    return std::move(error).within(
        fmt::format("somebody else has a table named {}, look at it with `nft list tables`",
                    tables.empty() ? std::string() : tables.front().name));
}

Result<void> OwnedTables::change(const std::vector<nft::Table>& tables, bool keep_old,
                                 bool staged) {
    nft::Batch batch(socket_.next_sequence(sequences_per_batch));
    if (keep_old) {
        if (!lapsed_ && !ended_) erase_leases(batch);
    } else {
        for (const auto& table : emptied_) batch.remove(table.family, table.name);
        for (const auto& table : tables_) batch.remove(table.family, table.name);
    }
    for (const auto& table : tables) {
        if (!staged) batch.create(table);
        if (staged) insert_leases(batch, table);
    }
    return batch.empty() ? Result<void>() : socket_.send(std::move(batch).finish(), 1);
}

// Names that no other table has: a descriptor is that of one socket.
void OwnedTables::give_free_names(std::vector<nft::Table>& tables) {
    ++renamed_;
    for (auto& table : tables) {
        table.name = fmt::format("{}_{}_{}", table.name, socket_.descriptor(), renamed_);
    }
}

bool OwnedTables::is_off() {
    const auto has_emptied = [this] {
        const std::lock_guard lock(mutex_);
        return !emptied_.empty();
    };
    if (has_emptied()) (void)remove();  // It fails again, or it does not.
    return !has_emptied();
}

Result<void> OwnedTables::read_back(const std::vector<nft::Table>& tables) {
    for (const auto& table : tables) {
        auto answers =
            socket_.dump(nft::dump_rules(table.family, table.name, socket_.next_sequence(1)));
        if (!answers) return std::move(answers.error()).within("reading back " + table.name);
        const auto stand = nft::rules_of_table(*answers, table.name);
        if (stand == rules_in(table)) continue;
        return failed("the table {} has {} rules where {} were made", table.name, stand,
                      rules_in(table));
    }
    return {};
}

Result<std::map<std::string, std::uint64_t>> OwnedTables::count() {
    auto sums = counted_before_;
    for (const auto& table : tables_) {
        auto answers =
            socket_.dump(nft::dump_rules(table.family, table.name, socket_.next_sequence(1)));
        if (!answers) return std::move(answers.error()).within("counting " + table.name);
        for (const auto& answer : *answers) {
            if (const auto found = nft::counted(answer, table.name)) {
                sums[found->chain] += found->packets;
            }
        }
    }
    return sums;
}

Result<std::map<std::string, std::uint64_t>> OwnedTables::packets() {
    const std::lock_guard lock(mutex_);
    return count();
}

void OwnedTables::renew() {
    const std::lock_guard lock(mutex_);
    if (lapsed_ || tables_.empty()) return;
    const auto now = SteadyTime::now();
    nft::Batch batch(socket_.next_sequence(sequences_per_batch));
    for (const auto& table : tables_) {
        for (const auto& set : table.sets) {
            if (is_lease(set)) batch.refresh(table.family, table.name, set, set.elements);
        }
    }
    // Refused as a whole when one has ended.
    if (!batch.empty() && !socket_.send(std::move(batch).finish(), 1)) lapsed_ = true;
    if (!lapsed_) note_leases(now);
}

Result<void> OwnedTables::end_leases() {
    const std::lock_guard lock(mutex_);
    if (lapsed_ || ended_ || tables_.empty()) return {};
    lapsed_ = overdue();  // and yet all is done to end them: the kernel's clock may be behind
    nft::Batch batch(socket_.next_sequence(sequences_per_batch));
    erase_leases(batch);
    auto sent = batch.empty() ? Result<void>() : socket_.send(std::move(batch).finish(), 1);
    if (!sent && socket_.error_number() == ENOENT) lapsed_ = true;
    ended_ = sent || socket_.error_number() == ENOENT;
    return ended_ ? Result<void>() : sent;
}

void OwnedTables::erase_leases(nft::Batch& batch) const {
    for (const auto& table : tables_) {
        for (const auto& set : table.sets) {
            if (is_lease(set)) batch.erase(table.family, table.name, set, set.elements);
        }
    }
}

bool OwnedTables::lapsed() const {
    const std::lock_guard lock(mutex_);
    return lapsed_ || overdue();
}

// A process that stood still and heals as soon as it wakes has renewed nothing and been refused
// nothing: only the clock tells that its leases have ended meanwhile.
bool OwnedTables::overdue() const {
    return !ended_ && !tables_.empty() && SteadyTime::now() >= lasts_until_;
}

// The leases begin after `since`, so they last at least until what is noted here.
void OwnedTables::note_leases(SteadyTime::time_point since) {
    lasts_until_ = SteadyTime::time_point::max();
    for (const auto& table : tables_) {
        for (const auto& set : table.sets) {
            if (!is_lease(set)) continue;
            for (const auto& each : set.elements) {
                lasts_until_ = std::min(lasts_until_, since + each.timeout);
            }
        }
    }
}

}  // namespace gameday::kernel
