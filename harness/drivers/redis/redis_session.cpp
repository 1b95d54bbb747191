#include "harness/drivers/redis/redis_session.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::drivers {
namespace {

constexpr int redirects_max = 5;

const std::string& asking_bytes() {
    static const std::string bytes = command_bytes({"ASKING"});
    return bytes;
}

const std::string& role_bytes() {
    static const std::string bytes = command_bytes({"ROLE"});
    return bytes;
}

}  // namespace

bool RedisSession::start(const Request& request, Duration patience) {
    verb = request.verb;
    patience_ = patience;
    followed_ = 0;
    asking_ = 0;
    at_ = 0;
    const RedisPlan& plan = target_.plan;
    bytes_.clear();
    answers_ = 1;
    (verb == Verb::read ? plan.read : plan.write).append_to(bytes_, request.key, request.value);
    if (verb == Verb::write && plan.replicas > 0) {
        bytes_ += plan.wait;
        ++answers_;
    }
    if (!peers_.empty()) return approach();
    dial(std::nullopt);
    return true;
}

void RedisSession::dial(std::optional<std::size_t> place) {
    if (dialler_ == nullptr) dialler_ = new RedisDialler(target_);
    dialler_->dial(place, patience_,
                   [this](RedisDialler::Dialled dialled) { on_dialled(std::move(dialled)); });
}

void RedisSession::on_dialled(RedisDialler::Dialled dialled) {
    if (dialled.cause != Cause::none) return end_lost(dialled.cause, std::move(dialled.detail));
    at_ = peers_.size();
    peers_.push_back(std::move(dialled.peer));
    if (forbids_write()) return refuse(peer().refusal, target_.sentinels.empty());
    send_fresh();
}

bool RedisSession::forbids_write() const {
    return verb == Verb::write && target_.plan.check_role && !peers_[at_].refusal.empty();
}

// Who was no master when it was asked last may be one by now.
bool RedisSession::approach() {
    if (!forbids_write()) return send();
    return peer().link->exchange(role_bytes(), 1, [this] { on_role(); });
}

void RedisSession::on_role() {
    const RedisLink& link = *peer().link;
    if (link.cause() != Cause::none) return end_lost(link.cause(), link.detail());
    peer().refusal = role_refusal(link.replies()[0]);
    if (forbids_write()) return refuse(peer().refusal, target_.sentinels.empty());
    send_fresh();
}

bool RedisSession::send() {
    sent_ = peer().link->exchange(bytes_, answers_, [this] { on_answered(); });
    return sent_;
}

void RedisSession::send_fresh() {
    if (!send()) end_lost(Cause::reset, "closed");
}

RedisAsked RedisSession::asked() const {
    return {verb, target_.foreign_values, target_.plan.manner, target_.plan.replicas};
}

void RedisSession::on_answered() {
    const RedisLink& link = *peer().link;
    const auto replies = link.replies();
    const bool is_whole = link.cause() == Cause::none;
    if (replies.size() <= asking_) return end_lost(link.cause(), link.detail());
    const RedisReply& first = replies[asking_];
    // What a refused write has behind it does not matter.
    const bool is_refused = verb == Verb::write && is_refusal(first, asked());
    if (!is_whole && !is_refused) return end_lost(link.cause(), link.detail());
    if (is_whole && target_.plan.cluster && follow(first)) return;
    Reply reply = read_redis(replies.subspan(asking_), asked(), words_);
    reply.served_by = peer().served_by;
    bool reusable = is_whole;
    if (is_about_server(first)) {
        // The next write asks for the role anew, and with sentinels the next operation for the
        // master.
        if (target_.plan.check_role) peer().refusal = first.text();
        reusable = reusable && target_.sentinels.empty();
    }
    end(reply, reusable);
}

