#include "harness/store/run_dir.hpp"

#include "harness/store/files.hpp"
#include "tests/store/temporary_folder.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

#include <map>

using namespace gameday;
using namespace gameday::store;
using gameday::test::overwrite;
using gameday::test::TemporaryFolder;

namespace {

// 2025-01-31T10:20:30Z: 20,119 days after 1970-01-01, and 37,230 s into the day.
constexpr std::chrono::system_clock::time_point moment{
    std::chrono::seconds(20'119LL * 86'400 + 37'230)};

// A run with one open promise, whose owner lives while the pointer does.
std::unique_ptr<JournalFile> started_run(Registry& registry, const std::string& path) {
    REQUIRE(make_folders(path));
    auto journal = JournalFile::create({path, "/bin"});
    REQUIRE(journal);
    REQUIRE(registry.add(path));
    REQUIRE((*journal)->promise({FaultId(1), "outage", {{"proxy", "clear", {}}}}));
    return std::move(*journal);
}

}  // namespace

TEST_CASE("a run folder is named by UTC time and scenario, and counted when taken") {
    const TemporaryFolder folder;
    const std::string root = folder / "deep/runs";
    REQUIRE(create_run_dir(root, moment, "region outage/../1").value() ==
            root + "/20250131T102030Z-region-outage-..-1");
    REQUIRE(create_run_dir(root, moment, "x").value() == root + "/20250131T102030Z-x");
    REQUIRE(create_run_dir(root, moment, "x").value() == root + "/20250131T102030Z-x-2");
    REQUIRE(create_run_dir(root, moment, "x").value() == root + "/20250131T102030Z-x-3");
    REQUIRE(utc_text(moment) == "2025-01-31T10:20:30Z");
}

TEST_CASE("a run folder that cannot be made is an error that names it") {
    const TemporaryFolder folder;
    overwrite(folder / "file", "no folder");
    const auto made = create_run_dir(folder / "file", moment, "x");
    REQUIRE_FALSE(made);
    REQUIRE(made.error().message.find(folder / "file") != std::string::npos);
}

TEST_CASE("state is kept where the environment says, in the order declared") {
    std::map<std::string, std::string, std::less<>> variables;
    const auto environment = [&](std::string_view name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
    REQUIRE(state_dir(environment).error().code == ErrorCode::invalid);
    variables["HOME"] = "/home/me";
    REQUIRE(state_dir(environment).value() == "/home/me/.local/state/gameday");
    variables["XDG_STATE_HOME"] = "/state";
    REQUIRE(state_dir(environment).value() == "/state/gameday");
    variables["GAMEDAY_STATE_DIR"] = "";
    REQUIRE(state_dir(environment).value() == "/state/gameday");
    variables["GAMEDAY_STATE_DIR"] = "/mine";
    REQUIRE(state_dir(environment).value() == "/mine");
    variables["GAMEDAY_STATE_DIR"] = "mine";
    REQUIRE(state_dir(environment).error().message ==
            "GAMEDAY_STATE_DIR: \"mine\" is no absolute path");
}

TEST_CASE("a run is live while its owner lives, outstanding when it died, gone when all is kept") {
    const TemporaryFolder folder;
    Registry registry(folder / "state");
    REQUIRE(registry.outstanding_runs().value().empty());
    auto journal = started_run(registry, folder / "run");
    REQUIRE(registry.live_runs().value().size() == 1);
    REQUIRE(registry.live_runs().value()[0].run_dir == folder / "run");
    REQUIRE(registry.outstanding_runs().value().empty());

    journal.reset();
    REQUIRE(registry.live_runs().value().empty());
    const auto outstanding = registry.outstanding_runs().value();
    REQUIRE(outstanding.size() == 1);
    REQUIRE(outstanding[0].run_dir == folder / "run");
    REQUIRE(outstanding[0].problem.empty());
    REQUIRE(outstanding[0].open.size() == 1);
    REQUIRE(outstanding[0].open[0].name == "outage");

    REQUIRE(JournalFile::take_over(folder / "run").value()->kept(FaultId(1)));
    REQUIRE(registry.outstanding_runs().value().empty());
}

TEST_CASE("a run is taken off by any spelling of its path, and twice does no harm") {
    const TemporaryFolder folder;
    Registry registry(folder / "state");
    started_run(registry, folder / "run");
    REQUIRE(registry.outstanding_runs().value().size() == 1);
    REQUIRE(registry.remove(folder / "other/../run/"));
    REQUIRE(registry.outstanding_runs().value().empty());
    REQUIRE(registry.remove(folder / "run"));
}

TEST_CASE("runs of one name in different places are registered apart") {
    const TemporaryFolder folder;
    Registry registry(folder / "state");
    started_run(registry, folder / "a/run");
    started_run(registry, folder / "b/run");
    REQUIRE(registry.outstanding_runs().value().size() == 2);
}

TEST_CASE("a registered run whose folder was removed is reported, not forgotten") {
    const TemporaryFolder folder;
    Registry registry(folder / "state");
    started_run(registry, folder / "run");
    std::filesystem::remove_all(folder / "run");
    const auto outstanding = registry.outstanding_runs().value();
    REQUIRE(outstanding.size() == 1);
    REQUIRE(outstanding[0].owner == Owner::gone);
    REQUIRE(outstanding[0].problem ==
            "cannot open " + (folder / "run") + "/journal: No such file or directory");
    REQUIRE(registry.forget(outstanding[0]));
    REQUIRE(registry.outstanding_runs().value().empty());
}

TEST_CASE("a registry entry or a journal that says nonsense is reported, not skipped") {
    const TemporaryFolder folder;
    Registry registry(folder / "state");
    started_run(registry, folder / "run");
    overwrite(folder / "run/journal", "nonsense\n{\"kept\":1}\n");
    overwrite(folder / "state/runs/strange", "not a path\n");
    overwrite(folder / "state/runs/half.tmp", "/died/while/registering");
    const auto outstanding = registry.outstanding_runs().value();
    REQUIRE(outstanding.size() == 2);
    REQUIRE(outstanding[0].problem == "the journal is damaged: line 1: not a line of a journal");
    REQUIRE(outstanding[1].problem == (folder / "state/runs/strange") + " names no run folder");
}
