// FaultServer: a small key-value server over HTTP inside the test, which misbehaves on demand. It
// speaks the API of examples/regions: /kv/{key}, /health, /primary, /status.
#pragma once

#include "harness/base/time.hpp"
#include "harness/model/topology.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

namespace gameday::test {

enum class Mood {
    serve,
    refuse,     // listener and connections closed, with resets
    error_503,  // every request is answered 503 and not done
    stall,      // requests are held and served when the mood changes back
    blackhole,  // requests are done, but never answered
    slow,       // every answer is `delay` late
    nonsense,   // answers 200 with a body that is not JSON
    rejecting,  // answers 421
};

class FaultServer {
 public:
    explicit FaultServer(std::string name, bool primary = true);
    ~FaultServer();
    FaultServer(const FaultServer&) = delete;
    FaultServer& operator=(const FaultServer&) = delete;

    // Return once in force.
    void set_mood(Mood mood, Duration delay = Duration::zero());
    void set_primary(bool primary);
    void put(std::uint32_t key, std::uint64_t value);
    // From now on writes are acknowledged and forgotten.
    void forget();
    // Writes here reach the other server after this lag, as replication would. The other one was
    // made earlier, so that it is gone later.
    void replicate_to(FaultServer* other, Duration lag);

    [[nodiscard]] Endpoint endpoint() const { return {"127.0.0.1", port_}; }
    std::map<std::uint32_t, std::uint64_t> stored();  // by the lower half of the key's name
    std::set<std::uint64_t> names();                  // of all keys that were asked for
    std::uint64_t written();                          // writes answered with success
    std::uint64_t accepted();                         // connections
    std::string last_head();                          // of the last request for /status

 private:
    struct Session;
    void on_thread(const std::function<void()>& work);
    void listen();
    void accept();
    void handle(const std::shared_ptr<Session>& session);
    void respond(const std::shared_ptr<Session>& session, unsigned status, const std::string& body);
    std::pair<unsigned, std::string> carry_out(const Session& session);

    std::string name_;
    bool primary_;
    std::uint16_t port_ = 0;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::unique_ptr<boost::asio::ip::tcp::acceptor> acceptor_;
    std::set<std::shared_ptr<Session>> sessions_;
    Mood mood_ = Mood::serve;
    Duration delay_{};
    FaultServer* replica_ = nullptr;
    Duration replica_lag_{};
    std::map<std::uint32_t, std::uint64_t> stored_;
    std::set<std::uint64_t> names_;
    std::string last_head_;
    bool forgets_ = false;
    std::uint64_t version_ = 0, written_ = 0, accepted_ = 0;
    std::thread thread_;
};

}  // namespace gameday::test
