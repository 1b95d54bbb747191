// Lets REQUIRE(result) stand for "it succeeded", and shows the error when it did not.
#pragma once

#include "harness/base/result.hpp"
#include "tests/support/catch.hpp"

#include <string>

namespace Catch {

template <class T>
struct StringMaker<gameday::Result<T>> {
    static std::string convert(const gameday::Result<T>& result) {
        return result ? "success" : "error: " + result.error().message;
    }
};

}  // namespace Catch
