#include "injectors/devices/netem/encode.hpp"

#include "tests/injectors/kernel/steer/random_impairment.hpp"
#include "tests/support/catch.hpp"

#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <fstream>
#include <numeric>
#include <set>
#include <string>
#include <vector>

namespace encode_test {

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::kernel;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

// The attributes of the netem inside, with the fixed struct as number -1; nested ones as the
// attributes in them, since libnl marks nests and tc does not.
std::map<int, netem::Bytes> options_of(const netem::Bytes& message) {
    const auto attributes = netem::attributes_of(message, sizeof(tcmsg));
    const auto options = attributes.at(TCA_OPTIONS);
    std::map<int, netem::Bytes> result;
    constexpr std::size_t fixed = sizeof(tc_netem_qopt);
    result[-1] = {options.begin(), options.begin() + fixed};
    for (const auto& [type, value] : netem::attributes_in(options.subspan(fixed))) {
        if (type != TCA_NETEM_LOSS) {
            result[type] = {value.begin(), value.end()};
            continue;
        }
        for (const auto& [model, chain] : netem::attributes_in(value)) {
            result[1000 + model] = {chain.begin(), chain.end()};
        }
    }
    return result;
}

// A message that tc(8) sent, from a file of hexadecimal digits under a line of comment.
netem::Bytes recorded(const std::string& name) {
    std::ifstream file(GAMEDAY_TEST_DIR "/devices/netem/recorded/" + name + ".hex");
    netem::Bytes bytes;
    std::string line;
    while (std::getline(file, line)) {
        for (std::size_t i = 0; line[0] != '#' && i + 1 < line.size(); i += 2) {
            bytes.push_back(static_cast<std::uint8_t>(std::stoul(line.substr(i, 2), nullptr, 16)));
        }
    }
    return bytes;
}

struct Recording {
    std::string name;
    Impairment impairment;
};

std::vector<Recording> recordings() {
    std::vector<Recording> all;
    const auto add = [&](const char* name, std::uint32_t limit = 10'000) -> Impairment& {
        all.push_back({name, {}});
        all.back().impairment.limit = limit;
        return all.back().impairment;
    };
    add("delay").delay = 100ms;
    auto* it = &add("jitter");
    it->delay = 100ms, it->jitter = 10ms, it->delay_correlation = 0.25;
    add("loss").loss.share = 0.05;
    add("loss_correlated").loss = {0.015, 0.3};
    it = &add("gemodel");
    it->gilbert_elliott = GilbertElliott{0.01, 0.3, 0.8, 0.005};
    it->ecn = true;
    add("state").four_state = FourState{0.05, 0.5, 0.1, 0.6, 0.01};
    it = &add("duplicate");
    it->duplicate = 0.01, it->duplicate_correlation = 0.5;
    it = &add("corrupt");
    it->corrupt = 0.001, it->corrupt_correlation = 0.1;
    it = &add("reorder");
    it->delay = 10ms, it->reorder = 0.25, it->reorder_correlation = 0.5, it->gap = 5;
    it = &add("rate");
    it->rate = 125'000, it->packet_overhead = 20, it->cell_size = 100, it->cell_overhead = 5;
    add("rate64").rate = 12'500'000'000;
    add("slot").slot = Slot{800us, 1ms, 32, 64'000};
    it = &add("everything", 20'000);
    it->delay = 80ms, it->jitter = 8ms, it->delay_correlation = 0.05;
    it->loss = {0.02, 0.1};
    it->duplicate = 0.005, it->corrupt = 0.002;
    it->reorder = 0.03, it->reorder_correlation = 0.02, it->gap = 2;
    it->rate = 1'250'000;
    return all;
}

}  // namespace

TEST_CASE("the encoder says what tc says, and beyond that only what switches everything else off") {
    for (const auto& [name, impairment] : recordings()) {
        INFO(name);
        const auto theirs = recorded(name);
        REQUIRE(theirs.size() > 60);
        const auto there = netem::fixed_of<tcmsg>(theirs).value();
        const netem::Place place{there.tcm_ifindex, netem::root, netem::own_handle};
        const auto settings = netem::settings_of(impairment).value();
        const auto ours = netem::add_netem(place, settings, {}, 0);

        const auto header = netem::plain_of<nlmsghdr>(ours);
        CHECK(header.nlmsg_len == ours.size());
        CHECK(header.nlmsg_type == netem::plain_of<nlmsghdr>(theirs).nlmsg_type);
        CHECK(header.nlmsg_flags == netem::plain_of<nlmsghdr>(theirs).nlmsg_flags);
        CHECK(netem::bytes_of(*netem::fixed_of<tcmsg>(ours)) == netem::bytes_of(there));
        const auto tc = options_of(theirs);
        auto rest = options_of(ours);
        for (const auto& [type, value] : tc) {
            INFO("attribute " << type);
            CHECK(rest[type] == value);
            rest.erase(type);
        }
        // What tc leaves out: zeros, which switch off what the kernel would keep, and the two times
        // once more with 64 bits.
        const std::set<int> known{TCA_NETEM_CORR, TCA_NETEM_REORDER,   TCA_NETEM_CORRUPT,
                                  TCA_NETEM_RATE, TCA_NETEM_RATE64,    TCA_NETEM_ECN,
                                  TCA_NETEM_SLOT, TCA_NETEM_LATENCY64, TCA_NETEM_JITTER64};
        for (const auto& [type, value] : rest) {
            INFO("attribute " << type << " of ours alone");
            CHECK(known.contains(type));
            auto wanted = netem::Bytes(value.size(), 0);
            if (type == TCA_NETEM_LATENCY64) wanted = netem::bytes_of(settings.latency);
            if (type == TCA_NETEM_JITTER64) wanted = netem::bytes_of(settings.jitter);
            // tc 6.1 forgets the correlation of duplicates when there is no other correlation.
            if (type == TCA_NETEM_CORR && name == "duplicate") {
                wanted = netem::bytes_of(tc_netem_corr{0, 0, settings.duplicate_correlation});
            }
            if (type == TCA_NETEM_RATE64) wanted = netem::bytes_of(settings.rate);
            CHECK(value == wanted);
        }
    }
}

TEST_CASE("what is encoded is read back bit for bit") {
    Random random(3, "netem");
    for (int i = 0; i < 3000; ++i) {
        const auto impairment = gameday::testing::random_impairment(random);
        const auto settings = netem::settings_of(impairment).value();
        const netem::Place place{static_cast<int>(random.below(1000)), netem::root,
                                 netem::own_handle};
        const auto message = netem::add_netem(place, settings, netem::table_of(impairment), 17);
        const auto read = netem::read_qdisc(message);
        REQUIRE(read.has_value());
        CHECK(read->place == place);
        CHECK(read->kind == "netem");
        REQUIRE(read->settings.has_value());
        CHECK(netem::difference(settings, *read->settings).empty());
        CHECK(*read->settings == settings);
    }
}

TEST_CASE("a difference names the field and both values") {
    netem::Settings asked, found;
    asked.loss = 5;
    asked.latency = 100;
    CHECK(netem::difference(asked, found) ==
          "delay: asked for 100, found 0; loss: asked for 5, found 0");
}

TEST_CASE("a message that is cut short anywhere is read without harm") {
    Impairment it;
    it.delay = 5ms;
    it.gilbert_elliott = GilbertElliott{};
    auto message = netem::add_netem({1}, netem::settings_of(it).value(), {}, 1);
    while (!message.empty()) {
        message.pop_back();
        (void)netem::read_qdisc(message);  // must not read behind the end (ASan)
    }
    CHECK_FALSE(netem::read_qdisc(message).has_value());
}

TEST_CASE("a jitter that the kernel would cut short is refused") {
    Impairment it;
    it.delay = 1h;
    it.jitter = 2147ms;
    CHECK(netem::settings_of(it).has_value());
    it.jitter = 2148ms;
    const auto refused = netem::settings_of(it);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().message.find("2147ms at most") != std::string::npos);
}

TEST_CASE("the limit holds what can be on its way, and is never netem's 1000 unless asked for") {
    Impairment it;
    CHECK(netem::limit_of(it) == 10'000);
    it.delay = 100ms;
    it.jitter = 10ms;  // 2 * 200,000/s * 140 ms
    CHECK(netem::limit_of(it) == 56'000);
    it.delay = 1h;
    CHECK(netem::limit_of(it) == 1'000'000);
    it.delay = 1s;
    it.jitter = 0s;
    it.rate = 1'250'000;  // 2 * 1.5 s * 2500 packets/s
    CHECK(netem::limit_of(it) == 7'500);
    it.limit = 50;
    CHECK(netem::limit_of(it) == 50);
}

TEST_CASE("the tables of the named distributions have mean 0, deviation 1 and their own shape") {
    Impairment it;
    CHECK(netem::table_of(it).empty());
    for (const auto distribution :
         {Distribution::normal, Distribution::pareto, Distribution::paretonormal}) {
        it.distribution = distribution;
        const auto table = netem::table_of(it);
        REQUIRE(table.size() == 4096);
        CHECK(std::is_sorted(table.begin(), table.end()));
        double sum = 0, squares = 0;
        for (const double each : table) sum += each, squares += each * each;
        const double count = static_cast<double>(table.size());
        CHECK(sum / count / 8192 == Approx(0).margin(0.001));
        CHECK(squares / count / 8192 / 8192 == Approx(1).margin(0.01));
        // The median of the skewed ones lies below their mean.
        const double median = table[2048] / 8192.0;
        if (distribution == Distribution::normal) CHECK(median == Approx(0).margin(0.001));
        if (distribution != Distribution::normal) CHECK(median < -0.1);
    }
    // Of a normal variable 84.13 % lie below one deviation.
    it.distribution = Distribution::normal;
    CHECK(netem::table_of(it)[3446] / 8192.0 == Approx(1).margin(0.01));
}

}  // namespace encode_test
