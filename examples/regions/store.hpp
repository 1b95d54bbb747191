// Store: the keys and values that a node answers reads from.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace gameday::regions {

struct Stored {
    std::string value;
    std::uint64_t version = 0;
};

class Store {
 public:
    // Puts the value unless a version at least as new is there already.
    void put(const std::string& key, const std::string& value, std::uint64_t version) {
        Stored& stored = values_[key];
        if (version > stored.version) stored = {value, version};
    }
    [[nodiscard]] const Stored* find(const std::string& key) const {
        const auto found = values_.find(key);
        return found == values_.end() ? nullptr : &found->second;
    }
    void clear() { values_.clear(); }

 private:
    std::unordered_map<std::string, Stored> values_;
};

}  // namespace gameday::regions
