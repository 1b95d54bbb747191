// Templates: what a scenario says about requests and answers of a system that speaks HTTP, compiled
// once into pieces that are joined per operation, and the reading of answers. Pure.
#pragma once

#include "harness/drivers/http/location.hpp"
#include "harness/model/params.hpp"
#include "harness/model/topology.hpp"
#include "harness/ports/client.hpp"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {

// Text with {key}, {value}, {key_base64} and {value_base64} in it; other braces stand for
// themselves.
class Pattern {
 public:
    Pattern() = default;
    explicit Pattern(std::string_view text);
    void append_to(std::string& out, std::uint32_t key, std::uint64_t value) const;

 private:
    enum class Piece : std::uint8_t { literal, key, value, key_base64, value_base64 };
    struct Part {
        Piece piece = Piece::literal;
        std::string text;
    };
    std::vector<Part> parts_;
};

// One verb: how to ask, and where the answer says what.
struct Exchange {
    Pattern head;  // "PUT /kv/{key} HTTP/1.1\r\nHost: …\r\n", without Content-Length and end
    Pattern body;
    bool has_body = false;
    bool base64 = false;  // found values are decoded
    Location value, version, served_by;
    std::vector<unsigned> ok, absent, rejected;  // statuses
};

struct Templates {
    Exchange read, write;
    std::map<std::string, NodeId, std::less<>> served_by;  // texts in answers → nodes
    std::vector<std::string> headers;                      // that any location names

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

// An answer as it arrived. headers: by index of Templates::headers, "" when absent.
struct Answer {
    unsigned status = 0;
    std::string_view body;
    std::span<const std::string> headers;
};

// What a complete answer means for an operation sent to `sent_to`: the table in README.md.
Reply read_answer(const Templates& templates, Verb verb, const Answer& answer, NodeId sent_to);

}  // namespace gameday::drivers
