#include "injectors/devices/proxy/record/run_record.hpp"

#include "harness/json/json.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::devices::proxy {

RunRecord::RunRecord(RunRecordPlan plan) : plan_(std::move(plan)) {}

void RunRecord::add(const std::string& link, const HandedOver& over) {
    for (const ConnectionRecord& record : over.records) {
        Sum& sum = sums_[Alike{link, record.ended, record.faults}];
        ++sum.connections;
        for (std::size_t way = 0; way < 2; ++way) sum.bytes.at(way) += record.bytes.at(way);
        write(link, record);
    }
    unseen_ += over.dropped;
    if (stream_.is_open()) stream_.flush();
}

void RunRecord::write(const std::string& link, const ConnectionRecord& record) {
    if (plan_.file.empty()) return;
    if (lines_ >= plan_.lines_most) {
        ++over_bound_;
        return;
    }
    if (lines_ == 0) stream_.open(plan_.file, std::ios::binary | std::ios::trunc);
    ++lines_;
    const auto name = [this](FaultId id) {
        const auto known = plan_.faults.find(id);
        return known == plan_.faults.end() ? fmt::format("fault {}", id.value) : known->second;
    };
    const auto lead = fmt::format(R"("link":{},)", json::print(Value(link)));
    stream_ << record_json(record, plan_.zero, name, lead) << '\n';
}

Connections RunRecord::connections() const {
    Connections all;
    for (const auto& [alike, sum] : sums_) {
        const auto& [link, ended, faults] = alike;
        all.counts.push_back({link, std::string(name_of(ended)), faults, sum.connections,
                              sum.bytes[0], sum.bytes[1]});
    }
    if (over_bound_ > 0) {
        all.notes.push_back(
            fmt::format("connections.jsonl has the first {} connections, {} more are only counted",
                        plan_.lines_most, over_bound_));
    }
    if (unseen_ > 0) {
        all.notes.push_back(fmt::format(
            "{} connections came and went faster than they could be recorded: they are in no "
            "figure about connections",
            unseen_));
    }
    if (lines_ > 0 && !stream_) {
        all.notes.push_back(plan_.file + " could not be written: connections are only counted");
    }
    return all;
}

}  // namespace gameday::devices::proxy
