#include "injectors/devices/process/listeners.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <span>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

#include <arpa/inet.h>
#include <unistd.h>

namespace gameday::devices::process {

namespace {

namespace fs = std::filesystem;

// Bytes as /proc/net/tcp writes them: words of four, each as a number of this machine.
std::string hex_words(std::span<const std::uint8_t> bytes) {
    std::string text;
    for (std::size_t word = 0; word + 4 <= bytes.size(); word += 4) {
        std::uint32_t number = 0;
        std::memcpy(&number, bytes.data() + word, 4);
        text += fmt::format("{:08X}", number);
    }
    return text;
}

// The texts of all addresses of which a listener serves that one.
std::set<std::string> listening_addresses(const std::string& address) {
    std::set<std::string> texts{std::string(8, '0'), std::string(32, '0')};
    std::array<std::uint8_t, 16> bytes{};
    if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) texts.insert(hex_words(bytes));
    std::array<std::uint8_t, 16> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (::inet_pton(AF_INET, address.c_str(), mapped.data() + 12) == 1) {
        texts.insert(hex_words(mapped));
        texts.insert(hex_words(std::span(mapped).last(4)));
    }
    return texts;
}

// Inodes of the sockets that listen at the endpoint in the network of the process.
std::set<std::string> listening_inodes(pid_t pid, const Endpoint& endpoint) {
    const auto addresses = listening_addresses(endpoint.address);
    std::set<std::string> inodes;
    for (const char* table : {"tcp", "tcp6"}) {
        std::ifstream file(fmt::format("/proc/{}/net/{}", pid, table));
        std::string line;
        std::getline(file, line);  // the heading
        while (std::getline(file, line)) {
            std::istringstream fields(line);
            std::string slot, local, remote, state, skipped, inode;
            fields >> slot >> local >> remote >> state;
            for (int field = 4; field < 9; ++field) fields >> skipped;
            fields >> inode;
            const auto colon = local.rfind(':');
            if (state != "0A" || colon == std::string::npos) continue;
            unsigned number = 0;
            std::from_chars(local.data() + colon + 1, local.data() + local.size(), number, 16);
            if (number == endpoint.port && addresses.contains(local.substr(0, colon)))
                inodes.insert("socket:[" + inode + "]");
        }
    }
    return inodes;
}

// Whether a descriptor of the process is one of the sockets.
bool holds_one(const std::string& pid, const std::set<std::string>& sockets) {
    std::error_code error;
    for (fs::directory_iterator each("/proc/" + pid + "/fd", error), end; !error && each != end;
         each.increment(error)) {
        std::array<char, 64> target{};
        const auto length = ::readlink(each->path().c_str(), target.data(), target.size());
        if (length <= 0) continue;
        if (sockets.contains(std::string(target.data(), static_cast<std::size_t>(length)))) {
            return true;
        }
    }
    return false;
}

std::vector<std::string> all_processes() {
    std::vector<std::string> pids;
    std::error_code error;
    for (const auto& each : fs::directory_iterator("/proc", error)) {
        std::string name = each.path().filename().string();
        const auto is_digit = [](unsigned char letter) { return std::isdigit(letter) != 0; };
        if (std::ranges::all_of(name, is_digit)) pids.push_back(std::move(name));
    }
    return pids;
}

// The value of a line of /proc/PID/status.
std::string status_of(const std::string& pid, std::string_view name) {
    std::ifstream file("/proc/" + pid + "/status");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(name) || line.size() <= name.size() + 2) continue;
        return line.substr(name.size() + 2);  // ":\t"
    }
    return {};
}

bool descends_from(std::string pid, const std::string& ancestor) {
    for (int steps = 0; steps < 64 && !pid.empty() && pid != "0"; ++steps) {
        if (pid == ancestor) return true;
        pid = status_of(pid, "PPid");
    }
    return false;
}

}  // namespace

std::optional<std::string> other_listener(pid_t pid, const Endpoint& endpoint) {
    const auto sockets = listening_inodes(pid, endpoint);
    if (sockets.empty()) return std::nullopt;
    const std::string wanted = std::to_string(pid);
    std::optional<std::string> other;
    for (const auto& each : all_processes()) {
        if (!holds_one(each, sockets)) continue;
        if (descends_from(each, wanted)) return std::nullopt;
        if (!other) other = fmt::format("process {} ({})", each, status_of(each, "Name"));
    }
    return other;
}

}  // namespace gameday::devices::process
