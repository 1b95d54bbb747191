// Wrong files: each mistake has its approved message. GAMEDAY_APPROVE=1 writes the messages anew;
// read every line of the difference before committing it.
#include "tests/scenario/fake_catalog.hpp"
#include "tests/scenario/files.hpp"
#include "tests/support/catch.hpp"

#include <cstdlib>
#include <string>

namespace gameday {
namespace {

std::string messages_of(const std::filesystem::path& path) {
    const std::string text = test::read(path);
    auto options = fakes::options(path.filename().string());
    test::apply_comments(text, options);
    const auto result = scenario::parse(text, options);
    std::string messages;
    for (const auto& error : result.errors) messages += error.message + "\n";
    CHECK(result.parsed.has_value() == result.errors.empty());
    return messages;
}

TEST_CASE("a wrong file is refused with the approved messages") {
    const bool approve = std::getenv("GAMEDAY_APPROVE") != nullptr;
    const auto files = test::files("wrong", ".json");
    REQUIRE(files.size() >= 40);
    for (const auto& path : files) {
        INFO(path.filename().string());
        const std::string messages = messages_of(path);
        CHECK_FALSE(messages.empty());
        auto approved = path;
        approved.replace_extension(".txt");
        if (approve) test::write(approved, messages);
        CHECK(messages == test::read(approved));
    }
}

TEST_CASE("each approved message belongs to a wrong file") {
    for (const auto& path : test::files("wrong", ".txt")) {
        auto wrong = path;
        wrong.replace_extension(".json");
        INFO(path.filename().string());
        CHECK(std::filesystem::exists(wrong));
    }
}

}  // namespace
}  // namespace gameday
