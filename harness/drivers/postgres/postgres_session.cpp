#include "harness/drivers/postgres/postgres_session.hpp"

namespace gameday::drivers {

bool PostgresSession::start(const Request& request, Duration patience) {
    verb = request.verb;
    text_.clear();
    const Pattern& pattern = verb == Verb::read ? target_.plan.read : target_.plan.write;
    pattern.append_to(text_, request.key, request.value);
    if (dialled_) {
        send();
    } else {
        dialler_->dial(patience, [this](const ServerAnswer& answer) { on_opened(answer); });
    }
    return true;
}

void PostgresSession::on_opened(const ServerAnswer& opened) {
    if (opened.end != ServerAnswer::End::done) {
        Reply reply;
        reply.cause = cause_of_refusal(opened.message);
        words_ = opened.message;
        reply.detail = words_;
        return end(reply, false);
    }
    dialled_ = true;
    dialler_->link().query(target_.plan.identity,
                           [this](const ServerAnswer& answer) { on_identity(answer); });
}

void PostgresSession::on_identity(const ServerAnswer& answer) {
    if (answer.end != ServerAnswer::End::done) {
        Reply reply = read_server_answer(answer, {}, words_);
        if (answer.end == ServerAnswer::End::error) {
            words_ += "; who serves cannot be asked, write \"served_by\": \"connection\"";
            reply.detail = words_;
        }
        return end(reply, false);
    }
    const bool known = !answer.row.empty() && answer.row.front().text.has_value();
    if (target_.plan.asked_serves) served_by_ = dialler_->place().node;
    if (known) served_by_ = target_.plan.servers.find(*answer.row.front().text);
    send();
}

void PostgresSession::send() {
    sent_ = true;
    dialler_->link().query(text_, [this](const ServerAnswer& answer) {
        const AnswerContext asked{verb, target_.foreign_values,
                                  verb == Verb::write && target_.plan.commits_within};
        Reply reply = read_server_answer(answer, asked, words_);
        reply.served_by = served_by_;
        if (const auto* column = answer.column("served_by"); column != nullptr && column->text) {
            reply.served_by = target_.plan.servers.find(*column->text);
        }
        end(reply, dialler_->link().is_idle());
    });
}

void PostgresSession::end(const Reply& reply, bool reusable) {
    sent_ = false;
    owner_.on_ended(*this, reply, reusable);
}

bool PostgresSession::drop() {
    dialler_->drop();
    return sent_;
}

void PostgresStatusSession::start(Duration patience) {
    dialler_->dial(patience, [this](const ServerAnswer& opened) {
        if (opened.end == ServerAnswer::End::done) {
            dialler_->link().query(question_.query, [this](const ServerAnswer& answer) {
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
