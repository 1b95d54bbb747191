// tcp: which nodes take a connection.
#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/ports/probe_kind.hpp"
#include "harness/probes/prober.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gameday::probes {
namespace {

using boost::asio::ip::tcp;

class TcpProber final : public Prober {
 public:
    TcpProber(const ProbeSetting& setting, const ProbeSpec& probe)
        : setting_(setting), probe_(probe) {}

    Result<void> open() {
        tcp::resolver resolver(setting_.io);
        for (const auto& node : setting_.scenario.topology.nodes) {
            boost::system::error_code error;
            const auto found =
                resolver.resolve(node.endpoint.address, std::to_string(node.endpoint.port), error);
            if (error || found.empty()) {
                return Error{ErrorCode::failed,
                             fmt::format("{}: {}", node.endpoint.text(), error.message())};
            }
            Pending pending;
            for (const auto& each : found) pending.addresses.push_back(each.endpoint());
            nodes_.push_back(std::move(pending));
        }
        return {};
    }

    Instant turn(Instant now) override {
        Instant wake = Instant::max();
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            Pending& node = nodes_[i];
            if (node.socket != nullptr && now >= node.until) on_connected(i, false, now);
            if (node.socket == nullptr && now >= next_) begin(i, now);
            if (node.socket != nullptr) wake = std::min(wake, node.until);
        }
        if (now >= next_) next_ = next_time(next_, now, probe_.interval);
        return std::min(wake, next_);
    }

    void stop() override {
        for (auto& node : nodes_) {
            boost::system::error_code ignored;  // it is thrown away either way
            if (node.socket != nullptr) node.socket->close(ignored);
            node.socket.reset();
        }
    }

 private:
    // The addresses of a name are asked in turn until one takes the connection, each at most for
    // its even share of the time left.
    struct Pending {
        std::vector<tcp::endpoint> addresses;
        std::size_t address = 0;
        std::shared_ptr<tcp::socket> socket{};  // while a connection is being made
        Instant asked{}, until{};               // until: for the address that is being asked
    };

    void begin(std::size_t index, Instant now) {
        nodes_[index].asked = now;
        nodes_[index].address = 0;
        connect(index, now);
    }

    void connect(std::size_t index, Instant now) {
        Pending& node = nodes_[index];
        const auto left = static_cast<Duration::rep>(node.addresses.size() - node.address);
        node.until = now + (node.asked + probe_.timeout - now) / left;
        node.socket = std::make_shared<tcp::socket>(setting_.io);
        node.socket->async_connect(
            node.addresses[node.address],
            [this, index, socket = node.socket](const boost::system::error_code& error) {
                // Given up meanwhile, and perhaps asked again.
                if (nodes_[index].socket != socket) return;
                on_connected(index, !error, setting_.clock.now());
            });
    }

    void on_connected(std::size_t index, bool is_open, Instant now) {
        Pending& node = nodes_[index];
        boost::system::error_code ignored;  // it is thrown away either way
        node.socket->close(ignored);
        node.socket.reset();
        if (!is_open && ++node.address < node.addresses.size()) return connect(index, now);
        setting_.state.note(
            RoleSample{
                {node.asked, now}, NodeId::of(index), is_open ? Role::unknown : Role::down, 0},
            std::nullopt, false);
    }

    ProbeSetting setting_;
    ProbeSpec probe_;
    std::vector<Pending> nodes_;  // by NodeId
    Instant next_{};              // the beginning: at once
};

Result<void> check_tcp(const ProbeSpec& probe, const Scenario&, const Catalog&) {
    if (probe.params.empty()) return {};
    std::string lines;
    for (const auto& [name, value] : probe.params) {
        lines += fmt::format(
            "{}{}: a tcp probe has no parameters: it connects to the endpoint of "
            "each node; remove it",
            lines.empty() ? "" : "\n", name);
    }
    return Error{ErrorCode::invalid, lines};
}

Result<std::unique_ptr<Prober>> make_tcp(const ProbeSetting& setting, const ProbeSpec& probe) {
    auto prober = std::make_unique<TcpProber>(setting, probe);
    if (auto opened = prober->open(); !opened) return std::move(opened).error();
    return std::unique_ptr<Prober>(std::move(prober));
}

}  // namespace

extern const ProbeKind tcp_kind{"tcp", "which nodes take a connection", {}, check_tcp, make_tcp};

}  // namespace gameday::probes
