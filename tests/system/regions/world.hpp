// World: the engines of a whole system in simulated time, with a network that can be cut, nodes
// that crash and stop, and a checker that looks at every acknowledgement. Same seed, same run.
#pragma once

#include "examples/regions/engine.hpp"
#include "harness/base/random.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

namespace gameday::regions::simulation {

// A disk that survives the crash of its node.
class MemoryDisk final : public Disk {
 public:
    void save_vote(Term term, std::optional<Peer> vote) override;
    void append(std::span<const Entry> entries) override;
    Recovered content;
};

struct Acknowledged {
    std::string key, value;
    std::uint64_t version = 0;
    Peer server = 0;
    Instant at;
};

class World {
 public:
    World(Settings settings, std::uint64_t seed);

    // Lets `length` pass, with one write every `write_gap` at a random node.
    void run(Duration length);

    // Faults. A cut link holds what is sent and delivers it when it is joined again.
    void cut(Peer from, Peer to);
    void isolate(Peer node);  // both directions, all links
    void join_all();
    void crash(Peer node);  // loses all but its disk, and what is on the way to it
    void restart(Peer node);
    void pause(Peer node, Duration length);

    // Ends all faults and lets things settle; then checks that each acknowledged write is held, as
    // acknowledged, by every node. Returns the keys that are not.
    std::vector<std::string> lost();

    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] std::optional<Peer> primary() const;
    // Whether a write offered now is acknowledged within `patience`.
    bool serves(Duration patience);

    std::vector<Acknowledged> acknowledged;  // as clients were told
    // Acknowledgements that a node gave for an older term than another had given one for before.
    std::size_t split_brain_acknowledgements = 0;
    std::size_t changes_of_primary = 0;
    Duration write_gap = std::chrono::milliseconds(7);
    double stop_before_answer = 0;  // chance that a node stops between an event and its answers

 private:
    struct Node {
        std::unique_ptr<Engine> engine;  // none: crashed
        MemoryDisk disk;
        Instant paused_until = Instant::min();
        std::uint64_t life = 0;
        bool settle_later = false;
    };
    struct Event {
        Instant at;
        std::uint64_t order = 0;
        std::function<void()> run;
        bool operator<(const Event& other) const {
            return at != other.at ? at > other.at : order > other.order;
        }
    };

    void at(Instant when, std::function<void()> event);
    void on_node(Peer node, std::uint64_t life, const std::function<void(Engine&)>& event);
    void settle(Peer node);
    void transmit(Peer from, Peer to, const Message& message);
    void tick(Peer node, std::uint64_t life);
    void offer_write(Peer node);
    void note_acknowledgement(std::uint64_t version);
    void watch_primary();
    std::optional<Answer> read(Peer node, const std::string& key);

    const Settings settings_;
    Random random_;
    Instant now_ = gameday::at(std::chrono::hours(1));
    std::uint64_t order_ = 0, requests_ = 0;
    std::vector<Node> nodes_;
    std::priority_queue<Event> events_;
    std::map<std::pair<Peer, Peer>, bool> cut_;
    std::map<std::pair<Peer, Peer>, Instant> last_arrival_;
    std::map<std::pair<Peer, Peer>, std::vector<std::pair<std::uint64_t, Message>>> held_;
    std::map<std::uint64_t, std::string> offered_;  // request → key
    std::map<std::uint64_t, Answer> reads_;
    Term newest_term_acknowledged_ = 0;
    std::optional<Peer> last_primary_;
};

}  // namespace gameday::regions::simulation
