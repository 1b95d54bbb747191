// Random impairments, each one that impairment_of() takes.
#pragma once

#include "harness/base/random.hpp"
#include "injectors/kernel/steer/impairment.hpp"

namespace gameday::testing {

kernel::Impairment random_impairment(Random& random);

}  // namespace gameday::testing
