#include "harness/drivers/http/access.hpp"

#include "harness/drivers/common/base64.hpp"
#include "harness/drivers/http/request_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gameday::drivers {

HttpAccess read_access(ParamReader& reader) {
    HttpAccess access;
    access.tls = read_tls(reader);
    const std::string user = reader.text("user"), password = reader.text("password");
    const std::string bearer = reader.text("bearer");
    if (!user.empty()) {
        access.authorization = "Basic ";
        append_base64(access.authorization, fmt::format("{}:{}", user, password));
    } else if (!password.empty()) {
        reader.fail("user", "is missing, a password goes with a user");
    }
    if (user.find(':') != user.npos) {
        reader.fail("user", "has a colon, which basic authorization cannot carry");
    }
    if (bearer.find_first_of(std::string_view("\r\n\0", 3)) != bearer.npos) {
        reader.fail("bearer", "is not a text on one line");
    }
    if (!bearer.empty() && !user.empty()) {
        reader.fail("bearer", "stands beside \"user\", remove one of them");
    } else if (!bearer.empty()) {
        access.authorization = "Bearer " + bearer;
    }
    return access;
}

std::string with_authorization(std::string head, const HttpAccess& access, const Params* headers) {
    if (access.authorization.empty()) return head;
    const bool has_one = headers != nullptr && std::ranges::any_of(*headers, [](const auto& each) {
                             return same_header(each.first, "Authorization");
                         });
    if (!has_one) head += fmt::format("Authorization: {}\r\n", access.authorization);
    return head;
}

Result<TlsTarget> open_tls(const HttpAccess& access, const std::string& server) {
    if (!access.tls.on) return TlsTarget{};
    auto context = TlsContext::open(access.tls);
    if (!context) return std::move(context).error();
    return TlsTarget{std::move(*context), server};
}

}  // namespace gameday::drivers
