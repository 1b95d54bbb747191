#include "harness/store/evidence_file.hpp"

#include "harness/json/json.hpp"
#include "harness/store/evidence_json.hpp"
#include "harness/store/files.hpp"
#include "harness/store/sha256.hpp"
#include "tests/store/random_evidence.hpp"
#include "tests/store/temporary_folder.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

using namespace gameday;
using namespace gameday::store;
using gameday::test::overwrite;
using gameday::test::random_evidence;
using gameday::test::TemporaryFolder;

namespace {

// Makes sums that fit the files, so that what is behind them is looked at.
void write_sums(const std::string& folder) {
    std::string sums;
    for (const std::string name : {"evidence.json", "operations.bin"}) {
        sums += sha256_of_file(folder + "/" + name).value() + "  " + name + "\n";
    }
    overwrite(folder + "/SHA256SUMS", sums);
}

}  // namespace

TEST_CASE("evidence printed as JSON and parsed lacks nothing but its operations") {
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        auto evidence = random_evidence(seed);
        const auto tree = json::parse(json::print(evidence_to_value(evidence)));
        REQUIRE(tree);
        const auto again = evidence_from_value(*tree);
        INFO("seed " << seed);
        REQUIRE(again);
        evidence.operations.clear();
        REQUIRE(*again == evidence);
    }
}

TEST_CASE("evidence of a version that knew nothing of connections is read") {
    const auto evidence = random_evidence(3);
    auto tree = evidence_to_value(evidence);
    tree.as<Params>()->erase("connections");
    const auto again = evidence_from_value(tree);
    REQUIRE(again);
    CHECK(again->connections.empty());
    CHECK(again->roles == evidence.roles);
}

TEST_CASE("evidence that version 1 wrote is read") {
    const auto evidence = read_evidence(GAMEDAY_TEST_DIR "/version_1");
    INFO((evidence ? "" : evidence.error().message));
    REQUIRE(evidence);
    CHECK(evidence->operations.size() == 165);  // 64 bytes each behind a header of 64
    CHECK(evidence->topology.nodes.size() == 2);
    CHECK(evidence->faults.size() == 1);
    CHECK(evidence->faults[0].taken.empty());
    CHECK(evidence->run_id == 0);
    CHECK(evidence->instrument.suspended.empty());
}

TEST_CASE("evidence of a version to come is refused") {
    const TemporaryFolder folder;
    const std::string evidence = folder / "evidence";
    REQUIRE(write_evidence(evidence, random_evidence(1)));
    auto bytes = read_file(evidence + "/operations.bin").value();
    bytes[16] = 3;  // version
    overwrite(evidence + "/operations.bin", bytes);
    write_sums(evidence);
    CHECK(read_evidence(evidence).error().message ==
          evidence + "/operations.bin: not a file of operations, version 1 or 2");
}

TEST_CASE("evidence read back equals what was written") {
    const TemporaryFolder folder;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto evidence = random_evidence(seed);
        REQUIRE(write_evidence(folder / "evidence", evidence));
        const auto again = read_evidence(folder / "evidence");
        INFO("seed " << seed << " " << (again ? "" : again.error().message));
        REQUIRE(again);
        REQUIRE(*again == evidence);
    }
}

TEST_CASE("evidence cut short anywhere, or with any byte altered, is refused with the file named") {
    const TemporaryFolder folder;
    const std::string evidence = folder / "evidence";
    REQUIRE(write_evidence(evidence, random_evidence(3)));
    for (const std::string name : {"evidence.json", "operations.bin", "SHA256SUMS"}) {
        const auto whole = read_file(evidence + "/" + name).value();
        for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 50) {
            overwrite(evidence + "/" + name, std::string_view(whole).substr(0, at));
            const auto cut = read_evidence(evidence);
            REQUIRE_FALSE(cut);
            REQUIRE(cut.error().message.find(evidence) != std::string::npos);
            std::string altered = whole;
            altered[at] = static_cast<char>(altered[at] ^ 1);
            overwrite(evidence + "/" + name, altered);
            REQUIRE_FALSE(read_evidence(evidence));
        }
        overwrite(evidence + "/" + name, whole);
    }
    REQUIRE(read_evidence(evidence));
}

