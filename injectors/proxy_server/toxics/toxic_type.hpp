// ToxicType: all that is known of one type of toxic. Each has a file named after it and a line in
// toxics.inc; what is said of toxics elsewhere is asked here. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/proxy_server/names.hpp"
#include "injectors/proxy_server/toxics/toxic.hpp"
#include "injectors/proxy_server/udp/datagram_rule.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::proxy_server {

struct DrawnToxic {
    Toxic toxic;
    std::uint64_t seed = 0;  // of its draws
};

// What a toxic is without filters of packets: the same, less than it promises, or impossible.
enum class Filters : std::uint8_t { unused, wanted, needed };

struct ToxicType {
    std::string_view name;
    std::vector<std::string_view> attributes{};  // in the order in which Toxiproxy prints them
    // What it is to connections and to datagrams; one that is null cannot be on such a proxy.
    void (*connections)(const Toxic& toxic, Rule& rule) = nullptr;
    void (*datagrams)(const DrawnToxic& drawn, udp::DatagramRule& rule) = nullptr;
    Result<void> (*check)(const Toxic& toxic) = nullptr;  // null: taken as it comes
    Filters filters = Filters::unused;
    bool meets_syns = false;            // before there is a connection to draw for
    std::string_view go_struct{};       // in errors; "" = the name in camel case
    std::string_view go_int = "int64";  // the Go type of its attributes
};

// Fails with `invalid` where the attribute is no number of parts per million.
Result<void> check_millionths(const Toxic& toxic, const std::string& attribute);

// "latency, jitter", or "no attributes".
std::string attribute_names(const ToxicType& type);

// In the order of toxics.inc.
std::span<const ToxicType* const> toxic_types();
// The type of that name, or null.
const ToxicType* find_toxic_type(std::string_view name);
// The type of a toxic, which is one of toxic_types().
const ToxicType& type_of(const Toxic& toxic);

// Whether a toxic of its type can be on such a proxy. Fails with `invalid` and the types that can:
// `a udp proxy has no timeout toxic; it has latency, …`.
Result<void> check_type(const Toxic& toxic, Protocol protocol);
Result<void> check_types(const std::vector<Toxic>& toxics, Protocol protocol);

// `filters` is whether packets may be filtered here, or why not. Fails with `invalid` and what to
// write, with `unsupported` when the toxic is nothing without filters; of datagrams none needs any.
Result<void> check_toxic(const Toxic& toxic, Protocol protocol, const Result<void>& filters);
// What the toxic does less than it promises for want of filters; "" when nothing.
std::string remark_on(const Toxic& toxic, const Result<void>& filters);

// What a toxic is to the connections of a proxy.
Rule rule_of(const DrawnToxic& drawn);
// What all of them are to one direction (to or from) of one session. Toxicity is the share of the
// sessions that meet a toxic at all, drawn for each.
udp::DatagramRule datagram_rule(const std::vector<DrawnToxic>& toxics, Direction way,
                                std::uint64_t session);

}  // namespace gameday::proxy_server
