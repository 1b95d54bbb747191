#include "injectors/proxy_server/lines/relay_plane.hpp"

#include "injectors/devices/proxy/net/socket_filter.hpp"
#include "injectors/devices/proxy/tls/endpoint/load.hpp"
#include "injectors/proxy_server/lines/proxy_line.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

namespace gameday::proxy_server {

namespace {

template <class Clock>
std::int64_t now_ns() {
    return std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
}

using Say = std::function<void(const std::string&)>;

class RelayPlane final : public DataPlane {
 public:
    RelayPlane(std::uint64_t seed, std::size_t threads, Say say)
        : seed_(seed),
          filters_(devices::proxy::may_filter_packets()),
          say_(std::move(say)),
          shards_(threads) {}

    ~RelayPlane() override {
        while (!proxies_.empty()) close(std::string(proxies_.begin()->first));
    }

    Result<std::string> open(const std::string& name, const std::string& listen,
                             const std::string& upstream, const std::vector<Toxic>& toxics,
                             const Extras& extras) override {
        auto line = make_line(name, extras.protocol);
        auto chosen = line->open(listen, upstream, extras);
        if (!chosen) return chosen;
        close(name);
        shards_.run([&] {
            line->put(toxics, extras);
            line->start();
        });
        proxies_.emplace(name, Open{std::move(line), upstream});
        return chosen;
    }

    void close(const std::string& name) override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return;
        const auto line = std::move(found->second.line);
        proxies_.erase(found);
        shards_.run([&] { line->close(); });
        await_idle(*line);
        keep_past(name, *line);
    }

    void forget(const std::string& name) override { past_.erase(name); }

    void put(const std::string& name, const std::vector<Toxic>& toxics,
             const Extras& extras) override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return;
        shards_.run([&] { found->second.line->put(toxics, extras); });
    }

