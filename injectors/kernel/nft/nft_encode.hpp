// Tables of nf_tables as netlink messages (see include/uapi/linux/netfilter/nf_tables.h). Pure.
#pragma once

#include "injectors/kernel/nft/nft.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace gameday::kernel::nft {

// One transaction: begin, the changes, end. Sequence numbers count up from `sequence`. The last
// change asks for the acknowledgement, which stands for all: a transaction is done or not as a
// whole, and one that fails is answered by its errors.
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
    // Puts elements into a set of a table that stands.
    void insert(Family family, std::string_view table, const Set& set,
                const std::vector<Element>& elements);
    // Takes elements out of a set. Fails in the kernel when one of them is not there.
    void erase(Family family, std::string_view table, const Set& set,
               const std::vector<Element>& elements);

    [[nodiscard]] bool empty() const { return last_ == 0; }
    // The bytes to send in one piece.
    [[nodiscard]] Bytes finish() &&;

 private:
    void add(std::uint16_t type, std::uint16_t flags, Family family, const Bytes& attributes);

    Bytes bytes_;
    std::uint32_t next_;
    std::size_t last_ = 0;  // where the last change begins
};

}  // namespace gameday::kernel::nft
