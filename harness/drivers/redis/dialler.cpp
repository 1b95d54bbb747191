#include "harness/drivers/redis/dialler.hpp"

#include "harness/drivers/redis/told.hpp"

#include <boost/asio/ip/address.hpp>

#include <fmt/format.h>

#include <utility>

namespace gameday::drivers {
namespace {

using DiallerPointer = boost::intrusive_ptr<RedisDialler>;
using Step = RedisSetup::Step;

std::string_view command_name(Step step) {
    return step == Step::login ? "AUTH" : step == Step::database ? "SELECT" : "CLIENT INFO";
}

}  // namespace

void RedisDialler::dial(std::optional<std::size_t> place, Duration patience, Done done) {
    done_ = std::move(done);
    left_ = patience;
    tried_ = 0;
    peer_ = {};
    if (!place && !target_.sentinels.empty()) {
        stage_ = Stage::sentinel;
        first_ = target_.preferred;
        return ask_sentinel();
    }
    peer_.place = place.value_or(0);
    addresses_ = target_.places[*peer_.place].addresses;
    server_ = target_.places[*peer_.place].server;
    stage_ = Stage::server;
    reach();
}

// The server itself has a share of the patience, too.
void RedisDialler::ask_sentinel() {
    const auto& sentinels = target_.sentinels;
    if (tried_ == sentinels.size()) {
        return end(cause_, fmt::format("no sentinel tells the master: {}", why_));
    }
    const auto& sentinel = sentinels[(first_ + tried_) % sentinels.size()];
    knock(sentinel.address, sentinel.server, sentinels.size() - tried_ + 1);
}

void RedisDialler::question_sentinel() {
    const RedisPlan& plan = target_.plan;
    const std::size_t answers = plan.sentinel_login ? 2 : 1;
    if (!peer_.link->exchange(plan.ask_sentinel, answers, [this] { on_master(); })) {
        go_on(Cause::reset, "closed");
    }
}

void RedisDialler::on_master() {
    const RedisLink& link = *peer_.link;
    const auto replies = link.replies();
    if (target_.plan.sentinel_login && !replies.empty() && replies[0].is_error()) {
        return go_on(Cause::rejected, fmt::format("AUTH: {}", replies[0].text()));
    }
    if (link.cause() != Cause::none) return go_on(link.cause(), link.detail());
    const auto master = read_master(replies.back());
    if (!master) return go_on(Cause::rejected, master.error().message);
    const auto name = master->text();
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(master->address, error);
    const auto place = find_place(target_, name);
    if (!place && error) {
        return go_on(Cause::rejected, fmt::format("{} is no node and no address", name));
    }
    target_.preferred = (first_ + tried_) % target_.sentinels.size();
    ++knock_;
    timer_.cancel();
    peer_.link->drop();
    peer_.place = place;
    stranger_ = Address(address, master->port);
    addresses_ = place ? std::span<const Address>(target_.places[*place].addresses)
                       : std::span<const Address>(&stranger_, 1);
    server_ = place ? target_.places[*place].server : master->address;
    stage_ = Stage::server;
    tried_ = 0;
    reach();
}

void RedisDialler::reach() {
    if (tried_ == addresses_.size()) return end(cause_, why_);
    knock(addresses_[tried_], server_, addresses_.size() - tried_);
}

void RedisDialler::knock(const Address& address, const std::string& server, std::size_t shares) {
    const std::uint32_t number = ++knock_;
    timer_.cancel();
    peer_.link = new RedisLink(target_.io, {target_.tls, server});
    // A link that is dropped tells nothing, and the next knock drops this one.
    peer_.link->open(address, [this] { on_knocked(); });
    if (shares < 2) return;
    const Duration share = left_ / static_cast<Duration::rep>(shares);
    left_ -= share;
    timer_.expires_after(share);
    timer_.async_wait(
        [self = DiallerPointer(this), number](const boost::system::error_code& error) {
            if (error || self->done_ == nullptr || self->knock_ != number) return;
            self->go_on(Cause::timed_out, "no answer in time");
        });
}

void RedisDialler::on_knocked() {
    if (peer_.link->cause() != Cause::none) {
        return go_on(peer_.link->cause(), peer_.link->detail());
    }
    // A sentinel's share is for its answer as well.
    if (stage_ == Stage::sentinel) return question_sentinel();
    ++knock_;
    timer_.cancel();
    on_connected();
}

void RedisDialler::go_on(Cause cause, const std::string& why) {
    cause_ = cause;
    why_ = stage_ == Stage::server
               ? why
               : fmt::format("{}: {}",
                             target_.sentinels[(first_ + tried_) % target_.sentinels.size()].name,
                             why);
    peer_.link->drop();
    ++tried_;
    if (stage_ == Stage::sentinel) {
        ask_sentinel();
    } else {
        reach();
    }
}

void RedisDialler::on_connected() {
    const RedisPlan& plan = target_.plan;
    if (plan.served_by == RedisPlan::ServedBy::connection) {
        peer_.served_by = peer_.place ? target_.places[*peer_.place].node : unrecognised_node;
    }
    if (plan.setup.steps.empty()) return end(Cause::none);
    if (!peer_.link->exchange(plan.setup.bytes, plan.setup.steps.size(), [this] { on_set_up(); })) {
        end(Cause::reset, "closed");
    }
}

void RedisDialler::on_set_up() {
    const RedisLink& link = *peer_.link;
    if (link.cause() != Cause::none) {
        // Whoever has no room for us says so, and closes.
        const bool says_why = !link.replies().empty() && link.replies()[0].is_error();
        if (says_why) return end(Cause::rejected, std::string(link.replies()[0].text()));
        return end(link.cause(), link.detail());
    }
    const auto& steps = target_.plan.setup.steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const RedisReply& reply = link.replies()[i];
        if (steps[i] == Step::role) {
            peer_.refusal = role_refusal(reply);
        } else if (steps[i] == Step::address) {
            peer_.served_by = target_.plan.servers.find(own_address(reply));
        } else if (steps[i] != Step::replica_reads && reply.is_error()) {
            return end(Cause::rejected,
                       fmt::format("{}: {}", command_name(steps[i]), reply.text()));
        }
    }
    end(Cause::none);
}

void RedisDialler::end(Cause cause, std::string detail) {
    ++knock_;
    timer_.cancel();
    if (cause != Cause::none && peer_.link != nullptr) peer_.link->drop();
    const Done done = std::exchange(done_, nullptr);
    done({cause, std::move(detail), std::exchange(peer_, {})});
}

void RedisDialler::drop() {
    done_ = nullptr;
    ++knock_;
    timer_.cancel();
    if (peer_.link != nullptr) peer_.link->drop();
}

}  // namespace gameday::drivers
