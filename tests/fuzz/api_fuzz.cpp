// Calls of the API one after the other, on a book that starts empty. The input is text: calls are
// parted by a line "---", the first line of each is METHOD TARGET, the rest is its body.
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"

namespace gameday::fuzz {
namespace {

constexpr int calls_max = 10;

proxy_server::Request request_of(std::string_view text) {
    proxy_server::Request request;
    const auto line = text.substr(0, text.find('\n'));
    const auto space = line.find(' ');
    request.method = line.substr(0, space);
    if (space != line.npos) request.target = line.substr(space + 1);
    if (line.size() < text.size()) request.body = text.substr(line.size() + 1);
    request.id = "7";
    return request;
}

void call(const proxy_server::Request& request, proxy_server::ProxyTable& book,
          testing::FakePlane& plane) {
    static const proxy_server::ApiSettings settings{"2.12.0", true, ""};
    const proxy_server::ProxyTable before = book;
    const auto response = handle(request, book, plane, settings);
    if (is_planted()) forget_strong_toxics(plane);
    demand_good_answer(response);
    demand_unchanged(request, response, before, book);
    demand_order(book);
    demand_agreement(book, plane);
}

}  // namespace

void try_api(std::string_view text) {
    constexpr std::string_view border = "\n---\n";
    proxy_server::ProxyTable book;
    testing::FakePlane plane = plane_with_taken_address();
    for (int i = 0; i < calls_max && !text.empty(); ++i) {
        const auto end = text.find(border);
        call(request_of(text.substr(0, end)), book, plane);
        text.remove_prefix(end == text.npos ? text.size() : end + border.size());
    }
}

}  // namespace gameday::fuzz
