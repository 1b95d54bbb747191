// HttpAccess: how a client is let in: encrypted or not, and by what authorization.
#pragma once

#include "harness/base/result.hpp"
#include "harness/drivers/common/tls_spec.hpp"
#include "harness/drivers/http/connection.hpp"
#include "harness/model/params.hpp"

#include <string>

namespace gameday::drivers {

struct HttpAccess {
    TlsSpec tls;
    std::string authorization;  // of the header of that name; "" = none
    [[nodiscard]] bool given() const { return tls.on || !authorization.empty(); }
};

inline constexpr ParamSpec user_param{"user", ParamType::text, "",
                                      "basic authorization, with password"};
inline constexpr ParamSpec password_param{"password", ParamType::text, "", "of the user"};
inline constexpr ParamSpec bearer_param{"bearer", ParamType::text, "",
                                        "token of a bearer authorization"};

// Reads `tls`, `user`, `password` and `bearer`; what is wrong becomes errors of the reader. Pure.
HttpAccess read_access(ParamReader& reader);

// The whole head of a request with the authorization in it, unless it has one.
std::string with_authorization(std::string head, const HttpAccess& access, const Params* headers);

// Where connections lead that are let in so. `failed` when a file of certificates cannot be read.
Result<TlsTarget> open_tls(const HttpAccess& access, const std::string& server);

}  // namespace gameday::drivers
