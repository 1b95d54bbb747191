// GET /metrics: Toxiproxy's two counters and ours, in the text format of Prometheus.
#include "injectors/proxy_server/api/calls.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace gameday::proxy_server {
namespace {

struct Counter {
    std::string_view name;
    std::uint64_t Traffic::*downstream;
    std::uint64_t Traffic::*upstream;
};

constexpr std::array counters{
    Counter{"toxiproxy_proxy_received_bytes_total", &Traffic::received_downstream,
            &Traffic::received_upstream},
    Counter{"toxiproxy_proxy_sent_bytes_total", &Traffic::sent_downstream, &Traffic::sent_upstream},
};

// Backslash, quote and newline are escaped in the value of a label.
std::string label(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '\\' || c == '"') escaped += '\\';
        escaped += c == '\n' ? "\\n" : std::string(1, c);
    }
    return escaped;
}

// A metric of ours: its samples are added line by line.
struct Family {
    std::string_view name, type, help;
    std::string samples{};

    void add(const std::string& labels, std::uint64_t value) {
        samples += fmt::format("{}{{{}}} {}\n", name, labels, value);
    }
    [[nodiscard]] std::string text() const {
        return fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n{3}", name, type, help, samples);
    }
};

std::string connection_metrics(const Call& call) {
    Family open{"gameday_connections_open", "gauge", "Connections, or UDP sessions, now."};
    Family total{"gameday_connections_total", "counter", "Connections, or UDP sessions, so far."};
    Family ended{"gameday_connections_ended_total", "counter", "Connections that ended so."};
    Family toxics{"gameday_toxic_hits_total", "counter",
                  "Packets, chunks and connections that the toxic has met."};
    Family http{"gameday_http_fault_hits_total", "counter", "Requests that the fault has met."};
    Family not_http{"gameday_not_http_total", "counter",
                    "Connections that met HTTP faults and were not HTTP/1."};
    for (const auto& [name, proxy] : call.book) {
        const ProxyCounts counts = call.plane.counts(name);
        const std::string of = fmt::format("proxy=\"{}\"", label(name));
        open.add(of, counts.open);
        total.add(of, counts.accepted);
        not_http.add(of, counts.not_http);
        for (std::size_t how = 1; how < counts.ended.size(); ++how) {
            const auto way = name_of(static_cast<HowEnded>(how));
            ended.add(fmt::format("{},how=\"{}\"", of, way), counts.ended.at(how));
        }
        for (const auto& [toxic, hits] : counts.toxics) {
            if (!hits) continue;
            toxics.add(fmt::format("{},toxic=\"{}\"", of, label(toxic)),
                       static_cast<std::uint64_t>(*hits));
        }
        for (const auto& [fault, hits] : counts.http) {
            http.add(fmt::format("{},fault=\"{}\"", of, fault), static_cast<std::uint64_t>(hits));
        }
    }
    return open.text() + total.text() + ended.text() + toxics.text() + http.text() +
           not_http.text();
}

}  // namespace

Response show_metrics(Call& call) {
    std::string text;
    for (const Counter& counter : counters) {
        text += fmt::format("# HELP {0} \n# TYPE {0} counter\n", counter.name);
        for (const auto& [name, proxy] : call.book) {
            const Traffic traffic = call.plane.traffic(name);
            for (const Stream stream : {Stream::downstream, Stream::upstream}) {
                const auto member =
                    stream == Stream::downstream ? counter.downstream : counter.upstream;
                text += fmt::format(
                    "{}{{direction=\"{}\",listener=\"{}\",proxy=\"{}\",upstream=\"{}\"}} {}\n",
                    counter.name, stream_name(stream), label(proxy.listen), label(name),
                    label(proxy.upstream), traffic.*member);
            }
        }
    }
    text += connection_metrics(call);
    return {200, "text/plain; version=0.0.4; charset=utf-8", text, {}};
}

}  // namespace gameday::proxy_server
