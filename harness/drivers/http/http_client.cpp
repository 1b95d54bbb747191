#include "harness/drivers/http/http_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace gameday::drivers {
namespace {

constexpr std::size_t idle_max = 64;  // a stall opens many connections; few are kept after it
constexpr Duration trusted_idle = std::chrono::milliseconds(1);

}  // namespace

HttpClient::HttpClient(const ClientContext& context, Templates templates,
                       const boost::asio::ip::tcp::endpoint& remote)
    : io_(context.io),
      sink_(context.sink),
      node_(context.node),
      keep_alive_(context.keep_alive),
      templates_(std::move(templates)),
      host_(context.endpoint.text()),
      remote_(remote) {}

HttpClient::~HttpClient() { HttpClient::close(); }

void HttpClient::perform(const Request& request, std::uint64_t tag, Instant now, Instant deadline) {
    Pointer connection = take(now);
    connection->tag = tag;
    connection->page = false;
    connection->verb = request.verb;
    connection->deadline = deadline;
    render(templates_.of(request.verb), request, connection->request, scratch_);
    launch(std::move(connection), now);
}

void HttpClient::fetch(const Fetch& fetch, std::uint64_t tag, Instant now, Instant deadline) {
    Pointer connection = take(now);
    connection->tag = tag;
    connection->page = true;
    connection->deadline = deadline;
    connection->request =
        fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", fetch.method, fetch.path, host_);
    if (!fetch.body.empty()) {
        connection->request += fmt::format("Content-Length: {}\r\n", fetch.body.size());
    }
    if (!keep_alive_) connection->request += "Connection: close\r\n";
    connection->request += "\r\n";
    connection->request += fetch.body;
    launch(std::move(connection), now);
}

// An idle connection that is not known to be dead, else a new one.
HttpClient::Pointer HttpClient::take(Instant now) {
    while (!idle_.empty()) {
        Pointer connection = std::move(idle_.back());
        idle_.pop_back();
        if (now - connection->idle_since <= trusted_idle || !connection->is_stale()) {
            return connection;
        }
        connection->drop();
    }
    return Pointer(new Connection(io_, *this, templates_.headers));
}

void HttpClient::launch(Pointer connection, Instant now) {
    now_ = std::max(now_, now);
    if (!connection->start(remote_)) {
        // It died while idle and nothing was sent: the same request goes out on a fresh one.
        Pointer fresh(new Connection(io_, *this, templates_.headers));
        fresh->request = std::move(connection->request);
        fresh->tag = connection->tag;
        fresh->page = connection->page;
        fresh->verb = connection->verb;
        fresh->deadline = connection->deadline;
        connection->drop();
        connection = std::move(fresh);
        connection->start(remote_);
    }
    connection->slot = busy_.size();
    busy_.push_back(std::move(connection));
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
    if (finish.cause != Cause::none) drop_idle();
    // The response is read before the connection can be used again from inside the sink.
    if (finish.reusable && keep_alive_ && idle_.size() < idle_max) {
        report(connection, finish);
        connection.idle_since = now_;
        idle_.push_back(self);
    } else {
        connection.drop();
        report(connection, finish);
    }
}

void HttpClient::report(const Connection& connection, const Finish& finish) {
    const bool answered = finish.cause == Cause::none;
    if (connection.page) {
        return sink_.on_page(
            connection.tag,
            Page{finish.cause, answered ? connection.response.status : 0,
                 answered ? std::string_view(connection.response.body) : std::string_view()});
    }
    Reply reply;
    if (answered) {
        reply = read_answer(templates_, connection.verb,
                            Answer{connection.response.status, connection.response.body,
                                   connection.response.headers},
                            node_);
    } else {
        reply.outcome =
            finish.sent && connection.verb == Verb::write ? Outcome::unknown : Outcome::failed;
        reply.cause = finish.cause;
    }
    sink_.on_reply(connection.tag, reply);
}

// One failure casts doubt on every idle connection to the node: the next operations open new ones.
void HttpClient::drop_idle() {
    for (auto& connection : idle_) connection->drop();
    idle_.clear();
}

Instant HttpClient::expire(Instant now) {
    now_ = std::max(now_, now);
    std::vector<Pointer> overdue;
    Instant next = Instant::max();
    for (const auto& connection : busy_) {
        if (connection->deadline <= now) {
            overdue.push_back(connection);
        } else {
            next = std::min(next, connection->deadline);
        }
    }
    if (!overdue.empty()) drop_idle();
    for (const auto& connection : overdue) {
        release(*connection);
        const bool sent = connection->drop();
        report(*connection, Finish{Cause::timed_out, sent, false});
    }
    for (const auto& connection : busy_) next = std::min(next, connection->deadline);
    return next;
}

void HttpClient::close() {
    for (auto& connection : busy_) connection->drop();
    busy_.clear();
    drop_idle();
}

}  // namespace gameday::drivers
