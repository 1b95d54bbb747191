#include "examples/regions/node.hpp"

#include "examples/regions/engine.hpp"
#include "examples/regions/front.hpp"
#include "examples/regions/layout.hpp"
#include "examples/regions/links.hpp"
#include "harness/json/json.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

namespace gameday::regions {
namespace {

namespace asio = boost::asio;

constexpr auto tick_interval = std::chrono::milliseconds(10);

// CLOCK_MONOTONIC, which goes on while a process is stopped.
Instant monotonic_now() {
    return Instant(
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

std::vector<std::string> names_of(const NodeConfig& config, bool of_regions) {
    std::vector<std::string> names;
    for (const Place& place : places(config.settings)) {
        names.push_back(of_regions ? config.settings.regions.at(place.region) : place.name);
    }
    return names;
}

// Ties the engine to sockets, disk and clock. One thread; each event ends in pump().
class Node {
 public:
    Node(const NodeConfig& config, Recovered found, Disk& disk)
        : config_(config),
          engine_(
              make_engine(config.settings, config.number, std::move(found), disk, monotonic_now())),
          links_(io_, config.number,
                 [this](Peer from, const Message& message) {
                     engine_->receive(from, message, monotonic_now());
                     pump();
                 }),
          front_(io_, config.number, names_of(config, false), names_of(config, true),
                 Front::Calls{[this](const Request& request) {
                                  engine_->submit(request, monotonic_now());
                                  pump();
                              },
                              [this] { return engine_->view(monotonic_now()); }}),
          timer_(io_) {}

    Result<void> open() {
        const std::vector<Place> all = places(config_.settings);
        const Place& own = all.at(config_.number);
        if (auto heard = links_.listen(own.peers); !heard) return heard;
        if (auto heard = front_.listen(own.clients); !heard) return heard;
        for (Peer peer = 0; peer < all.size(); ++peer) {
            if (peer == config_.number) continue;
            links_.dial(peer, dial_address(config_.settings, config_.number, peer));
        }
        return {};
    }

    void run() {
        tick();
        io_.run();
    }

 private:
    void tick() {
        engine_->tick(monotonic_now());
        pump();
        timer_.expires_after(tick_interval);
        timer_.async_wait([this](const boost::system::error_code& error) {
            if (!error) tick();
        });
    }

    // Carries out what the engine asks for. What could not be sent may lead to more answers.
    void pump() {
        bool more = true;
        while (more) {
            more = false;
            const Effects effects = engine_->settle(monotonic_now());
            for (const Envelope& envelope : effects.messages) {
                if (links_.send(envelope.to, envelope.message)) continue;
                engine_->undelivered(envelope.message);
                more = more || std::holds_alternative<Forward>(envelope.message);
            }
            for (const Answer& answer : effects.answers) front_.answer(answer);
        }
        note_changes();
    }

    void note_changes() {
        const View view = engine_->view(monotonic_now());
        if (view.primary == primary_ && view.term == term_ && view.leader == leader_) return;
        primary_ = view.primary;
        term_ = view.term;
        leader_ = view.leader;
        const auto now =
            std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        fmt::print("{:%FT%T}Z {} term {} index {} leader {}\n", now,
                   primary_ ? "primary" : "replica", term_, view.index,
                   leader_ ? names_of(config_, false).at(*leader_) : "unknown");
        std::fflush(stdout);
    }

    const NodeConfig& config_;
    asio::io_context io_{1};
    std::unique_ptr<Engine> engine_;
    Links links_;
    Front front_;
    asio::steady_timer timer_;
    bool primary_ = false;
    Term term_ = 0;
    std::optional<Peer> leader_;
};

// Held until the process ends: a node must not run twice on one disk.
Result<void> lock(const std::filesystem::path& file) {
    const int handle = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (handle >= 0 && ::flock(handle, LOCK_EX | LOCK_NB) == 0) return {};
    return Error{ErrorCode::refused, file.string() + ": cannot be locked, the node runs already"};
}

Result<void> write_pid(const std::filesystem::path& file) {
    const std::filesystem::path fresh = file.string() + ".new";
    std::ofstream(fresh) << ::getpid() << "\n";
    std::error_code error;
    std::filesystem::rename(fresh, file, error);
    if (error) return Error{ErrorCode::failed, file.string() + ": " + error.message()};
    return {};
}

}  // namespace

std::string node_config_text(const Settings& settings, const std::string& node) {
    return json::print_pretty(Params{{"node", Value(node)}, {"system", Value(settings.source)}});
}

Result<NodeConfig> read_node_config(const std::filesystem::path& file) {
    std::ifstream stream(file);
    if (!stream) return Error{ErrorCode::invalid, file.string() + ": cannot be read"};
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const Result<Value> parsed = json::parse(text);
    if (!parsed) return Error(parsed.error()).within(file.string());
    const Value* system = parsed->find("system");
    const Value* node = parsed->find("node");
    const auto* name = node == nullptr ? nullptr : node->as<std::string>();
    if (name == nullptr || system == nullptr || system->as<Params>() == nullptr) {
        return Error{ErrorCode::invalid, file.string() + ": wanted \"node\" and \"system\""};
    }
    Result<Settings> settings = parse_settings(*system->as<Params>());
    if (!settings) return Error(settings.error()).within(file.string());
    const std::vector<Place> all = places(*settings);
    for (std::size_t number = 0; number < all.size(); ++number) {
        if (all[number].name != *name) continue;
        return NodeConfig{*settings, *name, number, file.parent_path()};
    }
    return Error{ErrorCode::invalid, file.string() + ": the system has no node " + *name};
}

Result<void> run_node(const NodeConfig& config, const std::function<void()>& ready) {
    const NodeFiles files = files_of(config.folder, config.name);
    if (auto locked = lock(files.lock); !locked) return locked;
    Recovered found;
    const bool forget = config.settings.bug == Bug::forget_on_restart;
    auto disk = FileDisk::open(files.data, config.settings.fsync, forget, found);
    if (!disk) return std::move(disk).error();
    Node node(config, std::move(found), **disk);
    if (auto opened = node.open(); !opened) return opened;
    if (auto written = write_pid(files.pid); !written) return written;
    ready();
    node.run();
    return Error{ErrorCode::failed, config.name + ": stopped serving"};
}

}  // namespace gameday::regions
