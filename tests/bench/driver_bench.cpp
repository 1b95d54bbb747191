// What an operation of a driver costs: as many as one thread can make against one server, each with
// the record that a run makes of it: in the log of a shard, the counters, the late acknowledgements
// and the stream of evidence on disk. Prints operations per second of our own CPU time, that of
// the system for us included. `driver_pairs.py` beside it compares with redis-benchmark and
// pgbench.
//
// Usage: bench_driver DRIVER ADDRESS:PORT [PARAMS [SECONDS [IN_FLIGHT [WRITES]]]]
//   bench_driver redis 127.0.0.1:6379 '{"served_by": ""}' 5 50 0.5
#include "harness/base/random.hpp"
#include "harness/json/json.hpp"
#include "harness/load/ack_log.hpp"
#include "harness/load/meter.hpp"
#include "harness/load/op_log.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/clock.hpp"
#include "harness/store/evidence_stream.hpp"
#include "tests/support/drivers.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fmt/format.h>

#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace gameday::bench {
namespace {

using namespace std::chrono_literals;

struct Options {
    std::string driver, endpoint;
    std::string params = "{}";
    double seconds = 5;
    std::uint32_t in_flight = 50;
    double writes = 0.5;
};

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

// A folder for the evidence, which ends with this.
class ScratchFolder {
 public:
    ScratchFolder() {
        if (::mkdtemp(path_.data()) == nullptr) path_.clear();
    }
    ~ScratchFolder() {
        std::error_code ignored;  // nobody is left to be told
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

 private:
    std::string path_ = (std::filesystem::temp_directory_path() / "gameday-bench-XXXXXX").string();
};

// Begins an operation whenever one has ended.
class Bench final : public ReplySink {
 public:
    explicit Bench(const Options& options) : options_(options), sweeper_(io_) {}

    Result<void> open(const Endpoint& endpoint, const Params& params) {
        topology_.regions.push_back({RegionId::of(0), "here", {NodeId::of(0)}});
        topology_.nodes.push_back(
            {NodeId::of(0), "node", RegionId::of(0), "", "local", endpoint, {}});
        const auto* driver = find_kind(test::all_drivers(), options_.driver);
        if (driver == nullptr) return Error{ErrorCode::invalid, "no driver of that name"};
        auto opened = driver->open(
            ClientContext{io_, topology_, NodeId(0), endpoint, *this, false, RegionId(0)}, params);
        if (!opened) return std::move(opened).error();
        client_ = std::move(*opened);
        auto stream = store::EvidenceStream::create(
            {folder_.path() + "/evidence", [this] { return clock_.now(); }}, {});
        if (!stream) return std::move(stream).error();
        stream_ = std::move(*stream);
        return {};
    }

    void run() {
        records_.resize(options_.in_flight);
        for (std::uint32_t tag = 0; tag < options_.in_flight; ++tag) begin(tag);
        sweep();
        io_.run_for(1s);  // connections are made, and code and data are where they stay
        counts_ = {};
        const double cpu = cpu_seconds();
        const Instant from = clock_.now();
        io_.run_for(std::chrono::duration_cast<std::chrono::nanoseconds>(
            std::chrono::duration<double>(options_.seconds)));
        const double spent = cpu_seconds() - cpu;
        const double wall = seconds(clock_.now() - from);
        client_->close();
        hand_over();
        if (const std::string trouble = stream_->finish(); !trouble.empty()) {
            fmt::print("the evidence is not whole: {}\n", trouble);
        }
        const auto all = counts_[0] + counts_[1] + counts_[2];
        fmt::print(
            "{}, {} in flight, {:.0f} % writes: {} operations ({} failed, {} unknown) in {:.2f} s, "
            "{:.0f} a second; {:.2f} s of CPU, {:.0f} operations a CPU second\n",
            options_.driver, options_.in_flight, options_.writes * 100, all, counts_[1], counts_[2],
            wall, static_cast<double>(all) / wall, spent, static_cast<double>(all) / spent);
    }

