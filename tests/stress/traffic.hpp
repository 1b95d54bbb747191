// Traffic: many connections through proxies, on one thread. Both ends are ours: each sends a stream
// of known bytes and checks the other's, ends it with FIN, and when both streams are over the pair
// begins anew.
//
// Through a gentle proxy every stream must arrive whole. Through any other, whose faults cut, what
// arrives must be a prefix, and both ends must come to know that it is over.
#pragma once

#include "tests/stress/sockets.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace gameday::stress {

// What is done wrong on purpose, to see that it is found.
enum class Plant : std::uint8_t { none, drop, duplicate, reorder, truncate, leak, no_end };

struct Door {  // of a proxy
    Address address;
    bool gentle = true;
};

struct TrafficSettings {
    std::vector<Door> doors;
    std::size_t pairs = 100;
    std::uint64_t seed = 1;
    Plant plant = Plant::none;
    int rest_ms = 0;  // between two turns of the loop, for others to have the processors
};

struct Counts {
    std::atomic<std::uint64_t> bytes{0}, begun{0}, whole{0}, cut{0}, refused{0};
    std::atomic<std::uint64_t> relayed{0};  // now: connections of which both ends are open
    std::atomic<std::uint64_t> problems{0};
};

class Traffic {
 public:
    Traffic(TrafficSettings settings, Listeners& servers, Counts& counts);
    ~Traffic();
    Traffic(const Traffic&) = delete;
    Traffic& operator=(const Traffic&) = delete;

    void start();
    // No new pairs; those there are finish what they have sent. Nothing is left after at most so
    // many seconds without progress, or `problems` says so.
    void drain(int patience_s);
    [[nodiscard]] std::vector<std::string> problems();

 private:
    struct Way {  // one stream
        std::uint64_t key = 0, goal = 0, sent = 0, received = 0;
        bool fin_sent = false, fin_seen = false;
    };
    struct Pair {
        std::size_t door = 0;
        Way up, down;
        Descriptor client, server;
        bool connected = false, cut = false;
        std::uint64_t retry_at = 0;  // turn of the loop
    };
    // Which end of which pair a descriptor is; an accepted one whose key is not known yet is none.
    struct End {
        static constexpr std::size_t none = ~std::size_t{0};
        std::size_t pair = none;
        bool is_client = false;
        Descriptor stranger;  // open while its key is not known
        std::array<char, head_bytes> head{};
        std::size_t head_got = 0;
    };

    void run();
    void begin(std::size_t index);
    void accept(int listener);
    void read(int fd);
    void take(int fd, std::span<const char> bytes);
    void introduce(int fd);
    void take_stream(const End& end, std::span<const char> bytes);
    void ended(int fd, bool reset);
    void poke(std::size_t index);
    void write(std::size_t index, bool by_client);
    bool misbehave(Way& way, std::span<char> chunk);
    void finish(std::size_t index, bool by_client);
    void let_go_when_carried(std::size_t index, bool client);
    void let_go(std::size_t index, bool client);
    void shrink_goals();
    void problem(std::string what);
    void describe_those_left();
    End& end_of(int fd);

    TrafficSettings settings_;
    Listeners& servers_;
    Descriptor poller_;
    Random random_;
    std::vector<Pair> pairs_;
    std::map<std::uint64_t, std::size_t> by_key_;
    std::vector<End> ends_;  // by descriptor
    std::size_t strangers_ = 0, cursor_ = 0;
    std::uint64_t turns_ = 0, keys_ = 0;

    std::atomic<bool> draining_{false}, shrunk_{false}, stopping_{false};
    std::atomic<std::size_t> live_{0};  // pairs, and accepted ends that no pair has
    Counts& counts_;
    std::mutex mutex_;  // of the problems
    std::vector<std::string> problems_;
    std::thread thread_;
};

}  // namespace gameday::stress
