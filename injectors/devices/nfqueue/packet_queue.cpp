#include "injectors/devices/nfqueue/packet_queue.hpp"

#include "injectors/devices/nfqueue/packet.hpp"
#include "injectors/kernel/nft/attributes.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

namespace gameday::devices::nfqueue {

namespace {

constexpr std::size_t datagrams_at_once = 32;
constexpr std::size_t head_slot = 1024;         // head_bytes and what the kernel says beside
constexpr std::size_t whole_slot = 68 * 1024;   // the longest packet of IP and the same
constexpr std::size_t verdicts_at_once = 4096;  // bytes
// High, and another one for every process: a rule of somebody else who waits for his own program
// with a low number shall not find us.
constexpr std::uint16_t first_number = 0x6400;
constexpr std::uint16_t numbers = 0x1000;
constexpr int attempts = 64;
constexpr int receive_buffer = 32 << 20;

constexpr std::uint16_t type_of(std::uint16_t message) {
    return static_cast<std::uint16_t>((NFNL_SUBSYS_QUEUE << 8) | message);
}

template <class T>
T load(const std::uint8_t* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

void append(std::vector<std::uint8_t>& to, const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    to.insert(to.end(), bytes, bytes + size);
    to.resize(NLMSG_ALIGN(to.size()));
}

void enlarge_buffer(int descriptor) {
    // By force needs CAP_NET_ADMIN of the first user namespace; else as far as rmem_max allows.
    if (::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer,
                     sizeof receive_buffer) == 0) {
        return;
    }
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
}

}  // namespace

PacketQueue::PacketQueue(kernel::Netlink socket, bool whole)
    : socket_(std::move(socket)),
      slot_bytes_(whole ? whole_slot : head_slot),
      slots_(slot_bytes_ * datagrams_at_once) {}

Result<PacketQueue> PacketQueue::open(const kernel::Namespace& where, bool whole) {
    auto socket = kernel::Netlink::open(where, NETLINK_NETFILTER);
    if (!socket) return socket.error();
    PacketQueue queue(std::move(*socket), whole);
    enlarge_buffer(queue.descriptor());
    Result<void> bound;
    for (int i = 0; i < attempts; ++i) {
        const int number = (::getpid() * 7 + i) % numbers;
        bound = queue.bind(static_cast<std::uint16_t>(first_number + number), whole);
        if (bound) return queue;
        // A number that is taken is refused like a caller without privilege, so try some.
        const int error = queue.socket_.error_number();
        if (error != EPERM && error != EBUSY) break;
    }
    Error why = std::move(bound.error()).within("no queue of NFQUEUE can be taken");
    if (queue.socket_.error_number() == EINVAL || queue.socket_.error_number() == EOPNOTSUPP) {
        why.code = ErrorCode::unsupported;
        why.message +=
            "; it needs a kernel with CONFIG_NETFILTER_NETLINK_QUEUE (on Debian: "
            "modprobe nfnetlink_queue)";
    }
    return why;
}

Result<void> PacketQueue::bind(std::uint16_t number, bool whole) {
    number_ = number;
    const nfqnl_msg_config_cmd command{NFQNL_CFG_CMD_BIND, 0, 0};
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&command);
    if (auto done = configure(NFQA_CFG_CMD, {bytes, bytes + sizeof command}); !done) return done;
    nfqnl_msg_config_params copy{};
    copy.copy_mode = NFQNL_COPY_PACKET;
    copy.copy_range = htonl(whole ? 0xffff : static_cast<std::uint32_t>(head_bytes));
    bytes = reinterpret_cast<const std::uint8_t*>(&copy);
    if (auto done = configure(NFQA_CFG_PARAMS, {bytes, bytes + sizeof copy}); !done) return done;
    const std::uint32_t length = htonl(longest);
    bytes = reinterpret_cast<const std::uint8_t*>(&length);
    return configure(NFQA_CFG_QUEUE_MAXLEN, {bytes, bytes + sizeof length});
}

Result<void> PacketQueue::configure(int type, const std::vector<std::uint8_t>& value) {
    kernel::Attributes attributes;
    attributes.bytes(type, value);
    return socket_.send(
        kernel::message(type_of(NFQNL_MSG_CONFIG), NLM_F_REQUEST | NLM_F_ACK,
                        socket_.next_sequence(1), AF_UNSPEC, number_, attributes.take()),
        1);
}

bool PacketQueue::read(const std::function<void(const Waiting&)>& each) {
    std::array<iovec, datagrams_at_once> places{};
    std::array<mmsghdr, datagrams_at_once> datagrams{};
    for (std::size_t i = 0; i < datagrams_at_once; ++i) {
        places[i] = {slots_.data() + i * slot_bytes_, slot_bytes_};
        datagrams[i].msg_hdr.msg_iov = &places[i];
        datagrams[i].msg_hdr.msg_iovlen = 1;
    }
    const int count =
        ::recvmmsg(descriptor(), datagrams.data(), datagrams_at_once, MSG_DONTWAIT, nullptr);
    // ENOBUFS says that datagrams were lost (see overflow_of); there may be more behind them.
    if (count < 0) return errno == ENOBUFS || errno == EINTR;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        const std::size_t length = std::min<std::size_t>(datagrams[i].msg_len, slot_bytes_);
        take({slots_.data() + i * slot_bytes_, length}, each);
    }
    return count > 0;
}

