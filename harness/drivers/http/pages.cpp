#include "harness/drivers/http/pages.hpp"

#include "harness/drivers/http/request_head.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace gameday::drivers {

Result<PageRequest> compile_page(const PageSpec& page, std::string_view host,
                                 const HttpAccess& access) {
    std::vector<std::string> problems;
    PageRequest result;
    result.text = head_text({page.method, page.path, &page.headers, host, false},
                            [&](const char* field, const std::string& message) {
                                problems.push_back(fmt::format("{}: {}", field, message));
                            });
    result.expect = read_expectation(
        page.expect, [&](const std::string& message) { problems.push_back("expect: " + message); });
    if (!problems.empty()) {
        return invalid("{}", fmt::join(problems, "\n"));
    }
    result.to_head = page.method == "HEAD";
    result.text = with_authorization(std::move(result.text), access, &page.headers);
    if (!page.body.empty()) {
        result.text += fmt::format("Content-Length: {}\r\n", page.body.size());
    }
    if (!names_connection(page.headers)) result.text += "Connection: close\r\n";
    result.text += "\r\n" + page.body;
    return result;
}

std::string missed(const PageRequest& page, const Answer& answer) {
    const bool in_order = answer.status >= 200 && answer.status < 300;
    if (page.expect.statuses.empty() && !in_order) return fmt::format("HTTP {}", answer.status);
    return missed(page.expect, answer);
}

}  // namespace gameday::drivers
