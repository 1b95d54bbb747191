#include "harness/store/text_streams.hpp"

#include "harness/store/text_words.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace gameday::store {

namespace {

// What becomes of operations in some stretches: the last `bad` of each `of`.
struct Rule {
    enum class Kind : std::uint8_t { fails, slow, held, late, absent, foreign };
    Kind kind = Kind::fails;
    Cause cause = Cause::none;
    Duration takes{};
    Stretches when;
    std::uint64_t bad = 1, of = 1;
    std::uint64_t seen = 0;  // operations of the stretches so far

    bool takes_next() { return seen++ % of >= of - bad; }
};

// Who answers from some instant on: in turn.
struct Served {
    Instant from = Instant::min();
    std::vector<NodeId> nodes;
};

struct Stream {
    Verb verb = Verb::write;
    RegionId region;
    std::uint16_t load = 0;
    double rate_per_s = 0;
    Instant from{}, to = Instant::min();
    std::uint32_t key_low = 0, key_high = 0;  // 0: a key of its own
    std::optional<NodeId> node;
    std::vector<Served> served;
    Duration takes = std::chrono::milliseconds(1), timeout = std::chrono::seconds(1);
    bool version_is_clock = false;
    std::uint64_t version = 0;
    std::vector<Rule> rules;
};

constexpr std::uint32_t first_own_key = 1'000'000;

// "us-1", "us-1,eu-1", "?" (a name that is no node's), "-", each with "@7.2": from then on.
bool read_served(Words& words, std::string_view cell, const Names& names, Served& served) {
    const auto sign = cell.find('@');
    const CellReader reader(names);
    if (sign != std::string_view::npos && !reader.read(cell.substr(sign + 1), served.from)) {
        words.fail(fmt::format("served cannot be {}", cell));
    }
    const auto list = split_list(cell.substr(0, sign));
    for (const auto& each : list.value_or(std::vector<std::string>())) {
        NodeId node = unrecognised_node;
        if (each != "?" && !reader.read(each, node)) return false;
        served.nodes.push_back(each == "-" ? NodeId() : node);
    }
    return !served.nodes.empty();
}

void read_all_served(Words& words, const Names& names, Stream& stream) {
    do {
        Served served;
        const std::string cell = words.word();
        if (!read_served(words, cell, names, served)) {
            words.fail(fmt::format("served cannot be \"{}\"", cell));
        }
        stream.served.push_back(std::move(served));
    } while (words.good() && words.peek().find('@') != std::string_view::npos);
}

void read_key(Words& words, Stream& stream) {
    if (words.accept("own")) return;
    const auto keys = words.read<Interval<std::uint32_t>>("key");
    if (keys.low == 0) words.fail("key cannot be 0");
    stream.key_low = keys.low;
    stream.key_high = keys.high;
}

// "every 25th", "share 3/5".
void read_share(Words& words, Rule& rule) {
    if (words.accept("every")) {
        const std::string text = words.word();
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), rule.of);
        if (parsed.ec != std::errc() || rule.of == 0) {
            words.fail(fmt::format("every cannot be {}", text));
        }
    } else if (words.accept("share")) {
        const std::string text = words.word();
        const char* end = text.data() + text.size();
        const auto bad = std::from_chars(text.data(), end, rule.bad);
        if (bad.ec == std::errc() && bad.ptr != end && *bad.ptr == '/' &&
            std::from_chars(bad.ptr + 1, end, rule.of).ec == std::errc() && rule.bad <= rule.of &&
            rule.bad > 0) {
            return;
        }
        rule.of = rule.bad = 1;
        words.fail(fmt::format("share cannot be {}", text));
    }
}

// A rule by its first word: the name of a cause, or what happens without one.
std::optional<Rule> rule_named(const std::string& word) {
    Rule rule;
    constexpr std::pair<std::string_view, Rule::Kind> kinds[] = {{"slow", Rule::Kind::slow},
                                                                 {"held", Rule::Kind::held},
                                                                 {"late", Rule::Kind::late},
                                                                 {"absent", Rule::Kind::absent},
                                                                 {"foreign", Rule::Kind::foreign}};
    for (const auto& [name, kind] : kinds) {
        if (name != word) continue;
        rule.kind = kind;
        return rule;
    }
    const bool known = find_named(word, rule.cause) && rule.cause != Cause::none;
    return known ? std::optional(rule) : std::nullopt;
}

