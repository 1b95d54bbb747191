#include "tests/proof/judged.hpp"

#include "harness/app/catalog.hpp"
#include "harness/judge/judge.hpp"

namespace gameday::proof {

Report judged(const Scenario& scenario, const Evidence& evidence) {
    return judge::judge(scenario, evidence, app::catalog());
}

}  // namespace gameday::proof
