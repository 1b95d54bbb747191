// PostgresLink: one libpq connection, driven by callbacks on an io_context.
//
// libpq owns the socket; Asio only says when it can be read or written. Counted by a plain
// (single-threaded) reference: pending handlers hold one, so a dropped link lives until they ran.
#pragma once

#include "harness/drivers/postgres/plan.hpp"
#include "harness/drivers/postgres/server_answer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

struct pg_conn;
struct pg_result;

namespace gameday::drivers {

// Whether libpq knows a keyword of that name.
bool is_connect_word(std::string_view name);

class PostgresLink final
    : public boost::intrusive_ref_counter<PostgresLink, boost::thread_unsafe_counter> {
 public:
    // What was answered is valid until the next call. Called once, and never from inside open() or
    // query().
    using Done = std::function<void(const ServerAnswer&)>;

    explicit PostgresLink(boost::asio::io_context& io) : descriptor_(io) {}
    ~PostgresLink() { drop(); }
    PostgresLink(const PostgresLink&) = delete;
    PostgresLink& operator=(const PostgresLink&) = delete;

    // Connects; a failure is reported as lost, with libpq's text.
    void open(const ConnectWords& words, Done done);
    // Sends one text of statements by the simple protocol. On an open link that is idle.
    void query(const std::string& text, Done done);

    [[nodiscard]] bool is_open() const { return open_; }
    // Whether another text may be sent after what was answer.
    [[nodiscard]] bool is_idle() const;
    // Whether the other side closed or wrote meanwhile.
    [[nodiscard]] bool is_stale() const;

    // Closes; nothing is reported any more.
    void drop();

 private:
    using Descriptor =
        boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
    using Wait = Descriptor::wait_type;

    void attach();
    void detach();
    void wait(Wait what, void (PostgresLink::*then)());
    void poll();
    void flush();
    void receive();
    void take(const pg_result& result);
    void take_error(const pg_result& result);
    void take_row(const pg_result& result);
    void lost();
    void finish();
    static void on_notice(void* self, const pg_result* notice);

    Descriptor descriptor_;
    pg_conn* connection_ = nullptr;
    bool open_ = false, in_rows_ = false;
    std::size_t bytes_ = 0;  // of rows, so far
    ServerAnswer answer_;
    Done done_;
};

}  // namespace gameday::drivers
