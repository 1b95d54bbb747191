#include "tests/reporters/kinds.hpp"
#include "tests/reporters/sample.hpp"
#include "tests/support/catch.hpp"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <fstream>

using namespace gameday;
using namespace gameday::test;

namespace {

using Library = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

std::string schema_fault(const Library& document) {
    std::ifstream file(GAMEDAY_SOURCE_DIR "/reporters/json/result.schema.json");
    const auto text = Library::parse(file);
    valijson::Schema schema;
    valijson::SchemaParser parser;
    parser.populateSchema(Adapter(text), schema);
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(schema, Adapter(document), &results)) return {};
    valijson::ValidationResults::Error error;
    std::string faults;
    while (results.popError(error)) {
        for (const auto& step : error.context) faults += step;
        faults += ": " + error.description + "\n";
    }
    return faults.empty() ? "invalid" : faults;
}

}  // namespace

TEST_CASE("every result.json is what its published schema says") {
    for (const auto& report : {failed_report(), passed_report(), inconclusive_report(),
                               site_report(), hostile_report(), Report()}) {
        CHECK(schema_fault(Library::parse(reporters::json.render(report))) == "");
    }
}

TEST_CASE("the schema refuses results that are not ours") {
    const auto good = Library::parse(reporters::json.render(failed_report()));
    REQUIRE(schema_fault(good) == "");
    const auto change = [&](const char* pointer, const Library& value) {
        auto wrong = good;
        wrong[Library::json_pointer(pointer)] = value;
        return schema_fault(wrong);
    };
    CHECK_FALSE(change("/schema", "gameday-result/2").empty());
    CHECK_FALSE(change("/verdict", "fine").empty());
    CHECK_FALSE(change("/targets/0/grade", true).empty());
    CHECK_FALSE(change("/measurements/0/value", "3 s").empty());
    CHECK_FALSE(change("/measurements/0/value/middle", 3).empty());
    CHECK_FALSE(change("/unknown", 1).empty());
    CHECK_FALSE(change("/scaled", "no").empty());
    CHECK_FALSE(change("/timeline/servers_are", "clients").empty());
    auto without = good;
    without.erase("evidence_sha256");
    CHECK_FALSE(schema_fault(without).empty());
}

TEST_CASE("an unbounded interval has no high end, and an unmeasured figure is null") {
    const auto result = Library::parse(reporters::json.render(inconclusive_report()));
    CHECK(result["measurements"][0]["value"]["low"] == 0.0);
    CHECK(result["measurements"][0]["value"]["high"].is_null());
    CHECK(result["measurements"][1]["value"].is_null());
    CHECK(result["exit_code"] == 2);
}
