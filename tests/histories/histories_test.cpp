// Every history of tests/measures/histories through the judge: what it wants is what is said.
#include "harness/app/catalog.hpp"
#include "harness/app/run_reports.hpp"
#include "harness/judge/judge.hpp"
#include "harness/store/files.hpp"
#include "tests/histories/wanted.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

using namespace gameday;
using gameday::test::against;
using gameday::test::Judged;

namespace {

const std::string folder = GAMEDAY_SOURCE_DIR "/tests/measures/histories";

std::vector<std::filesystem::path> histories() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

// The lines behind [wanted]: of a history that is refused nobody has read them.
std::vector<std::string> wanted_in(const std::string& text) {
    std::vector<std::string> lines;
    const auto at = text.find("[wanted]\n");
    if (at == std::string::npos) return lines;
    std::istringstream rest(text.substr(at + 9));
    for (std::string line; std::getline(rest, line) && !line.empty();) lines.push_back(line);
    return lines;
}

Judged judged(const std::string& text, const std::string& name) {
    auto history = app::load_history(text, name, app::catalog());
    if (!history.loaded) return {std::nullopt, std::move(history.errors)};
    return {app::judge_history(*history.loaded, text, app::catalog()), {}};
}

}  // namespace

TEST_CASE("every history is judged as it wants to be") {
    const auto files = histories();
    REQUIRE(files.size() >= 60);
    for (const auto& file : files) {
        const auto text = store::read_file(file.string()).value();
        const auto result = judged(text, file.string());
        const auto wanted = wanted_in(text);
        INFO(file.filename().string());
        CHECK_FALSE(wanted.empty());
        for (const auto& line : wanted) {
            INFO("wanted: " << line);
            CHECK(against(line, result) == "");
        }
    }
}

TEST_CASE("a wanted line that does not hold says what was seen instead") {
    const std::string text = R"([run]
steady 0..3
active 3..23
[nodes]
name  region
us-1  us-east
[faults]
name    kind           nodes  injected  healed  affected
outage  region_outage  us-1   5         15      1
[scenario]
targets.rto 3s
[streams]
writes us-east rate 100 from 0 to 23 served us-1 refused 5..9
[ledger]
final at 25
)";
    const auto result = judged(text, "outage.txt");
    REQUIRE(result.report);
    CHECK(against("verdict failed", result).empty());
    CHECK(against("verdict passed", result).starts_with("seen: failed: rto after outage is "));
    CHECK(against("exit 1", result).empty());
    CHECK(against("exit 0", result) == "seen: 1");
    CHECK(against("rto missed 3.9..4.1", result).empty());
    CHECK(against("rto of outage missed 3.9..4 4..4.1", result).empty());
    CHECK(against("rto - 3.9..4.1", result).empty());
    CHECK_FALSE(against("rto met 3.9..4.1", result).empty());
    CHECK_FALSE(against("rto missed 3.9..3.95", result).empty());
    CHECK_FALSE(against("rto missed 3.9..4.1 open", result).empty());
    CHECK_FALSE(against("rto missed absent", result).empty());
    CHECK_FALSE(against("rto of another missed 3.9..4.1", result).empty());
    CHECK_FALSE(against("rto missed", result).empty());
    CHECK(against("reason wanted at most 3s", result).empty());
    CHECK_FALSE(against("reason the moon", result).empty());
    CHECK(against("no reason the moon", result).empty());
    CHECK_FALSE(against("no reason wanted at most", result).empty());
    CHECK(against("told an outage shorter than", result).empty());
    CHECK_FALSE(against("told of the moon", result).empty());
    CHECK_FALSE(against("nonsense", result).empty());
    const auto refused = judged("[rums]\n", "x.txt");
    CHECK(against("exit 64", refused).empty());
    CHECK(against("error no section is called [rums]", refused).empty());
    CHECK_FALSE(against("verdict passed", refused).empty());
}
