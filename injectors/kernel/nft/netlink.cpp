#include "injectors/kernel/nft/netlink.hpp"

#include "injectors/kernel/nft/attributes.hpp"

#include <fmt/format.h>

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gameday::kernel {

namespace {

constexpr int answer_timeout_s = 10;

// The kernel's words in an error message; "" when it has none.
std::string extended_words(const nlmsghdr* header) {
    if ((header->nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
    const auto* error = static_cast<const nlmsgerr*>(nlmsg_data(header));
    std::size_t skip = sizeof *error;
    if ((header->nlmsg_flags & NLM_F_CAPPED) == 0) {
        skip += NLMSG_ALIGN(error->msg.nlmsg_len) - sizeof(nlmsghdr);
    }
    const auto whole = static_cast<std::size_t>(nlmsg_datalen(header));
    if (skip >= whole) return {};
    auto* first = reinterpret_cast<nlattr*>(static_cast<char*>(nlmsg_data(header)) + skip);
    return std::string(text_of(nla_find(first, static_cast<int>(whole - skip), NLMSGERR_ATTR_MSG)));
}

Error error_of(int number, const std::string& words) {
    const auto code = number == EPERM || number == EACCES                 ? ErrorCode::refused
                      : number == EOPNOTSUPP || number == EPROTONOSUPPORT ? ErrorCode::unsupported
                                                                          : ErrorCode::failed;
    std::string text = fmt::format("{} ({})", strerrorname_np(number), std::strerror(number));
    if (!words.empty()) text += ": " + words;
    return {code, "the kernel says " + text};
}

}  // namespace

Result<Netlink> Netlink::open(const Namespace& where, int protocol) {
    nl_sock* socket = nl_socket_alloc();
    if (socket == nullptr) return failed("no memory for a netlink socket");
    Netlink made(socket);
    auto opened = where.inside([&]() -> Result<void> {
        const int error = nl_connect(socket, protocol);
        if (error == 0) return {};
        return unsupported("no netlink socket of protocol {}: {}", protocol, nl_geterror(error));
    });
    if (!opened) return opened.error();
    const int on = 1;
    const int fd = nl_socket_get_fd(socket);
    ::setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    ::setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    const timeval patience{answer_timeout_s, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    nl_socket_set_buffer_size(socket, 1 << 20, 1 << 20);
    return made;
}

Netlink::Netlink(Netlink&& other) noexcept
    : socket_(std::exchange(other.socket_, nullptr)),
      buffer_(std::move(other.buffer_)),
      sequence_(other.sequence_) {}

Netlink& Netlink::operator=(Netlink&& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(buffer_, other.buffer_);
    std::swap(sequence_, other.sequence_);
    return *this;
}

Netlink::~Netlink() {
    if (socket_ != nullptr) nl_socket_free(socket_);
}

int Netlink::descriptor() const { return nl_socket_get_fd(socket_); }

std::uint32_t Netlink::next_sequence(std::uint32_t count) {
    return std::exchange(sequence_, sequence_ + count);
}

Result<void> Netlink::write(const Bytes& messages) {
    error_number_ = 0;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    const auto sent = ::sendto(descriptor(), messages.data(), messages.size(), 0,
                               reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
    if (sent == static_cast<ssize_t>(messages.size())) return {};
    error_number_ = errno;
    return error_of(errno, "");
}

// One datagram of answers, cut into messages.
Result<std::vector<Netlink::Bytes>> Netlink::read() {
    const auto size = ::recv(descriptor(), buffer_.data(), buffer_.size(), MSG_TRUNC);
    if (size < 0 && errno == EAGAIN) {
        return timed_out("the kernel has not answered within {} s", answer_timeout_s);
    }
    if (size < 0) return error_of(errno, "");
    if (static_cast<std::size_t>(size) > buffer_.size()) {
        return failed("an answer of {} bytes is too long", size);
    }
    std::vector<Bytes> messages;
    int left = static_cast<int>(size);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(header, left) != 0;
         header = nlmsg_next(header, &left)) {
        const auto* begin = reinterpret_cast<const std::uint8_t*>(header);
        messages.emplace_back(begin, begin + header->nlmsg_len);
    }
    return messages;
}

Result<void> Netlink::refusal_of(const Bytes& message) {
    const auto* header = reinterpret_cast<const nlmsghdr*>(message.data());
    const int number = -static_cast<const nlmsgerr*>(nlmsg_data(header))->error;
    if (number == 0) return {};
    error_number_ = number;
    return error_of(number, extended_words(header));
}

Result<void> Netlink::send(const Bytes& messages, std::uint32_t acknowledgements) {
    if (auto written = write(messages); !written) return written.error();
    Result<void> first;
    // A transaction that fails is answered by its errors alone, in one piece.
    while (acknowledgements > 0 && first) {
        auto answers = read();
        if (!answers) return answers.error();
        for (const auto& answer : *answers) {
            if (reinterpret_cast<const nlmsghdr*>(answer.data())->nlmsg_type != NLMSG_ERROR) {
                continue;
            }
            auto refused = refusal_of(answer);
            if (!refused && first) first = refused.error();
            if (refused) --acknowledgements;
        }
    }
    if (!first) drop_answers();
    return first;
}

// Further errors of a failed transaction: they must not be taken for answers to what comes next.
void Netlink::drop_answers() {
    while (::recv(descriptor(), buffer_.data(), buffer_.size(), MSG_DONTWAIT) > 0) {
    }
}

Result<std::vector<Netlink::Bytes>> Netlink::dump(const Bytes& request) {
    if (auto written = write(request); !written) return written.error();
    std::vector<Bytes> result;
    for (;;) {
        auto answers = read();
        if (!answers) return answers.error();
        for (auto& answer : *answers) {
            const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
            if (header->nlmsg_type == NLMSG_DONE) return result;
            if (header->nlmsg_type == NLMSG_ERROR) {
                auto refused = refusal_of(answer);
                if (!refused) return refused.error();
                return result;
            }
            result.push_back(std::move(answer));
        }
    }
}

Result<Netlink::Bytes> Netlink::ask(const Bytes& request) {
    if (auto written = write(request); !written) return written.error();
    auto answers = read();
    if (!answers) return answers.error();
    if (answers->empty()) return failed("the kernel's answer is empty");
    auto& answer = answers->front();
    if (reinterpret_cast<const nlmsghdr*>(answer.data())->nlmsg_type == NLMSG_ERROR) {
        auto refused = refusal_of(answer);
        if (!refused) return refused.error();
    }
    return std::move(answer);
}

}  // namespace gameday::kernel
