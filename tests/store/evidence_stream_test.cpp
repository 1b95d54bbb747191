#include "harness/store/evidence_stream.hpp"

#include "harness/store/evidence_file.hpp"
#include "harness/store/sha256.hpp"
#include "tests/store/random_evidence.hpp"
#include "tests/store/temporary_folder.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

#include <algorithm>
#include <csignal>
#include <span>
#include <tuple>

#include <sys/resource.h>

using namespace gameday;
using namespace gameday::store;
using gameday::test::overwrite;
using gameday::test::random_evidence;
using gameday::test::TemporaryFolder;
using namespace std::chrono_literals;

namespace {

EvidenceStream::Setting setting_in(const TemporaryFolder& folder) {
    return {folder / "evidence", [] { return at(17s); }};
}

// One that waits with everything until its end, so that its file has one part beyond the first.
EvidenceStream::Setting lazy(const TemporaryFolder& folder) {
    auto setting = setting_in(folder);
    setting.every = 1h;
    return setting;
}

void tell_all(EvidenceStream& stream, const Evidence& evidence) {
    stream.clients(evidence.clients);
    const std::span<const Operation> operations(evidence.operations);
    const std::size_t half = operations.size() / 2;
    stream.append(operations.first(half));
    stream.append(operations.subspan(half));
    for (const auto& sample : evidence.roles) stream.append(sample);
    for (const auto& sample : evidence.lags) stream.append(sample);
    for (const auto& sample : evidence.health) stream.append(sample);
    stream.update(evidence);
}

// As a stream gives it back: in order of time, ended where it was cut.
Evidence as_streamed(Evidence evidence) {
    std::ranges::stable_sort(evidence.operations, {}, [](const Operation& each) {
        return std::tuple(each.scheduled, each.client.value, each.value, each.key, each.node.value,
                          each.invoked, each.completed, each.verb);
    });
    for (std::size_t i = 0; i < evidence.operations.size(); ++i) {
        evidence.operations[i].seq = i + 1;
    }
    std::ranges::stable_sort(evidence.roles, {}, [](const auto& each) { return each.at.low; });
    std::ranges::stable_sort(evidence.health, {}, [](const auto& each) { return each.at; });
    evidence.finished = at(17s);
    if (evidence.active.low > Instant{}) {
        evidence.active.high = std::max(evidence.active.low, at(17s));
    }
    return evidence;
}

std::string stream_of(const TemporaryFolder& folder) { return folder / "evidence/stream"; }

}  // namespace

TEST_CASE("what a run told while it lasted is read back as it was told") {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const TemporaryFolder folder;
        auto evidence = random_evidence(seed);
        if (evidence.ending == Ending::completed) evidence.ending = Ending::aborted;
        {
            const auto stream = EvidenceStream::create(setting_in(folder), evidence);
            REQUIRE(stream);
            tell_all(**stream, evidence);
            REQUIRE((*stream)->finish().empty());
        }
        const auto again = read_stream(folder / "evidence");
        INFO("seed " << seed << " " << (again ? "" : again.error().message));
        REQUIRE(again);
        REQUIRE(*again == as_streamed(evidence));
    }
}

TEST_CASE("a run that was killed did not complete, and what it last told counts") {
    const TemporaryFolder folder;
    Evidence evidence;
    {
        const auto stream = EvidenceStream::create(setting_in(folder), evidence);
        evidence.steady = {at(1s), at(4s)};
        evidence.active = {at(4s), at(4s)};
        (*stream)->update(evidence);
        evidence.notes = {"a hop was shut"};
        evidence.faults.emplace_back().name = "cut";
        (*stream)->update(evidence);
        evidence.faults.back().healed = Interval<Instant>{at(9s), at(9s)};
        (*stream)->update(evidence);
    }
    const auto again = read_stream(folder / "evidence");
    REQUIRE(again);
    CHECK(again->ending == Ending::cut_short);
    CHECK(again->ending_reason ==
          "gameday was killed, or its machine stopped, 17.0 s after it began to write down what it "
          "saw; judged is what it had written until then");
    CHECK(again->faults == evidence.faults);
    CHECK(again->notes == evidence.notes);
    CHECK(again->active == Interval<Instant>{at(4s), at(17s)});
    CHECK(again->finished == at(17s));
}

TEST_CASE("what is told reaches the file several times a second, without an end") {
    const TemporaryFolder folder;
    const auto evidence = random_evidence(7);
    const auto stream = EvidenceStream::create(setting_in(folder), evidence);
    tell_all(**stream, evidence);
    std::size_t seen = 0;
    for (int i = 0; i < 1000 && seen < evidence.operations.size(); ++i) {
        std::this_thread::sleep_for(10ms);
        seen = read_stream(folder / "evidence")->operations.size();
    }
    REQUIRE(evidence.operations.size() > 0);
    CHECK(seen == evidence.operations.size());
}

