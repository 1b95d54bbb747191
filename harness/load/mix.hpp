// Mix: what the n-th operation of a load is: who issues it, verb, key and value. Pure.
//
// The sequence is the same for a seed whatever the number of cores: each shard draws all of it and
// issues the operations of its own clients.
#pragma once

#include "harness/base/id.hpp"
#include "harness/base/random.hpp"
#include "harness/load/zipf.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"

#include <cstdint>
#include <vector>

namespace gameday::load {

struct MixSpec {
    // Homes and verbs by quota instead of by lot, so that the operations of one region and verb are
    // evenly spaced: the resolution of an outage is the largest gap between them.
    bool regular = true;
    double writes = 0.5;
    KeySpec keys;
    std::vector<double> shares;  // by home
    std::uint32_t clients_per_home = 1;
    std::uint32_t first_client = 0;  // clients of home h: first + h·clients_per_home + 0, 1, …
    // Loads share the numbers of values and fresh keys out between them: load i of k uses i, i + k,
    // i + 2k, …
    std::uint64_t offset = 0, stride = 1;
    std::uint32_t first_key = 1;        // of the key space: each load has keys of its own
    std::uint32_t first_fresh_key = 1;  // above the key spaces of all loads
    std::uint32_t run_id = 0;           // in every value, see numbered
};

struct Draft {
    std::uint32_t home = 0;  // index into the shares
    ClientId client;
    Verb verb = Verb::read;
    std::uint32_t key = 0;
    std::uint64_t value = 0;  // write: unique over the run, never 0
    double draw = 0;          // uniform in [0, 1), for weighted routes
    bool operator==(const Draft&) const = default;
};

// Keys: with a key space, zipf over as many, from first_key on. Without, each write has a fresh
// key, and a read asks for one of the last 1024 keys handed to writes, by zipf over how recent it
// is (before the first write: for the first key, which is absent).
class Mix {
 public:
    Mix(const MixSpec& spec, Random random);
    Draft next();

 private:
    std::uint32_t pick_home();
    Verb pick_verb(std::uint32_t home);
    std::uint32_t key_of(Verb verb);
    [[nodiscard]] std::uint32_t fresh_key(std::uint64_t write) const;

    MixSpec spec_;
    Random random_;
    Zipf zipf_;
    std::vector<double> home_credit_, write_credit_;
    std::uint64_t writes_ = 0;
};

}  // namespace gameday::load
