#include "harness/drivers/postgres/dialler.hpp"

#include <utility>

namespace gameday::drivers {

void PostgresDialler::dial(Duration patience, Done done) {
    done_ = std::move(done);
    left_ = patience;
    tried_ = 0;
    knock();
}

void PostgresDialler::knock() {
    const std::uint32_t number = ++knock_;
    timer_.cancel();
    link_ = new PostgresLink(io_);
    // A link that is dropped tells nothing, and the next knock drops this one.
    link_->open(place().words, [this](const ServerAnswer& answer) { on_knocked(answer); });
    const std::size_t places = places_.size() - tried_;
    if (places < 2) return;
    const Duration share = left_ / static_cast<Duration::rep>(places);
    left_ -= share;
    timer_.expires_after(share);
    timer_.async_wait([self = boost::intrusive_ptr<PostgresDialler>(this),
                       number](const boost::system::error_code& error) {
        if (error || self->done_ == nullptr || self->knock_ != number) return;
        ServerAnswer late;
        late.end = ServerAnswer::End::lost;
        late.message = "no answer in time";
        self->on_knocked(late);
    });
}

void PostgresDialler::on_knocked(const ServerAnswer& answer) {
    if (answer.end == ServerAnswer::End::done || tried_ + 1 == places_.size()) return end(answer);
    link_->drop();
    ++tried_;
    knock();
}

void PostgresDialler::end(const ServerAnswer& answer) {
    ++knock_;
    timer_.cancel();
    const Done done = std::exchange(done_, nullptr);
    done(answer);
}

void PostgresDialler::drop() {
    done_ = nullptr;
    ++knock_;
    timer_.cancel();
    if (link_ != nullptr) link_->drop();
}

}  // namespace gameday::drivers
