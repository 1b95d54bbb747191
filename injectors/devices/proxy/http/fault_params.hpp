// Faults as plain data: in the member "gameday" of a proxy, in actions, in scenario files. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/params.hpp"
#include "injectors/devices/proxy/http/fault.hpp"

#include <array>
#include <vector>

namespace gameday::devices::proxy::http {

// Which requests a fault meets; kinds of faults have these parameters as well.
inline constexpr std::array match_specs{
    ParamSpec{"method", ParamType::names, "", "only requests of this method, or of one of these"},
    ParamSpec{"path", ParamType::text, "",
              "only requests for this path; * stands for anything, as in \"/api/*\""},
    ParamSpec{"header", ParamType::text, "",
              "only requests with this header: \"Name\", or \"Name: value\" with * in it"},
    ParamSpec{"share", ParamType::share, "1", "only this share of them, drawn by the seed"},
    ParamSpec{"first", ParamType::count, "0", "only the first so many of them; 0: no end"},
    ParamSpec{"every", ParamType::count, "1", "only each so-manieth of them"},
};

// Reads the parameters above; mistakes are told to the reader.
void read_match(ParamReader& reader, Fault& fault);

// Reads the parameter "headers" of an answer: names and texts, but for those that say where the
// answer ends; mistakes are told to the reader.
std::vector<Field> read_answer_headers(ParamReader& reader);

// Reads a fault from an object. Fails with `invalid`: one line a field, with what to write instead.
Result<Fault> read_fault(const Params& params);
// The object that the fault would be read from; what is at its default is left out.
Params params_of(const Fault& fault);

}  // namespace gameday::devices::proxy::http
