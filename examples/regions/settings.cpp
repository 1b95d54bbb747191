#include "examples/regions/settings.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace gameday::regions {
namespace {

constexpr std::array<ParamSpec, 16> specs{{
    {"launch", ParamType::text, "regions", "name of this example"},
    {"regions", ParamType::strings, "", "names of the regions, 2 to 5, the preferred one first",
     true},
    {"nodes_per_region", ParamType::count, "1", "nodes in each region, 1 to 3"},
    {"replication", ParamType::choice, "quorum", "what an acknowledged write promises", false,
     "async|sync|quorum|last_write_wins"},
    {"interval", ParamType::duration, "200ms", "between two batches of replication"},
    {"bug", ParamType::choice, "none", "the mistake that is planted", false,
     "none|early_ack|no_fencing|no_hysteresis|stale_promotion|forget_on_restart"},
    {"lease", ParamType::duration, "1s", "how long a primary may act on a majority's word"},
    {"check_interval", ParamType::duration, "100ms", "between two heartbeats of the primary"},
    {"cooldown", ParamType::duration, "10s", "least time between two changes by failback"},
    {"failback", ParamType::choice, "none", "whether the first region takes its role back", false,
     "none|auto"},
    {"reads", ParamType::choice, "local", "who answers reads", false, "local|primary"},
    {"forward", ParamType::flag, "true", "replicas pass writes on to the primary"},
    {"hops", ParamType::flag, "true", "traffic goes through the proxy hops of gameday"},
    {"fsync", ParamType::flag, "false", "flush the log to the disk before each answer"},
    {"network", ParamType::text, "127.0", "first half of every address"},
    {"seed", ParamType::count, "1", "of the election timeouts"},
}};

Replication replication_named(const std::string& name) {
    if (name == "async") return Replication::async;
    if (name == "sync") return Replication::sync;
    return name == "quorum" ? Replication::quorum : Replication::last_write_wins;
}

Bug bug_named(const std::string& name) {
    if (name == "early_ack") return Bug::early_ack;
    if (name == "no_fencing") return Bug::no_fencing;
    if (name == "no_hysteresis") return Bug::no_hysteresis;
    if (name == "stale_promotion") return Bug::stale_promotion;
    return name == "forget_on_restart" ? Bug::forget_on_restart : Bug::none;
}

bool is_name(const std::string& text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

bool is_loopback_half(const std::string& text) {
    if (!text.starts_with("127.")) return false;
    const std::string rest = text.substr(4);
    return !rest.empty() && rest.size() <= 3 &&
           std::ranges::all_of(rest, [](char c) { return c >= '0' && c <= '9'; }) &&
           std::stoi(rest) <= 255;
}

void check_regions(const Settings& settings, ParamReader& reader) {
    const auto& names = settings.regions;
    if (names.size() < 2 || names.size() > 5) {
        reader.fail("regions", "has " + std::to_string(names.size()) + " names, wanted 2 to 5");
    }
    if (std::set<std::string>(names.begin(), names.end()).size() != names.size()) {
        reader.fail("regions", "a name stands twice");
    }
    if (!std::ranges::all_of(names, is_name)) {
        reader.fail("regions", "names may hold letters, digits, '-' and '_'");
    }
    if (settings.nodes_per_region < 1 || settings.nodes_per_region > 3) {
        reader.fail("nodes_per_region", "wanted 1 to 3");
    }
}

void check_times(const Settings& settings, ParamReader& reader) {
    using std::chrono::milliseconds;
    if (settings.lease < milliseconds(300)) reader.fail("lease", "wanted 300ms or more");
    if (settings.check_interval < milliseconds(10) ||
        settings.check_interval * 3 > settings.lease) {
        reader.fail("check_interval", "wanted 10ms to a third of the lease");
    }
    if (settings.interval < milliseconds(10)) reader.fail("interval", "wanted 10ms or more");
}

// A planted bug that could never show would make a false "passed".
void check_sense(const Settings& settings, ParamReader& reader) {
    const bool promises =
        settings.replication == Replication::sync || settings.replication == Replication::quorum;
    if (settings.bug == Bug::early_ack && !promises) {
        reader.fail("bug", "early_ack means something with replication sync or quorum only");
    }
    if (!settings.single_writer()) {
        if (settings.bug != Bug::none && settings.bug != Bug::forget_on_restart &&
            settings.bug != Bug::early_ack) {
            reader.fail("bug",
                        "without a primary (last_write_wins) only forget_on_restart can be "
                        "planted");
        }
        if (settings.reads_at_primary) {
            reader.fail("reads", "last_write_wins has no primary, wanted local");
        }
    }
}

}  // namespace

std::span<const ParamSpec> setting_specs() { return specs; }

Result<Settings> parse_settings(const Params& system) {
    Params known;
    for (const auto& [name, value] : system) {
        if (!name.starts_with("x-") && !name.starts_with('$')) known.emplace(name, value);
    }
    ParamReader reader(known, specs);
    Settings settings;
    settings.regions = reader.names("regions");
    settings.nodes_per_region = static_cast<std::size_t>(reader.count("nodes_per_region"));
    settings.replication = replication_named(reader.text("replication"));
    settings.bug = bug_named(reader.text("bug"));
    settings.interval = reader.duration("interval");
    settings.lease = reader.duration("lease");
    settings.check_interval = reader.duration("check_interval");
    settings.cooldown = reader.duration("cooldown");
    settings.failback = reader.text("failback") == "auto";
    settings.reads_at_primary = reader.text("reads") == "primary";
    settings.forward = reader.flag("forward");
    settings.hops = reader.flag("hops");
    settings.fsync = reader.flag("fsync");
    settings.network = reader.text("network");
    settings.seed = static_cast<std::uint64_t>(reader.count("seed"));
    settings.source = known;
    (void)reader.text("launch");  // whose name it is has been decided by who started us
    if (!is_loopback_half(settings.network)) {
        reader.fail("network", "\"" + settings.network +
                                   "\" is not the first half of a loopback "
                                   "address, wanted 127.0 to 127.255");
    }
    check_regions(settings, reader);
    check_times(settings, reader);
    check_sense(settings, reader);
    if (auto done = reader.finish(); !done) return std::move(done).error();
    return settings;
}

}  // namespace gameday::regions
