// Fault: which requests it meets and what becomes of them. Values and pure functions.
//
// Faults compose as rules do: delays add, the first answer wins, the smallest rate wins, and so
// does the earliest cut.
#pragma once

#include "harness/base/id.hpp"
#include "harness/base/time.hpp"
#include "injectors/devices/proxy/http/head.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gameday::devices::proxy::http {

struct Answer {
    int status = 503;
    std::string body;
    std::vector<Field> headers{};  // by name
    bool operator==(const Answer&) const = default;
};

struct Fault {
    std::string name;

    // Which requests: all that is given must hold. Those that fit `methods`, `path` and `header`
    // are numbered as they come; the rest is about that number.
    std::vector<std::string> methods;  // none: any
    std::string path;                  // `*` stands for anything; compared without the query
    std::string header;                // "Name" (it is there) or "Name: value" with `*`
    double share = 1;                  // drawn for each number
    std::int64_t first = 0;            // only so many; 0 = no limit
    std::int64_t every = 1;            // only each so-manieth

    // What becomes of them.
    std::optional<Answer> answer;                // the upstream is not asked
    Duration delay{}, jitter{};                  // of the response …
    std::optional<std::int64_t> delay_after;     // … or within its body, behind so many bytes
    std::optional<std::int64_t> truncate_after;  // bytes of the body; then the connection ends …
    bool truncate_with_reset = false;            // … by closing, or by RST
    std::int64_t rate = 0;                       // of the body, in bytes per second; 0 = as it is
    std::optional<Field> replace;                // a header's value, or a new header
    std::string garble;                          // a header's name
    bool operator==(const Fault&) const = default;
};

// A fault in force. The number of requests that fitted is shared by all threads of a proxy.
struct ArmedFault {
    Fault fault;
    FaultId id;
    std::uint64_t draw = 0;  // the seed of its share, jitter and letters
    std::shared_ptr<std::atomic<std::uint64_t>> fitted =
        std::make_shared<std::atomic<std::uint64_t>>(0);
};
using ArmedFaults = std::vector<std::shared_ptr<const ArmedFault>>;

bool fits(const Fault& fault, const RequestHead& request);
// Whether the n-th request that fits is met, counted from 0.
bool meets(const Fault& fault, std::uint64_t draw, std::uint64_t n);

// What becomes of one request and its response.
struct Treatment {
    struct Pause {
        std::int64_t after = before_response;  // bytes of the body that come first
        Duration delay{};
        FaultId by;
        bool operator==(const Pause&) const = default;
    };
    struct Cut {
        std::int64_t after = 0;
        bool reset = false;
        FaultId by;
        bool operator==(const Cut&) const = default;
    };
    struct Rate {
        std::int64_t bytes_per_s = 0;
        FaultId by;
        bool operator==(const Rate&) const = default;
    };
    struct Edit {
        std::optional<Field> replace;
        std::string garble;
        std::uint64_t seed = 0;
        FaultId by;
        bool operator==(const Edit&) const = default;
    };
    struct Abort {
        Answer answer;
        std::string name;  // of the fault
        FaultId by;
        bool operator==(const Abort&) const = default;
    };
    static constexpr std::int64_t before_response = -1;

    std::optional<Abort> abort;
    std::vector<Pause> pauses;  // by `after`
    std::optional<Cut> cut;
    std::optional<Rate> rate;
    std::vector<Edit> edits;
    bool operator==(const Treatment&) const = default;
};

// Numbers the request with every fault that it fits, and takes together those that it meets.
Treatment treat(const ArmedFaults& faults, const RequestHead& request);

}  // namespace gameday::devices::proxy::http
