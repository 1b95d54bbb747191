#include "tests/reporters/approved.hpp"

#include "tests/support/catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gameday::test {

void check_approved(const std::string& file, const std::string& text) {
    const auto path = std::filesystem::path(GAMEDAY_TEST_DIR) / "approved" / file;
    const char* approve = std::getenv("GAMEDAY_APPROVE");
    if (approve != nullptr && std::string(approve) == "1") {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
        return;
    }
    std::ifstream stream(path, std::ios::binary);
    INFO("approve on purpose with GAMEDAY_APPROVE=1: " << path);
    REQUIRE(stream);
    const std::string approved{std::istreambuf_iterator<char>(stream), {}};
    CHECK(text == approved);
}

}  // namespace gameday::test
