// PostgresPlan: what a scenario says about statements and connections, compiled once. Pure.
#pragma once

#include "harness/drivers/common/pattern.hpp"
#include "harness/drivers/common/server_names.hpp"
#include "harness/model/params.hpp"
#include "harness/model/topology.hpp"
#include "harness/ports/status.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace gameday::drivers {

// Keywords of libpq and their values.
using ConnectWords = std::vector<std::pair<std::string, std::string>>;

struct PostgresPlan {
    Pattern read, write;
    std::string identity;         // said first on each connection: warnings are wanted; who serves?
    bool asked_serves = false;    // declared: whoever is asked answers
    bool commits_within = false;  // a procedure of a write may commit, and fail after that
    bool any_host = false;  // other nodes are asked where the first does not take the connection
    ServerNames servers;
    ConnectWords words;
};

extern const std::span<const ParamSpec> postgres_params, postgres_health_params,
    postgres_role_params;

// What a route asks unless it says so.
extern const std::string_view postgres_health_query, postgres_primary_query;

// Compiles the object `postgres` of a load. `invalid` with all wrong fields, one a line.
Result<PostgresPlan> compile_postgres(const Params& params, const Topology& topology);

// The words of the object `postgres` of a load; none of an object that is wrong.
ConnectWords connect_words(const Params& params);

struct PostgresQuestion {
    StatusSubject subject = StatusSubject::health;
    std::string query;
    ConnectWords words;  // those of the question itself
};

// `invalid` with all wrong parameters, one "<field>: message" a line.
Result<PostgresQuestion> compile_postgres_question(const StatusQuestion& question);

}  // namespace gameday::drivers
