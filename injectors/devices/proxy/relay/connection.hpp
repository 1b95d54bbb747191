// Connection: one accepted client, its upstream, and the two flows between them.
//
// Life: accepted; held, while a black hole meets it; dialled; two flows; over. How one side ends is
// how the other side ends: FIN for FIN in that direction, RST for RST, and a target that refuses is
// an RST. Shard thread only.
#pragma once

#include "injectors/devices/proxy/record/record.hpp"
#include "injectors/devices/proxy/relay/flow.hpp"
#include "injectors/devices/proxy/relay/packet_gate.hpp"
#include "injectors/devices/proxy/rules/rules.hpp"
#include "injectors/devices/proxy/tls/client_hello.hpp"
#include "injectors/devices/proxy/tls/endpoint/session.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::devices::proxy {

class Connection final : public FlowOwner,
                         private Socket::Owner,
                         public std::enable_shared_from_this<Connection> {
 public:
    // Takes over the client's descriptor. Calls `over(number)` once, when nothing of the connection
    // is left. `poller`, `link` and `scratch` outlive it.
    Connection(Poller& poller, int client, std::uint64_t number, LinkState& link,
               ReadBuffer& scratch, std::function<void(std::uint64_t)> over);

    void looks_up() { dialled_ = true; }     // its target; dial() follows
    void dial(const StreamAddress& target);  // connects and lets bytes flow
    // The first of them that does not refuse; they are one host's, at least one.
    void dial(std::vector<StreamAddress> targets);
    // One address has failed, or the host has none: the next one, or the client is told.
    void cannot_dial(const std::string& why);
    // Calls `heard` once when the client has said whom it wants to talk to, or something else, or
    // nothing for too long: then it is reset instead. dial() may follow. What it said stays unread.
    void hear_hello(std::function<void(const tls::ClientHello&)> heard);
    // The client's TLS ends here; calls `done` once when its handshake is over. One that fails, or
    // takes too long, ends the connection.
    void terminate(std::unique_ptr<tls::Session> session, std::function<void()> done);
    void stall();  // takes what the client sends, and never answers
    // The upstream that will be dialled is spoken to in TLS; when that fails the client gets RST.
    void encrypt_upstream(std::unique_ptr<tls::Session> session);
    [[nodiscard]] std::string protocol() const;    // that the client's TLS agreed on (ALPN), or ""
    [[nodiscard]] std::string local_host() const;  // the address that the client dialled
    void answer_and_close(std::string_view answer);  // to the client, without dialling
    void follow(const LinkRules& rules);
    void shed_filter();    // that the client's socket has from the listener
    void count_packets();  // that filters have taken so far, to whom they owe it
    // RST to the target (to), to the client (from) or to both. After a one-sided reset the other
    // side knows nothing: its connection is half open and gets RST as soon as it sends something.
    void reset(Direction direction);
    void half_close(Direction direction);  // FIN (once connected), later bytes are dropped
    void close();                          // both sockets, now

    [[nodiscard]] std::uint64_t number() const { return number_; }
    // For the record: a fault that has met it; those of the rules that meet it.
    void note_fault(FaultId id);
    void note_faults(const LinkRules& rules);
    [[nodiscard]] ConnectionRecord record() const;
    [[nodiscard]] bool held() const { return !dialled_; }
    // Whether a client that was held has closed meanwhile: its handshake would never have ended.
    [[nodiscard]] bool client_gone();
    // Chunks that wait in the directions given.
    [[nodiscard]] std::size_t waiting(Direction direction) const;

 private:
    // What comes before bytes flow, where TLS is more than passed through.
    struct Opening {
        enum class Stage : std::uint8_t { hello, client, stalled, upstream } stage;
        Timer patience;
        std::function<void(const tls::ClientHello&)> heard{};
        std::function<void()> done{};
    };

    std::shared_ptr<void> keep_alive() override { return shared_from_this(); }
    void flow_finished() override;
    void reset_carried() override;
    void limit_carried() override;
    void note_end(HowEnded how);
    void sink_lost(bool to) override;
    void ready(Socket& socket) override;
    bool connect_ended();
    void cannot_connect(const boost::system::error_code& error);
    void dial_next();
    Opening& open_with(Opening::Stage stage);
    void be_patient();
    void go_on_opening();
    void listen_for_hello();
    void shake_hands_with_client();
    bool shake_hands_with_upstream();
    void handshake_failed(Socket& with);
    void tls_failed(std::string why);
    void swallow();
    void translate(bool to, std::span<const char> bytes) override;
    void translate_end(bool to) override;
    void drained() override { to_.resume(); }
    bool crowded() const override;
    void follow_http(http::ArmedFaults faults);
    void take(const http::Pieces& pieces);
    void leave_half_open(Socket& survivor);
    void hear_half_open(Socket& survivor);
    void await(const std::optional<Ending>& ending);
    void filter(const LinkRules& rules);
    void open_upstream(int family);
    void detach_filters();
    void stop_flows();
    void over_when_closed();

    const std::uint64_t number_;
    std::vector<StreamAddress> targets_;  // still to be tried, the next one last
    LinkState& link_;
    ReadBuffer& scratch_;
    std::function<void(std::uint64_t)> over_;
    Socket client_, upstream_;
    Flow to_, from_;
    std::unique_ptr<Opening> opening_;            // none once bytes flow
    std::unique_ptr<http::Exchanges> exchanges_;  // only where there are HTTP faults
    const Instant accepted_;
    std::optional<Timer> timer_;  // of an ending
    struct Gates {
        PacketGate client, upstream;
    };
    std::unique_ptr<Gates> gates_;  // made when first needed
    // Bytes of a direction have been discarded: it cannot go on without them.
    bool robbed_to_ = false, robbed_from_ = false;
    bool dialled_ = false, connected_ = false;
    bool fin_to_ = false, fin_from_ = false;  // asked for before it was connected
    bool ended_ = false;                      // no bytes flow any more
    std::optional<HowEnded> fin_first_;
    ConnectionRecord record_;  // what the members above do not tell
};

}  // namespace gameday::devices::proxy
