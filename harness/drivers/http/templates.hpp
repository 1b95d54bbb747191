// Templates: what a scenario says about requests and answers of a system that speaks HTTP, compiled
// once into pieces that are joined per operation, and the reading of answers. Pure.
#pragma once

#include "harness/drivers/common/pattern.hpp"
#include "harness/drivers/common/server_names.hpp"
#include "harness/drivers/http/access.hpp"
#include "harness/drivers/http/expectation.hpp"
#include "harness/drivers/http/location.hpp"
#include "harness/model/params.hpp"
#include "harness/model/topology.hpp"
#include "harness/ports/client.hpp"

#include <span>
#include <string>
#include <vector>

namespace gameday::drivers {

// An answer that says for certain that nothing was done.
struct Refusal {
    Expectation when;
    std::string words;  // of its detail; "" = what the answer says itself
};

// One verb: how to ask, and where the answer says what.
struct Exchange {
    Pattern head;  // "PUT /kv/{key} HTTP/1.1\r\nHost: …\r\n", without Content-Length and end
    Pattern body;
    bool has_body = false;
    bool base64 = false;  // found values are decoded
    Location value, version, served_by;
    bool asked_serves = false;  // declared: whoever is asked answers, there is no front
    std::vector<unsigned> ok, absent, rejected;  // statuses
    Expectation expect;                          // of an answer whose status is ok
    bool to_head = false;                        // HEAD: answers have no body
    bool follow = false;                         // 307 and 308 to a node of the system
    bool idempotent = false;                     // write: it may be sent twice

    // For drivers on top of this one.
    std::vector<Refusal> refusals;  // besides statuses
    Location reason;                // where an answer that is not good says why
    Location entry;  // where a good answer has what it says of the key; none: there is no such key
};

struct Templates {
    Exchange read, write;
    ServerNames servers;
    HttpAccess access;
    std::vector<std::string> headers;  // to keep: any location names them

    [[nodiscard]] const Exchange& of(Verb verb) const { return verb == Verb::read ? read : write; }
};

extern const std::span<const ParamSpec> http_params;

// Compiles the object `http` of a load. `endpoint` becomes the Host header. `invalid` with all
// wrong fields, one a line.
Result<Templates> compile_templates(const Params& params, const Topology& topology,
                                    const Endpoint& endpoint);

// The bytes of a request; `scratch` is reused storage for the body.
void render(const Exchange& exchange, const Request& request, std::string& out,
            std::string& scratch);

// Whose answer it is.
struct ReadContext {
    Verb verb = Verb::read;
    NodeId node;                  // who was asked
    bool foreign_values = false;  // as in ClientContext
};

// What a complete answer means: the table in README.md. `words` holds the text of its detail.
Reply read_answer(const Templates& templates, const ReadContext& asked, const Answer& answer,
                  std::string& words);

}  // namespace gameday::drivers
