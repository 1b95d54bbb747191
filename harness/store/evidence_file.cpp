#include "harness/store/evidence_file.hpp"

#include "harness/json/json.hpp"
#include "harness/store/evidence_fields.hpp"
#include "harness/store/evidence_json.hpp"
#include "harness/store/evidence_stream.hpp"
#include "harness/store/files.hpp"
#include "harness/store/sha256.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <filesystem>
#include <type_traits>

#include <fcntl.h>
#include <sys/stat.h>

namespace gameday::store {

namespace {

// Records are written as they are in memory.
static_assert(std::endian::native == std::endian::little);
static_assert(std::is_trivially_copyable_v<Operation>);

// Version 1 knew no run id, and no survivor's reads among the phases; it lies in the same bytes.
constexpr std::uint32_t version_written = 2;

bool is_known_version(std::int64_t version) { return version >= 1 && version <= version_written; }

// As long as a record, so that records stay aligned to their size in the file.
struct Header {
    std::array<char, 16> magic{'g', 'a', 'm', 'e', 'd', 'a', 'y', ' ',
                               'o', 'p', 's', ' ', ' ', ' ', ' ', '\n'};
    std::uint32_t version = version_written;
    std::uint32_t record_bytes = sizeof(Operation);
    std::uint64_t count = 0;
    std::array<char, 32> reserved{};
    bool operator==(const Header&) const = default;
};
static_assert(sizeof(Header) == sizeof(Operation));

std::string path_in(const std::string& folder, std::string_view name) {
    return folder + "/" + std::string(name);
}

Error not_whole(const std::string& path, std::string_view what) {
    return invalid("{}: {}", path, what);
}

// Straight into their place: there may be more of them than fit into memory twice.
Result<std::vector<Operation>> operations_in(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return system_error("open", path);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return system_error("read", path);
    const auto size = static_cast<std::size_t>(status.st_size);
    Header header;
    if (size < sizeof(Header)) return not_whole(path, "cut short, has no header");
    if (auto done = read_all(file, &header, sizeof(Header), path); !done) return done.error();
    const Header wanted{.version = header.version, .count = header.count};
    if (header != wanted || !is_known_version(header.version)) {
        return not_whole(path, "not a file of operations, version 1 or 2");
    }
    const std::size_t bytes = size - sizeof(Header);
    if (bytes % sizeof(Operation) != 0 || bytes / sizeof(Operation) != header.count) {
        return not_whole(path, fmt::format("{} bytes of records, wanted {} records of {}", bytes,
                                           header.count, sizeof(Operation)));
    }
    std::vector<Operation> operations(header.count);
    if (auto done = read_all(file, operations.data(), bytes, path); !done) return done.error();
    return operations;
}

// "<digest>  <file>" a line, as sha256sum prints it.
Result<std::string> sums_text(const std::string& folder) {
    std::string text;
    for (const auto name : {evidence_name, operations_name}) {
        const auto digest = sha256_of_file(path_in(folder, name));
        if (!digest) return digest.error();
        text += fmt::format("{}  {}\n", *digest, name);
    }
    return text;
}

}  // namespace

Result<void> write_evidence(const std::string& folder, const Evidence& evidence) {
    if (auto made = make_folders(folder); !made) return made;
    // Old sums must not stand beside new files.
    std::error_code problem;
    std::filesystem::remove(path_in(folder, sums_name), problem);
    if (problem) {
        return failed("cannot replace {}: {}", path_in(folder, sums_name), problem.message());
    }
    const Header header{.count = evidence.operations.size()};
    const std::array<std::string_view, 2> parts{
        std::string_view(reinterpret_cast<const char*>(&header), sizeof(Header)),
        std::string_view(reinterpret_cast<const char*>(evidence.operations.data()),
                         evidence.operations.size() * sizeof(Operation))};
    if (auto done = write_file(path_in(folder, operations_name), parts); !done) return done;
    const std::string rest =
        json::print_pretty(Params{{"version", static_cast<std::int64_t>(version_written)},
                                  {"evidence", evidence_to_value(evidence)}});
    if (auto done = write_file(path_in(folder, evidence_name), rest); !done) return done;
    const auto sums = sums_text(folder);
    if (!sums) return sums.error();
    return write_file(path_in(folder, sums_name), *sums);
}

Result<Evidence> read_evidence(const std::string& folder) {
    const auto sums = read_file(path_in(folder, sums_name));
    if (!sums) return sums.error();
    const auto wanted = sums_text(folder);
    if (!wanted) return wanted.error();
    if (*sums != *wanted) {
        return not_whole(path_in(folder, sums_name),
                         "the files beside it were altered or cut short (see `sha256sum -c`)");
    }
    const std::string json_path = path_in(folder, evidence_name);
    const auto text = read_file(json_path);
    if (!text) return text.error();
    auto tree = json::parse(*text);
    if (!tree) return std::move(tree.error()).within(json_path);
    const auto* object = tree->as<Params>();
    const auto* rest = tree->find("evidence");
    if (object == nullptr || rest == nullptr || !is_known_version(integer_at(*object, "version"))) {
        return not_whole(json_path, "not evidence of version 1 or 2");
    }
    auto evidence = evidence_from_value(*rest);
    if (!evidence) return std::move(evidence.error()).within(json_path);

    const std::string operations_path = path_in(folder, operations_name);
    auto operations = operations_in(operations_path);
    if (!operations) return operations.error();
    evidence->operations = std::move(*operations);
    if (auto good = check_ids(*evidence); !good) return std::move(good.error()).within(folder);
    return evidence;
}

Result<std::string> evidence_sha256(const std::string& folder) {
    std::error_code ignored;  // sums that cannot be looked at are not there
    if (!std::filesystem::exists(path_in(folder, sums_name), ignored) && has_stream(folder)) {
        return sha256_of_file(path_in(folder, stream_name));
    }
    const auto sums = sums_text(folder);
    if (!sums) return sums.error();
    return sha256_of_text(*sums);
}

}  // namespace gameday::store
