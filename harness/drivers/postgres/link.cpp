#include "harness/drivers/postgres/link.hpp"

#include <boost/asio/post.hpp>

#include <libpq-fe.h>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <new>
#include <utility>

namespace gameday::drivers {
namespace {

constexpr std::size_t rows_bytes_most = std::size_t{1} << 20U;

using LinkPointer = boost::intrusive_ptr<PostgresLink>;

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

std::string field(const PGresult& result, int code) {
    const char* text = PQresultErrorField(&result, code);
    return text == nullptr ? "" : text;
}

bool is_change(std::string_view tag) {
    return tag.starts_with("INSERT") || tag.starts_with("UPDATE") || tag.starts_with("DELETE") ||
           tag.starts_with("MERGE");
}

}  // namespace

bool is_connect_word(std::string_view name) {
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> known(PQconndefaults(),
                                                                               PQconninfoFree);
    for (const auto* each = known.get(); each != nullptr && each->keyword != nullptr; ++each) {
        if (name == each->keyword) return true;
    }
    return false;
}

void PostgresLink::open(const ConnectWords& words, Done done) {
    done_ = std::move(done);
    std::vector<const char*> keywords, values;
    for (const auto& [name, value] : words) {
        keywords.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    connection_ = PQconnectStartParams(keywords.data(), values.data(), 0);
    if (connection_ == nullptr) throw std::bad_alloc();
    PQsetNoticeReceiver(connection_, &PostgresLink::on_notice, this);
    if (PQstatus(connection_) == CONNECTION_BAD) {
        boost::asio::post(descriptor_.get_executor(), [self = LinkPointer(this)] { self->lost(); });
        return;
    }
    attach();
    wait(Wait::wait_write, &PostgresLink::poll);
}

// libpq may close the socket and open another one while it connects.
void PostgresLink::attach() { descriptor_.assign(PQsocket(connection_)); }

void PostgresLink::detach() {
    if (descriptor_.is_open()) descriptor_.release();
}

void PostgresLink::wait(Wait what, void (PostgresLink::*then)()) {
    descriptor_.async_wait(
        what, [self = LinkPointer(this), then](const boost::system::error_code& error) {
            if (self->done_ == nullptr) return;
            if (error) return self->lost();
            ((*self).*then)();
        });
}

void PostgresLink::poll() {
    detach();
    const auto state = PQconnectPoll(connection_);
    if (state == PGRES_POLLING_FAILED) return lost();
    attach();
    if (state == PGRES_POLLING_READING) return wait(Wait::wait_read, &PostgresLink::poll);
    if (state == PGRES_POLLING_WRITING) return wait(Wait::wait_write, &PostgresLink::poll);
    PQsetnonblocking(connection_, 1);
    open_ = true;
    finish();
}

void PostgresLink::query(const std::string& text, Done done) {
    done_ = std::move(done);
    answer_ = {};
    in_rows_ = false;
    bytes_ = 0;
    if (PQsendQuery(connection_, text.c_str()) == 0) {
        boost::asio::post(descriptor_.get_executor(), [self = LinkPointer(this)] { self->lost(); });
        return;
    }
    PQsetSingleRowMode(connection_);  // else libpq keeps all rows that there are
    flush();
}

// A text that does not fit into the socket's buffer is read whole before it is answered.
void PostgresLink::flush() {
    if (PQflush(connection_) == 1) return wait(Wait::wait_write, &PostgresLink::flush);
    wait(Wait::wait_read, &PostgresLink::receive);  // tells a failure, too
}

void PostgresLink::receive() {
    if (PQconsumeInput(connection_) == 0) return lost();
    while (PQisBusy(connection_) == 0) {
        const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQgetResult(connection_),
                                                                    PQclear);
        if (result == nullptr) return finish();
        take(*result);
        if (!answer_.strange.empty()) return finish();
    }
    wait(Wait::wait_read, &PostgresLink::receive);
}

void PostgresLink::take(const PGresult& result) {
    const auto status = PQresultStatus(&result);
    if (status == PGRES_SINGLE_TUPLE) return take_row(result);
    ++answer_.statements;
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) return take_error(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
        answer_.strange = "an answer of COPY, which is no statement for a load";
        return;
    }
    // libpq declares these two without const, and changes nothing.
    auto* open_result = const_cast<PGresult*>(&result);
    const std::string_view tag = PQcmdStatus(open_result);
    if (tag == "COMMIT") answer_.committed = true;
    // One that comes first clears away what a connection may have had.
    if (tag == "ROLLBACK" && answer_.statements > 1) answer_.rolled_back = true;
    if (is_change(tag)) {
        const std::string_view digits = PQcmdTuples(open_result);
        std::uint64_t changed = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), changed);
        answer_.least_changed = std::min(answer_.least_changed.value_or(changed), changed);
    }
    if (status != PGRES_TUPLES_OK) return;
    answer_.has_rows = true;
    if (!std::exchange(in_rows_, false)) answer_.row.clear();
}

