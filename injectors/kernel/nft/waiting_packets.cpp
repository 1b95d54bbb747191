#include "injectors/kernel/nft/waiting_packets.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <string>

namespace gameday::kernel {

WaitingPackets WaitingPackets::open(const Namespace& where) {
    WaitingPackets opened;
    // The folder, not the file: that appears with the kernel's module.
    (void)where.inside([&]() -> Result<void> {
        opened.folder_ = Descriptor(
            ::open("/proc/thread-self/net/netfilter", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        return {};
    });
    return opened;
}

bool WaitingPackets::any() const {
    const Descriptor file(::openat(folder_.get(), "nfnetlink_queue", O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return false;
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto size = ::read(file.get(), buffer.data(), buffer.size());
        if (size <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    // Number, socket and length of a queue, and more (net/netfilter/nfnetlink_queue.c, seq_show).
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        long number = 0, socket = 0, length = 0;
        if (fields >> number >> socket >> length && length > 0) return true;
    }
    return false;
}

}  // namespace gameday::kernel
