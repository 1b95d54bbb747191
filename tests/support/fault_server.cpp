#include "tests/support/fault_server.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <array>
#include <future>

namespace gameday::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

struct FaultServer::Session : std::enable_shared_from_this<Session> {
    Session(tcp::socket socket_in, FaultServer& server_in)
        : socket(std::move(socket_in)), server(server_in), timer(socket.get_executor()) {}

    void read() {
        socket.async_read_some(asio::buffer(chunk),
                               [self = shared_from_this()](const Error& error, std::size_t size) {
                                   if (error) return self->close();
                                   self->in.append(self->chunk.data(), size);
                                   self->parse();
                               });
    }

    void parse() {
        const auto end = in.find("\r\n\r\n");
        if (end == std::string::npos) return read();
        std::size_t length = 0;
        if (const auto at = in.find("Content-Length: "); at < end) {
            length = std::stoul(in.substr(at + 16));
        }
        if (in.size() < end + 4 + length) return read();
        const auto space = in.find(' ');
        method = in.substr(0, space);
        path = in.substr(space + 1, in.find(' ', space + 1) - space - 1);
        body = in.substr(end + 4, length);
        if (path == "/status") server.last_head_ = in.substr(0, end + 4);
        in.erase(0, end + 4 + length);
        pending = true;
        server.handle(shared_from_this());
    }

    void close() {
        Error ignored;
        timer.cancel();
        socket.close(ignored);
        server.sessions_.erase(shared_from_this());
    }

    tcp::socket socket;
    FaultServer& server;
    asio::steady_timer timer;
    std::array<char, 2048> chunk{};
    std::string in, out, method, path, body;
    bool pending = false;  // a request waits for its answer
};

FaultServer::FaultServer(std::string name, bool primary)
    : name_(std::move(name)), primary_(primary), work_(io_.get_executor()) {
    listen();
    thread_ = std::thread([this] { io_.run(); });
}

FaultServer::~FaultServer() {
    io_.stop();
    thread_.join();
    sessions_.clear();
}

void FaultServer::on_thread(const std::function<void()>& work) {
    std::promise<void> done;
    asio::post(io_, [&] {
        work();
        done.set_value();
    });
    done.get_future().wait();
}

void FaultServer::listen() {
    acceptor_ = std::make_unique<tcp::acceptor>(
        io_, tcp::endpoint(asio::ip::make_address("127.0.0.1"), port_), true);
    port_ = acceptor_->local_endpoint().port();
    accept();
}

void FaultServer::accept() {
    acceptor_->async_accept([this](const Error& error, tcp::socket socket) {
        if (error) return;
        ++accepted_;
        socket.set_option(tcp::no_delay(true));
        auto session = std::make_shared<Session>(std::move(socket), *this);
        sessions_.insert(session);
        session->read();
        accept();
    });
}

void FaultServer::set_mood(Mood mood, Duration delay) {
    on_thread([&] {
        const Mood before = mood_;
        mood_ = mood;
        delay_ = delay;
        if (mood == Mood::refuse && before != Mood::refuse) {
            acceptor_.reset();
            for (const auto& session : std::set(sessions_)) {
                Error ignored;
                session->socket.set_option(asio::socket_base::linger(true, 0), ignored);
                session->close();
            }
        }
        if (mood != Mood::refuse && before == Mood::refuse) listen();
        if (before == Mood::stall && mood == Mood::serve) {
            for (const auto& session : std::set(sessions_)) {
                if (session->pending) handle(session);
            }
        }
    });
}

void FaultServer::set_primary(bool primary) {
    on_thread([&] { primary_ = primary; });
}

void FaultServer::put(std::uint32_t key, std::uint64_t value) {
    on_thread([&] { stored_[key] = value; });
}

void FaultServer::replicate_to(FaultServer* other, Duration lag) {
    on_thread([&] {
        replica_ = other;
        replica_lag_ = lag;
    });
}

std::map<std::uint32_t, std::uint64_t> FaultServer::stored() {
    std::map<std::uint32_t, std::uint64_t> copy;
    on_thread([&] { copy = stored_; });
    return copy;
}

void FaultServer::forget() {
    on_thread([&] { forgets_ = true; });
}

std::set<std::uint64_t> FaultServer::names() {
    std::set<std::uint64_t> copy;
    on_thread([&] { copy = names_; });
    return copy;
}

std::uint64_t FaultServer::written() {
    std::uint64_t count = 0;
    on_thread([&] { count = written_; });
    return count;
}

std::uint64_t FaultServer::accepted() {
    std::uint64_t count = 0;
    on_thread([&] { count = accepted_; });
    return count;
}

std::string FaultServer::last_head() {
    std::string head;
    on_thread([&] { head = last_head_; });
    return head;
}

void FaultServer::handle(const std::shared_ptr<Session>& session) {
    switch (mood_) {
        case Mood::stall:
        case Mood::refuse: return;
        case Mood::error_503: return respond(session, 503, "");
        case Mood::rejecting: return respond(session, 421, "");
        case Mood::nonsense: return respond(session, 200, "<html>");
        case Mood::blackhole: (void)carry_out(*session); return;  // done, and nobody hears of it
        case Mood::serve:
        case Mood::slow: break;
    }
    const auto [status, body] = carry_out(*session);
    if (mood_ == Mood::serve) return respond(session, status, body);
    session->timer.expires_after(delay_);
    session->timer.async_wait([this, session, status = status, body = body](const Error& error) {
        if (!error) respond(session, status, body);
    });
}

std::pair<unsigned, std::string> FaultServer::carry_out(const Session& session) {
    if (session.path == "/health") return {200, "ok"};
    if (session.path == "/primary") return {primary_ ? 200U : 503U, ""};
    if (session.path == "/status") {
        return {200, fmt::format(R"({{"node":"{}","role":"{}","term":{},"lag_ms":{}}})", name_,
                                 primary_ ? "primary" : "replica", 7, 25)};
    }
    const std::uint64_t name = std::stoull(session.path.substr(4));
    names_.insert(name);
    const auto key = static_cast<std::uint32_t>(name);
    if (session.method == "PUT") {
        const std::uint64_t value = std::stoull(session.body);
        if (!forgets_) stored_[key] = value;
        if (replica_ != nullptr) {
            auto timer = std::make_shared<asio::steady_timer>(io_, replica_lag_);
            timer->async_wait([timer, other = replica_, key, value](const Error& error) {
                if (!error) other->put(key, value);
            });
        }
        ++written_;
        return {200, fmt::format(R"({{"version":{}}})", ++version_)};
    }
    const auto found = stored_.find(key);
    if (found == stored_.end()) return {404, ""};
    return {200, fmt::format(R"({{"value":"{}","version":{}}})", found->second, version_)};
}

void FaultServer::respond(const std::shared_ptr<Session>& session, unsigned status,
                          const std::string& body) {
    session->pending = false;
    session->out =
        fmt::format("HTTP/1.1 {} Status\r\nX-Served-By: {}\r\nContent-Length: {}\r\n\r\n{}", status,
                    name_, body.size(), body);
    asio::async_write(session->socket, asio::buffer(session->out),
                      [session](const Error& error, std::size_t) {
                          if (error) return session->close();
                          session->parse();
                      });
}

}  // namespace gameday::test