void read_word(Words& words, const Names& names, Stream& stream) {
    const std::string word = words.word();
    if (word == "rate") {
        stream.rate_per_s = seconds(words.read<Duration>("rate"));
        if (stream.rate_per_s <= 0) words.fail("rate must be more than 0");
    } else if (word == "load") {
        stream.load = words.read<std::uint16_t>("load");
    } else if (word == "from") {
        stream.from = words.read<Instant>("from");
    } else if (word == "to") {
        stream.to = words.read<Instant>("to");
    } else if (word == "key") {
        read_key(words, stream);
    } else if (word == "node") {
        stream.node = words.read<NodeId>("node");
    } else if (word == "served") {
        read_all_served(words, names, stream);
    } else if (word == "takes") {
        stream.takes = words.read<Duration>("takes");
    } else if (word == "timeout") {
        stream.timeout = words.read<Duration>("timeout");
    } else if (word == "version") {
        stream.version_is_clock = words.accept("clock");
        if (!stream.version_is_clock) stream.version = words.read<std::uint64_t>("version");
    } else if (auto rule = rule_named(word)) {
        if (rule->kind == Rule::Kind::slow) rule->takes = words.read<Duration>("slow");
        rule->when = words.read<Stretches>(word);
        read_share(words, *rule);
        stream.rules.push_back(std::move(*rule));
    } else {
        words.fail(fmt::format("\"{}\" has no meaning in a stream", word));
    }
}

Result<Stream> read_stream(const TextLine& line, const Names& names) {
    Words words(line, names);
    Stream stream;
    const std::string verb = words.word();
    if (verb != "reads" && verb != "writes") {
        words.fail("a stream begins with reads or writes, and the region of its clients");
    }
    stream.verb = verb == "reads" ? Verb::read : Verb::write;
    stream.region = words.read<RegionId>("region");
    while (!words.at_end()) read_word(words, names, stream);
    if (stream.rate_per_s <= 0) words.fail("rate is missing");
    if (stream.to <= stream.from) words.fail("to is missing, or not after from");
    if (!words.good()) return *words.error();
    return stream;
}

Outcome outcome_of(Cause cause, Verb verb) {
    switch (cause) {
        case Cause::none: return Outcome::ok;
        case Cause::refused:
        case Cause::unreachable:
        case Cause::rejected:
        case Cause::shed:
        case Cause::no_route: return Outcome::failed;
        default: return verb == Verb::read ? Outcome::failed : Outcome::unknown;
    }
}

void apply(const Rule& rule, const Stream& stream, Operation& operation) {
    Instant end{};
    for (const auto& each : rule.when) {
        if (operation.scheduled >= each.low && operation.scheduled < each.high) end = each.high;
    }
    switch (rule.kind) {
        case Rule::Kind::fails:
            operation.cause = rule.cause;
            operation.outcome = outcome_of(rule.cause, operation.verb);
            if (rule.cause == Cause::timed_out) {
                operation.completed = operation.invoked + stream.timeout;
            }
            break;
        case Rule::Kind::slow: operation.completed = operation.invoked + rule.takes; break;
        case Rule::Kind::held: operation.completed = end + stream.takes; break;
        case Rule::Kind::late:
            operation.invoked = end;
            operation.completed = end + stream.takes;
            break;
        case Rule::Kind::absent: break;  // of reads, see find_values
        case Rule::Kind::foreign: operation.value = foreign_value; break;
    }
}

// Marks a read that finds nothing, until find_values has been there.
constexpr std::uint64_t finds_nothing = 1;

void add(Stream& stream, std::vector<Operation>& operations, const Evidence& evidence,
         ClientId client) {
    for (std::uint64_t n = 0;; ++n) {
        Operation operation;
        operation.scheduled =
            stream.from + from_seconds(static_cast<double>(n) / stream.rate_per_s);
        if (operation.scheduled >= stream.to) return;
        operation.invoked = operation.scheduled;
        operation.completed = operation.scheduled + stream.takes;
        operation.client = client;
        operation.verb = stream.verb;
        operation.outcome = Outcome::ok;
        const std::uint32_t keys = stream.key_high - stream.key_low + 1;
        if (stream.key_low > 0) {
            operation.key = stream.key_low + static_cast<std::uint32_t>(n % keys);
        }
        NodeId answers;
        if (const auto& own = evidence.topology.regions[stream.region.index()].nodes;
            !own.empty()) {
            answers = own.front();
        }
        for (const auto& served : stream.served) {
            if (served.from <= operation.scheduled) answers = served.nodes[n % served.nodes.size()];
        }
        for (auto& rule : stream.rules) {
            if (!holds(rule.when, operation.scheduled) || !rule.takes_next()) continue;
            apply(rule, stream, operation);
            if (rule.kind == Rule::Kind::absent) operation.value = finds_nothing;
            break;
        }
        operation.node = stream.node.value_or(answers == unrecognised_node ? NodeId() : answers);
        if (operation.outcome == Outcome::ok) {
            operation.served_by = answers;
            if (stream.version > 0) operation.version = stream.version++;
            if (stream.version_is_clock) {
                operation.version = static_cast<std::uint64_t>(
                    operation.completed.time_since_epoch() / std::chrono::microseconds(1));
            }
        }
        operations.push_back(operation);
    }
}