TEST_CASE("a stream cut at any byte is read up to its last whole part") {
    const TemporaryFolder folder;
    auto evidence = random_evidence(11);
    evidence.ending = Ending::completed;
    {
        const auto stream = EvidenceStream::create(lazy(folder), evidence);
        tell_all(**stream, evidence);
    }
    const auto whole = read_file(stream_of(folder)).value();
    std::size_t operations = 0;
    std::size_t notes = 0;
    const std::size_t step = 1 + whole.size() / 600;
    for (std::size_t i = 0; i < whole.size() + step; i += step) {
        const std::size_t cut = std::min(i, whole.size());
        overwrite(stream_of(folder), std::string_view(whole).substr(0, cut));
        const auto read = read_stream(folder / "evidence");
        if (cut < 64) {
            REQUIRE(read.error().code == ErrorCode::invalid);
            continue;
        }
        REQUIRE(read);
        REQUIRE(read->ending == Ending::cut_short);
        REQUIRE(read->operations.size() >= operations);
        REQUIRE(read->notes.size() >= notes);
        operations = read->operations.size();
        notes = read->notes.size();
    }
    CHECK(notes == evidence.notes.size());
}

TEST_CASE("a stream with any byte altered is read up to there, and says so") {
    const TemporaryFolder folder;
    const auto evidence = random_evidence(3);
    {
        const auto stream = EvidenceStream::create(lazy(folder), evidence);
        tell_all(**stream, evidence);
    }
    const auto whole = read_file(stream_of(folder)).value();
    for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 300) {
        for (const char flip : {'\x01', '\x40'}) {
            std::string altered = whole;
            altered[at] = static_cast<char>(altered[at] ^ flip);
            overwrite(stream_of(folder), altered);
            const auto read = read_stream(folder / "evidence");
            INFO("byte " << at);
            if (at < 64) {
                REQUIRE(read.error().code == ErrorCode::invalid);
                continue;
            }
            // A length that was altered looks like a file that was cut; all else is damage.
            REQUIRE(read);
            REQUIRE(read->operations.size() < evidence.operations.size() + 1);
            REQUIRE(*read != as_streamed(evidence));
        }
    }
}

TEST_CASE("operations that the disk does not follow are left out aloud, and nobody waits") {
    const TemporaryFolder folder;
    auto setting = lazy(folder);
    setting.waiting_max = 5;
    const auto stream = EvidenceStream::create(setting, {});
    const std::vector<Operation> operations(3);
    for (int i = 0; i < 3; ++i) (*stream)->append(operations);
    const std::string note =
        "the disk did not follow: 6 operations were not written while the run lasted";
    CHECK((*stream)->finish() == note);
    const auto read = read_stream(folder / "evidence");
    REQUIRE(read);
    CHECK(read->operations.size() == 3);
    CHECK(read->notes == std::vector<std::string>{note});
}

TEST_CASE("a full disk ends the stream with what it holds, and is told") {
    const TemporaryFolder folder;
    auto evidence = random_evidence(2);
    const auto stream = EvidenceStream::create(lazy(folder), evidence);
    const auto before = std::filesystem::file_size(stream_of(folder));
    // A limit on the size of files is what a full disk is: the write comes short.
    struct ::rlimit old {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
    struct ::rlimit tight = old;
    tight.rlim_cur = before + 20;
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    tell_all(**stream, evidence);
    const auto trouble = (*stream)->finish();
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &old) == 0);
    std::signal(SIGXFSZ, handler);
    CHECK(trouble == "the evidence could not be written while the run lasted: cannot write " +
                         stream_of(folder) + ": File too large");
    const auto read = read_stream(folder / "evidence");
    REQUIRE(read);
    CHECK(read->topology == evidence.topology);
    CHECK(read->operations.empty());
}

TEST_CASE("the digest of a run that was killed is that of its stream, until it has evidence") {
    const TemporaryFolder folder;
    CHECK_FALSE(has_stream(folder / "evidence"));
    (void)EvidenceStream::create(setting_in(folder), {}).value();
    CHECK(has_stream(folder / "evidence"));
    CHECK(evidence_sha256(folder / "evidence").value() ==
          sha256_of_file(stream_of(folder)).value());
    REQUIRE(write_evidence(folder / "evidence", {}));
    CHECK(evidence_sha256(folder / "evidence").value() !=
          sha256_of_file(stream_of(folder)).value());
    REQUIRE(remove_stream(folder / "evidence"));
    REQUIRE(remove_stream(folder / "evidence"));
    CHECK_FALSE(has_stream(folder / "evidence"));
}

TEST_CASE("a run has one stream") {
    const TemporaryFolder folder;
    const auto stream = EvidenceStream::create(setting_in(folder), {});
    REQUIRE(stream);
    CHECK_FALSE(EvidenceStream::create(setting_in(folder), {}));
}
