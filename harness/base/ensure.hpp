// GAMEDAY_ENSURE: what must be true unless we have a bug. On in every build; prints and aborts
// (exit by SIGABRT; the journal is on disk, so `gameday recover` heals).
#pragma once

namespace gameday {

[[noreturn]] void ensure_failed(const char* what, const char* file, int line);

}  // namespace gameday

#define GAMEDAY_ENSURE(condition) \
    ((condition) ? static_cast<void>(0) : ::gameday::ensure_failed(#condition, __FILE__, __LINE__))
