#include "harness/app/no_run.hpp"

#include "tests/support/catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace no_run_test {

using namespace gameday;
namespace fs = std::filesystem;

namespace {

// A folder for one test, gone after it.
class Folder {
 public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "gameday-no-run-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { fs::remove_all(path_); }

    [[nodiscard]] const fs::path& path() const { return path_; }
    // The only junit.xml below a folder of its own, as CI looks for it.
    [[nodiscard]] std::optional<std::string> report() const {
        std::optional<std::string> found;
        for (const auto& each : fs::directory_iterator(path_)) {
            std::ifstream file(each.path() / "junit.xml");
            if (file) found = std::string{std::istreambuf_iterator<char>(file), {}};
        }
        return found;
    }

 private:
    fs::path path_;
};

bool holds(const std::optional<std::string>& text, const std::string& word) {
    return text && text->find(word) != std::string::npos;
}

}  // namespace

TEST_CASE("a run that came to nothing leaves an error for CI where --out was given") {
    const Folder folder;
    app::Options options;
    options.inputs = {"scenarios/staging.json"};
    options.out = folder.path().string();
    SECTION("a wrong scenario") {
        options.out_given = true;
        CHECK(app::give_up(options, {{ErrorCode::invalid, "/name is missing"}}) == 64);
        CHECK(holds(folder.report(), "name=\"gameday.staging\""));
        CHECK(holds(folder.report(), "errors=\"1\""));
        CHECK(holds(folder.report(), "/name is missing"));
    }
    SECTION("a refusal") {
        options.out_given = true;
        CHECK(app::give_up(options, {{ErrorCode::refused, "recover first"}}) == 4);
        CHECK(holds(folder.report(), "exit code 4"));
    }
    SECTION("in the run's own folder, once there is one") {
        const auto run = folder.path() / "the-run";
        fs::create_directory(run);
        CHECK(app::give_up(options, {{ErrorCode::failed, "no space"}}, run.string()) == 4);
        CHECK(fs::exists(run / "junit.xml"));
    }
    SECTION("a wrong command line") {
        app::leave_usage_error(options.out, "no such option: --bogus");
        CHECK(holds(folder.report(), "no such option: --bogus"));
        CHECK(holds(folder.report(), "exit code 64"));
    }
    SECTION("nothing without --out") {
        CHECK(app::give_up(options, {{ErrorCode::invalid, "wrong"}}) == 64);
        CHECK(fs::is_empty(folder.path()));
    }
}

}  // namespace no_run_test