// The first row of a statement counts, but all of them have come.
void PostgresLink::take_row(const PGresult& result) {
    for (int i = 0; i < PQnfields(&result); ++i) {
        bytes_ += static_cast<std::size_t>(PQgetlength(&result, 0, i));
    }
    if (bytes_ > rows_bytes_most) {
        answer_.strange = "rows of more than 1 MiB, write a statement that has one row";
    }
    if (std::exchange(in_rows_, true)) return;
    answer_.row.clear();
    for (int i = 0; i < PQnfields(&result); ++i) {
        ServerAnswer::Column column{PQfname(&result, i), {}};
        if (PQgetisnull(&result, 0, i) == 0) {
            column.text.emplace(PQgetvalue(&result, 0, i),
                                static_cast<std::size_t>(PQgetlength(&result, 0, i)));
        }
        answer_.row.push_back(std::move(column));
    }
}

// An error without a severity is libpq's own: the connection broke. The first one counts.
void PostgresLink::take_error(const PGresult& result) {
    if (answer_.end != ServerAnswer::End::done) return;
    const std::string severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    answer_.end = severity == "ERROR" ? ServerAnswer::End::error
                  : severity.empty()  ? ServerAnswer::End::lost
                                      : ServerAnswer::End::fatal;
    answer_.state = field(result, PG_DIAG_SQLSTATE);
    answer_.message = severity.empty() ? std::string(first_line(PQresultErrorMessage(&result)))
                                       : field(result, PG_DIAG_MESSAGE_PRIMARY);
}

// The wait for a synchronous standby ends by cancellation or shutdown with a warning, and then the
// commit, which nobody else has, is answered as a success: syncrep.c, SyncRepWaitForLSN.
void PostgresLink::on_notice(void* self, const PGresult* notice) {
    ServerAnswer& answer = static_cast<PostgresLink*>(self)->answer_;
    if (field(*notice, PG_DIAG_SOURCE_FUNCTION) != "SyncRepWaitForLSN") return;
    answer.wait_cancelled = true;
    answer.message = field(*notice, PG_DIAG_MESSAGE_PRIMARY);
}

void PostgresLink::lost() {
    if (done_ == nullptr) return;
    if (answer_.end == ServerAnswer::End::done) {
        answer_.end = ServerAnswer::End::lost;
        answer_.message = first_line(PQerrorMessage(connection_));
    }
    finish();
}

void PostgresLink::finish() {
    // libpq has closed it. Whoever connects next may get its number, also from within done.
    if (PQsocket(connection_) < 0) detach();
    answer_.open_transaction = open_ && PQtransactionStatus(connection_) == PQTRANS_INTRANS;
    const Done done = std::exchange(done_, nullptr);
    done(answer_);
}

bool PostgresLink::is_idle() const {
    return open_ && connection_ != nullptr && PQstatus(connection_) == CONNECTION_OK &&
           PQtransactionStatus(connection_) == PQTRANS_IDLE;
}

bool PostgresLink::is_stale() const {
    char byte = 0;
    const auto size = ::recv(PQsocket(connection_), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void PostgresLink::drop() {
    done_ = nullptr;
    open_ = false;
    if (connection_ == nullptr) return;
    detach();
    PQfinish(std::exchange(connection_, nullptr));
}

}  // namespace gameday::drivers
