// The evidence of a run on disk: a folder of three files, written before anything is judged.
//
// operations.bin holds the operations as they are in memory, evidence.json the rest, SHA256SUMS the
// digests of both (`sha256sum -c` reads it). Written in that order, so a folder without SHA256SUMS
// is one whose writing did not end.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"

#include <string>
#include <string_view>

namespace gameday::store {

inline constexpr std::string_view evidence_folder = "evidence";  // in the run folder
inline constexpr std::string_view operations_name = "operations.bin";
inline constexpr std::string_view evidence_name = "evidence.json";
inline constexpr std::string_view sums_name = "SHA256SUMS";

// Makes `folder` and writes the evidence there; durable on return. Each file is replaced whole.
// Texts must be UTF-8; bytes that are not come back as U+FFFD.
Result<void> write_evidence(const std::string& folder, const Evidence& evidence);

// Reads back exactly what was written. `invalid`, naming file and place, when a file was cut short,
// altered or never finished; `failed` when it cannot be read.
Result<Evidence> read_evidence(const std::string& folder);

// What reports name the evidence by: the SHA-256 of its SHA256SUMS text, made anew from the files;
// of a run that was killed, that of its stream.
Result<std::string> evidence_sha256(const std::string& folder);

}  // namespace gameday::store
