// The fuzz targets. Each takes one input, any bytes, and ends the process when a property does not
// hold; the README says which.
#pragma once

#include <string_view>

namespace gameday::fuzz {

void try_answers(std::string_view bytes);
void try_api(std::string_view text);
void try_base64(std::string_view bytes);
void try_bodies(std::string_view text);
void try_config(std::string_view text);
void try_etcd(std::string_view bytes);
void try_exchanges(std::string_view bytes);
void try_hello(std::string_view bytes);
void try_http(std::string_view bytes);
void try_postgres(std::string_view bytes);
void try_redirects(std::string_view text);
void try_redis(std::string_view bytes);

}  // namespace gameday::fuzz
