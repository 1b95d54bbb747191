#include "examples/regions/commands.hpp"

#include "examples/regions/layout.hpp"
#include "examples/regions/node.hpp"
#include "examples/regions/processes.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

namespace gameday::regions {
namespace {

namespace fs = std::filesystem;
namespace asio = boost::asio;
namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;

constexpr auto patience_down = std::chrono::seconds(10);

// The status code of one GET, or nothing when there was no answer within half a second.
std::optional<unsigned> get(const Endpoint& endpoint, const char* target) {
    asio::io_context io;
    boost::beast::tcp_stream stream(io);
    std::optional<unsigned> code;
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::request<http::empty_body> request(http::verb::get, target, 11);
    request.set(http::field::host, endpoint.text());
    const auto on_answer = [&](const boost::system::error_code& error, std::size_t) {
        if (!error) code = response.result_int();
    };
    const auto on_sent = [&](const boost::system::error_code& error, std::size_t) {
        if (!error) http::async_read(stream, buffer, response, on_answer);
    };
    stream.expires_after(std::chrono::milliseconds(500));
    stream.async_connect({asio::ip::make_address(endpoint.address), endpoint.port},
                         [&](const boost::system::error_code& error) {
                             if (!error) http::async_write(stream, request, on_sent);
                         });
    io.run();
    return code;
}

Result<void> write_configs(const Settings& settings, const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    for (const Place& place : places(settings)) {
        const NodeFiles files = files_of(folder, place.name);
        for (const fs::path& old : {files.data, files.pid, files.log}) fs::remove(old, error);
        std::ofstream stream(files.config);
        stream << node_config_text(settings, place.name);
        if (!stream.flush()) {
            return Error{ErrorCode::failed, files.config.string() + ": cannot be written"};
        }
    }
    return {};
}

// Runs "gameday-regions node --config FILE", which returns once the node listens.
Result<void> start(const fs::path& config) {
    std::string program = "gameday-regions", command = "node", option = "--config";
    std::string file = config.string();
    std::array<char*, 5> words{program.data(), command.data(), option.data(), file.data(), nullptr};
    pid_t pid = 0;
    const int error =
        ::posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, words.data(), environ);
    if (error != 0) return Error{ErrorCode::failed, program + ": " + std::strerror(error)};
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return Error{ErrorCode::failed, config.stem().string() + " did not start"};
}

Result<void> start_all(const Settings& settings, const fs::path& folder, Duration patience) {
    if (auto written = write_configs(settings, folder); !written) return written;
    const std::vector<Place> all = places(settings);
    for (const Place& place : all) {
        if (auto started = start(files_of(folder, place.name).config); !started) return started;
    }
    const auto deadline = Clock::now() + patience;
    while (true) {
        std::size_t healthy = 0, primaries = 0;
        for (const Place& place : all) {
            healthy += get(place.clients, "/health") == 200U ? 1U : 0U;
            primaries += get(place.clients, "/primary") == 200U ? 1U : 0U;
        }
        if (healthy == all.size() && primaries >= 1) return {};
        if (Clock::now() > deadline) {
            return Error{ErrorCode::timed_out,
                         std::to_string(healthy) + " of " + std::to_string(all.size()) +
                             " nodes serve, " + std::to_string(primaries) +
                             " primary; do the links lead from node to node?"};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

}  // namespace

Result<void> up(const Settings& settings, const fs::path& folder, Duration patience) {
    if (!processes_of(folder).empty()) {
        return Error{ErrorCode::refused, folder.string() +
                                             ": nodes run there already, end them "
                                             "with `gameday-regions down`"};
    }
    auto started = start_all(settings, folder, patience);
    // The first failure is the one to tell; what is left over shows at the next `down`.
    if (!started) (void)end_processes_of(folder, patience_down);
    return started;
}

Result<void> down(const fs::path& folder) { return end_processes_of(folder, patience_down); }

}  // namespace gameday::regions
