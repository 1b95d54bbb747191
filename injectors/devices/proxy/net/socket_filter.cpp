#include "injectors/devices/proxy/net/socket_filter.hpp"

#include <fmt/format.h>

#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace gameday::devices::proxy {
namespace {

// For TCP the program sees the packet from its TCP header on (RFC 9293, section 3.1).
constexpr std::uint32_t data_offset_at = 12;  // upper half of the byte: header in words of 4 bytes
constexpr std::uint32_t flags_at = 13;
constexpr std::uint32_t fin_syn_rst = 0x07;
constexpr std::uint32_t random_number = static_cast<std::uint32_t>(SKF_AD_OFF) + SKF_AD_RANDOM;
constexpr std::uint32_t keep = 0xffffffff, drop = 0;

constexpr sock_filter step(unsigned code, std::uint32_t k, unsigned yes = 0, unsigned no = 0) {
    return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(yes),
            static_cast<std::uint8_t>(no), k};
}

constexpr sock_filter verdict(std::uint32_t bytes) { return step(BPF_RET | BPF_K, bytes); }

std::vector<sock_filter> program(const PacketLoss& loss) {
    if (loss.all || loss.share >= 1) return {verdict(drop)};
    std::vector<sock_filter> steps;
    if (loss.bare) {
        // Dropped when the packet is as long as its header and has none of the three flags.
        for (const auto& each : {
                 step(BPF_LD | BPF_B | BPF_ABS, data_offset_at),
                 step(BPF_ALU | BPF_AND | BPF_K, 0xf0),
                 step(BPF_ALU | BPF_RSH | BPF_K, 2),
                 step(BPF_MISC | BPF_TAX, 0),
                 step(BPF_LD | BPF_W | BPF_LEN, 0),
                 step(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 3),
                 step(BPF_LD | BPF_B | BPF_ABS, flags_at),
                 step(BPF_JMP | BPF_JSET | BPF_K, fin_syn_rst, 1, 0),
                 verdict(drop),
             }) {
            steps.push_back(each);
        }
    }
    if (loss.share > 0) {
        const auto below = static_cast<std::uint32_t>(std::min(loss.share * 0x1p32, 0x1p32 - 1));
        steps.push_back(step(BPF_LD | BPF_W | BPF_ABS, random_number));
        steps.push_back(step(BPF_JMP | BPF_JGE | BPF_K, below, 1, 0));
        steps.push_back(verdict(drop));
    }
    steps.push_back(verdict(keep));
    return steps;
}

Error not_allowed(int why) {
    if (why != EPERM && why != EACCES) {
        return unsupported("no packet filter on a TCP socket: {}", std::strerror(why));
    }
    return unsupported(
        "no packet filter on a TCP socket without CAP_NET_ADMIN. Run as root, inside `unshare "
        "-Urn`, or after `setcap cap_net_admin+ep` of the program; Docker: --cap-add NET_ADMIN");
}

}  // namespace

Result<void> filter_packets(int socket, const PacketLoss& loss) {
    if (loss.none()) {
        const int unused = 0;
        const int done = ::setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
        if (done != 0 && errno != ENOENT) return not_allowed(errno);  // ENOENT: it has none.
        return {};
    }
    auto steps = program(loss);
    const sock_fprog filter{static_cast<std::uint16_t>(steps.size()), steps.data()};
    if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
        return not_allowed(errno);
    }
    return {};
}

void ask_after_peer(int socket, bool on) {
    constexpr int idle_s = 5, between_s = 15, asked_most = 9;
    const auto set = [socket](int level, int name, int value) {
        ::setsockopt(socket, level, name, &value, sizeof value);
    };
    if (on) {
        set(IPPROTO_TCP, TCP_KEEPIDLE, idle_s);
        set(IPPROTO_TCP, TCP_KEEPINTVL, between_s);
        set(IPPROTO_TCP, TCP_KEEPCNT, asked_most);
    }
    set(SOL_SOCKET, SO_KEEPALIVE, on ? 1 : 0);
}

Result<void> may_filter_packets() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return not_allowed(errno);
    auto result = filter_packets(socket, {true, false, 0});
    ::close(socket);
    return result;
}

std::string remark_without_filters(const Error& why) {
    return fmt::format(
        "a black hole is one for bytes only: what is sent into it is held and acknowledged, and "
        "connections are accepted ({})",
        why.message);
}

std::uint32_t packets_dropped(int socket) {
    std::array<std::uint32_t, SK_MEMINFO_VARS> figures{};
    socklen_t size = sizeof figures;
    if (::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, figures.data(), &size) != 0) return 0;
    return figures[SK_MEMINFO_DROPS];
}

}  // namespace gameday::devices::proxy
