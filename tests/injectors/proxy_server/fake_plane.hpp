// A DataPlane that carries nothing and remembers what it was told.
#pragma once

#include "injectors/proxy_server/api/address.hpp"
#include "injectors/proxy_server/api/data_plane.hpp"

#include <map>
#include <string>
#include <vector>

namespace gameday::testing {

class FakePlane final : public proxy_server::DataPlane {
 public:
    using Proxy = proxy_server::Proxy;
    using Step = proxy_server::Step;
    using Extras = proxy_server::Extras;
    using Toxic = proxy_server::Toxic;
    using Traffic = proxy_server::Traffic;
    using ProxyCounts = proxy_server::ProxyCounts;
    using SeenConnection = proxy_server::SeenConnection;

    struct Carried {
        std::string listen, upstream;
        std::vector<Toxic> toxics;
        Traffic traffic{};
        Extras extras{};
        std::size_t connections = 0;
        ProxyCounts counts{};
        std::vector<SeenConnection> seen{};
        bool operator==(const Carried&) const = default;
    };

    Result<std::string> open(const std::string& name, const std::string& listen,
                             const std::string& upstream, const std::vector<Toxic>& toxics,
                             const Extras& extras) override {
        const std::string bound = bound_to(listen);
        calls.push_back("open " + name + " " + bound);
        for (const auto& [other, carried] : open_proxies) {
            if (carried.listen == bound) return taken(bound);
        }
        if (bound == occupied) return taken(bound);
        open_proxies[name] = {bound, upstream, toxics, {}, extras};
        return bound;
    }
    void close(const std::string& name) override {
        calls.push_back("close " + name);
        open_proxies.erase(name);
    }
    void put(const std::string& name, const std::vector<Toxic>& toxics,
             const Extras& extras) override {
        calls.push_back("put " + name);
        open_proxies.at(name).toxics = toxics;
        open_proxies.at(name).extras = extras;
    }
    Result<Step> change(const std::vector<Proxy>& wanted) override {
        ++steps;
        for (const auto& proxy : wanted) {
            const bool opens = proxy.enabled && !open_proxies.contains(proxy.name);
            if (opens && bound_to(proxy.listen) == occupied) return taken(occupied);
        }
        Step step{1'000, 2'000, 3, {}};
        for (const auto& proxy : wanted) {
            calls.push_back((proxy.enabled ? "change " : "shut ") + proxy.name);
            if (!proxy.enabled) {
                open_proxies.erase(proxy.name);
                continue;
            }
            const std::string bound = bound_to(proxy.listen);
            if (!open_proxies.contains(proxy.name)) step.opened[proxy.name] = bound;
            open_proxies[proxy.name] = {bound, proxy.upstream, proxy.toxics, {}, proxy.extras};
        }
        return step;
    }
    void move(const std::string& name, const std::string& upstream) override {
        calls.push_back("move " + name + " " + upstream);
        open_proxies.at(name).upstream = upstream;
    }
    [[nodiscard]] std::size_t connections(const std::string& name) const override {
        const auto found = open_proxies.find(name);
        return found == open_proxies.end() ? 0 : found->second.connections;
    }
    [[nodiscard]] Traffic traffic(const std::string& name) const override {
        const auto found = open_proxies.find(name);
        return found == open_proxies.end() ? Traffic{} : found->second.traffic;
    }

    void forget(const std::string& name) override { forgotten.push_back(name); }
    [[nodiscard]] ProxyCounts counts(const std::string& name) const override {
        const auto found = open_proxies.find(name);
        return found == open_proxies.end() ? ProxyCounts{} : found->second.counts;
    }
    [[nodiscard]] std::vector<SeenConnection> seen(const std::string& name) const override {
        const auto found = open_proxies.find(name);
        return found == open_proxies.end() ? std::vector<SeenConnection>{} : found->second.seen;
    }
    [[nodiscard]] Result<void> load(Extras& /*extras*/) const override { return files; }

    [[nodiscard]] Result<void> may_filter() const override { return filters; }

    std::map<std::string, Carried> open_proxies;
    std::vector<std::string> forgotten;
    Result<void> filters, files;
    int steps = 0;                   // of change(), tried or done
    std::vector<std::string> calls;  // "open one 127.0.0.1:3310", "put one", "close one"
    std::string occupied;            // an address that somebody else listens on

 private:
    static Error taken(const std::string& address) {
        return {ErrorCode::refused, "listen tcp " + address + ": bind: address already in use"};
    }

    // A path stands for itself.
    std::string bound_to(const std::string& listen) {
        if (listen.starts_with("unix:")) return listen;
        auto address = proxy_server::plain(proxy_server::read_address(listen).value());
        if (address.address == "db.test") address.address = "127.0.0.7";
        if (address.port == 0) address.port = next_port_++;
        return address.text();
    }

    std::uint16_t next_port_ = 40001;
};

}  // namespace gameday::testing
