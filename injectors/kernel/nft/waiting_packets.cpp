#include "injectors/kernel/nft/waiting_packets.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <string>
#include <utility>

namespace gameday::kernel {

WaitingPackets WaitingPackets::open(const Namespace& where) {
    WaitingPackets opened;
    // The folder, not the file: that appears with the kernel's module.
    (void)where.inside([&]() -> Result<void> {
        opened.folder_ =
            ::open("/proc/thread-self/net/netfilter", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return {};
    });
    return opened;
}

WaitingPackets::WaitingPackets(WaitingPackets&& other) noexcept
    : folder_(std::exchange(other.folder_, -1)) {}

WaitingPackets& WaitingPackets::operator=(WaitingPackets&& other) noexcept {
    std::swap(folder_, other.folder_);
    return *this;
}

WaitingPackets::~WaitingPackets() {
    if (folder_ >= 0) ::close(folder_);
}

bool WaitingPackets::any() const {
    if (folder_ < 0) return false;
    const int file = ::openat(folder_, "nfnetlink_queue", O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto size = ::read(file, buffer.data(), buffer.size());
        if (size <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    ::close(file);
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
