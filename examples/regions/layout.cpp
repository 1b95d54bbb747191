#include "examples/regions/layout.hpp"

#include <utility>

namespace gameday::regions {
namespace {

constexpr std::uint16_t client_port = 7000, peer_port = 7001;
constexpr std::size_t client_hop_port = 8000, peer_hop_port = 8100;

Endpoint client_hop(const Place& to, std::size_t region) {
    return {to.clients.address, static_cast<std::uint16_t>(client_hop_port + region + 1)};
}

Endpoint peer_hop(const Place& to, std::size_t from) {
    return {to.clients.address, static_cast<std::uint16_t>(peer_hop_port + from + 1)};
}

Params link(const Settings& settings, std::string from, const std::string& to,
            const Endpoint& listen, const Endpoint& target) {
    Params made{{"from", Value(std::move(from))}, {"to", Value(to)}};
    if (settings.hops) made["listen"] = listen.text();
    made["target"] = target.text();
    return made;
}

List regions_of(const Settings& settings, const std::vector<Place>& all) {
    List regions;
    for (std::size_t region = 0; region < settings.regions.size(); ++region) {
        List nodes;
        for (std::size_t index = 0; index < all.size(); ++index) {
            const Place& place = all[index];
            if (place.region != region) continue;
            const bool primary = index == 0 || !settings.single_writer();
            const std::string config = "{run_dir}/system/" + place.name + ".json";
            List restart{Value("gameday-regions"), Value("node"), Value("--config"), Value(config)};
            Params process{{"pid_file", Value("{run_dir}/system/" + place.name + ".pid")},
                           {"restart", Value(std::move(restart))},
                           {"restart_timeout", Value("20s")}};
            nodes.emplace_back(Params{{"name", Value(place.name)},
                                      {"endpoint", Value(place.clients.text())},
                                      {"role", Value(primary ? "primary" : "replica")},
                                      {"host", Value("local")},
                                      {"process", Value(std::move(process))}});
        }
        regions.emplace_back(
            Params{{"name", Value(settings.regions[region])}, {"nodes", Value(std::move(nodes))}});
    }
    return regions;
}

List links_of(const Settings& settings, const std::vector<Place>& all) {
    List links;
    for (const Place& to : all) {
        for (std::size_t region = 0; region < settings.regions.size(); ++region) {
            links.emplace_back(link(settings, "clients:" + settings.regions[region], to.name,
                                    client_hop(to, region), to.clients));
        }
    }
    for (std::size_t to = 0; to < all.size(); ++to) {
        for (std::size_t from = 0; from < all.size(); ++from) {
            if (from == to) continue;
            links.emplace_back(link(settings, all[from].name, all[to].name, peer_hop(all[to], from),
                                    all[to].peers));
        }
    }
    return links;
}

Value load_defaults(const Settings& settings) {
    const List rejected{Value(421)};
    Params read{{"method", Value("GET")},
                {"path", Value("/kv/{key}")},
                {"value", Value("/value")},
                {"version", Value("/version")},
                {"served_by", Value("header:X-Served-By")},
                {"ok", Value(List{Value(200)})},
                {"absent", Value(List{Value(404)})},
                {"rejected", Value(rejected)}};
    Params write{{"method", Value("PUT")},
                 {"path", Value("/kv/{key}")},
                 {"body", Value("{value}")},
                 {"version", Value("/version")},
                 {"served_by", Value("header:X-Served-By")},
                 {"ok", Value(List{Value(200)})},
                 {"rejected", Value(rejected)}};
    Params http{{"read", Value(std::move(read))}, {"write", Value(std::move(write))}};
    Params load{{"driver", Value("http")}, {"http", Value(std::move(http))}};
    load["route"] = Params{{"check_path", Value("/health")}};
    const char* ownership = settings.single_writer() ? "single_writer" : "last_write_wins";
    load["ownership"] = ownership;
    // Term and index of the log; a clock where every region writes.
    load["order"] = settings.single_writer() ? "causal" : "clock";
    return load;
}

}  // namespace

std::vector<Place> places(const Settings& settings) {
    std::vector<Place> all;
    for (std::size_t region = 0; region < settings.regions.size(); ++region) {
        for (std::size_t node = 1; node <= settings.nodes_per_region; ++node) {
            const std::string address =
                settings.network + "." + std::to_string(region + 1) + "." + std::to_string(node);
            all.push_back({settings.regions[region] + "-" + std::to_string(node), region,
                           Endpoint{address, client_port}, Endpoint{address, peer_port}});
        }
    }
    return all;
}

Endpoint dial_address(const Settings& settings, std::size_t from, std::size_t to) {
    const Place place = places(settings).at(to);
    return settings.hops ? peer_hop(place, from) : place.peers;
}

Value describe(const Settings& settings) {
    const std::vector<Place> all = places(settings);
    Params role{{"probe", Value("role")},    {"path", Value("/status")},
                {"role", Value("/role")},    {"primary", Value("primary")},
                {"term", Value("/term")},    {"lag", Value("/lag_ms")},
                {"interval", Value("100ms")}};
    Params lag{{"probe", Value("replication_lag")}, {"interval", Value("200ms")}};
    return Params{{"regions", Value(regions_of(settings, all))},
                  {"links", Value(links_of(settings, all))},
                  {"load", load_defaults(settings)},
                  {"probes", Value(List{Value(std::move(role)), Value(std::move(lag))})}};
}

NodeFiles files_of(const std::filesystem::path& folder, const std::string& node) {
    const auto file = [&](const char* ending) { return folder / (node + ending); };
    return {file(".json"), file(".pid"), file(".lock"), file(".log"), file(".data")};
}

}  // namespace gameday::regions
