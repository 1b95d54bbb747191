#include "harness/scenario/schema_check.hpp"

#include "harness/base/ensure.hpp"
#include "harness/json/json.hpp"
#include "harness/json/pointer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#pragma GCC diagnostic push  // the library is not written for our warnings
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

#include <string>

namespace gameday::scenario {

namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

const valijson::Schema& schema() {
    static const valijson::Schema* const parsed = [] {
        static const auto text = nlohmann::json::parse(schema_text());
        auto* result = new valijson::Schema;  // lives as long as the program
        valijson::SchemaParser parser;
        parser.populateSchema(Adapter(text), *result);
        return result;
    }();
    return *parsed;
}

// "<root>[faults][0]" as a pointer.
std::string pointer_of(const std::vector<std::string>& context) {
    std::string pointer;
    for (const auto& step : context) {
        if (step.size() > 2 && step.front() == '[') {
            pointer += "/" + json::pointer_step(step.substr(1, step.size() - 2));
        }
    }
    return pointer;
}

}  // namespace

std::vector<Error> check_schema(const Value& scenario) {
    const auto tree = nlohmann::json::parse(json::print(scenario));
    valijson::Validator validator;
    valijson::ValidationResults results;
    std::vector<Error> errors;
    if (validator.validate(schema(), Adapter(tree), &results)) return errors;
    valijson::ValidationResults::Error error;
    while (results.popError(error)) {
        errors.push_back({ErrorCode::invalid,
                          fmt::format("{}: {}", pointer_of(error.context), error.description)});
    }
    return errors;
}

}  // namespace gameday::scenario
