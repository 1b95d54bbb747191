// OpLog: where a shard writes its operations: chunks of 1 MiB, so that appending never moves what
// is there and memory grows by 64 bytes an operation and nothing else. It knows which of them were
// handed over to whoever writes them down while the run lasts.
#pragma once

#include "harness/model/evidence.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace gameday::load {

class OpLog {
 public:
    void append(const Operation& operation) {
        if (used_ == chunk_operations) {
            chunks_.push_back(std::make_unique<Operation[]>(chunk_operations));
            used_ = 0;
        }
        chunks_.back()[used_++] = operation;
    }

    // Calls take(span) for what was appended since the last call, in order, chunk by chunk.
    void hand_over(auto&& take) {
        while (handed_over_ < size()) {
            const std::size_t chunk = handed_over_ / chunk_operations;
            const std::size_t from = handed_over_ % chunk_operations;
            const std::size_t end = chunk + 1 == chunks_.size() ? used_ : chunk_operations;
            take(std::span<const Operation>(chunks_[chunk].get() + from, end - from));
            handed_over_ += end - from;
        }
    }
    [[nodiscard]] std::size_t not_handed_over() const { return size() - handed_over_; }

    // Appends all to `out` and forgets them, chunk by chunk.
    void move_to(std::vector<Operation>& out) {
        for (std::size_t i = 0; i < chunks_.size(); ++i) {
            const std::size_t count = i + 1 == chunks_.size() ? used_ : chunk_operations;
            out.insert(out.end(), chunks_[i].get(), chunks_[i].get() + count);
            chunks_[i].reset();
        }
        chunks_.clear();
        used_ = chunk_operations;
        handed_over_ = 0;
    }

    [[nodiscard]] std::size_t size() const {
        return chunks_.empty() ? 0 : (chunks_.size() - 1) * chunk_operations + used_;
    }

 private:
    static constexpr std::size_t chunk_operations = (1U << 20U) / sizeof(Operation);
    std::vector<std::unique_ptr<Operation[]>> chunks_;
    std::size_t used_ = chunk_operations;
    std::size_t handed_over_ = 0;
};

}  // namespace gameday::load
