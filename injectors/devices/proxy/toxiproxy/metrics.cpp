// GET /metrics: Toxiproxy's two counters, in the text format of Prometheus.
#include "injectors/devices/proxy/toxiproxy/calls.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace gameday::devices::proxy::toxiproxy {
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
    return {200, "text/plain; version=0.0.4; charset=utf-8", text, {}};
}

}  // namespace gameday::devices::proxy::toxiproxy