// Goes on where the answer leads to. A redirect says for certain that nothing was done.
bool RedisSession::follow(const RedisReply& reply) {
    auto redirect = read_redis_redirect(reply);
    if (!redirect) return false;
    sent_ = false;
    const std::string text(reply.text());
    if (followed_++ == redirects_max) {
        refuse(fmt::format("{}, one redirect too many", text), true);
        return true;
    }
    if (redirect->address.empty() && peer().place) {
        const auto own = parse_endpoint(target_.places[*peer().place].names.front());
        if (own) redirect->address = own->address;
    }
    const auto place = find_place(target_, Endpoint{redirect->address, redirect->port}.text());
    if (!place) {
        refuse(fmt::format("{}, where no node is", text), true);
        return true;
    }
    const std::size_t asking = redirect->asking ? 1 : 0;
    if (asking > asking_) bytes_.insert(0, asking_bytes());
    if (asking < asking_) bytes_.erase(0, asking_bytes().size());
    answers_ = answers_ - asking_ + asking;
    asking_ = asking;
    for (at_ = 0; at_ < peers_.size(); ++at_) {
        if (peers_[at_].place != place) continue;
        if (!peer().link->is_stale() && approach()) return true;
        // The first one is where each operation begins.
        if (at_ == 0) {
            end_lost(Cause::reset, "closed");
            return true;
        }
        peer().link->drop();
        peers_.erase(peers_.begin() + static_cast<std::ptrdiff_t>(at_));
        break;
    }
    dial(place);
    return true;
}

// Of an operation that was certainly not done.
void RedisSession::refuse(std::string why, bool reusable) {
    words_ = std::move(why);
    Reply reply;
    reply.cause = Cause::rejected;
    reply.detail = words_;
    if (at_ < peers_.size()) reply.served_by = peer().served_by;
    end(reply, reusable);
}

void RedisSession::end_lost(Cause cause, std::string why) {
    words_ = std::move(why);
    Reply reply;
    reply.outcome = sent_ && verb == Verb::write ? Outcome::unknown : Outcome::failed;
    reply.cause = cause;
    reply.detail = words_;
    end(reply, false);
}

void RedisSession::end(const Reply& reply, bool reusable) {
    sent_ = false;
    owner_.on_ended(*this, reply, reusable);
}

bool RedisSession::drop() {
    bool in_doubt = std::exchange(sent_, false);
    if (in_doubt && verb == Verb::write) {
        // Refused, and what is missing is the answer to WAIT.
        const auto replies = peer().link->replies();
        in_doubt = replies.size() <= asking_ || !is_refusal(replies[asking_], asked());
    }
    if (dialler_ != nullptr) dialler_->drop();
    for (auto& each : peers_) each.link->drop();
    return in_doubt;
}

void RedisStatusSession::start(Duration patience) {
    left_ = patience;
    knock();
}

void RedisStatusSession::knock() {
    link_ = new RedisLink(target_->io, target_->tls);
    link_->open(target_->addresses[tried_], [this] { on_knocked(); });
    const std::size_t addresses = target_->addresses.size() - tried_;
    if (addresses < 2) return;
    const Duration share = left_ / static_cast<Duration::rep>(addresses);
    left_ -= share;
    timer_.expires_after(share);
    timer_.async_wait([self = StatusSessionPointer(this), this,
                       tried = tried_](const boost::system::error_code& error) {
        if (error || link_ == nullptr || is_connected_ || tried_ != tried) return;
        pass_over();
    });
}

void RedisStatusSession::pass_over() {
    timer_.cancel();
    link_->drop();
    ++tried_;
    knock();
}

void RedisStatusSession::on_knocked() {
    if (link_->cause() != Cause::none) {
        if (tried_ + 1 == target_->addresses.size()) return on_answered();
        return pass_over();
    }
    is_connected_ = true;
    timer_.cancel();
    const RedisQuestion& question = target_->question;
    if (link_->exchange(question.bytes, question.names.size(), [this] { on_answered(); })) return;
    NodeStatus status;
    status.cause = Cause::reset;
    tell(status);
}

void RedisStatusSession::on_answered() {
    if (link_->cause() == Cause::none) {
        return tell(read_redis_status(link_->replies(), target_->question, words_));
    }
    NodeStatus status;
    status.cause = link_->cause();
    words_ = link_->detail();
    status.detail = words_;
    tell(status);
}

void RedisStatusSession::tell(NodeStatus status) { owner_.on_told(*this, status); }

void RedisStatusSession::drop() {
    timer_.cancel();
    if (link_ != nullptr) std::exchange(link_, nullptr)->drop();
}

}  // namespace gameday::drivers
