#include "harness/drivers/postgres/postgres_session.hpp"

#include <utility>

namespace gameday::drivers {

bool PostgresSession::start(const Request& request, Duration patience) {
    verb = request.verb;
    text_.clear();
    const Pattern& pattern = verb == Verb::read ? target_.plan.read : target_.plan.write;
    pattern.append_to(text_, request.key, request.value);
    if (link_ != nullptr) {
        send();
    } else {
        left_ = patience;
        knock();
    }
    return true;
}

void PostgresSession::knock() {
    const std::size_t places = target_.places.size() - place_;
    link_ = new PostgresLink(target_.io);
    link_->open(target_.places[place_].words,
                [this](const ServerAnswer& answer) { on_opened(answer); });
    if (places < 2) return;
    const Duration share = left_ / static_cast<Duration::rep>(places);
    left_ -= share;
    if (knocking_ == nullptr) knocking_ = std::make_unique<boost::asio::steady_timer>(target_.io);
    knocking_->expires_after(share);
    // The timer is gone before the session is: drop() ends it.
    knocking_->async_wait([self = SessionPointer(this)](const boost::system::error_code& error) {
        auto& session = static_cast<PostgresSession&>(*self);
        if (error || session.link_ == nullptr || session.link_->is_open()) return;
        ServerAnswer late;
        late.end = ServerAnswer::End::lost;
        late.message = "no answer in time";
        session.pass_over(late);
    });
}

void PostgresSession::pass_over(const ServerAnswer& answer) {
    if (place_ + 1 == target_.places.size()) {
        Reply reply;
        reply.cause = cause_of_refusal(answer.message);
        words_ = answer.message;
        reply.detail = words_;
        return end(reply, false);
    }
    link_->drop();
    ++place_;
    knock();
}

void PostgresSession::on_opened(const ServerAnswer& opened) {
    if (knocking_ != nullptr) knocking_->cancel();
    if (opened.end != ServerAnswer::End::done) return pass_over(opened);
    const PostgresPlan& plan = target_.plan;
    if (plan.asked_serves) served_by_ = target_.places[place_].node;
    if (plan.identity.empty()) return send();
    link_->query(plan.identity, [this](const ServerAnswer& answer) {
        if (answer.end != ServerAnswer::End::done) {
            Reply reply = read_server_answer(answer, {Verb::read, false}, words_);
            return end(reply, false);
        }
        const bool known = !answer.row.empty() && answer.row.front().text.has_value();
        if (known) served_by_ = target_.plan.servers.find(*answer.row.front().text);
        send();
    });
}

void PostgresSession::send() {
    sent_ = true;
    link_->query(text_, [this](const ServerAnswer& answer) {
        Reply reply = read_server_answer(answer, {verb, target_.foreign_values}, words_);
        reply.served_by = served_by_;
        if (const auto* column = answer.column("served_by"); column != nullptr && column->text) {
            reply.served_by = target_.plan.servers.find(*column->text);
        }
        end(reply, link_->is_idle());
    });
}

void PostgresSession::end(const Reply& reply, bool reusable) {
    sent_ = false;
    owner_.on_ended(*this, reply, reusable);
}

bool PostgresSession::drop() {
    if (knocking_ != nullptr) knocking_->cancel();
    if (link_ != nullptr) std::exchange(link_, nullptr)->drop();
    return sent_;
}

void PostgresStatusSession::start() {
    link_->open(words_, [this](const ServerAnswer& opened) {
        if (opened.end == ServerAnswer::End::done) {
            link_->query(question_.query, [this](const ServerAnswer& answer) {
                tell(read_status_answer(answer, question_.subject, detail_));
            });
            return;
        }
        NodeStatus status;
        status.cause = cause_of_refusal(opened.message);
        // Who refuses has answered: it is no good node, and its role is not known.
        if (status.cause == Cause::rejected) status.cause = Cause::none;
        detail_ = opened.message;
        status.detail = detail_;
        tell(status);
    });
}

void PostgresStatusSession::tell(const NodeStatus& status) { owner_.on_told(*this, status); }

}  // namespace gameday::drivers
