// A table of nf_tables as a value, with the few terms that steering needs. Pure: from it come both
// the netlink messages (nft_encode) and the text that nft(8) reads (table_text).
#pragma once

#include "harness/base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gameday::kernel::nft {

using Bytes = std::vector<std::uint8_t>;

enum class Family : std::uint8_t { ip, ip6, netdev };
enum class Hook : std::uint8_t { ingress, egress, prerouting, postrouting };  // first two: netdev

// What the keys of a set are. The tuples are address, peer's port and own port of a connection.
enum class Key : std::uint8_t { ether_type, ipv4, ipv6, port, tuple4, tuple6 };

struct Element {
    Bytes key;           // network order
    Bytes end;           // for sets of intervals: the first key behind it; empty: none behind it
    Duration timeout{};  // 0: stays
    bool operator==(const Element&) const = default;
};

struct Set {
    std::string name;
    Key key = Key::ipv4;
    bool intervals = false, timeouts = false;
    bool filled_by_rules = false;  // see Remember
    std::vector<Element> elements;
    bool operator==(const Set&) const = default;
};

// What a rule asks of a packet …
struct InLease {
    std::string set;
    bool operator==(const InLease&) const = default;
};
struct IsFamily {
    bool v6 = false;
    bool operator==(const IsFamily&) const = default;
};
struct AddressIn {
    bool v6 = false, source = true;
    std::string set;
    bool operator==(const AddressIn&) const = default;
};
struct IsProtocol {
    std::uint8_t number = 6;
    bool operator==(const IsProtocol&) const = default;
};
struct PortIn {
    bool source = true;
    std::string set;
    bool operator==(const PortIn&) const = default;
};
struct IsNeighbourDiscovery {
    bool operator==(const IsNeighbourDiscovery&) const = default;
};
// Of TCP, whatever other flags there are: "syn" also means the answer to it.
struct HasFlag {
    enum class Flag : std::uint8_t { syn = 2, rst = 4 };
    Flag flag = Flag::syn;
    bool operator==(const HasFlag&) const = default;
};
// Whether it comes in, or goes out, by the loopback interface.
struct OverLoopback {
    bool incoming = true;
    bool operator==(const OverLoopback&) const = default;
};
struct HasMark {
    std::uint32_t mark = 0;
    bool negated = false;
    bool operator==(const HasMark&) const = default;
};
// Whether the connection is not in the set; `source`: the peer is the source of the packet.
struct NotRemembered {
    bool v6 = false, source = true;
    std::string set;
    bool operator==(const NotRemembered&) const = default;
};
// … and what it does with one that answers.
struct Remember {
    bool v6 = false, source = true;
    std::string set;
    bool operator==(const Remember&) const = default;
};
struct Count {
    bool operator==(const Count&) const = default;
};
struct Drop {
    bool operator==(const Drop&) const = default;
};
struct Accept {
    bool operator==(const Accept&) const = default;
};
struct Reset {
    bool operator==(const Reset&) const = default;
};
struct Reject {
    bool operator==(const Reject&) const = default;
};
struct Goto {
    std::string chain;
    bool operator==(const Goto&) const = default;
};
struct ForwardTo {
    std::string device;
    std::uint32_t index = 0;
    bool operator==(const ForwardTo&) const = default;
};
// To user space; when nobody listens the packet passes. `compat`: by the xtables target NFQUEUE.
struct Queue {
    std::uint16_t number = 0;
    bool compat = false;
    bool operator==(const Queue&) const = default;
};

using Term = std::variant<InLease, IsFamily, AddressIn, IsProtocol, PortIn, IsNeighbourDiscovery,
                          HasFlag, OverLoopback, HasMark, NotRemembered, Remember, Count, Drop,
                          Accept, Reset, Reject, Goto, ForwardTo, Queue>;
using Rule = std::vector<Term>;

struct Chain {
    std::string name;
    bool base = true;  // else: only reached by Goto
    Hook hook = Hook::ingress;
    std::string device;  // for ingress and egress
    std::int32_t priority = 0;
    std::vector<Rule> rules;
    bool operator==(const Chain&) const = default;
};

struct Table {
    Family family = Family::netdev;
    std::string name;
    std::vector<Set> sets;
    std::vector<Chain> chains;  // those that are gone to stand before those that go there
    bool operator==(const Table&) const = default;
};

// How many connections a set filled by rules holds at most.
inline constexpr std::uint32_t remembered_most = 65535;

std::string_view family_name(Family family);  // "ip", "ip6", "netdev"

// As `nft -f` reads it. The owner flag is not in it: nft(8) would take the table down as it ends.
std::string table_text(const Table& table);
// The same in one line, to stand in single quotes behind nft(8).
std::string table_line(const Table& table);

}  // namespace gameday::kernel::nft
