// What must hold after every call of the API, whatever was asked.
#pragma once

#include "injectors/proxy_server/api/api.hpp"
#include "tests/injectors/proxy_server/fake_plane.hpp"

namespace gameday::fuzz {

// A plane on which one address is taken by somebody else.
testing::FakePlane plane_with_taken_address();
// The planted defect: the plane forgets the toxics of a proxy when one has a toxicity above 1.
void forget_strong_toxics(testing::FakePlane& plane);

// The status is one that the API has, the body is well-formed, and its type is that of the status.
void demand_good_answer(const proxy_server::Response& response);
// The plane carries the enabled proxies, with the addresses and toxics of the book, and no others.
void demand_agreement(const proxy_server::ProxyTable& book, const testing::FakePlane& plane);
// Names in the book are those of its proxies; no proxy has two toxics of one name; those of
// upstream come first; each has the attributes of its type.
void demand_order(const proxy_server::ProxyTable& book);
// A call that failed, or only asked, has left the book as it was, but for the three cases that
// api.hpp names.
void demand_unchanged(const proxy_server::Request& request, const proxy_server::Response& response,
                      const proxy_server::ProxyTable& before,
                      const proxy_server::ProxyTable& after);

}  // namespace gameday::fuzz
