// How a call tells that the world would not have it: Result<T> holds a value or an Error.
//
// The spelling of the underlying type lives here and nowhere else. What the network does to one
// operation is not an Error but an Outcome (model/evidence.hpp); our own bugs are GAMEDAY_ENSURE.
#pragma once

#include <boost/system/result.hpp>

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>

namespace gameday {

// What kind of failure it was, so that the program can pick its exit code.
enum class ErrorCode {
    invalid,      // the input is wrong: scenario, option or file; the message says what to write
    unsupported,  // this machine or build cannot do it
    refused,      // it could be done, but must not: unsafe, not ready, promises outstanding
    failed,       // it was tried and the system under test or the operating system said no
    timed_out,    // it was tried and nobody answered in time
    interrupted,  // a stop was asked for while it was under way
};

// A failure of the world. Messages are lower case, name the thing, the value seen and the value
// wanted, and have no full stop.
struct Error {
    ErrorCode code = ErrorCode::failed;
    std::string message;

    // Returns the error with `where` put in front, as context is added on the way up:
    // `return std::move(error).within("/faults/2");`
    [[nodiscard]] Error within(std::string_view where) && {
        message = std::string(where) + ": " + message;
        return std::move(*this);
    }
    bool operator==(const Error&) const = default;
};

// An error of that kind, its message put together by fmt: `return invalid("{} is no rate", text);`.
template <class... Args>
Error invalid(fmt::format_string<Args...> text, Args&&... args) {
    return {ErrorCode::invalid, fmt::format(text, std::forward<Args>(args)...)};
}
template <class... Args>
Error unsupported(fmt::format_string<Args...> text, Args&&... args) {
    return {ErrorCode::unsupported, fmt::format(text, std::forward<Args>(args)...)};
}
template <class... Args>
Error refused(fmt::format_string<Args...> text, Args&&... args) {
    return {ErrorCode::refused, fmt::format(text, std::forward<Args>(args)...)};
}
template <class... Args>
Error failed(fmt::format_string<Args...> text, Args&&... args) {
    return {ErrorCode::failed, fmt::format(text, std::forward<Args>(args)...)};
}
template <class... Args>
Error timed_out(fmt::format_string<Args...> text, Args&&... args) {
    return {ErrorCode::timed_out, fmt::format(text, std::forward<Args>(args)...)};
}

template <class T>
using Result = boost::system::result<T, Error>;

// Asked of the result type by name lookup: value() on an error is our own bug.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location&);

}  // namespace gameday
