#include "harness/app/proxy_options.hpp"

#include <CLI/CLI.hpp>

#include <cctype>
#include <utility>

namespace gameday::app {

namespace {

// Names are those of toxiproxy-server, so that its lines in scripts go on working.
void add_serve_options(CLI::App& command, ProxyOptions& options) {
    command.add_option("--host", options.host, "Where the API listens: a name or an address")
        ->capture_default_str();
    command.add_option("--port", options.port, "Its port; 0 = one that is free")
        ->capture_default_str();
    command
        .add_option("--config", options.config, "JSON file with a list of proxies to begin with")
        ->type_name("FILE");
    command.add_option("--seed", options.seed, "Seed of every draw (toxicity, jitter)")
        ->capture_default_str();
    command
        .add_option("--threads", options.threads,
                    "Threads that carry bytes (default: one a processor, at most 4)")
        ->check(CLI::Range(1, 64))
        ->type_name("N");
    command.add_option("--version-text", options.version_text, "What GET /version says")
        ->capture_default_str();
    command.add_flag("--metrics,--proxy-metrics,--runtime-metrics", options.metrics,
                     "Serve GET /metrics for Prometheus");
    command
        .add_option("--token", options.token,
                    "Ask every caller for it (also GAMEDAY_PROXY_TOKEN); needed on any address "
                    "but loopback")
        ->type_name("TOKEN");
}

void add_client_options(CLI::App& command, ProxyOptions& options) {
    command.add_option("--url", options.url,
                       "The server (also TOXIPROXY_URL; default http://localhost:8474)");
    command.add_option("--token", options.token, "Its token (also GAMEDAY_PROXY_TOKEN)");
}

CLI::App& add_verb(CLI::App& command, ProxyOptions& options, const std::string& verb,
                   const std::string& meaning, const std::vector<std::string>& aliases = {}) {
    auto* added = command.add_subcommand(verb, meaning);
    for (const auto& alias : aliases) added->alias(alias);
    add_client_options(*added, options);
    return *added;
}

void add_name(CLI::App& command, ProxyOptions& options) {
    command.add_option("name", options.name, "Name of the proxy")->required()->type_name("PROXY");
}

void add_gameday(CLI::App& command, ProxyOptions& options) {
    command
        .add_option("--gameday", options.gameday,
                    R"(What Toxiproxy does not have, such as '{"drain": true}')")
        ->type_name("JSON");
}

void add_update(CLI::App& proxy, ProxyOptions& options) {
    auto& update = add_verb(proxy, options, "update", "Change a proxy", {"u"});
    update.add_option("-l,--listen", options.listen, "Where it listens from now on")
        ->type_name("HOST:PORT");
    update.add_option("-u,--upstream", options.upstream, "Where it relays to from now on")
        ->type_name("HOST:PORT");
    add_gameday(update, options);
    add_name(update, options);
    update.footer(
        "Examples:\n"
        "  gameday proxy update --gameday '{\"drain\": true}' postgres\n"
        "  gameday proxy update -u localhost:5433 --gameday '{\"keep_connections\": true}' "
        "postgres");
}

void add_toxic_options(CLI::App& command, ProxyOptions& options) {
    command.add_option("--toxicity,--tox", options.toxicity, "Share of connections that meet it")
        ->check([](const std::string& text) {  // "nan" is in every range
            const bool plain = text.find_first_not_of("0123456789.eE+-") == std::string::npos;
            return plain ? std::string() : "\"" + text + "\" is no number, write 0 to 1";
        })
        ->check(CLI::Range(0.0, 1.0));
    command
        .add_option("-a,--attribute", options.attributes, "KEY=VALUE, a whole number; repeatable")
        ->allow_extra_args(false)
        ->type_name("KEY=VALUE");
}

void add_toxic_commands(CLI::App& proxy, ProxyOptions& options) {
    auto* toxic = proxy.add_subcommand("toxic", "Add, change and remove faults of a proxy");
    toxic->alias("t");
    toxic->require_subcommand(1);
    auto& add = add_verb(*toxic, options, "add", "Add a toxic", {"a"});
    add.add_option("-t,--type", options.type,
                   "latency (latency, jitter: ms), bandwidth (rate: 1000 bytes/s), slow_close "
                   "(delay: ms), timeout (timeout: ms), reset_peer (timeout: ms), slicer "
                   "(average_size, size_variation: bytes, delay: us), limit_data (bytes), noop; "
                   "blackhole, packet_loss (loss: parts per million), refuse, hang, "
                   "never_accept, reset_storm (count; rate: a second)")
        ->required();
    add.add_option("-n,--toxicName,--toxic-name", options.toxic,
                   "Its name (default: TYPE_upstream or TYPE_downstream)");
    auto* up = add.add_flag("-u,--upstream", options.is_upstream, "On bytes to the server");
    add.add_flag("-d,--downstream", options.is_downstream, "On bytes to the client (default)")
        ->excludes(up);
    add_toxic_options(add, options);
    add_name(add, options);
    add.footer(
        "Example:\n  gameday proxy toxic add -t latency -a latency=100 -a jitter=10 postgres");
    auto& update =
        add_verb(*toxic, options, "update", "Change a toxic, also for live connections", {"u"});
    update.add_option("-n,--toxicName,--toxic-name", options.toxic, "Its name")->required();
    add_toxic_options(update, options);
    add_name(update, options);
    update.footer(
        "Example:\n  gameday proxy toxic update -n latency_downstream -a latency=500 "
        "postgres");
    auto& remove = add_verb(*toxic, options, "remove", "Remove a toxic", {"r", "delete", "d"});
    remove.add_option("-n,--toxicName,--toxic-name", options.toxic, "Its name")->required();
    add_name(remove, options);
    remove.footer("Example:\n  gameday proxy toxic remove -n latency_downstream postgres");
}

void add_record_commands(CLI::App& proxy, ProxyOptions& options) {
    auto& connections =
        add_verb(proxy, options, "connections",
                 "Connections there are and the last that are over: bytes, ends, toxics", {"conn"});
    connections.add_option("name", options.name, "Name of the proxy (default: all)")
        ->type_name("PROXY");
    connections.add_flag("--open", options.open_only, "Live ones alone");
    connections.add_option("--limit", options.limit, "The newest N of each proxy")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str()
        ->type_name("N");
    connections.footer("Example:\n  gameday proxy connections --open postgres");
}

void add_change_commands(CLI::App& proxy, ProxyOptions& options) {
    auto& change =
        add_verb(proxy, options, "change", "Change many proxies in one step, perhaps for a time");
    change.add_option("file", options.file, "JSON as POST /gameday/change takes it; - is stdin")
        ->required()
        ->type_name("FILE|-");
    change.add_option("--lease", options.lease, "Undo it after so long unless it is renewed")
        ->type_name("30s");
    change.footer(
        "Example:\n"
        "  echo '{\"proxies\": {\"db\": {\"enabled\": false}}}' | gameday proxy change --lease 30s "
        "-");
    auto* lease = proxy.add_subcommand("lease", "Changes that undo themselves");
    lease->require_subcommand(1);
    add_verb(*lease, options, "list", "Those in force, and the last that are over", {"l", "ls"});
    for (const auto& [verb, meaning] :
         {std::pair("renew", "Begin its time anew"), std::pair("end", "Undo the change now")}) {
        add_verb(*lease, options, verb, meaning)
            .add_option("id", options.name, "Its number")
            ->required()
            ->type_name("ID");
    }
}

// "toxic add": the commands given, below `command`.
std::string verb_of(const CLI::App& command) {
    std::string verb;
    for (const auto* each = &command; !each->get_subcommands().empty();) {
        each = each->get_subcommands().front();
        verb += (verb.empty() ? "" : " ") + each->get_name();
    }
    return verb;
}

}  // namespace

void add_proxy(CLI::App& app, ProxyOptions& options) {
    auto* proxy = app.add_subcommand("proxy", "A server with Toxiproxy's API, and commands to it");
    add_serve_options(*proxy, options);
    auto* serve = proxy->add_subcommand("serve", "Serve the API (what `gameday proxy` does alone)");
    add_serve_options(*serve, options);
    serve->footer("Example:\n  gameday proxy serve --config proxies.json");
    add_verb(*proxy, options, "list", "Every proxy of the server", {"l", "li", "ls"});
    add_name(add_verb(*proxy, options, "inspect", "The toxics of a proxy", {"i", "ins"}), options);
    auto& create = add_verb(*proxy, options, "create", "Create a proxy", {"c", "new"});
    create.add_option("-l,--listen", options.listen, "Where it listens; port 0 = one that is free")
        ->required()
        ->type_name("HOST:PORT");
    create.add_option("-u,--upstream", options.upstream, "Where it relays to")
        ->required()
        ->type_name("HOST:PORT");
    add_gameday(create, options);
    add_name(create, options);
    create.footer("Example:\n  gameday proxy create -l localhost:15432 -u localhost:5432 postgres");
    add_update(*proxy, options);
    add_name(add_verb(*proxy, options, "toggle", "Disable an enabled proxy, or enable it", {"tog"}),
             options);
    add_name(add_verb(*proxy, options, "delete", "Delete a proxy", {"d"}), options);
    add_toxic_commands(*proxy, options);
    add_record_commands(*proxy, options);
    add_change_commands(*proxy, options);
    proxy->footer(
        "Examples:\n"
        "  gameday proxy --port 8474 &\n"
        "  gameday proxy create -l localhost:15432 -u localhost:5432 postgres\n"
        "  gameday proxy toxic add -t latency -a latency=100 postgres");
    proxy->final_callback([proxy, &options] {
        if (!proxy->get_subcommands().empty()) options.verb = verb_of(*proxy);
    });
}

std::vector<std::string> with_double_dashes(std::vector<std::string> arguments) {
    for (auto& each : arguments) {
        const bool is_long = each.size() > 2 && each[0] == '-' &&
                             std::isalpha(static_cast<unsigned char>(each[1])) != 0;
        if (is_long) each.insert(0, "-");
    }
    return arguments;
}

}  // namespace gameday::app
