// HttpStatusClient: the StatusClient of the http driver: each question on a connection of its own.
#pragma once

#include "harness/base/result.hpp"
#include "harness/drivers/http/connection.hpp"
#include "harness/drivers/http/remote.hpp"
#include "harness/drivers/http/status.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/status.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {

class HttpStatusClient final : public StatusClient, private ConnectionOwner {
 public:
    // What makes a page of a question, whose host is the second argument.
    using Compile = Result<StatusPage> (*)(const StatusQuestion&, std::string_view,
                                           const HttpAccess&);

    HttpStatusClient(const StatusContext& context, Remote remote, HttpAccess access,
                     Compile compile = &compile_status);
    ~HttpStatusClient();
    HttpStatusClient(const HttpStatusClient&) = delete;
    HttpStatusClient& operator=(const HttpStatusClient&) = delete;

    Result<std::size_t> add(const StatusQuestion& question) override;
    void ask(std::size_t question, std::uint64_t tag, Instant now, Instant deadline) override;
    Instant expire(Instant now) override;
    void close() override;

 private:
    using Pointer = boost::intrusive_ptr<Connection>;

    void on_finished(Connection& connection, const Finish& finish) override;
    void on_connected(const Connection& connection, std::size_t address) override;
    void on_passed_over(const Connection&, std::size_t, Cause) override {}  // the next is asked
    void end(const Pointer& connection, const Finish& finish);

    boost::asio::io_context& io_;
    StatusSink& sink_;
    Remote remote_;
    HttpAccess access_;
    Compile compile_;
    std::vector<StatusPage> pages_;    // by number of the question
    std::deque<TlsTarget> targets_;    // the same; connections refer to them
    std::vector<std::string> wanted_;  // names of headers that a question looks at
    std::vector<Pointer> busy_;
    std::string words_;  // the detail of what is reported
    bool is_closed_ = false;
};

}  // namespace gameday::drivers
