// JournalFile: the journal of a run as a file, `journal` in the run folder, that outlives us.
//
// One JSON object a line, appended and synced before the call returns. While the process that owns
// the journal lives it holds an exclusive flock on it, so anyone can tell a run that is still going
// on from one that died, without trusting pids. The lock goes with the process, however it ends.
#pragma once

#include "harness/ports/journal.hpp"
#include "harness/store/files.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::store {

inline constexpr std::string_view journal_name = "journal";

// What `recover` needs besides the promises: the values of {run_dir} and {bin_dir}.
struct JournalOrigin {
    std::string run_dir, bin_dir;
    bool operator==(const JournalOrigin&) const = default;
};

// A journal as read back.
struct JournalContents {
    JournalOrigin origin;
    std::vector<Promise> open;        // promises not kept yet, oldest first; one for each id
    std::vector<std::string> damage;  // "line 3: …"; lines that should have been readable
    std::size_t length = 0;           // bytes up to the end of the last whole line
    bool operator==(const JournalContents&) const = default;
};

// Reads the text of a journal; pure. A last line that is torn is no damage: its call never
// returned, so a promise there has had no effect yet, and an unwritten `kept` means healing twice.
JournalContents parse_journal(std::string_view text);

// Who has the journal of a run folder. `gone`: the folder or its journal cannot be read.
enum class Owner : std::uint8_t { alive, dead, gone };
Owner owner_of_journal(const std::string& run_dir);

// Control thread only. Once a write has failed the journal takes nothing more (`refused`), because
// what the disk holds then is not known.
class JournalFile final : public Journal {
 public:
    // Starts the journal of a new run: locked, and durable together with its folder. Fails when
    // there is one already.
    static Result<std::unique_ptr<JournalFile>> create(const JournalOrigin& origin);
    // Takes over the journal of a run that died, to recover it. `refused` while its owner lives.
    // A torn last line is cut off.
    static Result<std::unique_ptr<JournalFile>> take_over(const std::string& run_dir);

    // `refused` when the id has an open promise; `invalid` when the actions would not read back as
    // they are.
    Result<void> promise(const Promise& promise) override;
    Result<void> kept(FaultId id) override;
    [[nodiscard]] Result<std::vector<Promise>> outstanding() const override;

    [[nodiscard]] const JournalOrigin& origin() const { return contents_.origin; }
    [[nodiscard]] const std::vector<std::string>& damage() const { return contents_.damage; }

 private:
    JournalFile(FileDescriptor file, std::string path, JournalContents contents);
    Result<void> append(std::string line);

    FileDescriptor file_;
    std::string path_;
    JournalContents contents_;
    bool broken_ = false;
};

}  // namespace gameday::store
