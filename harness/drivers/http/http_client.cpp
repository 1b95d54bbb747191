#include "harness/drivers/http/http_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gameday::drivers {
namespace {

constexpr std::size_t idle_max = 64;  // a stall opens many connections; few are kept after it
constexpr std::uint32_t follow_max = 5;

Answer answer_in(const Response& response, std::span<const std::string> names) {
    return {response.status, response.body, response.headers, names};
}

}  // namespace

HttpClient::HttpClient(const ClientContext& context, Templates templates,
                       std::vector<Remote> remotes)
    : io_(context.io),
      sink_(context.sink),
      topology_(context.topology),
      foreign_values_(context.foreign_values),
      is_direct_(!context.region.known()),
      templates_(std::move(templates)),
      wanted_(templates_.headers),
      remotes_(std::move(remotes)) {}

HttpClient::~HttpClient() { HttpClient::close(); }

void HttpClient::perform(const Request& request, std::uint64_t tag, Instant now, Instant deadline) {
    now_ = std::max(now_, now);
    Pointer connection = take(0);
    connection->tag = tag;
    connection->verb = request.verb;
    connection->deadline = deadline;
    connection->followed = 0;
    connection->in_doubt = false;
    const Exchange& exchange = templates_.of(request.verb);
    connection->to_head = exchange.to_head;
    render(exchange, request, connection->request, scratch_);
    launch(std::move(connection));
}

HttpClient::Pointer HttpClient::fresh(std::size_t remote) {
    Pointer connection(new Connection(io_, *this, wanted_, remotes_[remote].tls));
    connection->remote = remote;
    return connection;
}

// An idle connection that is not known to be dead, else a new one.
HttpClient::Pointer HttpClient::take(std::size_t remote) {
    auto& idle = remotes_[remote].idle;
    while (!idle.empty()) {
        Pointer connection = std::move(idle.back());
        idle.pop_back();
        if (!connection->is_stale()) return connection;
        connection->drop();
    }
    return fresh(remote);
}

void HttpClient::launch(Pointer connection) {
    const auto start = [this](Connection& each) {
        const Remote& remote = remotes_[each.remote];
        return each.start(remote.addresses, remote.preferred,
                          std::max(each.deadline - now_, Duration::zero()));
    };
    if (!start(*connection)) {
        // It died while idle and nothing was sent: the same request goes out on a fresh one.
        return launch_anew(*connection, fresh(connection->remote));
    }
    connection->slot = busy_.size();
    busy_.push_back(std::move(connection));
}

// The request of one connection, which is dropped, on another one.
void HttpClient::launch_anew(Connection& from, Pointer to) {
    to->request = std::move(from.request);
    to->tag = from.tag;
    to->verb = from.verb;
    to->deadline = from.deadline;
    to->followed = from.followed;
    to->in_doubt = from.in_doubt;
    to->to_head = from.to_head;
    from.drop();
    launch(std::move(to));
}

HttpClient::Pointer HttpClient::release(Connection& connection) {
    const std::size_t slot = connection.slot;
    Pointer self = std::move(busy_[slot]);
    if (slot + 1 != busy_.size()) {
        busy_[slot] = std::move(busy_.back());
        busy_[slot]->slot = slot;
    }
    busy_.pop_back();
    return self;
}

void HttpClient::on_finished(Connection& connection, const Finish& finish) {
    const Pointer self = release(connection);
    if (finish.cause != Cause::none) drop_idle(remotes_[connection.remote]);
    if (may_repeat(connection, finish)) {
        ++repeated_;
        connection.in_doubt |= finish.sent && connection.verb == Verb::write;
        return launch_anew(connection, fresh(connection.remote));
    }
    if (follow(self, finish)) return;
    // The response is read before the connection can be used again from inside the sink.
    if (finish.cause == Cause::none && finish.reusable) {
        report(connection, finish);
        keep_or_drop(self, finish);
    } else {
        connection.drop();
        report(connection, finish);
    }
}

void HttpClient::keep_or_drop(const Pointer& connection, const Finish& finish) {
    auto& idle = remotes_[connection->remote].idle;
    if (finish.reusable && !is_closed_ && idle.size() < idle_max) {
        connection->reused = true;
        idle.push_back(connection);
    } else {
        connection->drop();
    }
}

void HttpClient::on_connected(const Connection& connection, std::size_t address) {
    Remote& remote = remotes_[connection.remote];
    remote.preferred = address;
    ++remote.taken[address];
}

void HttpClient::on_passed_over(const Connection& connection, std::size_t address, Cause cause) {
    Remote& remote = remotes_[connection.remote];
    ++remote.passed_over[address];
    remote.why[address] = cause;
}

