// `gameday proxy`: serves Toxiproxy's API until it is told to stop; or calls such a server.
#include "harness/app/commands.hpp"
#include "harness/app/environment.hpp"
#include "harness/app/stop_signals.hpp"
#include "harness/base/visible.hpp"
#include "injectors/proxy_server/api/api_server.hpp"
#include "injectors/proxy_server/api/config.hpp"
#include "injectors/proxy_server/lines/relay_plane.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>
#include <string>
#include <utility>

namespace gameday::app {

namespace {

// The proxies of a config file, opened.
Result<proxy_server::ProxyTable> populate(const std::string& file, proxy_server::DataPlane& plane) {
    if (file.empty()) return proxy_server::ProxyTable{};
    std::ifstream stream(file, std::ios::binary);
    std::string content(std::istreambuf_iterator<char>(stream), {});
    if (!stream.is_open() || stream.bad()) {
        return invalid("cannot read the config {}: {}; write a list of proxies there, such as {}",
                       file, std::strerror(errno), proxy_server::config_example);
    }
    auto book = proxy_server::open_config(content, plane);
    if (!book) return std::move(book.error()).within("config " + file);
    return book;
}

void wait_for(const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
}

int serve_proxy(const ProxyOptions& options) {
    const StopSignals signals([](std::string_view) { fmt::print(stderr, "stopping\n"); });
    const auto say = [](const std::string& line) { fmt::print(stderr, "{}\n", visible(line)); };
    const auto plane = proxy_server::make_plane(options.seed, options.threads, say);
    auto book = populate(options.config, *plane);
    if (!book) return complain({book.error()});
    proxy_server::ServerSettings settings;
    settings.host = options.host;
    settings.port = options.port;
    settings.api = {
        options.version_text, options.metrics,
        !options.token.empty() ? options.token : environment("GAMEDAY_PROXY_TOKEN").value_or(""),
        GAMEDAY_VERSION};
    settings.say = say;
    const auto proxies = book->size();
    const auto server = proxy_server::ApiServer::start(settings, std::move(*book), *plane);
    if (!server) return complain({server.error()});
    fmt::print("Toxiproxy API on http://{} with {} {}, seed {}\n", (*server)->address(), proxies,
               proxies == 1 ? "proxy" : "proxies", options.seed);
    std::fflush(stdout);
    wait_for(signals.token());
    return 0;
}

}  // namespace

int command_proxy(const Options& options) {
    return options.proxy.verb == "serve" ? serve_proxy(options.proxy) : call_proxy(options.proxy);
}

}  // namespace gameday::app
