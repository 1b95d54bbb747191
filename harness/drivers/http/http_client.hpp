// HttpClient: the Client of the http driver: a pool of connections to one node.
#pragma once

#include "harness/drivers/http/connection.hpp"
#include "harness/drivers/http/templates.hpp"
#include "harness/ports/client.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <vector>

namespace gameday::drivers {

class HttpClient final : public Client, private ConnectionOwner {
 public:
    HttpClient(const ClientContext& context, Templates templates,
               const boost::asio::ip::tcp::endpoint& remote);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    void perform(const Request& request, std::uint64_t tag, Instant now, Instant deadline) override;
    void fetch(const Fetch& fetch, std::uint64_t tag, Instant now, Instant deadline) override;
    Instant expire(Instant now) override;
    void close() override;

 private:
    using Pointer = boost::intrusive_ptr<Connection>;

    Pointer take(Instant now);
    void launch(Pointer connection, Instant now);
    void on_finished(Connection& connection, const Finish& finish) override;
    Pointer release(Connection& connection);
    void report(const Connection& connection, const Finish& finish);
    void drop_idle();

    boost::asio::io_context& io_;
    ReplySink& sink_;
    NodeId node_;
    bool keep_alive_;
    Templates templates_;
    std::string host_;
    boost::asio::ip::tcp::endpoint remote_;
    std::vector<Pointer> busy_;  // a connection knows its index
    std::vector<Pointer> idle_;  // the last one was used last
    std::string scratch_;
    Instant now_{};  // of the last call: near enough to date idle connections
};

}  // namespace gameday::drivers
