// The calls of the API, one function each; api.cpp finds the one that a request asks for.
#pragma once

#include "injectors/proxy_server/api/api.hpp"

#include <string>

namespace gameday::proxy_server {

struct Call {
    const Request& request;
    std::string proxy, toxic;  // names from the path, "" when it has none
    ProxyTable& book;
    DataPlane& plane;
    const ApiSettings& settings;
};

Response list_proxies(Call& call);
Response create_proxy(Call& call);
Response show_proxy(Call& call);
Response update_proxy(Call& call);
Response delete_proxy(Call& call);
Response populate(Call& call);
Response reset(Call& call);

Response change_many(Call& call);
Response list_leases(Call& call);
Response renew_lease(Call& call);  // its number is in `proxy`
Response end_lease(Call& call);    // the same

Response list_connections(Call& call);
Response show_counters(Call& call);

Response list_toxics(Call& call);
Response create_toxic(Call& call);
Response show_toxic(Call& call);
Response update_toxic(Call& call);
Response delete_toxic(Call& call);

Response show_version(Call& call);
Response show_metrics(Call& call);

Response json_response(int status, std::string body);
// The refusals that several calls share, in Toxiproxy's words: 404 and 400.
Response no_such_proxy();
Response bad_body(const Error& error);

}  // namespace gameday::proxy_server