// A server may close a connection that it kept while a request is on its way there: RFC 9112
// (9.3.1) has clients send it once more when that is safe. One on a fresh connection is not.
bool HttpClient::may_repeat(const Connection& connection, const Finish& finish) const {
    if (finish.cause != Cause::reset || finish.begun || !connection.reused) return false;
    return connection.verb == Verb::read || !finish.sent || templates_.write.idempotent;
}

const std::string& HttpClient::location_of(const Connection& connection) const {
    const auto slot = std::ranges::find(wanted_, "Location") - wanted_.begin();
    return connection.response.headers[static_cast<std::size_t>(slot)];
}

// Whether the answer leads to another node, and the request went on to it.
bool HttpClient::follow(const Pointer& connection, const Finish& finish) {
    const unsigned status = connection->response.status;
    if (finish.cause != Cause::none || (status != 307 && status != 308)) return false;
    if (!templates_.of(connection->verb).follow) return false;
    const auto redirect = read_redirect(location_of(*connection));
    if (!redirect || connection->followed == follow_max) return false;
    const auto remote = redirect->host.empty()
                            ? std::optional(connection->remote)
                            : find_remote(remotes_, topology_, redirect->host, redirect->encrypted);
    if (!remote) return false;
    const bool keeps_scheme = redirect->encrypted == (remotes_[*remote].tls.context != nullptr);
    if (!redirect->host.empty() && !keeps_scheme) return false;
    ++followed_;
    Pointer next = take(*remote);
    next->request = led_on(connection->request, redirect->path, redirect->host);
    next->tag = connection->tag;
    next->verb = connection->verb;
    next->deadline = connection->deadline;
    next->followed = connection->followed + 1;
    next->in_doubt = connection->in_doubt;
    next->to_head = connection->to_head;
    keep_or_drop(connection, finish);
    launch(std::move(next));
    return true;
}

void HttpClient::report(const Connection& connection, const Finish& finish) {
    Reply reply;
    if (finish.cause == Cause::none) {
        const ReadContext asked{connection.verb, remotes_[connection.remote].node, foreign_values_};
        reply = read_answer(templates_, asked, answer_in(connection.response, wanted_), words_);
        const unsigned status = connection.response.status;
        if (reply.cause != Cause::none && templates_.of(connection.verb).follow &&
            (status == 307 || status == 308)) {
            const bool is_long = connection.followed == follow_max;
            words_ = fmt::format("HTTP {} to \"{}\", {}", status, location_of(connection),
                                 is_long      ? "one redirect too many"
                                 : is_direct_ ? "and only this node is asked"
                                              : "where no node is");
            reply.detail = words_;
            // It does not serve reads, and says so.
            if (is_direct_ && connection.verb == Verb::read) reply.cause = Cause::rejected;
        }
    } else {
        const bool may_be_done = finish.sent && connection.verb == Verb::write;
        reply.outcome = may_be_done ? Outcome::unknown : Outcome::failed;
        reply.cause = finish.cause;
        reply.detail = finish.detail;
        reply.sample = connection.response.body;
    }
    // What the second answer says for certain, it says of the second time alone.
    if (connection.in_doubt && reply.outcome == Outcome::failed) reply.outcome = Outcome::unknown;
    sink_.on_reply(connection.tag, reply);
}

// One failure casts doubt on every idle connection to the node: the next operations open new ones.
void HttpClient::drop_idle(Remote& remote) {
    for (auto& connection : remote.idle) connection->drop();
    remote.idle.clear();
}

Instant HttpClient::expire(Instant now) {
    now_ = std::max(now_, now);
    std::vector<Pointer> overdue;
    for (const auto& connection : busy_) {
        if (connection->deadline <= now) overdue.push_back(connection);
    }
    for (const auto& connection : overdue) drop_idle(remotes_[connection->remote]);
    for (const auto& connection : overdue) {
        if (is_closed_) break;  // by the sink, from within its on_reply
        release(*connection);
        const bool sent = connection->drop();
        report(*connection, Finish{Cause::timed_out, sent, false, false, {}});
    }
    Instant next = Instant::max();
    for (const auto& connection : busy_) next = std::min(next, connection->deadline);
    return next;
}

void HttpClient::close() {
    is_closed_ = true;
    for (auto& connection : busy_) connection->drop();
    busy_.clear();
    for (auto& remote : remotes_) drop_idle(remote);
}

std::vector<ClientNote> HttpClient::notes() const {
    std::vector<ClientNote> notes;
    if (repeated_ > 0) {
        notes.push_back(
            {"requests were sent once more, because the server had closed the kept "
             "connection before a byte of its answer",
             repeated_});
    }
    if (followed_ > 0)
        notes.push_back({"redirects (307, 308) to other nodes were followed", followed_});
    for (const auto& remote : remotes_) add_address_notes(remote, notes);
    return notes;
}

}  // namespace gameday::drivers
