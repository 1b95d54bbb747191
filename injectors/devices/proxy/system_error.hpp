// What the kernel said of a call that failed, as an error code.
#pragma once

#include <boost/system/error_code.hpp>

#include <cerrno>

namespace gameday::devices::proxy {

inline boost::system::error_code system_error(int number) {
    return {number, boost::system::system_category()};
}
inline boost::system::error_code last_error() { return system_error(errno); }

}  // namespace gameday::devices::proxy
