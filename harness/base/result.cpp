#include "harness/base/result.hpp"

#include "harness/base/ensure.hpp"

namespace gameday {

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
    ensure_failed(error.message.c_str(), where.file_name(), static_cast<int>(where.line()));
}

}  // namespace gameday
