// Small durable file operations: what the journal, the registry and the evidence are written with.
#pragma once

#include "harness/base/descriptor.hpp"
#include "harness/base/result.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace gameday::store {

// "cannot <doing> <path>: <text of errno>", code `failed`. Call before errno can change.
Error system_error(std::string_view doing, const std::string& path);

// The whole file. `failed` when it is no regular one: nothing is waited for.
Result<std::string> read_file(const std::string& path);

// The same for what a user names: a pipe, a terminal or a shell's <(…) is read to its end, which
// must come before 256 MiB.
Result<std::string> read_input(const std::string& path);

// Exactly that many bytes from an open file into memory; fails when there are fewer.
Result<void> read_all(const Descriptor& file, void* out, std::size_t count,
                      const std::string& path);

// Writes all bytes to an open file; `path` is for messages.
Result<void> write_all(const Descriptor& file, std::string_view bytes, const std::string& path);

// Replaces the file by the parts put together: either the old or the new content survives a crash,
// and the new one does once this has returned. Leaves no temporary file behind when it fails.
Result<void> write_file(const std::string& path, std::span<const std::string_view> parts);
Result<void> write_file(const std::string& path, std::string_view text);

// As write_file, and whoever is killed in the middle of it leaves no temporary file either, where
// the file system knows files without a name (O_TMPFILE) and there is no such file yet.
Result<void> write_new_file(const std::string& path, std::string_view text);

// Makes creations, renames and removals in the folder durable.
Result<void> sync_folder(const std::string& folder);

// Makes the folder and all above it; fine when it exists.
Result<void> make_folders(const std::string& folder);

}  // namespace gameday::store
