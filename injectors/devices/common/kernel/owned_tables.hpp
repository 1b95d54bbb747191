// Tables of nf_tables that live as long as we do: they are owned by the socket that made them, so
// the kernel takes them off when this process dies, however it dies. While it lives but hangs, the
// leases in them end. Thread-safe.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/devices/common/kernel/host.hpp"
#include "injectors/devices/common/kernel/leased.hpp"
#include "injectors/devices/common/kernel/netlink.hpp"
#include "injectors/devices/common/kernel/nft.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gameday::devices::kernel {

class OwnedTables final : public Leased {
 public:
    static Result<std::unique_ptr<OwnedTables>> open(const Namespace& where);

    // Takes off the tables there are and puts these in their place, in one transaction: packets see
    // the old ones or the new ones. Fails, and leaves all as it was, when the kernel refuses, or
    // when somebody else has a table of such a name. What stands then is read back and compared.
    Result<void> replace(std::vector<nft::Table> tables);
    // Takes them off; fine when there are none.
    Result<void> remove() { return replace({}); }

    // Packets counted so far, by chain, those of replaced tables included.
    Result<std::map<std::string, std::uint64_t>> packets();

    // Gives the leases their full time anew. One that has ended stays ended, and lapsed() says so:
    // a fault that was away for a while must not come back unseen.
    void renew() override;
    // Ends the leases now: the tables stay, and touch no packet any more. Fine to repeat.
    Result<void> end_leases();
    [[nodiscard]] bool lapsed() const;

 private:
    explicit OwnedTables(Netlink socket) : socket_(std::move(socket)) {}
    Result<void> read_back();
    Result<std::map<std::string, std::uint64_t>> count();

    mutable std::mutex mutex_;
    Netlink socket_;
    std::vector<nft::Table> tables_;
    std::map<std::string, std::uint64_t> counted_before_;
    bool lapsed_ = false;
};

}  // namespace gameday::devices::kernel
