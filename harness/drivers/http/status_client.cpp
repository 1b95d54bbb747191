#include "harness/drivers/http/status_client.hpp"

#include <algorithm>
#include <utility>

namespace gameday::drivers {

HttpStatusClient::HttpStatusClient(const StatusContext& context, Remote remote, HttpAccess access,
                                   Compile compile)
    : io_(context.io),
      sink_(context.sink),
      remote_(std::move(remote)),
      access_(std::move(access)),
      compile_(compile) {}

HttpStatusClient::~HttpStatusClient() { HttpStatusClient::close(); }

Result<std::size_t> HttpStatusClient::add(const StatusQuestion& question) {
    auto page = compile_(question, remote_.host, access_);
    if (!page) return std::move(page).error();
    auto tls = open_tls(page->access, remote_.server);
    if (!tls) return std::move(tls).error();
    targets_.push_back(std::move(*tls));
    add_header_names(page->request.expect, wanted_);
    pages_.push_back(std::move(*page));
    return pages_.size() - 1;
}

void HttpStatusClient::ask(std::size_t question, std::uint64_t tag, Instant now, Instant deadline) {
    const PageRequest& page = pages_.at(question).request;
    Pointer connection(new Connection(io_, *this, wanted_, targets_.at(question)));
    connection->tag = tag;
    connection->question = question;
    connection->deadline = deadline;
    connection->to_head = page.to_head;
    connection->request = page.text;
    // A new one has to connect first, so it cannot turn out to be dead here.
    connection->start(remote_.addresses, remote_.preferred,
                      std::max(deadline - now, Duration::zero()));
    busy_.push_back(std::move(connection));
}

void HttpStatusClient::on_finished(Connection& connection, const Finish& finish) {
    end(Pointer(&connection), finish);
}

void HttpStatusClient::on_connected(const Connection&, std::size_t address) {
    remote_.preferred = address;
}

// No connection is used twice; the answer in it is read all the same.
void HttpStatusClient::end(const Pointer& connection, const Finish& finish) {
    std::erase(busy_, connection);
    connection->drop();
    NodeStatus status;
    if (finish.cause == Cause::none) {
        const Response& response = connection->response;
        const Answer answer{response.status, response.body, response.headers, wanted_};
        status = read_status(pages_[connection->question], answer, words_);
    } else {
        status.cause = finish.cause;
        status.detail = finish.detail;
    }
    sink_.on_status(connection->tag, status);
}

Instant HttpStatusClient::expire(Instant now) {
    std::vector<Pointer> overdue;
    for (const auto& connection : busy_) {
        if (connection->deadline <= now) overdue.push_back(connection);
    }
    for (const auto& connection : overdue) {
        if (is_closed_) break;  // by the sink, from within its on_status
        end(connection, Finish{Cause::timed_out, false, false, false, {}});
    }
    Instant next = Instant::max();
    for (const auto& connection : busy_) next = std::min(next, connection->deadline);
    return next;
}

void HttpStatusClient::close() {
    is_closed_ = true;
    for (const auto& connection : busy_) connection->drop();
    busy_.clear();
}

}  // namespace gameday::drivers
