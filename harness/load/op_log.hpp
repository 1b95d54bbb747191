// OpLog: where a shard writes its operations: chunks of 1 MiB, so that appending never moves what
// is there and memory grows by 64 bytes an operation and nothing else.
#pragma once

#include "harness/model/evidence.hpp"

#include <cstddef>
#include <memory>
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

    // Appends all to `out` and forgets them, chunk by chunk.
    void move_to(std::vector<Operation>& out) {
        for (std::size_t i = 0; i < chunks_.size(); ++i) {
            const std::size_t count = i + 1 == chunks_.size() ? used_ : chunk_operations;
            out.insert(out.end(), chunks_[i].get(), chunks_[i].get() + count);
            chunks_[i].reset();
        }
        chunks_.clear();
        used_ = chunk_operations;
    }

    [[nodiscard]] std::size_t size() const {
        return chunks_.empty() ? 0 : (chunks_.size() - 1) * chunk_operations + used_;
    }

 private:
    static constexpr std::size_t chunk_operations = (1U << 20U) / sizeof(Operation);
    std::vector<std::unique_ptr<Operation[]>> chunks_;
    std::size_t used_ = chunk_operations;
};

}  // namespace gameday::load
