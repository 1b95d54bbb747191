// Where an answer of HTTP may lead to: any text as `Location`. What is sent there is held against
// Beast's own reading of it: one request, for that path, and nothing of the text anywhere else.
#include "harness/drivers/http/remote.hpp"
#include "harness/drivers/http/request_head.hpp"
#include "harness/model/params.hpp"
#include "harness/model/topology.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/targets.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::fuzz {
namespace {

namespace http = boost::beast::http;
using drivers::Redirect;

constexpr std::string_view sent_body = "12345";

const std::string& sent_before() {
    static const std::string request =
        drivers::head_text({"PUT", "/kv/7?a=b", nullptr, "10.0.0.1:80", false},
                           [](const char*, std::string) {}) +
        "Content-Length: 5\r\n\r\n" + std::string(sent_body);
    return request;
}

const Topology& two_nodes() {
    static const auto made = [] {
        Topology topology;
        topology.regions.push_back({RegionId(0), "r", {NodeId(0), NodeId(1)}});
        topology.nodes.push_back({NodeId(0), "n1", RegionId(0), "", "local", {"10.0.0.1", 80}, {}});
        topology.nodes.push_back({NodeId(1), "n2", RegionId(0), "", "local", {"::1", 443}, {}});
        return topology;
    }();
    return made;
}

// Clients reach the second node through a hop.
const std::vector<drivers::Remote>& two_remotes() {
    static const auto made = [] {
        std::vector<drivers::Remote> remotes(2);
        remotes[0].node = NodeId(0);
        remotes[0].host = "10.0.0.1:80";
        remotes[1].node = NodeId(1);
        remotes[1].host = "127.0.0.1:9000";
        return remotes;
    }();
    return made;
}

std::string written(const Redirect& redirect) {
    if (redirect.host.empty()) return redirect.path;
    return (redirect.encrypted ? "https://" : "http://") + redirect.host + redirect.path;
}

std::optional<std::size_t> meant(const Redirect& redirect) {
    const std::string& host = redirect.host;
    const bool first = host == "10.0.0.1:80" || (host == "10.0.0.1" && !redirect.encrypted);
    const bool second =
        host == "127.0.0.1:9000" || host == "[::1]:443" || (host == "[::1]" && redirect.encrypted);
    if (first) return 0;
    return second ? std::optional<std::size_t>(1) : std::nullopt;
}

void demand_one_request(const Redirect& redirect, const std::string& request) {
    http::request_parser<http::string_body> parser;
    parser.eager(true);
    boost::system::error_code error;
    const auto used = parser.put(boost::asio::buffer(request), error);
    demand(!error && parser.is_done() && used == request.size(), "it is one request", request);
    const auto& message = parser.get();
    demand(message.method() == http::verb::put && message.version() == 11, "it is the same one");
    demand(message.target() == redirect.path, "it asks for that path", request);
    demand(message.body() == sent_body, "its body is the same", request);
    demand(std::distance(message.begin(), message.end()) == 2, "it has no other headers", request);
    demand(message[http::field::host] ==
               (redirect.host.empty() ? std::string_view("10.0.0.1:80") : redirect.host),
           "it names that host", request);
}

}  // namespace

void try_redirects(std::string_view input) {
    auto redirect = drivers::read_redirect(input);
    if (!redirect) return;
    demand(input.starts_with('/') || input.starts_with("http"), "it leads to a path or a host");
    demand(redirect->path.starts_with('/'), "a path begins with a slash", redirect->path);
    demand(redirect->path.find('#') == std::string::npos, "no client sends a fragment");
    const auto again = drivers::read_redirect(written(*redirect));
    demand(again && again->host == redirect->host && again->path == redirect->path &&
               again->encrypted == redirect->encrypted,
           "it is read as it is written", written(*redirect));
    const auto remote =
        drivers::find_remote(two_remotes(), two_nodes(), redirect->host, redirect->encrypted);
    demand(remote == meant(*redirect), "it leads to whom it names, and to nobody else", input);
    if (!remote && !redirect->host.empty()) return;
    // The planted defect: a long path is cut off.
    if (is_planted() && redirect->path.size() > 40) redirect->path.resize(40);
    demand_one_request(*redirect, drivers::led_on(sent_before(), again->path, redirect->host));
}

}  // namespace gameday::fuzz
