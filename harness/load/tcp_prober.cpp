#include "harness/load/prober.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace gameday::load {
namespace {

using boost::asio::ip::tcp;

class TcpProber final : public Prober {
 public:
    TcpProber(const ProbeSetting& setting, const ProbeSpec& probe)
        : setting_(setting), probe_(probe) {}

    Result<void> open() {
        tcp::resolver resolver(setting_.io);
        for (const auto& node : setting_.topology.nodes) {
            boost::system::error_code error;
            const auto found =
                resolver.resolve(node.endpoint.address, std::to_string(node.endpoint.port), error);
            if (error || found.empty()) {
                return Error{ErrorCode::failed, fmt::format("probe {}: {}: {}", probe_.name,
                                                            node.endpoint.text(), error.message())};
            }
            nodes_.push_back(Knocked{found.begin()->endpoint(), nullptr, {}});
        }
        return {};
    }

    Instant turn(Instant now) override {
        Instant wake = Instant::max();
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            Knocked& node = nodes_[i];
            if (node.socket != nullptr && now >= node.asked + probe_.timeout) end(i, Role::down);
            if (node.socket == nullptr && now >= next_) knock(i, now);
            if (node.socket != nullptr) wake = std::min(wake, node.asked + probe_.timeout);
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
    struct Knocked {
        tcp::endpoint endpoint;
        std::shared_ptr<tcp::socket> socket;  // while a connection is being made
        Instant asked{};
    };

    void knock(std::size_t index, Instant now) {
        Knocked& node = nodes_[index];
        node.asked = now;
        node.socket = std::make_shared<tcp::socket>(setting_.io);
        node.socket->async_connect(node.endpoint, [this, index, socket = node.socket](
                                                      const boost::system::error_code& error) {
            // Given up meanwhile, and perhaps asked again.
            if (nodes_[index].socket != socket) return;
            end(index, error ? Role::down : Role::unknown);
        });
    }

    void end(std::size_t index, Role role) {
        Knocked& node = nodes_[index];
        boost::system::error_code ignored;  // it is thrown away either way
        node.socket->close(ignored);
        node.socket.reset();
        setting_.board.note(
            RoleSample{{node.asked, setting_.clock.now()}, NodeId::of(index), role, 0},
            std::nullopt, false);
    }

    ProbeSetting setting_;
    ProbeSpec probe_;
    std::vector<Knocked> nodes_;  // by NodeId
    Instant next_{};              // the beginning: at once
};

}  // namespace

Result<std::unique_ptr<Prober>> make_tcp_prober(const ProbeSetting& setting,
                                                const ProbeSpec& probe) {
    auto prober = std::make_unique<TcpProber>(setting, probe);
    if (auto opened = prober->open(); !opened) return std::move(opened).error();
    return std::unique_ptr<Prober>(std::move(prober));
}

}  // namespace gameday::load
