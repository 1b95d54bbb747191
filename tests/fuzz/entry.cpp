// Where libFuzzer enters: one program a target, which GAMEDAY_FUZZ_TARGET names.
#include "tests/fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    gameday::fuzz::GAMEDAY_FUZZ_TARGET({reinterpret_cast<const char*>(bytes), size});
    return 0;
}
