// CauseLog: why operations were not good, counted by what they have in common; one writer.
//
// What can be told apart is bounded: a server that puts a number of its own into each error must
// not fill the memory. What comes beyond the bound is counted as "other".
#pragma once

#include "harness/model/evidence.hpp"

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace gameday::load {

class CauseLog {
 public:
    static constexpr std::size_t kinds_max = 64;
    static constexpr std::size_t sample_max = 200;  // bytes of an answer that is kept
    static constexpr std::string_view other = "other";

    void add(std::uint16_t load, const Operation& operation, std::string_view detail,
             std::string_view sample);
    // Adds what another one counted.
    void merge(const CauseLog& log);
    // By load and verb, the most frequent first.
    [[nodiscard]] std::vector<CauseCount> counts() const;

 private:
    using Key = std::tuple<std::uint16_t, Verb, Cause, std::string, bool>;  // bool: it is `other`
    struct Seen {
        std::uint64_t count = 0;
        Instant first{};
        std::string sample;
    };

    Seen& seen(std::uint16_t load, Verb verb, Cause cause, std::string_view detail, bool is_other);

    std::map<Key, Seen> seen_;
    std::size_t kinds_ = 0;  // of `seen_`, without those that are `other`
};

}  // namespace gameday::load