TEST_CASE("evidence altered together with its sums never crashes its reader") {
    const TemporaryFolder folder;
    const std::string evidence = folder / "evidence";
    REQUIRE(write_evidence(evidence, random_evidence(5)));
    for (const std::string name : {"evidence.json", "operations.bin"}) {
        const auto whole = read_file(evidence + "/" + name).value();
        for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 40) {
            for (const char flip : {'\x01', '\x10', '\x7f'}) {
                std::string altered = whole;
                altered[at] = static_cast<char>(altered[at] ^ flip);
                overwrite(evidence + "/" + name, altered);
                write_sums(evidence);
                const auto read = read_evidence(evidence);
                if (!read) REQUIRE(read.error().code == ErrorCode::invalid);
            }
            overwrite(evidence + "/" + name, std::string_view(whole).substr(0, at));
            write_sums(evidence);
            const auto cut = read_evidence(evidence);
            REQUIRE_FALSE(cut);
            REQUIRE(cut.error().code == ErrorCode::invalid);
        }
        overwrite(evidence + "/" + name, whole);
    }
}

TEST_CASE("a header that claims more records than there are bytes asks for no memory") {
    const TemporaryFolder folder;
    const std::string evidence = folder / "evidence";
    REQUIRE(write_evidence(evidence, Evidence{}));
    auto bytes = read_file(evidence + "/operations.bin").value();
    REQUIRE(bytes.size() == 64);                              // the header alone
    for (std::size_t i = 24; i < 32; ++i) bytes[i] = '\xff';  // its count
    overwrite(evidence + "/operations.bin", bytes);
    write_sums(evidence);
    const auto read = read_evidence(evidence);
    REQUIRE_FALSE(read);
    REQUIRE(read.error().message ==
            evidence +
                "/operations.bin: 0 bytes of records, wanted 18446744073709551615 records of 64");
}

TEST_CASE("evidence whose ids lead nowhere is refused") {
    const TemporaryFolder folder;
    auto evidence = random_evidence(1);
    evidence.roles.push_back({{}, NodeId::of(77), Role::primary, 1});
    REQUIRE(write_evidence(folder.path(), evidence));
    const auto read = read_evidence(folder.path());
    REQUIRE_FALSE(read);
    REQUIRE(read.error().message.find("/node: no node 77, there are") != std::string::npos);
}

TEST_CASE("evidence whose writing did not end is not read") {
    const TemporaryFolder folder;
    REQUIRE(write_evidence(folder.path(), random_evidence(1)));
    std::filesystem::remove(folder / "SHA256SUMS");
    REQUIRE(read_evidence(folder.path()).error().message ==
            "cannot open " + folder.path() + "/SHA256SUMS: No such file or directory");
}

TEST_CASE("a member of another kind is named by its place") {
    auto tree = evidence_to_value(random_evidence(2));
    tree.as<Params>()->at("nodes").as<List>()->at(0).as<Params>()->at("name") = 7;
    REQUIRE(evidence_from_value(tree).error().message ==
            "/nodes/0/name: a number, wanted a string");
}

TEST_CASE("the digest of evidence depends on every file and not on its place") {
    const TemporaryFolder one;
    const TemporaryFolder other;
    const auto evidence = random_evidence(4);
    REQUIRE(write_evidence(one.path(), evidence));
    REQUIRE(write_evidence(other.path(), evidence));
    const auto digest = evidence_sha256(one.path());
    REQUIRE(digest);
    REQUIRE(digest->size() == 64);
    REQUIRE(*evidence_sha256(other.path()) == *digest);
    auto changed = evidence;
    changed.notes.emplace_back("one more");
    REQUIRE(write_evidence(other.path(), changed));
    REQUIRE(*evidence_sha256(other.path()) != *digest);
}

TEST_CASE("SHA-256 gives the figures of FIPS 180-4") {
    // The examples of one and no block, from the standard's test vectors.
    REQUIRE(sha256_of_text("abc") ==
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    REQUIRE(sha256_of_text("") ==
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const TemporaryFolder folder;
    overwrite(folder / "abc", "abc");
    REQUIRE(sha256_of_file(folder / "abc").value() == sha256_of_text("abc"));
    REQUIRE_FALSE(sha256_of_file(folder / "missing"));
}
