#include "injectors/proxy_server/api/seen.hpp"

namespace gameday::proxy_server {

void ProxyCounts::add(const ProxyCounts& other) {
    open += other.open;
    accepted += other.accepted;
    for (std::size_t how = 0; how < ended.size(); ++how) ended.at(how) += other.ended.at(how);
    for (const auto& [name, hits] : other.toxics) {
        const auto [place, is_new] = toxics.try_emplace(name, hits);
        if (is_new) continue;
        auto& sum = place->second;
        sum = sum && hits ? std::optional(*sum + *hits) : std::nullopt;
    }
    for (const auto& [name, hits] : other.http) http[name] += hits;
    not_http += other.not_http;
}

}  // namespace gameday::proxy_server
