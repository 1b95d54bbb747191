// RunRecord: the connections of a run: a line of JSON each in a file, and counts of all.
#pragma once

#include "harness/ports/device.hpp"
#include "injectors/devices/proxy/record/record.hpp"

#include <array>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace gameday::devices::proxy {

struct RunRecordPlan {
    std::string file;  // made for the first connection; "" = counts alone
    Instant zero;      // of the instants in the file
    std::map<FaultId, std::string> faults;
    std::uint64_t lines_most = 200'000;
};

// One thread at a time.
class RunRecord {
 public:
    explicit RunRecord(RunRecordPlan plan);

    // Those of the link that are over, or those that are open at the end. What was added has left
    // the process on return: kill -9 takes nothing of it.
    void add(const std::string& link, const HandedOver& over);
    // Counts in order of link, end and faults; notes of lines that are missing from the file.
    [[nodiscard]] Connections connections() const;

 private:
    struct Sum {
        std::uint64_t connections = 0;
        std::array<std::uint64_t, 2> bytes{};
    };
    using Alike = std::tuple<std::string, HowEnded, std::vector<FaultId>>;

    void write(const std::string& link, const ConnectionRecord& record);

    const RunRecordPlan plan_;
    std::ofstream stream_;
    std::map<Alike, Sum> sums_;
    std::uint64_t lines_ = 0, over_bound_ = 0;
    std::uint64_t unseen_ = 0;  // of which there is no record: there was no room
};

}  // namespace gameday::devices::proxy
