// Message: what nodes say to each other, as plain values, and their bytes on the wire.
//
// Each kind lists its fields once, in `fields`; writing and reading are both made from that list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gameday::regions {

using Term = std::uint64_t;
using Index = std::uint64_t;  // of log entries, from 1; 0 is "before the first"
using Peer = std::size_t;     // index of a node in the layout

// One write. With a single writer: term and index of the log, and an empty key for the entry that
// opens a term. With last_write_wins: `term` is the version, `index` the origin's own count.
struct Entry {
    Term term = 0;
    Index index = 0;
    std::uint64_t origin = 0;  // the node that accepted it; last_write_wins only
    std::string key;
    std::string value;

    void fields(auto&& visit) { visit(term, index, origin, key, value); }
    bool operator==(const Entry&) const = default;
};

// "May I lead `term`?" A trial changes nothing at the voter: it keeps a node that cannot win from
// disturbing a primary that is well.
struct VoteRequest {
    Term term = 0, last_term = 0;
    Index last_index = 0;
    bool trial = false;
    bool yielded = false;  // the primary itself asked for this election and has stopped

    void fields(auto&& visit) { visit(term, last_term, last_index, trial, yielded); }
};

struct VoteAnswer {
    Term term = 0;      // the voter's own
    Term proposed = 0;  // the one that was asked about
    bool trial = false, granted = false;

    void fields(auto&& visit) { visit(term, proposed, trial, granted); }
};

// Entries after `previous`, and the heartbeat that asks for the lease.
struct Append {
    Term term = 0, previous_term = 0;
    Index previous = 0, commit = 0;
    std::uint64_t stamp = 0;  // the primary's own clock when it sent this, ns
    bool leased = true;       // the primary stops when it loses contact (false: it acts alone)
    bool heard = false;       // the primary hears the receiver, too
    std::vector<Entry> entries;

    void fields(auto&& visit) {
        visit(term, previous_term, previous, commit, stamp, leased, heard, entries);
    }
};

struct AppendAnswer {
    Term term = 0;
    std::uint64_t stamp = 0;  // of the Append answered
    bool matched = false;
    Index index = 0;  // matched: known to be the same up to here; else: look no later than here

    void fields(auto&& visit) { visit(term, stamp, matched, index); }
};

// The primary has stopped for good in this term and wants the receiver to follow it.
struct Stand {
    Term term = 0;

    void fields(auto&& visit) { visit(term); }
};

// A client's request passed on to the primary. The stamp is the newest one heard from it, so that a
// request that was held up on the way is refused instead of done long after its client has left.
struct Forward {
    Term term = 0;
    std::uint64_t stamp = 0, request = 0;
    bool write = false;
    std::string key, value;

    void fields(auto&& visit) { visit(term, stamp, request, write, key, value); }
};

struct ForwardAnswer {
    std::uint64_t request = 0, status = 0, version = 0;
    std::string value;

    void fields(auto&& visit) { visit(request, status, version, value); }
};

// last_write_wins: writes of the sender's own, after the first `previous` of them.
struct Batch {
    Index previous = 0;
    std::vector<Entry> entries;

    void fields(auto&& visit) { visit(previous, entries); }
};

struct BatchAnswer {
    Index held = 0;  // so many of the receiver's writes the sender of this holds

    void fields(auto&& visit) { visit(held); }
};

using Message = std::variant<VoteRequest, VoteAnswer, Append, AppendAnswer, Stand, Forward,
                             ForwardAnswer, Batch, BatchAnswer>;

std::string encode(const Message& message);
// Nothing when the bytes are no whole message.
std::optional<Message> decode(std::string_view bytes);

std::string encode(const Entry& entry);
std::optional<Entry> decode_entry(std::string_view bytes);

}  // namespace gameday::regions
