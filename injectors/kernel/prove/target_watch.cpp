#include "injectors/kernel/prove/target_watch.hpp"

#include "injectors/kernel/nft/attributes.hpp"

#include <fmt/format.h>

#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace gameday::kernel {

namespace {

constexpr int room = 4 << 20;  // for some thousand events between two looks

std::string_view name_in(const nlmsghdr* message) {
    return text_of(nlmsg_find_attr(const_cast<nlmsghdr*>(message), sizeof(ifinfomsg), IFLA_IFNAME));
}

}  // namespace

std::string end_of(const Namespace& where) {
    if (!where.gone()) return {};
    const Host& host = where.host();
    const auto what = host.kind == Host::Kind::pid
                          ? fmt::format("the process {} has ended", host.pid)
                          : fmt::format("the network namespace {} has gone", host.name);
    return what + " while the fault was in force";
}

Result<std::unique_ptr<TargetWatch>> TargetWatch::open(const Namespace& where) {
    std::unique_ptr<TargetWatch> watch(new TargetWatch(host_text(where.host())));
    auto begun = where.inside([&] { return watch->begin(); });
    if (!begun) return begun.error();
    return watch;
}

Result<void> TargetWatch::start_anew(const Namespace& where) {
    drain();
    change_.clear();
    return where.inside([this] { return begin(); });
}

// Listens first and lists then: what comes in between is told twice, not missed.
Result<void> TargetWatch::begin() {
    if (!socket_.is_open()) {
        socket_ = Descriptor(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
        if (::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0) {
            ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        }
        sockaddr_nl own{};
        own.nl_family = AF_NETLINK;
        own.nl_groups = RTMGRP_LINK;
        if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
            return failed("interfaces of {} cannot be watched: {}", host_, std::strerror(errno));
        }
    }
    struct if_nameindex* const all = ::if_nameindex();
    if (all == nullptr) {
        return failed("no list of interfaces: {}", std::strerror(errno));
    }
    known_.clear();
    for (const auto* each = all; each->if_index != 0; ++each) {
        if (std::string_view(each->if_name).starts_with(own_interface_prefix)) continue;
        known_.emplace(static_cast<int>(each->if_index), each->if_name);
    }
    ::if_freenameindex(all);
    return {};
}

std::vector<std::string> TargetWatch::interfaces() const {
    std::vector<std::string> names;
    for (const auto& [index, name] : known_) names.push_back(name);
    return names;
}

std::string TargetWatch::change(const Namespace& where) {
    drain();
    if (auto ended = end_of(where); !ended.empty()) note(std::move(ended));
    return change_;
}

void TargetWatch::drain() {
    std::array<std::uint8_t, 1 << 15> buffer;
    for (;;) {
        const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size > 0) {
            take(std::span(buffer).first(static_cast<std::size_t>(size)));
        } else if (size < 0 && errno == ENOBUFS) {
            note(fmt::format("the interfaces of {} changed too often to be followed", host_));
        } else if (size == 0 || errno != EINTR) {
            return;
        }
    }
}

void TargetWatch::take(std::span<const std::uint8_t> datagram) {
    int left = static_cast<int>(datagram.size());
    const auto* first = reinterpret_cast<const nlmsghdr*>(datagram.data());
    for (const auto* each = first; nlmsg_ok(each, left) != 0;
         each = nlmsg_next(const_cast<nlmsghdr*>(each), &left)) {
        const bool gone = each->nlmsg_type == RTM_DELLINK;
        if (!gone && each->nlmsg_type != RTM_NEWLINK) continue;
        const auto& link = *static_cast<const ifinfomsg*>(nlmsg_data(each));
        if (link.ifi_family != AF_UNSPEC) continue;  // a port of a bridge, which is told besides
        const auto name = name_in(each);
        const auto known = known_.find(link.ifi_index);
        if (known == known_.end()) {
            const bool own = name.starts_with(own_interface_prefix);
            if (gone || own || (link.ifi_flags & IFF_UP) == 0) continue;
            note(
                fmt::format("the interface {} appeared in {} while the fault was in force: its "
                            "packets were not touched",
                            name, host_));
        } else if (gone) {
            note(fmt::format("the interface {} of {} has gone while the fault was in force",
                             known->second, host_));
        } else if (name != known->second) {
            note(
                fmt::format("the interface {} of {} was renamed to {} while the fault was in "
                            "force: its packets may have passed untouched",
                            known->second, host_, name));
        }
    }
}

void TargetWatch::note(std::string change) {
    if (change_.empty()) change_ = std::move(change);
}

}  // namespace gameday::kernel
