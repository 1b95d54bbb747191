#include "injectors/devices/proxy/http/exchanges.hpp"

#include "injectors/devices/proxy/http/answer.hpp"

#include <algorithm>

namespace gameday::devices::proxy::http {

namespace {

void append(std::vector<Piece>& pieces, std::string_view bytes, std::int64_t rate = 0) {
    if (bytes.empty()) return;
    if (pieces.empty() || (pieces.back().rate != rate && !pieces.back().bytes.empty())) {
        pieces.emplace_back();
    }
    pieces.back().bytes += bytes;
    pieces.back().rate = rate;
}

// What is appended next is so much later.
void append_delay(std::vector<Piece>& pieces, Duration delay) {
    if (delay > Duration{}) pieces.push_back({{}, delay, 0, Piece::End::none});
}

void append_end(std::vector<Piece>& pieces, Piece::End end) {
    if (pieces.empty()) pieces.emplace_back();
    pieces.back().end = end;
}

bool expects_continue(const RequestHead& request) {
    return std::ranges::any_of(request.fields,
                               [](const Field& field) { return same_name(field.name, "expect"); });
}

}  // namespace

Pieces Exchanges::request(std::string_view bytes) {
    Pieces out;
    if (!joined_) {
        joined_ = !client_spoke_last_ && begins_request(bytes);
        client_spoke_last_ = true;
    }
    while (joined_ && !tunnel_ && !over_) {
        const auto part = requests_.next(bytes);
        if (!part) break;
        if (part->kind == Part::Kind::head) {
            begin_request(part->bytes, out);
        } else if (part->kind == Part::Kind::end) {
            swallowing_ = false;
        } else if (!swallowing_) {
            append(out.to, part->bytes);
            if (part->kind == Part::Kind::foreign) pass_untouched(out);
        } else if (part->kind == Part::Kind::foreign) {
            // The rest of a request of which the upstream knows nothing: it has no use for that.
            append_end(out.from, Piece::End::close);
            over_ = true;
        }
    }
    if (tunnel_ || !joined_) append(out.to, bytes);
    return out;
}

Pieces Exchanges::response(std::string_view bytes) {
    Pieces out;
    if (upstream_ended_) return out;
    client_spoke_last_ = false;
    while (joined_ && !tunnel_ && !over_) {
        if (!open_.empty()) {
            responses_.expect(open_.front().head);
        } else if (responses_.between() && bytes.find_first_not_of("\r\n") == 0) {
            pass_untouched(out);  // Nobody has asked.
            break;
        }
        const auto part = responses_.next(bytes);
        if (!part) break;
        take_response(*part, out);
        if (part->kind == Part::Kind::foreign) pass_untouched(out);
    }
    if (tunnel_ || !joined_) append(out.from, bytes);
    return out;
}

void Exchanges::take_response(const Part& part, Pieces& out) {
    switch (part.kind) {
        case Part::Kind::head: return begin_response(part.bytes, out);
        case Part::Kind::body: return add_body(part.bytes, out);
        case Part::Kind::end: return end_response(out);
        case Part::Kind::framing:
        case Part::Kind::foreign: break;
    }
    append(out.from, part.bytes, part.kind == Part::Kind::framing ? rate() : 0);
}

Pieces Exchanges::request_end() {
    Pieces out;
    append(out.to, requests_.take_held());
    return out;
}

Pieces Exchanges::response_end() {
    Pieces out;
    if (over_ || upstream_ended_) return out;
    append(out.from, responses_.take_held());
    if (responses_.until_end() && !tunnel_) end_response(out);
    upstream_ended_ = true;
    open_.clear();  // Nobody owes a response any more.
    return out;
}

bool Exchanges::idle() const {
    if (!joined_) return true;
    return !tunnel_ && !over_ && open_.empty() && requests_.between() && responses_.between();
}

void Exchanges::begin_request(std::string_view head, Pieces& out) {
    const RequestHead& request = requests_.request();
    Exchange exchange;
    exchange.treatment = treat(faults_, request);
    exchange.head = request.method == "HEAD";
    exchange.connect = request.method == "CONNECT";
    exchange.http_11 = request.http_11;
    // Who waits for leave to send a body may send it or not when the answer is another one.
    exchange.keep_alive = request.keep_alive && !expects_continue(request);
    swallowing_ = exchange.treatment.abort.has_value();
    if (!swallowing_) append(out.to, head);
    open_.push_back(std::move(exchange));
    answer_what_is_next(out);
}

// Responses keep the order of their requests, ours among them.
void Exchanges::answer_what_is_next(Pieces& out) {
    if (upstream_ended_) return open_.clear();  // And so has what the client gets.
    while (!over_ && !open_.empty() && open_.front().treatment.abort) {
        Exchange& exchange = open_.front();
        const auto& abort = *exchange.treatment.abort;
        pause(exchange, Treatment::before_response, out);
        bite(exchange, abort.by, out);
        append(out.from, answer_text(abort.answer, abort.name,
                                     {exchange.head, exchange.http_11, exchange.keep_alive}));
        if (!exchange.keep_alive) {
            append_end(out.from, Piece::End::finish);
            over_ = true;
        }
        open_.pop_front();
    }
    if (over_) open_.clear();
}

void Exchanges::begin_response(std::string_view head, Pieces& out) {
    const int status = responses_.response().status;
    Exchange& exchange = open_.front();
    interim_ = status / 100 == 1 && status != 101;
    if (interim_) return append(out.from, head);
    pause(exchange, Treatment::before_response, out);
    std::string edited(head);
    for (const auto& edit : exchange.treatment.edits) {
        if (edit.replace) {
            edited = with_field(edited, *edit.replace);
            bite(exchange, edit.by, out);
        }
        if (edit.garble.empty()) continue;
        if (auto garbled = with_garbled_field(edited, edit.garble, edit.seed)) {
            edited = std::move(*garbled);
            bite(exchange, edit.by, out);
        }
    }
    append(out.from, edited);
    if (status != 101 && !(exchange.connect && status / 100 == 2)) return;
    tunnel_ = true;
    open_.clear();
    append(out.to, requests_.take_held());
}

void Exchanges::add_body(std::string_view bytes, Pieces& out) {
    Exchange& exchange = open_.front();
    const auto& [abort, pauses, cut, rate, edits] = exchange.treatment;
    while (!bytes.empty()) {
        if (cut && exchange.body >= cut->after) {
            bite(exchange, cut->by, out);
            append_end(out.from, cut->reset ? Piece::End::reset : Piece::End::close);
            over_ = true;
            return;
        }
        pause(exchange, exchange.body, out);
        auto size = static_cast<std::int64_t>(bytes.size());
        if (exchange.paused < pauses.size()) {
            size = std::min(size, pauses[exchange.paused].after - exchange.body);
        }
        if (cut) size = std::min(size, cut->after - exchange.body);
        if (rate) bite(exchange, rate->by, out);
        append(out.from, bytes.substr(0, static_cast<std::size_t>(size)),
               rate ? rate->bytes_per_s : 0);
        bytes.remove_prefix(static_cast<std::size_t>(size));
        exchange.body += size;
    }
}

// The pauses that are due in front of the body's byte of that number.
void Exchanges::pause(Exchange& exchange, std::int64_t before, Pieces& out) {
    const auto& pauses = exchange.treatment.pauses;
    Duration delay{};
    for (auto& next = exchange.paused; next < pauses.size(); ++next) {
        if (pauses[next].after > before) break;
        delay += pauses[next].delay;
        bite(exchange, pauses[next].by, out);
    }
    append_delay(out.from, delay);
}

void Exchanges::end_response(Pieces& out) {
    if (std::exchange(interim_, false)) return;
    open_.pop_front();
    answer_what_is_next(out);
}

// Of what is around the body's bytes, from the first of them on.
std::int64_t Exchanges::rate() const {
    if (open_.empty() || open_.front().body == 0) return 0;
    const auto& rate = open_.front().treatment.rate;
    return rate ? rate->bytes_per_s : 0;
}

void Exchanges::pass_untouched(Pieces& out) {
    tunnel_ = out.foreign = true;
    open_.clear();
    append(out.to, requests_.take_held());
    append(out.from, responses_.take_held());
}

void Exchanges::bite(Exchange& exchange, FaultId by, Pieces& out) {
    if (std::ranges::find(exchange.bit, by) != exchange.bit.end()) return;
    exchange.bit.push_back(by);
    out.by.push_back(by);
}

}  // namespace gameday::devices::proxy::http
