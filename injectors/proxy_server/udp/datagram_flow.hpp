// DatagramFlow: one direction of one session. Datagrams keep their boundaries; those that meet no
// fault are passed on at once, all others wait until they are due. Shard thread only.
#pragma once

#include "injectors/devices/proxy/relay/flow.hpp"
#include "injectors/proxy_server/names.hpp"
#include "injectors/proxy_server/udp/datagram_rule.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace gameday::proxy_server::udp {

// The session as its flows see it.
class DatagramOwner {
 public:
    virtual std::shared_ptr<void> keep_alive() = 0;
    virtual void pass(Direction way, std::span<const char> datagram) = 0;

 protected:
    ~DatagramOwner() = default;
};

class DatagramFlow {
 public:
    // `owner` outlives the flow; `stream` is that of DatagramId.
    DatagramFlow(DatagramOwner& owner, Direction way, std::uint64_t stream,
                 const Executor& executor);

    void arrive(std::span<const char> datagram);
    void follow(DatagramRule rule);  // from now on; what waits keeps its due time
    void open();                     // lets out what has come: the sink is there
    void stop();                     // forgets everything

 private:
    struct Waiting {
        Instant due;
        std::vector<char> bytes;
    };
    // One that others are to pass: it leaves behind the last of them, or when its time is up.
    struct Overtaken {
        std::int64_t gap;
        Instant latest;
        std::vector<char> bytes;
    };

    void enqueue(std::span<const char> datagram);
    void let_pass();
    void release(std::vector<Overtaken>::iterator overtaken);
    void release_overdue();
    void pump();
    void wake_at(Instant instant);

    DatagramOwner& owner_;
    const Direction way_;
    const std::uint64_t stream_;
    Timer timer_;
    DatagramRule rule_;
    std::deque<Waiting> queue_;
    std::vector<Overtaken> overtaken_;
    std::size_t waiting_ = 0;  // bytes, and a little for each datagram
    std::uint64_t next_ = 0;
    Instant last_due_{}, free_at_{};
    std::optional<Instant> wake_;  // what the timer is set to
    bool open_ = false, stopped_ = false;
};

}  // namespace gameday::proxy_server::udp
