// The fields of everything in Evidence, named once: the JSON file and the text table are both made
// from these lists, in both directions, so they cannot disagree.
//
// fields(each, it) calls each(name, member) for every member in order. Ids of regions, nodes and
// links are not listed: they are the position in their list. lists(each, evidence) does the same
// for the lists of Evidence, but for its operations.
#pragma once

#include "harness/model/evidence.hpp"

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace gameday::store {

// T is Plain, or const Plain: the same list of fields serves reading and writing.
template <class T, class Plain>
concept Either = std::same_as<std::remove_const_t<T>, Plain>;

template <class Each, Either<Region> T>
void fields(Each& each, T& it) {
    each("name", it.name);
    each("nodes", it.nodes);
}

template <class Each, Either<Node> T>
void fields(Each& each, T& it) {
    each("name", it.name);
    each("region", it.region);
    each("role", it.role);
    each("host", it.host);
    each("endpoint", it.endpoint);
    each("addresses", it.addresses);
    each("pid_file", it.process.pid_file);
    each("pid", it.process.pid);
    each("restart", it.process.restart);
    each("restart_folder", it.process.folder);
    each("restart_timeout", it.process.restart_timeout);
}

template <class Each, Either<Link> T>
void fields(Each& each, T& it) {
    each("name", it.name);
    each("from_clients", it.from_clients);
    each("from_region", it.from_region);
    each("from_node", it.from_node);
    each("to_node", it.to_node);
    each("listen", it.listen);
    each("target", it.target);
}

template <class Each, Either<ClientInfo> T>
void fields(Each& each, T& it) {
    each("region", it.region);
    each("load", it.load);
    each("cohort", it.cohort);
    each("behaviour", it.behaviour);
}

template <class Each, Either<Operation> T>
void fields(Each& each, T& it) {
    each("seq", it.seq);
    each("scheduled", it.scheduled);
    each("invoked", it.invoked);
    each("completed", it.completed);
    each("phase", it.phase);
    each("client", it.client);
    each("verb", it.verb);
    each("key", it.key);
    each("value", it.value);
    each("version", it.version);
    each("outcome", it.outcome);
    each("cause", it.cause);
    each("node", it.node);
    each("served_by", it.served_by);
}

template <class Each, Either<FaultWindow> T>
void fields(Each& each, T& it) {
    each("id", it.id);
    each("name", it.name);
    each("kind", it.kind);
    each("nodes", it.nodes);
    each("injected", it.injected);
    each("healed", it.healed);
    each("affected", it.affected);
    each("expects_outage", it.expects_outage);
    each("heal_error", it.heal_error);
    each("trouble", it.trouble);
    each("notes", it.notes);
    each("taken", it.taken);
}

template <class Each, Either<RoleSample> T>
void fields(Each& each, T& it) {
    each("at", it.at);
    each("node", it.node);
    each("role", it.role);
    each("term", it.term);
}

template <class Each, Either<LagSample> T>
void fields(Each& each, T& it) {
    each("at", it.at);
    each("replica", it.replica);
    each("lag", it.lag);
    each("reported", it.reported);
}

template <class Each, Either<HealthSample> T>
void fields(Each& each, T& it) {
    each("at", it.at);
    each("observer", it.observer);
    each("node", it.node);
    each("healthy", it.healthy);
}

template <class Each, Either<CauseCount> T>
void fields(Each& each, T& it) {
    each("load", it.load);
    each("verb", it.verb);
    each("cause", it.cause);
    each("detail", it.detail);
    each("count", it.count);
    each("first", it.first);
    each("sample", it.sample);
}

template <class Each, Either<ConnectionCount> T>
void fields(Each& each, T& it) {
    each("link", it.link);
    each("ended", it.ended);
    each("faults", it.faults);
    each("connections", it.connections);
    each("bytes_to", it.bytes_to);
    each("bytes_from", it.bytes_from);
}

// The single figures of a run; the lists of Evidence have lists of fields of their own.
template <class Each, Either<Evidence> T>
void fields(Each& each, T& it) {
    each("started_at", it.started_at);
    each("program_version", it.program_version);
    each("ending", it.ending);
    each("ending_reason", it.ending_reason);
    each("steady", it.steady);
    each("active", it.active);
    each("finished", it.finished);
    each("lateness_p50", it.instrument.lateness_p50);
    each("lateness_p99", it.instrument.lateness_p99);
    each("lateness_max", it.instrument.lateness_max);
    each("shed", it.instrument.shed);
    each("suspended", it.instrument.suspended);
    each("run_id", it.run_id);
}

template <class Each, Either<Evidence> T>
void lists(const Each& each, T& it) {
    each("notes", it.notes);
    each("regions", it.topology.regions);
    each("nodes", it.topology.nodes);
    each("links", it.topology.links);
    each("clients", it.clients);
    each("faults", it.faults);
    each("roles", it.roles);
    each("lags", it.lags);
    each("health", it.health);
    each("connections", it.connections);
    each("causes", it.causes);
}

// How many members at the end of a row say no more than their absence does, and are not written.
constexpr std::size_t unsaid(const auto&) { return 0; }
inline std::size_t unsaid(const ClientInfo& client) {
    return client == ClientInfo{client.region, client.load} ? 2U : 0U;
}

// Members and lists that older evidence may not have.
constexpr bool is_later(std::string_view member) {
    return member == "taken" || member == "suspended" || member == "run_id" ||
           member == "connections" || member == "causes" || member == "cohort" ||
           member == "behaviour";
}

// The value of an enum by its name; false when no value has that name.
template <class Enum>
bool find_named(std::string_view name, Enum& value) {
    for (unsigned i = 0; name_of(static_cast<Enum>(i)) != "?"; ++i) {
        if (name_of(static_cast<Enum>(i)) != name) continue;
        value = static_cast<Enum>(i);
        return true;
    }
    return false;
}

// Whether the value is one that its enum lists; bytes from a file may say anything.
template <class Enum>
bool is_listed(Enum value) {
    return name_of(value) != "?";
}

// Sets the ids that are positions: those of regions, nodes and links.
void number_topology(Topology& topology);

// Whether every id leads somewhere, so that whoever reads the evidence may index by it: `invalid`,
// naming the first that does not. Operations must be numbered by position.
Result<void> check_ids(const Evidence& evidence);

}  // namespace gameday::store