void PacketQueue::take(std::span<const std::uint8_t> datagram,
                       const std::function<void(const Waiting&)>& each) {
    constexpr std::size_t first_attribute = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nfgenmsg));
    if (datagram.size() < first_attribute) return;
    const auto header = load<nlmsghdr>(datagram.data());
    if (header.nlmsg_type == NLMSG_ERROR) ++vanished_;
    if (header.nlmsg_type != type_of(NFQNL_MSG_PACKET)) return;
    Waiting waiting;
    bool known = false;
    const std::size_t end = std::min<std::size_t>(header.nlmsg_len, datagram.size());
    for (std::size_t at = first_attribute; at + sizeof(nlattr) <= end;) {
        const auto attribute = load<nlattr>(datagram.data() + at);
        if (attribute.nla_len < sizeof(nlattr) || at + attribute.nla_len > end) break;
        const auto value =
            datagram.subspan(at + sizeof(nlattr), attribute.nla_len - sizeof(nlattr));
        const int type = attribute.nla_type & NLA_TYPE_MASK;
        if (type == NFQA_PACKET_HDR && value.size() >= sizeof(nfqnl_msg_packet_hdr)) {
            const auto packet = load<nfqnl_msg_packet_hdr>(value.data());
            waiting.number = ntohl(packet.packet_id);
            const bool arrives = packet.hook == NF_INET_PRE_ROUTING;
            waiting.side = arrives ? kernel::Side::ingress : kernel::Side::egress;
            known = true;
        } else if (type == NFQA_IFINDEX_OUTDEV && value.size() >= sizeof(std::uint32_t)) {
            waiting.device = ntohl(load<std::uint32_t>(value.data()));
        } else if (type == NFQA_PAYLOAD) {
            waiting.bytes = value;
        }
        at += NLMSG_ALIGN(attribute.nla_len);
    }
    if (known) each(waiting);
}

void PacketQueue::pass(std::uint32_t number, std::span<const std::uint8_t> changed) {
    decide(number, NF_ACCEPT, changed);
}

void PacketQueue::drop(std::uint32_t number) { decide(number, NF_DROP, {}); }

void PacketQueue::decide(std::uint32_t number, std::uint32_t verdict,
                         std::span<const std::uint8_t> bytes) {
    const std::size_t start = verdicts_.size();
    nlmsghdr header{};
    header.nlmsg_type = type_of(NFQNL_MSG_VERDICT);
    header.nlmsg_flags = NLM_F_REQUEST;
    append(verdicts_, &header, sizeof header);
    const nfgenmsg generic{AF_UNSPEC, NFNETLINK_V0, htons(number_)};
    append(verdicts_, &generic, sizeof generic);
    const auto attribute = [this](std::uint16_t type, const void* data, std::size_t size) {
        const nlattr head{static_cast<std::uint16_t>(sizeof(nlattr) + size), type};
        append(verdicts_, &head, sizeof head);
        append(verdicts_, data, size);
    };
    const nfqnl_msg_verdict_hdr decision{htonl(verdict), htonl(number)};
    attribute(NFQA_VERDICT_HDR, &decision, sizeof decision);
    if (!bytes.empty()) attribute(NFQA_PAYLOAD, bytes.data(), bytes.size());
    const auto length = static_cast<std::uint32_t>(verdicts_.size() - start);
    std::memcpy(verdicts_.data() + start, &length, sizeof length);
    if (verdicts_.size() >= verdicts_at_once) flush();
}

void PacketQueue::flush() {
    if (verdicts_.empty()) return;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    ssize_t sent = 0;
    do {
        sent = ::sendto(descriptor(), verdicts_.data(), verdicts_.size(), 0,
                        reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
    } while (sent < 0 && errno == EINTR);
    verdicts_.clear();
}

std::int64_t overflow_of(const kernel::Namespace& where, std::uint16_t number) {
    std::int64_t lost = -1;
    const auto read = where.inside([&]() -> Result<void> {
        std::ifstream file("/proc/thread-self/net/netfilter/nfnetlink_queue");
        for (std::string line; std::getline(file, line);) {
            std::istringstream fields(line);
            std::int64_t queue = 0, socket = 0, waiting = 0, mode = 0, range = 0, full = 0,
                         deaf = 0;
            fields >> queue >> socket >> waiting >> mode >> range >> full >> deaf;
            if (fields && queue == number) lost = full + deaf;
        }
        return {};
    });
    return read ? lost : -1;
}

}  // namespace gameday::devices::nfqueue
