#include "harness/base/ensure.hpp"

#include <cstdio>
#include <cstdlib>

namespace gameday {

void ensure_failed(const char* what, const char* file, int line) {
    std::fprintf(stderr,
                 "gameday: internal error: %s (%s:%d); run `gameday recover` before the next run\n",
                 what, file, line);
    std::abort();
}

}  // namespace gameday
