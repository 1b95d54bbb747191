// Bash itself is asked: it evaluates the script, and its function is called as the shell would.
#include "harness/app/completion.hpp"

#include "tests/support/catch.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace completion_test {

using namespace gameday;

namespace {

// What bash offers for the last of the words ("gameday run ''"), in its spelling, in one line.
std::string offered(const std::string& words) {
    ::setenv("GAMEDAY_SCRIPT", app::bash_completion(app::command_tree()).c_str(), 1);
    ::setenv("GAMEDAY_WORDS", words.c_str(), 1);
    std::FILE* bash = ::popen(
        "exec bash --norc -c 'eval \"$GAMEDAY_SCRIPT\"; cd \"$0\" && eval \"COMP_WORDS=("
        "$GAMEDAY_WORDS)\"; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _gameday; "
        "echo \"${COMPREPLY[*]}\"' " GAMEDAY_TEST_DIR " 2>&1",
        "r");
    REQUIRE(bash != nullptr);
    std::string text;
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), bash) != nullptr) text += buffer.data();
    CHECK(::pclose(bash) == 0);
    ::unsetenv("GAMEDAY_SCRIPT");
    ::unsetenv("GAMEDAY_WORDS");
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

}  // namespace

TEST_CASE("bash completes commands, also below an alias") {
    CHECK(offered("gameday re") == "report recover");
    CHECK(offered("gameday proxy toxic ''") == "add update remove");
    CHECK(offered("gameday proxy t ''") == "add update remove");
    CHECK(offered("gameday help pl") == "plan");
}

TEST_CASE("bash completes options, and only after a dash") {
    CHECK(offered("gameday run x.json --s") == "--set --seed");
    CHECK(offered("gameday proxy t a --tox") == "--toxicName --toxic-name --toxicity --tox");
    CHECK(offered("gameday doctor ''").empty());
}

TEST_CASE("bash completes the values that an option or argument may have") {
    CHECK(offered("gameday plan x.json --format ''") == "text json");
    CHECK(offered("gameday plan x.json --format = j") == "json");
    CHECK(offered("gameday plan x.json --format =") == "text json");
    CHECK(offered("gameday list de") == "devices");
    CHECK(offered("gameday run --seed ''").empty());
}

TEST_CASE("bash completes files and folders where they are meant") {
    CHECK(offered("gameday run completion_t") == "completion_test.cpp");
    CHECK(offered("gameday report x -o completion_t") == "completion_test.cpp");
    CHECK(offered("gameday judge completion_t") == offered("gameday run completion_t"));
    CHECK(offered("gameday recover completion_t").empty());
    CHECK(offered("gameday judge ../ap") == "../app");
    CHECK(offered("gameday run --out ../ap") == "../app");
    CHECK(offered("gameday proxy change completion_t") == "completion_test.cpp");
}

TEST_CASE("zsh has a function for every command, and text cannot end its quotes or brackets") {
    app::CommandTree tree{"x", {}, "", "", {}, {}, {}};
    app::CommandTree go{"go", {"g"}, "Go's: here", "", {}, {}, {}};
    go.options = {{{"-n", "--number"}, "N", {}, "It's [1]", "", false, false},
                  {{"--as"}, "", {"a", "b"}, "One of: two", "", false, true}};
    go.arguments = {{{}, "FILE", {}, "", "", true, false}, {{}, "DIR", {}, "", "", false, true}};
    tree.commands = {go};
    CHECK(app::zsh_completion(tree) == R"(#compdef x
# Completion of x for zsh, printed by: x help --completion zsh

_x() {
    local curcontext=$curcontext state line
    local -a commands
    commands=(
        'go:Go'\''s\: here'
    )
    _arguments -C \
        ': :->command' '*:: :->rest' && return
    case $state in
        command) _describe command commands ;;
        rest)
            case $words[1] in
                go | g) _x_go ;;
            esac
            ;;
    esac
}

_x_go() {
    _arguments -S \
        '(-n --number)'{-n+,--number=}'[It'\''s \[1\]]:N: ' \
        '*'--as='[One of\: two]:value:(a b)' \
        ':FILE:_files' \
        '*:DIR:_files -/' \
        && return
}

if [ "$funcstack[1]" = _x ]; then
    _x "$@"
else
    compdef _x x
fi
)");
}

}  // namespace completion_test
