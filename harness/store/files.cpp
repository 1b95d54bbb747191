#include "harness/store/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gameday::store {

Error system_error(std::string_view doing, const std::string& path) {
    const int number = errno;
    return failed("cannot {} {}: {}", doing, path, std::strerror(number));
}

namespace {

// What has no size to be asked for beforehand.
Result<std::string> read_to_the_end(const Descriptor& file, const std::string& path) {
    constexpr std::size_t most = std::size_t{256} << 20U;
    constexpr std::size_t piece = std::size_t{1} << 16U;
    std::string text;
    while (text.size() <= most) {
        const std::size_t filled = text.size();
        text.resize(filled + piece);
        const auto got = ::read(file.get(), text.data() + filled, piece);
        const int problem = errno;
        text.resize(filled + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0 && problem == EINTR) continue;
        errno = problem;
        if (got < 0) return system_error("read", path);
        if (got == 0) return text;
    }
    return failed("cannot read {}: more than 256 MiB", path);
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return system_error("open", path);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return system_error("read", path);
    if (!S_ISREG(status.st_mode)) {
        return failed("cannot read {}: not a regular file", path);
    }
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const auto got = ::read(file.get(), text.data() + filled, text.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("read", path);
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    text.resize(filled);
    return text;
}

Result<std::string> read_input(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return system_error("open", path);
    return read_to_the_end(file, path);
}

Result<void> read_all(const Descriptor& file, void* out, std::size_t count,
                      const std::string& path) {
    for (std::size_t filled = 0; filled < count;) {
        const auto got = ::read(file.get(), static_cast<char*>(out) + filled, count - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("read", path);
        if (got == 0) {
            return invalid("{}: cut short, {} bytes are missing", path, count - filled);
        }
        filled += static_cast<std::size_t>(got);
    }
    return {};
}

Result<void> write_all(const Descriptor& file, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const auto done = ::write(file.get(), bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return system_error("write", path);
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return {};
}

Result<void> write_file(const std::string& path, std::span<const std::string_view> parts) {
    const std::string temporary = path + ".tmp";
    const auto write_temporary = [&]() -> Result<void> {
        const Descriptor file(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        if (!file.is_open()) return system_error("create", temporary);
        for (const auto part : parts) {
            if (auto done = write_all(file, part, temporary); !done) return done;
        }
        if (::fsync(file.get()) != 0) return system_error("sync", temporary);
        if (::rename(temporary.c_str(), path.c_str()) != 0) return system_error("replace", path);
        return {};
    };
    if (auto done = write_temporary(); !done) {
        ::unlink(temporary.c_str());
        return done;
    }
    return sync_folder(std::filesystem::path(path).parent_path().string());
}

Result<void> write_file(const std::string& path, std::string_view text) {
    return write_file(path, std::span<const std::string_view>(&text, 1));
}

Result<void> write_new_file(const std::string& path, std::string_view text) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    const Descriptor file(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644));
    if (!file.is_open()) return write_file(path, text);
    if (auto done = write_all(file, text, path); !done) return done;
    if (::fsync(file.get()) != 0) return system_error("sync", path);
    const std::string self = fmt::format("/proc/self/fd/{}", file.get());
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0) {
        return write_file(path, text);
    }
    return sync_folder(folder);
}

Result<void> sync_folder(const std::string& folder) {
    const std::string path = folder.empty() ? "." : folder;
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!file.is_open()) return system_error("open", path);
    // EINVAL: a file system that has nothing to sync for folders.
    if (::fsync(file.get()) != 0 && errno != EINVAL) return system_error("sync", path);
    return {};
}

Result<void> make_folders(const std::string& folder) {
    std::error_code problem;
    std::filesystem::create_directories(folder, problem);
    if (problem) {
        return failed("cannot make the folder {}: {}", folder, problem.message());
    }
    return {};
}

}  // namespace gameday::store
