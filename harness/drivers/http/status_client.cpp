#include "harness/drivers/http/status_client.hpp"

#include "harness/drivers/common/status_session.hpp"
#include "harness/drivers/http/connection.hpp"
#include "harness/drivers/http/remote.hpp"

#include <string>
#include <utility>
#include <vector>

namespace gameday::drivers {
namespace {

// One question to a node, whose preferred address all questions share.
struct AskedPage {
    boost::asio::io_context& io;
    std::shared_ptr<Remote> remote;
    StatusPage page;
    TlsTarget tls;
    std::vector<std::string> wanted;  // names of headers that it looks at
};

class HttpStatusSession final : public StatusSession, private ConnectionOwner {
 public:
    HttpStatusSession(AskedPage& asked, StatusSessionOwner& owner)
        : asked_(asked),
          owner_(owner),
          connection_(new Connection(asked.io, *this, asked.wanted, asked.tls)) {}

    void start(Duration patience) override {
        connection_->to_head = asked_.page.request.to_head;
        connection_->request = asked_.page.request.text;
        // A new one has to connect first, so it cannot turn out to be dead here.
        connection_->start(asked_.remote->addresses, asked_.remote->preferred, patience);
    }
    void drop() override { connection_->drop(); }

 private:
    // No connection is used twice; the answer in it is read all the same.
    void on_finished(Connection& connection, const Finish& finish) override {
        NodeStatus status;
        std::string words;
        if (finish.cause == Cause::none) {
            const Response& response = connection.response;
            const Answer answer{response.status, response.body, response.headers, asked_.wanted};
            status = read_status(asked_.page, answer, words);
        } else {
            status.cause = finish.cause;
            status.detail = finish.detail;
        }
        owner_.on_told(*this, status);
    }
    void on_connected(const Connection&, std::size_t address) override {
        asked_.remote->preferred = address;
    }
    void on_passed_over(const Connection&, std::size_t, Cause) override {}  // the next is asked

    AskedPage& asked_;
    StatusSessionOwner& owner_;
    boost::intrusive_ptr<Connection> connection_;
};

}  // namespace

Result<std::unique_ptr<StatusClient>> open_http_status(const StatusContext& context,
                                                       HttpAccess access, CompileStatus compile) {
    const Endpoint& home = context.home.address.empty() ? context.endpoint : context.home;
    auto found = resolve_remote(context.node, context.endpoint, home);
    if (!found) return std::move(found).error();
    auto make = [&io = context.io, compile, access = std::move(access),
                 remote = std::make_shared<Remote>(std::move(*found))](
                    const StatusQuestion& question) -> Result<SessionStatusClient::Make> {
        auto page = compile(question, remote->host, access);
        if (!page) return std::move(page).error();
        auto tls = open_tls(page->access, remote->server);
        if (!tls) return std::move(tls).error();
        auto asked = std::make_shared<AskedPage>(
            AskedPage{io, remote, std::move(*page), std::move(*tls), {}});
        add_header_names(asked->page.request.expect, asked->wanted);
        return SessionStatusClient::Make([asked](StatusSessionOwner& owner) {
            return StatusSessionPointer(new HttpStatusSession(*asked, owner));
        });
    };
    return std::unique_ptr<StatusClient>(
        std::make_unique<SessionStatusClient>(context.sink, std::move(make)));
}

}  // namespace gameday::drivers
