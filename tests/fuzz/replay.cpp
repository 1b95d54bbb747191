// Replays the corpus through every fuzz target, with any compiler and without a fuzzer; before
// that, each target must find the defect that is planted for it. Usage: fuzz_replay CORPUS.
// An input that breaks a property ends the program, which says what was broken and by which.
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/targets.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace gameday::fuzz {
namespace {

struct Target {
    const char* name;
    void (*attempt)(std::string_view);
};
constexpr std::array targets{Target{"answers", try_answers},
                             Target{"api", try_api},
                             Target{"base64", try_base64},
                             Target{"bodies", try_bodies},
                             Target{"config", try_config},
                             Target{"etcd", try_etcd},
                             Target{"exchanges", try_exchanges},
                             Target{"hello", try_hello},
                             Target{"http", try_http},
                             Target{"postgres", try_postgres},
                             Target{"redirects", try_redirects},
                             Target{"redis", try_redis}};

// Generous: most inputs take less than a millisecond.
constexpr unsigned seconds_each = 20;

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path.string());
    return {std::istreambuf_iterator<char>(file), {}};
}

// A pack holds one input behind the other: its length in decimal, a line feed, its bytes, a line
// feed.
std::vector<std::string> unpack(std::string_view pack) {
    std::vector<std::string> inputs;
    while (!pack.empty()) {
        const auto line = pack.find('\n');
        const auto length = std::stoul(std::string(pack.substr(0, line)));
        pack.remove_prefix(line + 1);
        if (pack.size() <= length || pack[length] != '\n') {
            throw std::runtime_error("the pack is cut off");
        }
        inputs.emplace_back(pack.substr(0, length));
        pack.remove_prefix(length + 1);
    }
    return inputs;
}

// By name: the inputs written by hand, and those of the pack by number.
std::map<std::string, std::string> corpus_of(const std::filesystem::path& corpus,
                                             const std::string& target) {
    std::map<std::string, std::string> inputs;
    for (const auto& each : std::filesystem::directory_iterator(corpus / target)) {
        inputs.emplace(target + "/" + each.path().filename().string(), content(each.path()));
    }
    int number = 0;
    for (auto& input : unpack(content(corpus / (target + ".pack")))) {
        inputs.emplace(target + ".pack, input " + std::to_string(++number), std::move(input));
    }
    return inputs;
}

std::string under_way;

// Tells the input that ended the program; the properties have said why.
void tell(int signal) {
    const auto write = [](std::string_view text) { (void)!::write(2, text.data(), text.size()); };
    write(signal == SIGALRM ? "not done after 20 s: " : "ended by ");
    write(under_way);
    write("\n");
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void replay(const Target& target, const std::map<std::string, std::string>& inputs) {
    for (const auto& [name, input] : inputs) {
        under_way = name;
        ::alarm(seconds_each);
        target.attempt(input);
    }
    ::alarm(0);
}

// Whether a process with the planted defect breaks a property.
bool finds_planted(const Target& target, const std::map<std::string, std::string>& inputs) {
    std::array<int, 2> said{};
    if (::pipe(said.data()) != 0) throw std::runtime_error("no pipe");
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(said[1], 2);
        ::close(said[0]);
        ::setenv("GAMEDAY_FUZZ_PLANT", "1", 1);
        replay(target, inputs);
        ::_exit(0);
    }
    ::close(said[1]);
    std::string text;
    std::array<char, 4096> some{};
    for (ssize_t size = 0; (size = ::read(said[0], some.data(), some.size())) > 0;) {
        text.append(some.data(), static_cast<std::size_t>(size));
    }
    ::close(said[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return status != 0 && text.find("broken property") != text.npos;
}

int run(const std::filesystem::path& corpus) {
    int blind = 0;
    for (const int signal : {SIGABRT, SIGALRM, SIGSEGV, SIGBUS, SIGFPE}) {
        std::signal(signal, tell);
    }
    for (const auto& target : targets) {
        if (finds_planted(target, corpus_of(corpus, target.name))) continue;
        std::printf("%s: the planted defect was NOT found: this proves nothing\n", target.name);
        ++blind;
    }
    for (const auto& target : targets) {
        const auto inputs = corpus_of(corpus, target.name);
        replay(target, inputs);
        std::printf("%s: %zu inputs, nothing broken\n", target.name, inputs.size());
    }
    return blind == 0 ? 0 : 1;
}

}  // namespace
}  // namespace gameday::fuzz

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: fuzz_replay CORPUS\n");
        return 2;
    }
    try {
        return gameday::fuzz::run(argv[1]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}
