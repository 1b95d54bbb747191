// What the kernel said of a call that failed, as an error code.
#pragma once

#include <boost/system/error_code.hpp>

#include <cctype>
#include <cerrno>
#include <string>

namespace gameday::devices::proxy {

inline boost::system::error_code system_error(int number) {
    return {number, boost::system::system_category()};
}
inline boost::system::error_code last_error() { return system_error(errno); }

// "connection refused": as it stands within a sentence.
inline std::string words_of(const boost::system::error_code& error) {
    std::string words = error.message();
    if (!words.empty()) {
        words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
    }
    return words;
}

}  // namespace gameday::devices::proxy
