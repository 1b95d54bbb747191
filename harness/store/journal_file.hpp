// JournalFile: the journal of a run as a file, `journal` in the run folder, that outlives us.
//
// One JSON object a line, appended and synced before the call returns. While the process that owns
// the journal lives it holds an exclusive flock on it, and the journal says which process that is:
// a lock that is free, or whose owner has ended, tells a run that died from one that is going on.
#pragma once

#include "harness/ports/journal.hpp"
#include "harness/store/files.hpp"
#include "harness/store/process_identity.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::store {

inline constexpr std::string_view journal_name = "journal";

// What `recover` needs besides the promises: the values of {run_dir} and {bin_dir}, and the folder
// that gameday was started in, from which relative commands and files go ("" in journals of old).
struct JournalOrigin {
    std::string run_dir, bin_dir;
    std::string folder{};
    bool operator==(const JournalOrigin&) const = default;
};

// A journal as read back.
struct JournalContents {
    JournalOrigin origin;
    ProcessIdentity owner;            // who has it, or had it last; journals of old do not say
    std::vector<Promise> open;        // promises not kept yet, oldest first; one for each id
    std::vector<std::string> damage;  // "line 3: …"; lines that should have been readable
    std::size_t length = 0;           // bytes up to the end of the last whole line
    bool operator==(const JournalContents&) const = default;
};

// Reads the text of a journal; pure. A last line that is torn is no damage: its call never
// returned, so a promise there has had no effect yet, and an unwritten `kept` means healing twice.
JournalContents parse_journal(std::string_view text);

// Who has the journal of a run folder. `gone`: the folder or its journal cannot be read. A lock
// outlives its owner where a child of it was forked and has not yet begun its command, so the
// lock alone does not make an owner alive.
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
    // A torn last line is cut off. Where a child of the dead owner still holds the lock, a copy
    // takes the journal's place.
    static Result<std::unique_ptr<JournalFile>> take_over(const std::string& run_dir);

    // `refused` when the id has an open promise; `invalid` when the actions would not read back as
    // they are.
    Result<void> promise(const Promise& promise) override;
    Result<void> kept(FaultId id) override;
    [[nodiscard]] Result<std::vector<Promise>> outstanding() const override;

    [[nodiscard]] const JournalOrigin& origin() const { return contents_.origin; }
    [[nodiscard]] const std::vector<std::string>& damage() const { return contents_.damage; }

 private:
    JournalFile(Descriptor file, std::string path, JournalContents contents);
    static Result<std::unique_ptr<JournalFile>> take_over_locked(const std::string& run_dir);
    Result<void> append(std::string line);

    Descriptor file_;
    std::string path_;
    JournalContents contents_;
    bool broken_ = false;
};

}  // namespace gameday::store
