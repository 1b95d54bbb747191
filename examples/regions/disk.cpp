#include "examples/regions/disk.hpp"

#include "harness/base/ensure.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace gameday::regions {
namespace {

// A record: its length (4 bytes), a checksum of the rest (4 bytes), a letter, its content.
constexpr std::size_t head = 8;

std::uint32_t checksum(std::string_view bytes) {
    std::uint32_t hash = 0x811c9dc5U;  // FNV-1a
    for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x01000193U;
    return hash;
}

void put_number(std::string& out, std::uint32_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        out.push_back(static_cast<char>((number >> shift) & 0xffU));
    }
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
    std::uint32_t number = 0;
    for (unsigned n = 0; n < 4; ++n) {
        number |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + n])) << (8 * n);
    }
    return number;
}

void put_record(std::string& out, const std::string& body) {
    put_number(out, static_cast<std::uint32_t>(body.size()));
    put_number(out, checksum(body));
    out += body;
}

// Votes travel as an entry of their own kind: term, and 1 + the node voted for in `index`.
bool take_record(std::string_view body, Recovered& found) {
    if (body.empty()) return false;
    auto entry = decode_entry(body.substr(1));
    if (!entry) return false;
    found.blank = false;
    if (body.front() == 'E') {
        found.add(std::move(*entry));
        return true;
    }
    found.term = entry->term;
    found.vote = entry->index == 0 ? std::nullopt : std::optional<Peer>(entry->index - 1);
    return true;
}

// Returns how many bytes are whole records.
std::size_t take_records(std::string_view bytes, Recovered& found) {
    std::size_t at = 0;
    while (bytes.size() - at >= head) {
        const std::size_t size = number_at(bytes, at);
        if (bytes.size() - at - head < size) break;
        const std::string_view body = bytes.substr(at + head, size);
        if (checksum(body) != number_at(bytes, at + 4) || !take_record(body, found)) break;
        at += head + size;
    }
    return at;
}

}  // namespace

void Recovered::add(Entry entry) {
    if (logs.size() <= entry.origin) logs.resize(entry.origin + 1);
    auto& log = logs[entry.origin];
    if (entry.index >= 1 && entry.index <= log.size()) log.resize(entry.index - 1);
    if (entry.index == log.size() + 1) log.push_back(std::move(entry));
}

Result<std::unique_ptr<FileDisk>> FileDisk::open(const std::filesystem::path& file, bool fsync,
                                                 bool forget, Recovered& found) {
    const int flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | (forget ? O_TRUNC : 0);
    const int handle = ::open(file.c_str(), flags, 0644);
    if (handle < 0) {
        return Error{ErrorCode::failed, file.string() + ": " + std::strerror(errno)};
    }
    std::unique_ptr<FileDisk> disk(new FileDisk(handle, fsync));
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    const std::size_t whole = take_records(bytes, found);
    if (whole < bytes.size() && ::ftruncate(handle, static_cast<off_t>(whole)) != 0) {
        return Error{ErrorCode::failed, file.string() + ": " + std::strerror(errno)};
    }
    return disk;
}

FileDisk::~FileDisk() { ::close(file_); }

void FileDisk::save_vote(Term term, std::optional<Peer> vote) {
    std::string bytes;
    Entry record;
    record.term = term;
    record.index = vote ? *vote + 1 : 0;
    put_record(bytes, "V" + encode(record));
    write(bytes);
}

void FileDisk::append(std::span<const Entry> entries) {
    std::string bytes;
    for (const Entry& entry : entries) put_record(bytes, "E" + encode(entry));
    write(bytes);
}

void FileDisk::write(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file_, bytes.data(), bytes.size());
        GAMEDAY_ENSURE(written > 0 || errno == EINTR);
        if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (fsync_) GAMEDAY_ENSURE(::fdatasync(file_) == 0);
}

}  // namespace gameday::regions
