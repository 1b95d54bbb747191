// Keeps what a run told while it lasted.
#pragma once

#include "harness/ports/clock.hpp"

#include <string>
#include <vector>

namespace gameday::test {

class FakeProgress final : public Progress {
 public:
    struct Shown {
        Instant now;
        std::string phase;
        std::vector<std::string> in_force;
        bool below_minimum = false;
        Duration below_for{};
    };

    void event(Instant, std::string_view text) override { events.emplace_back(text); }
    void status(const Status& status) override {
        shown.push_back({status.now, std::string(status.phase), status.in_force,
                         status.below_minimum, status.below_for});
    }

    std::vector<std::string> events;
    std::vector<Shown> shown;
};

}  // namespace gameday::test
