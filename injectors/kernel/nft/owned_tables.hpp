// Tables of nf_tables that live as long as we do: they are owned by the socket that made them, so
// the kernel takes them off when this process dies, however it dies. While it lives but hangs, the
// leases in them end. Thread-safe.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/kernel/host/host.hpp"
#include "injectors/kernel/host/leased.hpp"
#include "injectors/kernel/nft/netlink.hpp"
#include "injectors/kernel/nft/nft.hpp"
#include "injectors/kernel/nft/waiting_packets.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace gameday::kernel {

namespace nft {
class Batch;
}

class OwnedTables final : public Leased {
 public:
    static Result<std::unique_ptr<OwnedTables>> open(const Namespace& where);

    // Makes these tables beside those there are, without their leases: they stand, are read back
    // and touch no packet until replace() is called with the same. What was staged before goes.
    Result<void> stage(std::vector<nft::Table> tables);
    // Takes off the tables there are and puts these in their place, in one transaction: packets see
    // the old ones or the new ones. Fails, and leaves all as it was, when the kernel refuses, or
    // when somebody else has a table of such a name. What stands then is read back and compared;
    // it is taken off when it differs.
    // While packets wait in a queue of the namespace, which the kernel would drop, the old tables
    // only lose their leases; they go with the next change, or with this object.
    Result<void> replace(std::vector<nft::Table> tables);
    // Takes them off; fine when there are none.
    Result<void> remove() { return replace({}); }
    // Tries to take off tables that touch nothing any more; false while some have to stand.
    bool is_off() override;

    // Packets counted so far, by chain, those of replaced tables included.
    Result<std::map<std::string, std::uint64_t>> packets();

    // Gives the leases their full time anew. One that has ended stays ended, and lapsed() says so:
    // a fault that was away for a while must not come back unseen.
    void renew() override;
    // Ends the leases now: the tables stay, and touch no packet any more. Fine to repeat.
    Result<void> end_leases();
    // Whether they have ended by themselves, or may have: by the clock they were due for renewal.
    [[nodiscard]] bool lapsed() const;

 private:
    OwnedTables(Netlink socket, WaitingPackets waiting)
        : socket_(std::move(socket)), waiting_(std::move(waiting)) {}
    // `staged`: the tables stand already and only want their leases.
    Result<void> change(const std::vector<nft::Table>& tables, bool keep_old, bool staged);
    Result<void> make_anew(std::vector<nft::Table>& tables, bool keep_old);
    Error name_taken(Error error, const std::vector<nft::Table>& tables) const;
    void erase_leases(nft::Batch& batch) const;
    [[nodiscard]] bool overdue() const;
    void note_leases(std::chrono::steady_clock::time_point since);
    void give_free_names(std::vector<nft::Table>& tables);
    Result<void> read_back(const std::vector<nft::Table>& tables);
    Result<std::map<std::string, std::uint64_t>> count();

    mutable std::mutex mutex_;
    Netlink socket_;
    WaitingPackets waiting_;
    std::vector<nft::Table> tables_;
    std::vector<nft::Table> emptied_;  // without leases, still to be taken off
    std::vector<nft::Table> asked_;    // what stage() was called with, and …
    std::vector<nft::Table> staged_;   // … the same under the names that it stands by
    std::map<std::string, std::uint64_t> counted_before_;
    std::uint32_t renamed_ = 0;
    bool lapsed_ = false;  // leases have ended by themselves
    bool ended_ = false;   // or we have ended them
    std::chrono::steady_clock::time_point lasts_until_{};
};

}  // namespace gameday::kernel
