// The parts of the reference regions that are values: settings, layout, messages, disk, leases.
#include "examples/regions/disk.hpp"
#include "examples/regions/layout.hpp"
#include "examples/regions/lease.hpp"
#include "examples/regions/message.hpp"
#include "examples/regions/settings.hpp"
#include "tests/support/catch.hpp"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace gameday::regions {
namespace {

using std::chrono::seconds;

Params system_of(Params more = {}) {
    more["regions"] = List{Value("a"), Value("b"), Value("c")};
    return more;
}

std::string refusal(const Params& system) {
    const auto parsed = parse_settings(system);
    return parsed ? "" : parsed.error().message;
}

struct Folder {
    Folder()
        : path(std::filesystem::temp_directory_path() /
               ("regions-parts-" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(path);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

Entry entry(Term term, Index index, const std::string& value) {
    return Entry{term, index, 0, "key", value};
}

Recovered reopen(const std::filesystem::path& file) {
    Recovered found;
    REQUIRE(FileDisk::open(file, false, false, found).has_value());
    return found;
}

}  // namespace

TEST_CASE("an unknown key of the system names the nearest known one") {
    CHECK(refusal(system_of({{"replicaton", Value("sync")}})).find("replication") !=
          std::string::npos);
    CHECK(refusal(system_of({{"x-note", Value("let pass")}})).empty());
}

TEST_CASE("settings that mean nothing are refused") {
    CHECK_FALSE(
        refusal(system_of({{"bug", Value("early_ack")}, {"replication", Value("async")}})).empty());
    CHECK_FALSE(refusal(system_of({{"bug", Value("no_fencing")},
                                   {"replication", Value("last_write_wins")}}))
                    .empty());
    CHECK_FALSE(refusal(system_of({{"lease", Value("100ms")}})).empty());
    CHECK_FALSE(refusal(system_of({{"check_interval", Value("500ms")}})).empty());
    CHECK_FALSE(refusal(system_of({{"network", Value("10.0")}})).empty());
    CHECK_FALSE(refusal({{"regions", List{Value("alone")}}}).empty());
    CHECK_FALSE(refusal({{"regions", List{Value("a"), Value("a")}}}).empty());
}

TEST_CASE("every node is dialled at a hop of its own for each other node") {
    const auto parsed = parse_settings(system_of({{"network", Value("127.9")}}));
    REQUIRE(parsed.has_value());
    CHECK(dial_address(*parsed, 0, 2).text() == "127.9.3.1:8101");
    CHECK(dial_address(*parsed, 1, 2).text() == "127.9.3.1:8102");
    const Value described = describe(*parsed);
    // Three regions of clients to three nodes, and each of three nodes to the two others.
    REQUIRE(described.find("links") != nullptr);
    CHECK(described.find("links")->as<List>()->size() == 9 + 6);
    CHECK(text_at(*described.find("links")->as<List>()->front().as<Params>(), "listen") ==
          "127.9.1.1:8001");
}

TEST_CASE("without hops nodes dial each other and no link has a proxy") {
    const auto parsed = parse_settings(system_of({{"hops", Value(false)}}));
    REQUIRE(parsed.has_value());
    CHECK(dial_address(*parsed, 0, 2).text() == "127.0.3.1:7001");
    const Value described = describe(*parsed);
    for (const Value& link : *described.find("links")->as<List>()) {
        CHECK(link.find("listen") == nullptr);
    }
}

TEST_CASE("a message comes back from its bytes as it was, and from no part of them") {
    Append append;
    append.term = 7;
    append.stamp = 0xffffffffffffffffULL;
    append.heard = true;
    append.entries = {entry(6, 1, "one"), entry(7, 2, std::string(300, '\0'))};
    const std::string bytes = encode(append);
    const auto back = decode(bytes);
    REQUIRE(back.has_value());
    CHECK(std::get<Append>(*back).entries == append.entries);
    CHECK(std::get<Append>(*back).stamp == append.stamp);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK_FALSE(decode(std::string_view(bytes).substr(0, size)).has_value());
    }
    CHECK_FALSE(decode(bytes + "x").has_value());
    CHECK_FALSE(decode("\x7f").has_value());
}

TEST_CASE("a disk gives back the vote and the log that were written last") {
    const Folder folder;
    const auto file = folder.path / "node.data";
    {
        Recovered found;
        auto disk = FileDisk::open(file, true, false, found);
        REQUIRE(disk.has_value());
        CHECK(found.blank);
        (*disk)->save_vote(3, Peer(2));
        (*disk)->append(std::array{entry(3, 1, "one"), entry(3, 2, "two"), entry(3, 3, "three")});
        (*disk)->save_vote(4, std::nullopt);
        (*disk)->append(std::array{entry(4, 2, "other")});  // takes the place of 2 and 3
    }
    const Recovered found = reopen(file);
    CHECK_FALSE(found.blank);
    CHECK(found.term == 4);
    CHECK_FALSE(found.vote.has_value());
    REQUIRE(found.logs.size() == 1);
    CHECK(found.logs[0] == std::vector{entry(3, 1, "one"), entry(4, 2, "other")});
}

TEST_CASE("a torn record at the end is cut off, wherever it was torn") {
    const Folder folder;
    const auto file = folder.path / "node.data";
    {
        Recovered found;
        auto disk = FileDisk::open(file, false, false, found);
        REQUIRE(disk.has_value());
        (*disk)->append(std::array{entry(1, 1, "one"), entry(1, 2, "two")});
    }
    const auto whole = std::filesystem::file_size(file);
    for (std::uintmax_t cut = 1; cut <= 20; ++cut) {
        std::filesystem::resize_file(file, whole - cut);
        {
            Recovered found;
            auto disk = FileDisk::open(file, false, false, found);
            REQUIRE(disk.has_value());
            REQUIRE(found.logs.size() == 1);
            CHECK(found.logs[0] == std::vector{entry(1, 1, "one")});
            (*disk)->append(std::array{entry(1, 2, "two")});
        }
        CHECK(reopen(file).logs[0] == std::vector{entry(1, 1, "one"), entry(1, 2, "two")});
    }
}

TEST_CASE("a lease lasts as long as the promise of the weakest of the strongest majority") {
    const auto when = [](int second) { return at(seconds(second)); };
    // Of five, the primary and the two that answered last: 8 + 1.
    CHECK(lease_end(std::array{when(9), when(2), when(8), when(1)}, seconds(1)) == when(9));
    CHECK(lease_end(std::array{when(3), when(7)}, seconds(1)) == when(8));
    CHECK(lease_end(std::array{when(3)}, seconds(1)) == when(4));  // of two, the other must answer
    CHECK(lease_end(std::array{Instant::min(), Instant::min()}, seconds(1)) < when(0));
}

TEST_CASE("an index is held by a majority when enough logs reach it") {
    CHECK(held_by(std::array<Index, 3>{5, 9, 2}, majority(3)) == 5);
    CHECK(held_by(std::array<Index, 4>{5, 9, 2, 1}, majority(4)) == 2);
    CHECK(held_by(std::array<Index, 2>{5, 9}, majority(2)) == 5);
}

}  // namespace gameday::regions
