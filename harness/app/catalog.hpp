// The program's catalog: catalog.inc as a value.
#pragma once

#include "harness/ports/catalog.hpp"

namespace gameday::app {

const Catalog& catalog();

}  // namespace gameday::app
