// Fate: what becomes of the n-th packet of a connection. Pure, and a function of the seed, the
// connection and n alone: whatever else passes (ARP, other connections), the same seed drops the
// same packets, and asking for jitter too does not change which are dropped.
#pragma once

#include "harness/base/random.hpp"
#include "harness/base/time.hpp"
#include "injectors/devices/nfqueue/packet.hpp"
#include "injectors/kernel/steer/impairment.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace gameday::devices::nfqueue {

struct Fate {
    bool lost = false;
    bool at_once = false;                       // reordered: leaves before those that wait
    Duration delay{};                           // not negative; 0 when at once
    std::optional<Duration> copy;               // the delay of its duplicate
    std::optional<std::uint64_t> corrupt_seed;  // says which bit (see corrupted_bit)
    bool operator==(const Fate&) const = default;
};

// The fates of one connection, in the order of its packets. Keeps a pointer to the impairment.
//
// A correlation c means: with the chance c what was drawn for the packet before holds again. The
// share stays what it is, and neighbours correlate by c. (netem mixes the numbers instead, which
// changes the share.)
class Fates {
 public:
    Fates(const kernel::Impairment& impairment, std::uint64_t seed, const Connection& connection);
    Fate next();

 private:
    // A yes or no with a correlation to the one before.
    struct Coin {
        Coin(std::uint64_t seed, const std::string& stream) : random(seed, stream) {}
        bool toss(double share, double correlation);
        Random random;
        bool last = false, first = true;
    };

    bool lost();
    bool lost_by(const kernel::GilbertElliott& model);
    bool lost_by(const kernel::FourState& model);
    bool at_once();
    Duration delay();
    double deviation();  // of the delay from its mean, in units of the jitter

    const kernel::Impairment* impairment_;
    Coin loss_, duplicate_, corrupt_, reorder_;
    Random delays_, bits_;
    std::uint8_t state_ = 1;       // of the loss model; 1: good
    std::uint32_t since_gap_ = 0;  // packets delayed since the last that went at once
    std::optional<double> last_deviation_;
};

// The fates of all connections. One unseen while 32 768 others came and went begins anew.
class FateBook {
 public:
    FateBook(const kernel::Impairment& impairment, std::uint64_t seed)
        : impairment_(&impairment), seed_(seed) {}
    Fate next(const Connection& connection);

    static constexpr std::size_t kept_at_least = 32768;

 private:
    struct Hash {
        std::size_t operator()(const Connection& connection) const;
    };
    using Pages = std::unordered_map<Connection, Fates, Hash>;

    const kernel::Impairment* impairment_;
    std::uint64_t seed_;
    Pages young_, old_;
};

}  // namespace gameday::devices::nfqueue
