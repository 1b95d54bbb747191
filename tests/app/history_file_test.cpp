#include "harness/app/history_file.hpp"

#include "harness/app/catalog.hpp"
#include "harness/app/run_reports.hpp"
#include "harness/app/saved_evidence.hpp"
#include "harness/store/evidence_file.hpp"
#include "harness/store/evidence_stream.hpp"
#include "harness/store/evidence_text.hpp"
#include "harness/store/files.hpp"
#include "tests/store/temporary_folder.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace gameday;
using gameday::app::load_history;
using gameday::test::TemporaryFolder;
using namespace std::chrono_literals;

namespace {

const std::string outage = R"([run]
steady 0..3
active 3..23
[nodes]
name  region
eu-1  eu-west
us-1  us-east
[faults]
name    kind           nodes  injected  healed  affected
outage  region_outage  us-1   5         15      1
[scenario]
targets.rto 3s
load.timeout 500ms
[streams]
writes us-east rate 100 from 0 to 23 served us-1 refused 5..9
reads eu-west rate 100 from 0 to 23
[ledger]
final at 25
)";

app::LoadedHistory loaded(const std::string& text) {
    auto history = load_history(text, "dir/my outage.txt", app::catalog());
    INFO((history.loaded ? "" : history.errors.at(0).message));
    REQUIRE(history.loaded);
    return std::move(*history.loaded);
}

}  // namespace

TEST_CASE("what a history leaves out of its scenario is taken from its evidence") {
    const auto history = loaded(outage);
    CHECK(history.scenario.name == "my-outage");
    CHECK(history.scenario.topology == history.evidence.topology);
    CHECK(history.scenario.topology.nodes[0].name == "eu-1");
    REQUIRE(history.scenario.loads.size() == 1);
    CHECK(history.scenario.loads[0].timeout == 500ms);
    REQUIRE(history.scenario.faults.size() == 1);
    CHECK(history.scenario.faults[0].name == "outage");
    CHECK(history.scenario.faults[0].at == 2s);
    CHECK(history.scenario.duration == 20s);
    REQUIRE(history.scenario.targets.size() == 1);
}

TEST_CASE("evidence printed as text is judged as before") {
    const auto history = loaded(outage);
    const auto before = app::judge_history(history, outage, app::catalog());
    std::string printed;
    store::print_history(history.evidence, history.scenario_text, {},
                         [&](std::string_view piece) { printed += piece; });
    const auto again = loaded(printed);
    CHECK(again.evidence == history.evidence);
    const auto after = app::judge_history(again, printed, app::catalog());
    CHECK(before.verdict == Verdict::failed);
    CHECK(after.verdict == before.verdict);
    CHECK(after.reasons == before.reasons);
    CHECK(after.measurements == before.measurements);
    CHECK(after.warnings == before.warnings);
}

TEST_CASE("the scenario of a history may be JSON") {
    auto text = outage;
    const auto at = text.find("targets.rto 3s\nload.timeout 500ms\n");
    text.replace(at, 33, "{\"name\": \"by-json\", // a comment\n\"targets\": {\"rto\": \"5s\"}}");
    const auto history = loaded(text);
    CHECK(history.scenario.name == "by-json");
    CHECK(history.scenario.targets[0].value == 5);
    CHECK(history.scenario.loads[0].timeout == 1s);
}

TEST_CASE("each client that a history names has its load") {
    auto text = outage;
    text.replace(text.find("reads eu-west"), 13, "reads eu-west load 2");
    text.erase(text.find("load.timeout"), 19);
    const auto history = loaded(text);
    REQUIRE(history.scenario.loads.size() == 3);
    CHECK(history.scenario.loads[2].name == "load-3");
}

TEST_CASE("all that is wrong with the scenario of a history is told") {
    auto text = outage;
    text.replace(text.find("targets.rto 3s"), 14, "targets.rtoo 3s\nalone");
    const auto wrong = load_history(text, "x.txt", app::catalog());
    REQUIRE_FALSE(wrong.loaded);
    CHECK(wrong.errors.at(0).message == "x.txt: [scenario] \"alone\": is not a path and a value");
}

TEST_CASE("a scenario or history may come through a pipe") {
    const TemporaryFolder folder;
    const std::string pipe = folder / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    std::thread writer([&] {
        const int file = ::open(pipe.c_str(), O_WRONLY);
        (void)!::write(file, outage.data(), outage.size());
        ::close(file);
    });
    const auto text = app::input_text(pipe);
    writer.join();
    REQUIRE(text);
    CHECK(*text == outage);
    CHECK(app::input_text(folder.path()).error().code == ErrorCode::invalid);
    CHECK(app::input_text(folder / "missing").error().code == ErrorCode::invalid);
}

TEST_CASE("a run that was killed is judged by its stream and does not pass") {
    const TemporaryFolder folder;
    auto history = loaded(outage);
    const Evidence evidence = history.evidence;
    history.scenario.targets[0].value = 60;
    const auto evidence_folder = folder / "evidence";
    {
        const auto stream =
            store::EvidenceStream::create({evidence_folder, [] { return at(23s); }}, evidence);
        REQUIRE(stream);
        (*stream)->clients(evidence.clients);
        (*stream)->update(evidence);
        auto told = evidence.operations;
        for (auto& operation : told) operation.phase = Phase::warmup;  // as yet not known
        (*stream)->append(told);
    }
    auto killed = app::saved_evidence(folder.path());
    REQUIRE(killed);
    CHECK(killed->ending == Ending::cut_short);
    CHECK(killed->operations[0].phase == Phase::steady);
    history.evidence = *killed;
    CHECK(app::judge_history(history, "", app::catalog()).verdict == Verdict::inconclusive);
    // The whole evidence counts as soon as it is there.
    REQUIRE(store::write_evidence(evidence_folder, evidence));
    CHECK(app::saved_evidence(folder.path())->ending == Ending::completed);
}

TEST_CASE("a folder without evidence says so") {
    const TemporaryFolder folder;
    CHECK(app::saved_evidence(folder.path()).error().message ==
          folder.path() +
              ": no evidence is there; it is no run directory, or the run was killed "
              "before it had seen anything");
}
