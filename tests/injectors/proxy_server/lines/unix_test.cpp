// Proxies that listen on Unix sockets, and relay to them.
#include "injectors/devices/proxy/net/unix_listener.hpp"
#include "injectors/proxy_server/lines/relay_plane.hpp"
#include "tests/injectors/devices/proxy/loopback.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace unix_test {

using namespace gameday;
using namespace gameday::testing;
using namespace gameday::proxy_server;
namespace fs = std::filesystem;

namespace {

// A folder of its own, and what is in it, for as long as the test runs.
struct Folder {
    Folder() {
        std::string name = (fs::temp_directory_path() / "gameday-unix-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() { fs::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] std::string file(const std::string& name) const { return (path / name).string(); }
    fs::path path;
};

sockaddr_un unix_place(const std::string& path) {
    sockaddr_un place{};
    place.sun_family = AF_UNIX;
    std::memcpy(place.sun_path, path.c_str(), path.size() + 1);
    return place;
}

Peer dial_unix(const std::string& path) {
    Peer peer(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto place = unix_place(path);
    if (::connect(peer.fd(), reinterpret_cast<const sockaddr*>(&place), sizeof(place)) != 0) {
        const int why = errno;
        peer.close();
        errno = why;
    }
    return peer;
}

// A socket that is bound to a path, and listens there if asked to.
Peer bind_unix(const std::string& path, bool listens) {
    Peer peer(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto place = unix_place(path);
    REQUIRE(::bind(peer.fd(), reinterpret_cast<const sockaddr*>(&place), sizeof(place)) == 0);
    if (listens) REQUIRE(::listen(peer.fd(), 100) == 0);
    return peer;
}

mode_t mode_of(const std::string& path) {
    struct stat file {};
    REQUIRE(::stat(path.c_str(), &file) == 0);
    return file.st_mode & 0777U;
}

}  // namespace

TEST_CASE("unix: a proxy relays from a Unix socket to one, toxics and half-close included") {
    const Folder folder;
    const auto upstream = bind_unix(folder.file("up"), true);
    const auto plane = make_plane(1, 2);
    const auto listen = "unix:" + folder.file("listen");
    Extras extras;
    extras.socket_mode = 0620;
    const auto opened = plane->open(
        "db", listen, "unix:" + folder.file("up"),
        {{"t", "latency", Stream::upstream, 1, {{"latency", 100}, {"jitter", 0}}}}, extras);
    REQUIRE(opened.has_value());
    CHECK(*opened == listen);
    CHECK(mode_of(folder.file("listen")) == 0620);
    const Peer client = dial_unix(folder.file("listen"));
    REQUIRE(client.open());
    const Peer server(::accept(upstream.fd(), nullptr, nullptr));
    const auto begin = std::chrono::steady_clock::now();
    CHECK(client.send("ask") == 3);
    client.finish();
    CHECK(server.receive(3) == "ask");
    CHECK(std::chrono::steady_clock::now() - begin >= 99ms);
    CHECK(server.end() == End::fin);
    CHECK(server.send("answer") == 6);
    CHECK(client.receive(6) == "answer");
    plane->put("db", {{"t", "limit_data", Stream::downstream, 1, {{"bytes", 3}}}}, extras);
    CHECK(server.send("12345") == 5);
    CHECK(client.receive(5) == "123");
    CHECK(client.end() != End::open);
    plane->close("db");
    CHECK_FALSE(fs::exists(folder.file("listen")));
}

TEST_CASE("unix: a proxy that drains refuses on its path, and its file stays in our hands") {
    const Folder folder;
    const Listener server;
    const auto plane = make_plane(1, 2);
    const auto path = folder.file("listen");
    const auto upstream = fmt::format("127.0.0.1:{}", server.port());
    REQUIRE(plane->open("db", "unix:" + path, upstream, {}).has_value());
    const Peer old = dial_unix(path);
    const Peer at_server = server.accept();
    Extras draining;
    draining.drain = true;
    plane->put("db", {}, draining);
    CHECK_FALSE(dial_unix(path).open());
    CHECK(errno == ECONNREFUSED);
    // Whoever looks for sockets that nobody listens on must not take this one for a leftover.
    const auto second = plane->open("second", "unix:" + path, upstream, {});
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().message == "listen unix " + path + ": bind: address already in use");
    CHECK(old.send("still") == 5);
    CHECK(at_server.receive(5) == "still");
    plane->put("db", {});
    const Peer fresh = dial_unix(path);
    CHECK(fresh.open());
    CHECK(server.accept().open());
}

TEST_CASE("unix: a leftover is replaced; a live socket and what is no socket are not") {
    const Folder folder;
    const auto leftover = folder.file("leftover");
    const auto live = folder.file("live");
    const auto file = folder.file("file");
    bind_unix(leftover, true).close();
    const Peer living = bind_unix(live, true);
    std::ofstream(file) << "precious";
    const auto plane = make_plane(1);
    CHECK(plane->open("a", "unix:" + leftover, "127.0.0.1:1", {}).has_value());
    CHECK(mode_of(leftover) == 0600);
    const auto taken = plane->open("b", "unix:" + live, "127.0.0.1:1", {});
    REQUIRE_FALSE(taken.has_value());
    CHECK(taken.error().message == "listen unix " + live + ": bind: address already in use");
    CHECK(dial_unix(live).open());
    const auto refused = plane->open("c", "unix:" + file, "127.0.0.1:1", {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message == "listen unix " + file + ": bind: file exists");
    CHECK(fs::file_size(file) == 8);
}

TEST_CASE("unix: a file that somebody has put in the place of ours is not removed") {
    const Folder folder;
    const auto path = folder.file("listen");
    devices::proxy::UnixListener ours;
    REQUIRE_FALSE(ours.open(path, 0600));
    fs::remove(path);
    const Peer other = bind_unix(path, true);
    ours.close();
    CHECK(dial_unix(path).open());
}

TEST_CASE("unix: an upstream that is not there is like one that refuses") {
    const Folder folder;
    const auto plane = make_plane(1);
    const auto opened = plane->open("db", "127.0.0.1:0", "unix:" + folder.file("none"), {});
    REQUIRE(opened.has_value());
    const auto client =
        dial(static_cast<std::uint16_t>(std::stoi(opened->substr(opened->rfind(':') + 1))));
    REQUIRE(client.open());
    CHECK(client.end() == End::fin);
}

}  // namespace unix_test
