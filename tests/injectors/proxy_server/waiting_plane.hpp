// A plane with a planted defect: a change waits until what has come in has gone out, as Toxiproxy's
// does, though at most for so long.
#pragma once

#include "injectors/proxy_server/api/data_plane.hpp"

#include <chrono>
#include <memory>
#include <thread>
#include <utility>

namespace gameday::testing {

class WaitingPlane final : public proxy_server::DataPlane {
 public:
    WaitingPlane(std::unique_ptr<proxy_server::DataPlane> plane, std::chrono::milliseconds most)
        : plane_(std::move(plane)), most_(most) {}

    Result<std::string> open(const std::string& name, const std::string& listen,
                             const std::string& upstream,
                             const std::vector<proxy_server::Toxic>& toxics,
                             const proxy_server::Extras& extras) override {
        return plane_->open(name, listen, upstream, toxics, extras);
    }
    void close(const std::string& name) override { plane_->close(name); }
    void put(const std::string& name, const std::vector<proxy_server::Toxic>& toxics,
             const proxy_server::Extras& extras) override {
        const auto end = std::chrono::steady_clock::now() + most_;
        while (holds_bytes(name) && std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        plane_->put(name, toxics, extras);
    }
    Result<proxy_server::Step> change(const std::vector<proxy_server::Proxy>& wanted) override {
        return plane_->change(wanted);
    }
    void move(const std::string& name, const std::string& upstream) override {
        plane_->move(name, upstream);
    }
    void forget(const std::string& name) override { plane_->forget(name); }
    [[nodiscard]] Result<void> load(proxy_server::Extras& extras) const override {
        return plane_->load(extras);
    }
    [[nodiscard]] Result<void> may_filter() const override { return plane_->may_filter(); }
    [[nodiscard]] std::size_t connections(const std::string& name) const override {
        return plane_->connections(name);
    }
    [[nodiscard]] proxy_server::Traffic traffic(const std::string& name) const override {
        return plane_->traffic(name);
    }
    [[nodiscard]] proxy_server::ProxyCounts counts(const std::string& name) const override {
        return plane_->counts(name);
    }
    [[nodiscard]] std::vector<proxy_server::SeenConnection> seen(
        const std::string& name) const override {
        return plane_->seen(name);
    }

 private:
    [[nodiscard]] bool holds_bytes(const std::string& name) const {
        const auto traffic = plane_->traffic(name);
        return traffic.sent_downstream < traffic.received_downstream;
    }

    std::unique_ptr<proxy_server::DataPlane> plane_;
    const std::chrono::milliseconds most_;
};

}  // namespace gameday::testing
