// HttpClient: the Client of the http driver: a pool of connections to one node, and, where
// redirects are followed, to those that it leads to.
#pragma once

#include "harness/drivers/http/connection.hpp"
#include "harness/drivers/http/remote.hpp"
#include "harness/drivers/http/templates.hpp"
#include "harness/ports/client.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gameday::drivers {

class HttpClient final : public Client, private ConnectionOwner {
 public:
    // `remotes`: the node, and behind it whom its redirects may lead to.
    HttpClient(const ClientContext& context, Templates templates, std::vector<Remote> remotes);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    void perform(const Request& request, std::uint64_t tag, Instant now, Instant deadline) override;
    Instant expire(Instant now) override;
    void close() override;
    [[nodiscard]] std::vector<ClientNote> notes() const override;

 private:
    using Pointer = boost::intrusive_ptr<Connection>;

    Pointer fresh(std::size_t remote);
    Pointer take(std::size_t remote);
    void launch(Pointer connection);
    void launch_anew(Connection& from, Pointer to);
    Pointer release(Connection& connection);
    void drop_idle(Remote& remote);

    void on_finished(Connection& connection, const Finish& finish) override;
    void on_connected(const Connection& connection, std::size_t address) override;
    void on_passed_over(const Connection& connection, std::size_t address, Cause cause) override;
    [[nodiscard]] bool may_repeat(const Connection& connection, const Finish& finish) const;
    bool follow(const Pointer& connection, const Finish& finish);
    [[nodiscard]] const std::string& location_of(const Connection& connection) const;
    void keep_or_drop(const Pointer& connection, const Finish& finish);
    void report(const Connection& connection, const Finish& finish);

    boost::asio::io_context& io_;
    ReplySink& sink_;
    const Topology& topology_;
    bool foreign_values_;
    bool is_direct_;  // this very node is asked, as by who reads back
    Templates templates_;
    std::vector<std::string> wanted_;  // names of headers that anybody looks at
    std::vector<Remote> remotes_;
    std::vector<Pointer> busy_;  // a connection knows its index
    std::string scratch_;        // of a body while it is rendered
    std::string words_;          // the detail of what is reported
    Instant now_{};              // of the last call
    std::uint64_t repeated_ = 0, followed_ = 0;
    bool is_closed_ = false;
};

}  // namespace gameday::drivers
