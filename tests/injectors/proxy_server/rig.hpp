// A book and a fake plane behind the API, for tests that ask and compare.
#pragma once

#include "injectors/proxy_server/api/api.hpp"
#include "tests/injectors/proxy_server/fake_plane.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <string_view>

namespace gameday::testing {

struct ApiRig {
    proxy_server::ProxyTable book;
    FakePlane plane;
    proxy_server::ApiSettings settings{"2.12.0", false, ""};

    proxy_server::Response ask(proxy_server::Request request) {
        return handle(request, book, plane, settings);
    }
    // "POST /proxies" with a body.
    proxy_server::Response ask(std::string_view line, std::string body = {}) {
        const auto space = line.find(' ');
        proxy_server::Request request;
        request.method = line.substr(0, space);
        request.target = line.substr(space + 1);
        request.body = std::move(body);
        request.id = "7";
        return ask(request);
    }
    // The same as "200 {body}", the final newline of an error left out.
    std::string say(std::string_view line, std::string body = {}) {
        const auto response = ask(line, std::move(body));
        std::string text = response.body;
        while (text.ends_with('\n')) text.pop_back();
        return std::to_string(response.status) + (text.empty() ? "" : " " + text);
    }
    // A proxy of that name (as it stands in JSON) on 127.0.0.1:3310.
    void create(const std::string& name = "one") {
        REQUIRE(ask("POST /proxies",
                    R"({"name":")" + name + R"(","listen":"127.0.0.1:3310","upstream":"db:1"})")
                    .status == 201);
    }
};

}  // namespace gameday::testing
