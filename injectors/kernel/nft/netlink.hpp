// A netlink socket inside a network namespace. Errors carry the kernel's own words (extended
// acknowledgements). One thread at a time.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/kernel/host/host.hpp"

#include <cstdint>
#include <vector>

struct nl_sock;

namespace gameday::kernel {

class Netlink {
 public:
    using Bytes = std::vector<std::uint8_t>;

    // `protocol`: NETLINK_ROUTE, NETLINK_NETFILTER. Fails with `unsupported` when the kernel has no
    // such protocol, `refused` when we may not enter.
    static Result<Netlink> open(const Namespace& where, int protocol);
    Netlink(Netlink&& other) noexcept;
    Netlink& operator=(Netlink&& other) noexcept;
    ~Netlink();

    // Sends one or more messages in one piece and waits for `acknowledgements` of them, or for the
    // first error. Errors: `refused` for lack of privilege, `unsupported` for EOPNOTSUPP, else
    // `failed`; the message is the kernel's, with the errno's name.
    Result<void> send(const Bytes& messages, std::uint32_t acknowledgements);
    // Sends a request for a dump; returns the messages of the answer, each with its header.
    Result<std::vector<Bytes>> dump(const Bytes& request);
    // Sends one message and returns the one answer to it.
    Result<Bytes> ask(const Bytes& request);

    // The errno of the last call that the kernel refused; 0 when it did not.
    [[nodiscard]] int error_number() const { return error_number_; }
    [[nodiscard]] int descriptor() const;
    std::uint32_t next_sequence(std::uint32_t count);  // the first of `count` numbers not yet used

 private:
    explicit Netlink(nl_sock* socket) : socket_(socket) {}
    Result<void> write(const Bytes& messages);
    Result<std::vector<Bytes>> read();
    Result<void> refusal_of(const Bytes& message);
    void drop_answers();

    nl_sock* socket_ = nullptr;
    Bytes buffer_ = Bytes(1 << 16);  // of answers: the longest datagram the kernel makes of them
    std::uint32_t sequence_ = 1;
    int error_number_ = 0;
};

}  // namespace gameday::kernel
