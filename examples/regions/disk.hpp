// Disk: what a node must remember across a crash. Written before the answer that depends on it.
//
// One append-only file. An entry with an index that is held already replaces that entry and all
// after it (of its origin), so nothing is ever rewritten in place. A torn tail, left by a crash in
// mid-write and never answered for, is cut off when the file is opened.
#pragma once

#include "examples/regions/message.hpp"
#include "harness/base/result.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::regions {

class Disk {
 public:
    Disk() = default;
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;
    virtual ~Disk() = default;
    // Both return once the operating system has the bytes (and, if so set, the disk).
    virtual void save_vote(Term term, std::optional<Peer> vote) = 0;
    virtual void append(std::span<const Entry> entries) = 0;
};

// What a node finds when it starts.
struct Recovered {
    bool blank = true;  // nothing at all: the node has never spoken to anybody
    Term term = 0;
    std::optional<Peer> vote;
    std::vector<std::vector<Entry>> logs;  // by origin; a single writer has one, number 0

    void add(Entry entry);
};

class FileDisk final : public Disk {
 public:
    // Opens or makes the file and reads it into `found`. With `forget`, what it held is dropped.
    // Fails with `failed` when the file cannot be read or made.
    static Result<std::unique_ptr<FileDisk>> open(const std::filesystem::path& file, bool fsync,
                                                  bool forget, Recovered& found);
    ~FileDisk() override;

    // A disk that does not take the bytes ends the process: going on would break every promise.
    void save_vote(Term term, std::optional<Peer> vote) override;
    void append(std::span<const Entry> entries) override;

 private:
    FileDisk(int file, bool fsync) : file_(file), fsync_(fsync) {}
    void write(std::string_view bytes) const;

    int file_ = -1;
    bool fsync_ = false;
};

}  // namespace gameday::regions