// Values and own keys of writes, by their order; then what each read finds.
void find_values(std::vector<Operation>& operations, std::uint32_t run_id) {
    std::uint64_t writes = 0;
    std::vector<const Operation*> acknowledged;
    std::vector<Operation*> reads;
    for (auto& operation : operations) {
        if (operation.verb == Verb::read) {
            reads.push_back(&operation);
            continue;
        }
        operation.value = numbered(run_id, ++writes);
        if (operation.key == 0) operation.key = first_own_key + static_cast<std::uint32_t>(writes);
        if (operation.outcome == Outcome::ok) acknowledged.push_back(&operation);
    }
    std::ranges::stable_sort(acknowledged, {}, &Operation::completed);
    std::ranges::stable_sort(reads, {}, &Operation::invoked);
    std::map<std::uint32_t, std::uint64_t> newest;
    std::uint32_t newest_key = 0;
    std::size_t next = 0;
    for (Operation* read : reads) {
        for (; next < acknowledged.size() && acknowledged[next]->completed < read->invoked;
             ++next) {
            newest_key = acknowledged[next]->key;
            newest[newest_key] = acknowledged[next]->value;
        }
        if (read->key == 0) read->key = newest_key;
        const auto found = newest.find(read->key);
        const bool finds = read->outcome == Outcome::ok && read->value != finds_nothing;
        if (read->value == foreign_value && read->outcome == Outcome::ok) continue;
        read->value = finds && found != newest.end() ? found->second : 0;
    }
}

void mark_phase(Operation& operation, const Evidence& evidence) {
    if (operation.scheduled < evidence.steady.low) {
        operation.phase = Phase::warmup;
    } else {
        const bool steady = operation.scheduled < evidence.active.low;
        operation.phase = steady ? Phase::steady : Phase::active;
    }
}

}  // namespace

Result<void> add_streams(const TextSection& section, const Names& names, Evidence& evidence) {
    std::vector<Operation> made;
    for (const auto& line : section.lines) {
        auto stream = read_stream(line, names);
        if (!stream) return stream.error();
        if (!stream->region.known() || stream->region.index() >= evidence.topology.regions.size()) {
            return wrong_line(line.number, "region cannot be that");
        }
        constexpr double most = 20'000'000;
        const double count = stream->rate_per_s * seconds(stream->to - stream->from);
        if (count + static_cast<double>(made.size()) > most) {
            return wrong_line(line.number, "more than 20,000,000 operations");
        }
        add(*stream, made, evidence, client_of(stream->region, stream->load, evidence));
    }
    std::ranges::stable_sort(made, {}, &Operation::scheduled);
    find_values(made, evidence.run_id);
    for (auto& operation : made) mark_phase(operation, evidence);
    evidence.operations.insert(evidence.operations.end(), made.begin(), made.end());
    return {};
}

// "roles us-1 every 0.1 primary 0..5 term 2 down 5..23", "lags eu-1 every 0.05 0..0.02 0..5".
Result<void> add_watch(const TextSection& section, const Names& names, Evidence& evidence) {
    constexpr std::int64_t samples_max = 1'000'000;
    for (const auto& line : section.lines) {
        Words words(line, names);
        const std::string what = words.word();
        if (what != "roles" && what != "lags") words.fail("a watch begins with roles or lags");
        const auto node = words.read<NodeId>("node");
        Duration step = std::chrono::milliseconds(100);
        if (words.accept("every")) step = words.read<Duration>("every");
        if (step <= Duration::zero()) words.fail("every must be more than 0");
        while (!words.at_end()) {
            Role role{};
            Interval<Duration> lag{};
            if (what == "roles") role = words.read<Role>("role");
            if (what == "lags") lag = words.read<Interval<Duration>>("lag");
            const auto when = words.read<Interval<Instant>>("when");
            std::uint64_t term = 0;
            if (words.accept("term")) term = words.read<std::uint64_t>("term");
            if (words.good() && when.width() / step > samples_max) {
                words.fail("more than 1,000,000 samples");
            }
            for (Instant at = when.low; words.good() && at < when.high; at += step) {
                const auto seen = Interval<Instant>{at, at + std::chrono::milliseconds(1)};
                if (what == "roles") evidence.roles.push_back({seen, node, role, term});
                if (what == "lags") evidence.lags.push_back({seen, node, lag, {}});
            }
        }
        if (!words.good()) return *words.error();
    }
    std::ranges::stable_sort(evidence.roles, {}, [](const auto& each) { return each.at.low; });
    std::ranges::stable_sort(evidence.lags, {}, [](const auto& each) { return each.at.low; });
    return {};
}

ClientId client_of(RegionId region, std::uint16_t load, Evidence& evidence) {
    const ClientInfo wanted{region, load};
    const auto found = std::ranges::find_if(evidence.clients, [&](const ClientInfo& client) {
        return client.region == region && client.load == load;
    });
    const auto index = found - evidence.clients.begin();
    if (found == evidence.clients.end()) evidence.clients.push_back(wanted);
    return ClientId::of(index);
}

void order_operations(Evidence& evidence) {
    std::ranges::stable_sort(evidence.operations, {}, &Operation::scheduled);
    std::uint64_t seq = 0;
    for (auto& operation : evidence.operations) operation.seq = ++seq;
}

}  // namespace gameday::store
