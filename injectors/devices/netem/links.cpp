#include "injectors/devices/netem/links.hpp"

#include "injectors/kernel/nft/attributes.hpp"

#include <fmt/format.h>

#include <net/if.h>
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>

namespace gameday::devices::netem {

using kernel::Attributes;
using kernel::Netlink;

Bytes add_ifb(std::string_view name, std::string_view alias, std::uint32_t sequence) {
    Attributes made;
    made.text(IFLA_IFNAME, name);
    made.nest(IFLA_LINKINFO, [](Attributes& info) { info.text(IFLA_INFO_KIND, "ifb"); });
    Bytes both = route_message(RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sequence,
                               bytes_of(ifinfomsg{}), made.take());
    ifinfomsg up{};
    up.ifi_flags = up.ifi_change = IFF_UP;
    Attributes named;
    named.text(IFLA_IFNAME, name);
    named.text(IFLA_IFALIAS, alias);
    const Bytes second =
        route_message(RTM_SETLINK, NLM_F_ACK, sequence + 1, bytes_of(up), named.take());
    both.insert(both.end(), second.begin(), second.end());
    return both;
}

Bytes delete_link(int index, std::uint32_t sequence) {
    ifinfomsg which{};
    which.ifi_index = index;
    return route_message(RTM_DELLINK, NLM_F_ACK, sequence, bytes_of(which), {});
}

Bytes dump_links(std::uint32_t sequence) {
    return route_message(RTM_GETLINK, NLM_F_DUMP, sequence, bytes_of(ifinfomsg{}), {});
}

std::optional<Link> read_link(View message) {
    const auto fixed = fixed_of<ifinfomsg>(message);
    if (!fixed || type_of(message) != RTM_NEWLINK) return std::nullopt;
    const auto attributes = attributes_of(message, sizeof(ifinfomsg));
    Link link;
    link.index = fixed->ifi_index;
    link.flags = fixed->ifi_flags;
    link.name = text_in(attributes, IFLA_IFNAME);
    link.alias = text_in(attributes, IFLA_IFALIAS);
    if (const auto mtu = attributes.find(IFLA_MTU); mtu != attributes.end()) {
        link.mtu = plain_of<std::uint32_t>(mtu->second);
    }
    if (const auto info = attributes.find(IFLA_LINKINFO); info != attributes.end()) {
        link.kind = text_in(attributes_in(info->second), IFLA_INFO_KIND);
    }
    return link;
}

std::string ifb_name(std::string_view tag, std::uint32_t count) {
    return fmt::format("{}{}{}", kernel::own_interface_prefix, tag, count % 10'000'000U);
}

std::string alias_start(std::string_view run_dir) {
    // An alias holds 255 characters; the end of a path says more than its beginning.
    constexpr std::size_t most = 180;
    if (run_dir.size() > most) run_dir.remove_prefix(run_dir.size() - most);
    return fmt::format("gameday {} faults", run_dir);
}

bool is_ours(const Link& link, std::string_view run_dir) {
    return link.kind == "ifb" && link.alias.starts_with(alias_start(run_dir) + " ");
}

Result<std::vector<Link>> links(Netlink& route) {
    auto answers = route.dump(dump_links(route.next_sequence(1)));
    if (!answers) return std::move(answers.error()).within("listing interfaces");
    std::vector<Link> found;
    for (const auto& answer : *answers) {
        if (auto link = read_link(answer)) found.push_back(std::move(*link));
    }
    return found;
}

Result<Link> create_ifb(Netlink& route, const std::string& name, const std::string& alias) {
    const auto sequence = route.next_sequence(add_ifb_messages);
    auto made = route.send(add_ifb(name, alias, sequence), add_ifb_messages);
    const int error = route.error_number();
    auto all = links(route);
    if (!all) return all.error();
    const auto found = std::ranges::find(*all, name, &Link::name);
    if (made && found != all->end()) return *found;
    if (made) return failed("interface {} is gone again", name);
    if (error == EEXIST && found != all->end()) {
        return refused(
            "there is an interface {} already (kind \"{}\", alias \"{}\"): it is not "
            "touched, delete it if nobody needs it",
            name, found->kind, found->alias);
    }
    auto failure = std::move(made.error()).within(fmt::format("making the ifb {}", name));
    if (error == EOPNOTSUPP) {
        failure.message +=
            ": this kernel lacks ifb. Debian and Ubuntu: `modprobe ifb`, with "
            "linux-modules-extra-$(uname -r) installed; Fedora and RHEL: kernel-modules-extra; "
            "elsewhere use the device nfqueue or proxy";
    }
    return failure;
}

Result<void> delete_ours(Netlink& route, std::string_view run_dir,
                         const std::vector<std::string>& keep) {
    auto all = links(route);
    if (!all) return all.error();
    Result<void> first;
    for (const auto& link : *all) {
        const bool kept = std::ranges::find(keep, link.name) != keep.end();
        if (kept || !is_ours(link, run_dir)) continue;
        auto deleted = route.send(delete_link(link.index, route.next_sequence(1)), 1);
        const bool gone = !deleted && route.error_number() == ENODEV;
        if (deleted || gone || !first) continue;
        first = std::move(deleted.error()).within("deleting the interface " + link.name);
    }
    return first;
}

}  // namespace gameday::devices::netem
