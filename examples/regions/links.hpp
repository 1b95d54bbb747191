// Links: the TCP connections between nodes. A node says what it has to say on connections that it
// dialled itself, and hears on those that it accepted, so each link of the scenario carries the
// messages of its dialler and nothing else.
//
// A frame is a length (4 bytes, little endian) and a message; the first frame of a connection is
// the dialler's number. Connections that break are dialled again for ever.
#pragma once

#include "examples/regions/message.hpp"
#include "harness/base/result.hpp"
#include "harness/model/topology.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>
#include <memory>

namespace gameday::regions {

class Outgoing;

class Links {
 public:
    using OnMessage = std::function<void(Peer from, const Message& message)>;

    // Both on the one thread of `io`; `on_message` is called from it.
    Links(boost::asio::io_context& io, Peer self, OnMessage on_message);
    ~Links();
    Links(const Links&) = delete;
    Links& operator=(const Links&) = delete;

    // Starts to hear others. Fails with `failed` when the address cannot be had.
    Result<void> listen(const Endpoint& endpoint);
    void dial(Peer to, const Endpoint& endpoint);

    // Returns false when the message was surely not sent: no connection, or too much waits for it.
    bool send(Peer to, const Message& message);

 private:
    struct Incoming;
    struct Listener;
    boost::asio::io_context& io_;
    const Peer self_;
    OnMessage on_message_;
    std::unique_ptr<Listener> listener_;
    std::map<Peer, std::shared_ptr<Outgoing>> outgoing_;
};

}  // namespace gameday::regions
