// Tables of nf_tables as netlink messages (see include/uapi/linux/netfilter/nf_tables.h). Pure.
#pragma once

#include "injectors/devices/common/kernel/nft.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace gameday::devices::kernel::nft {

// One transaction: begin, the changes, end. Sequence numbers count up from `sequence`; every
// message but the first and last asks for an acknowledgement.
class Batch {
 public:
    explicit Batch(std::uint32_t sequence);

    // A new table with all that is in it, owned by the socket that sends it. Fails in the kernel
    // when a table of that name stands.
    void create(const Table& table);
    // Takes a table off, with all that is in it.
    void remove(Family family, std::string_view table);
    // Gives elements of a set their time anew. Fails in the kernel when one of them has ended.
    void refresh(Family family, std::string_view table, const Set& set,
                 const std::vector<Element>& elements);
    // Takes elements out of a set. Fails in the kernel when one of them is not there.
    void erase(Family family, std::string_view table, const Set& set,
               const std::vector<Element>& elements);

    // The bytes to send in one piece, and how many acknowledgements will come.
    [[nodiscard]] Bytes finish() &&;
    [[nodiscard]] std::uint32_t changes() const { return changes_; }

 private:
    void add(std::uint16_t type, std::uint16_t flags, Family family, const Bytes& attributes);

    Bytes bytes_;
    std::uint32_t next_;
    std::uint32_t changes_ = 0;
};

}  // namespace gameday::devices::kernel::nft
