// A journal in memory, that can be copied at any moment as if the process had died there.
#pragma once

#include "harness/ports/journal.hpp"

#include <algorithm>
#include <vector>

namespace gameday::test {

class FakeJournal final : public Journal {
 public:
    Result<void> promise(const Promise& promise) override {
        if (--writes_left < 0) return Error{ErrorCode::failed, "the disk is full"};
        if (is_open(promise.id)) return Error{ErrorCode::refused, "promised already"};
        open_.push_back(promise);
        ++promises;
        return {};
    }
    Result<void> kept(FaultId id) override {
        if (--writes_left < 0) return Error{ErrorCode::failed, "the disk is full"};
        std::erase_if(open_, [id](const auto& each) { return each.id == id; });
        return {};
    }
    [[nodiscard]] Result<std::vector<Promise>> outstanding() const override {
        return std::vector<Promise>(open_.rbegin(), open_.rend());
    }

    [[nodiscard]] bool is_open(FaultId id) const {
        return std::any_of(open_.begin(), open_.end(),
                           [id](const auto& each) { return each.id == id; });
    }

    int promises = 0;
    int writes_left = 1'000'000;  // then the disk is full

 private:
    std::vector<Promise> open_;
};

}  // namespace gameday::test
