#include "harness/run/recover.hpp"

namespace gameday::run {

Result<std::vector<Recovered>> recover(Journal& journal, Devices& devices) {
    auto outstanding = journal.outstanding();
    if (!outstanding) return outstanding.error();
    std::vector<Recovered> recovered;
    for (auto& promise : *outstanding) {
        auto done = devices.perform_all(promise.id, promise.heal);
        if (done) done = journal.kept(promise.id);
        recovered.push_back({std::move(promise), done ? "" : done.error().message});
    }
    return recovered;
}

}  // namespace gameday::run
