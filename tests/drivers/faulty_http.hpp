// FaultyHttp: a server of keys over HTTP that knows what took effect, and misbehaves at random
// before, while or after it does.
#pragma once

#include "harness/base/random.hpp"
#include "harness/ports/client.hpp"
#include "tests/drivers/raw_server.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gameday::test {

// What the server has in common with others that stand for the same system. Its functions are
// called by one request at a time.
struct FaultyStore {
    std::map<std::string, std::string> values;  // by key: what is there now
    std::map<std::string, std::string> ever;    // by value that was ever written: its key
    std::uint64_t revision = 0;

    void write(const std::string& key, const std::string& value) {
        values[key] = value;
        ever[value] = key;
        ++revision;
    }
    [[nodiscard]] std::optional<std::string> find(const std::string& key) const {
        const auto found = values.find(key);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    }
};

// An answer of the system itself, to be sent in one way or another.
struct FaultyAnswer {
    std::string body;
    int status = 200;
};

// A system that speaks HTTP.
struct FaultySystem {
    // Carries a whole request out.
    std::function<FaultyAnswer(FaultyStore&, std::string_view request)> carry_out;
    std::vector<FaultyAnswer> refusals;  // that say for certain that nothing was done
    std::vector<FaultyAnswer> doubts;    // that leave it open
};

class FaultyHttp {
 public:
    FaultyHttp(FaultySystem system, std::uint64_t seed);

    [[nodiscard]] Endpoint endpoint() const { return server_.endpoint(); }
    // Answers by 307 to that server now and then, which has the same store.
    void lead_to(FaultyHttp& other);

    [[nodiscard]] std::size_t faults();
    // Whether a value was ever written, and under that key.
    [[nodiscard]] bool has_written(const std::string& value);
    [[nodiscard]] bool has_written(const std::string& value, const std::string& key);

 private:
    struct Shared {
        std::mutex mutex;
        FaultyStore store;
        std::size_t faults = 0;
    };
    enum class Fault {
        none,
        reset,
        silence,
        late,
        cut,
        half_close,
        refusal,
        doubt,
        rubbish,
        failover,
        redirect,
    };

    std::pair<Fault, std::uint64_t> draw();
    FaultyAnswer carry_out(const std::string& request);
    void serve(RawConnection& client);
    bool answer(RawConnection& client, const std::string& request);
    bool misbehave(RawConnection& client, Fault fault, std::uint64_t chance,
                   const FaultyAnswer& done);

    FaultySystem system_;
    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
    Random random_;
    std::uint64_t demoted_ = 0;  // so many requests more are refused: another one is the primary
    std::string elsewhere_;      // "" = nowhere
    RawServer server_;
};

// Asks `first` until so many faults were met, and holds what the client says against what the
// server knows. Writes go to `keys` keys, named by `name`.
struct FaultyTrial {
    FaultyHttp& first;
    const DriverKind& driver;
    std::string params;
    std::vector<Endpoint> nodes;
    std::uint64_t seed = 1;
    std::size_t faults = 0;
    std::uint64_t keys = 4;
    std::function<std::string(std::uint32_t)> name;
};
void try_http_faults(const FaultyTrial& trial);

}  // namespace gameday::test
