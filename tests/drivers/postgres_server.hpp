// A server that speaks PostgreSQL's protocol (version 3), whose every answer is written by the
// test.
#pragma once

#include "tests/drivers/raw_server.hpp"

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace gameday::test {

// Messages of the server, as bytes.
std::string pg_message(char type, std::string_view body);
std::string pg_ready(char status = 'I');
std::string pg_columns(std::initializer_list<std::string_view> names);
std::string pg_row(std::initializer_list<std::optional<std::string_view>> values);
std::string pg_done(std::string_view tag);
std::string pg_error(std::string_view severity, std::string_view state, std::string_view message);
std::string pg_warning(std::string_view function, std::string_view message);

// One row of one column and its end, as an answer to a SELECT.
std::string pg_value(std::string_view name, std::string_view value);

// Reads what a client begins with, refuses encryption, and lets it in; false: it has gone.
bool pg_welcome(RawConnection& connection);
// The next statements; "" when the client has gone or said that it goes.
std::string pg_read_query(RawConnection& connection);

// A server that answers each text of statements by what `answer` makes of it.
RawServer::Serve pg_serve(std::function<std::string(const std::string&)> answer);

}  // namespace gameday::test