 private:
    static constexpr std::size_t handed_over_at_once = 1024;  // as a shard does
    static constexpr std::uint64_t keys = 100'000;
    static constexpr Duration latency_max = 1s;

    void begin(std::uint64_t tag) {
        Operation& record = records_[tag];
        record = {};
        record.scheduled = record.invoked = clock_.now();
        record.client = ClientId::of(0);
        record.node = NodeId::of(0);
        record.phase = Phase::active;
        record.verb = random_.chance(options_.writes) ? Verb::write : Verb::read;
        record.key = static_cast<std::uint32_t>(random_.below(keys));
        if (record.verb == Verb::write) record.value = numbered(1, ++next_value_);
        meter_.count_due();
        client_->perform({record.verb, record.key, record.value}, tag, record.invoked,
                         record.invoked + 1s);
    }

    void on_reply(std::uint64_t tag, const Reply& reply) override {
        Operation& record = records_[tag];
        record.completed = clock_.now();
        record.outcome = reply.outcome;
        record.cause = reply.cause;
        record.served_by = reply.served_by;
        record.version = reply.version;
        if (record.verb == Verb::read) record.value = reply.value;
        log_.append(record);
        if (log_.not_handed_over() >= handed_over_at_once) hand_over();
        meter_.count_done(record, latency_max);
        if (record.verb == Verb::write && record.outcome == Outcome::ok) {
            acks_.append({record.value, record.completed, record.key, 0});
        }
        ++counts_.at(static_cast<std::size_t>(reply.outcome));
        if (reply.outcome != Outcome::ok && !told_) {
            told_ = true;
            fmt::print("the first that was not ok: {} {}\n", name_of(reply.cause), reply.detail);
        }
        begin(tag);
    }

    void hand_over() {
        log_.hand_over([this](std::span<const Operation> some) { stream_->append(some); });
    }

    // As a shard does, and as those who read acknowledgements have it.
    void sweep() {
        client_->expire(clock_.now());
        acks_.trim(clock_.now() - 60s);
        sweeper_.expires_after(10ms);
        sweeper_.async_wait([this](const boost::system::error_code& error) {
            if (!error) sweep();
        });
    }

    Options options_;
    boost::asio::io_context io_{1};
    boost::asio::steady_timer sweeper_;
    SteadyClock clock_;
    Topology topology_;
    std::unique_ptr<Client> client_;
    Random random_{1, "driver bench"};
    std::vector<Operation> records_;  // of those under way, by tag
    load::OpLog log_;
    load::Meter meter_;
    load::AckLog acks_;
    ScratchFolder folder_;
    std::unique_ptr<store::EvidenceStream> stream_;
    std::array<std::uint64_t, 3> counts_{};
    std::uint64_t next_value_ = 0;
    bool told_ = false;
};

int main_of(int count, char** words) {
    Options options;
    if (count < 3) {
        fmt::print(stderr,
                   "usage: bench_driver DRIVER ADDRESS:PORT [PARAMS [SECONDS [IN_FLIGHT "
                   "[WRITES]]]]\n");
        return 2;
    }
    options.driver = words[1];
    options.endpoint = words[2];
    if (count > 3) options.params = words[3];
    if (count > 4) options.seconds = std::atof(words[4]);
    if (count > 5) options.in_flight = static_cast<std::uint32_t>(std::atoi(words[5]));
    if (count > 6) options.writes = std::atof(words[6]);
    const auto endpoint = parse_endpoint(options.endpoint);
    const auto params = json::parse(options.params);
    if (!endpoint || !params || params->as<Params>() == nullptr) {
        fmt::print(stderr, "bench_driver: ADDRESS:PORT or PARAMS cannot be read\n");
        return 2;
    }
    Bench bench(options);
    if (auto opened = bench.open(*endpoint, *params->as<Params>()); !opened) {
        fmt::print(stderr, "bench_driver: {}\n", opened.error().message);
        return 1;
    }
    bench.run();
    return 0;
}

}  // namespace
}  // namespace gameday::bench

int main(int count, char** words) { return gameday::bench::main_of(count, words); }
