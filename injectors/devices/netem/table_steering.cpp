#include "injectors/devices/netem/table_steering.hpp"

#include "injectors/devices/common/kernel/names.hpp"
#include "injectors/devices/common/kernel/owned_tables.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::devices::netem {

namespace {

using kernel::Namespace;
using kernel::OwnedTables;

class TableSteering final : public Steering {
 public:
    TableSteering(std::shared_ptr<const Namespace> where, std::string name,
                  std::unique_ptr<OwnedTables> tables)
        : where_(std::move(where)), name_(std::move(name)), tables_(std::move(tables)) {}

    Result<void> stage(const std::vector<Steered>& faults, const Ends& ends) override {
        return put(&OwnedTables::stage, faults, ends);
    }

    Result<void> replace(const std::vector<Steered>& faults, const Ends& ends) override {
        return faults.empty() ? tables_->remove() : put(&OwnedTables::replace, faults, ends);
    }

    Result<std::map<std::string, std::uint64_t>> packets() override { return tables_->packets(); }

    std::string lapse() override {
        return tables_->lapsed()
                   ? "its lease ran out before it was healed: gameday stood still for too long"
                   : "";
    }

    void renew() override { tables_->renew(); }

    bool is_off() override { return tables_->is_off(); }

 private:
    Result<void> put(Result<void> (OwnedTables::*way)(std::vector<kernel::nft::Table>),
                     const std::vector<Steered>& faults, const Ends& ends) {
        auto interfaces = kernel::interfaces(*where_);
        if (!interfaces) return interfaces.error();
        auto done = ((*tables_).*way)({table_of(name_, faults, *interfaces, ends)});
        if (done) return done;
        return Error(done.error()).within("a table of nf_tables that leads to an ifb");
    }

    std::shared_ptr<const Namespace> where_;
    std::string name_;
    std::unique_ptr<OwnedTables> tables_;
};

}  // namespace

OpenSteering steer_by_table(const std::string& run_dir) {
    const auto name = fmt::format("gameday_{}_netem", kernel::run_tag(run_dir));
    return
        [name](const std::shared_ptr<const Namespace>& where) -> Result<std::shared_ptr<Steering>> {
            auto tables = OwnedTables::open(*where);
            if (!tables) return tables.error();
            return std::shared_ptr<Steering>(
                std::make_shared<TableSteering>(where, name, std::move(*tables)));
        };
}

}  // namespace gameday::devices::netem
