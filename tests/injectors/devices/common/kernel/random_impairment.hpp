// Random impairments, each one that impairment_of() takes.
#pragma once

#include "harness/base/random.hpp"
#include "injectors/devices/common/kernel/impairment.hpp"

namespace gameday::testing {

devices::kernel::Impairment random_impairment(Random& random);

}  // namespace gameday::testing