    void move(const std::string& name, const std::string& upstream) override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return;
        found->second.upstream = upstream;
        shards_.run([&] { found->second.line->aim(upstream, true); });
    }

    Result<Step> change(const std::vector<Proxy>& wanted) override {
        Step step;
        auto opened = open_missing(wanted, step);
        if (!opened) return opened.error();
        Lines closed;
        std::int64_t begun = 0;
        shards_.run([&] {
            begun = now_ns<std::chrono::steady_clock>();
            for (const Proxy& proxy : wanted) {
                const auto found = proxies_.find(proxy.name);
                if (const auto fresh = opened->find(proxy.name); fresh != opened->end()) {
                    fresh->second.line->put(proxy.toxics, proxy.extras);
                    fresh->second.line->start();
                } else if (found == proxies_.end()) {
                    continue;
                } else if (proxy.enabled) {
                    alter(found->second, proxy);
                } else {
                    found->second.line->close();
                    closed.insert(proxies_.extract(found));
                }
            }
            step.realtime_ns = now_ns<std::chrono::system_clock>();
            step.monotonic_ns = now_ns<std::chrono::steady_clock>();
        });
        step.spread_ns = (shards_.last_went_on().time_since_epoch()).count() - begun;
        proxies_.merge(*opened);
        for (const auto& [name, open] : closed) {
            await_idle(*open.line);
            keep_past(name, *open.line);
        }
        return step;
    }

    [[nodiscard]] Result<void> load(Extras& extras) const override {
        if (!extras.tls) return {};
        auto loaded = tls::load(*extras.tls);
        if (!loaded) return std::move(loaded.error()).within("gameday.tls");
        return {};
    }

    [[nodiscard]] Result<void> may_filter() const override { return filters_; }

    [[nodiscard]] std::size_t connections(const std::string& name) const override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return 0;
        return shards_.run([&] { return found->second.line->connections(); });
    }

    [[nodiscard]] Traffic traffic(const std::string& name) const override {
        const auto found = proxies_.find(name);
        if (found == proxies_.end()) return {};
        return shards_.run([&] { return found->second.line->traffic(); });
    }

    [[nodiscard]] ProxyCounts counts(const std::string& name) const override {
        ProxyCounts sum;
        if (const auto past = past_.find(name); past != past_.end()) sum = past->second.counts;
        const auto found = proxies_.find(name);
        if (found != proxies_.end()) {
            sum.add(shards_.run([&] { return found->second.line->counts(); }));
        }
        return sum;
    }

    [[nodiscard]] std::vector<SeenConnection> seen(const std::string& name) const override {
        std::vector<SeenConnection> all;
        if (const auto past = past_.find(name); past != past_.end()) all = past->second.seen;
        const auto found = proxies_.find(name);
        if (found != proxies_.end()) add_seen(*found->second.line, all);
        return all;
    }

 private:
    struct Past {
        ProxyCounts counts;
        std::vector<SeenConnection> seen;
    };
    struct Open {
        std::unique_ptr<ProxyLine> line;
        std::string upstream;
    };
    using Lines = std::map<std::string, Open>;

    std::unique_ptr<ProxyLine> make_line(const std::string& name, Protocol protocol) const {
        const LineMeans means{budgets_, watch_.context(), filters_.has_value(), said_elsewhere()};
        return protocol == Protocol::udp ? make_udp_line(shards_, name, seed_, means)
                                         : make_tcp_line(shards_, name, seed_, means);
    }

    // Threads that carry bytes wait for nobody.
    [[nodiscard]] Say said_elsewhere() const {
        if (!say_) return {};
        return [this](const std::string& line) {
            boost::asio::post(watch_.context(), [say = say_, line] { say(line); });
        };
    }

    // Lines for those that are to be open and are not; they serve nobody yet.
    Result<Lines> open_missing(const std::vector<Proxy>& wanted, Step& step) const {
        Lines lines;
        for (const Proxy& proxy : wanted) {
            if (!proxy.enabled || proxies_.contains(proxy.name)) continue;
            auto line = make_line(proxy.name, proxy.extras.protocol);
            auto chosen = line->open(proxy.listen, proxy.upstream, proxy.extras);
            if (!chosen) {
                for (const auto& [name, made] : lines) discard(*made.line);
                return chosen.error();
            }
            step.opened[proxy.name] = std::move(*chosen);
            lines.emplace(proxy.name, Open{std::move(line), proxy.upstream});
        }
        return lines;
    }

    static void alter(Open& open, const Proxy& wanted) {
        open.line->put(wanted.toxics, wanted.extras);
        if (open.upstream == wanted.upstream) return;
        open.upstream = wanted.upstream;
        open.line->aim(wanted.upstream, wanted.extras.keep_connections);
    }

    void discard(ProxyLine& line) const {
        shards_.run([&] { line.close(); });
        await_idle(line);
    }

    // Copied while the shards stand still; all the rest is done when they go on.
    void add_seen(const ProxyLine& line, std::vector<SeenConnection>& all) const {
        auto records = shards_.run([&] { return line.records(); });
        std::ranges::sort(records, {}, &ConnectionRecord::number);
        for (auto& record : records) {
            std::vector<std::string> faults;
            for (const FaultId id : record.faults) faults.push_back(line.fault_name(id));
            all.push_back({std::move(record), std::move(faults)});
        }
    }

    // What was seen of a line that is closed.
    void keep_past(const std::string& name, const ProxyLine& line) {
        Past& past = past_[name];
        past.counts.add(shards_.run([&] { return line.counts(); }));
        add_seen(line, past.seen);
        if (past.seen.size() <= RecordLog::most) return;
        past.seen.erase(past.seen.begin(),
                        past.seen.end() - static_cast<std::ptrdiff_t>(RecordLog::most));
    }

    // Handlers that were cancelled refer to it once more, a turn of the loop later or two.
    void await_idle(const ProxyLine& line) const {
        while (!shards_.run([&] { return line.idle(); })) std::this_thread::yield();
    }

    const std::uint64_t seed_;
    const Result<void> filters_;
    const Say say_;
    mutable Budgets budgets_;
    mutable Shards shards_;
    mutable WatchThread watch_;  // gone before the shards: it tells them things
    Lines proxies_;
    std::map<std::string, Past> past_;  // of lines that are closed, by the name of the proxy
};

}  // namespace

std::unique_ptr<DataPlane> make_plane(std::uint64_t seed, std::size_t threads, Say say) {
    return std::make_unique<RelayPlane>(
        seed, threads == 0 ? devices::proxy::usual_shards() : threads, std::move(say));
}

}  // namespace gameday::proxy_server
