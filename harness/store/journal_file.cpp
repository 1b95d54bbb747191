#include "harness/store/journal_file.hpp"

#include "harness/json/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace gameday::store {

namespace {

std::string path_of(const std::string& run_dir) {
    return run_dir + "/" + std::string(journal_name);
}

Value to_value(const Action& action) {
    return Params{{"device", action.device}, {"verb", action.verb}, {"args", action.args}};
}

Value to_value(const Promise& promise) {
    List heal;
    for (const auto& action : promise.heal) heal.push_back(to_value(action));
    return Params{{"promise", static_cast<std::int64_t>(promise.id.value)},
                  {"name", promise.name},
                  {"heal", std::move(heal)}};
}

std::optional<FaultId> fault_id(const Value* value) {
    const auto* number = value == nullptr ? nullptr : value->as<std::int64_t>();
    if (number == nullptr || *number < 0 || *number >= FaultId::none_value) return std::nullopt;
    return FaultId::of(*number);
}

std::optional<Action> to_action(const Value& value) {
    const auto* object = value.as<Params>();
    const auto* args = value.find("args");
    if (object == nullptr || args == nullptr || args->as<Params>() == nullptr) return std::nullopt;
    Action action{text_at(*object, "device"), text_at(*object, "verb"), *args->as<Params>()};
    if (action.device.empty() || action.verb.empty()) return std::nullopt;
    return action;
}

std::optional<Promise> to_promise(const Value& value) {
    const auto id = fault_id(value.find("promise"));
    const auto* heal = value.find("heal");
    if (!id || heal == nullptr || heal->as<List>() == nullptr) return std::nullopt;
    Promise promise{*id, text_at(*value.as<Params>(), "name"), {}};
    for (const auto& each : *heal->as<List>()) {
        auto action = to_action(each);
        if (!action) return std::nullopt;
        promise.heal.push_back(std::move(*action));
    }
    return promise;
}

Value to_value(const ProcessIdentity& process) {
    return Params{{"pid", process.pid},
                  {"started", process.started},
                  {"pid_namespace", process.pid_namespace}};
}

ProcessIdentity to_identity(const Value& value) {
    const auto* object = value.as<Params>();
    if (object == nullptr) return {};
    return {integer_at(*object, "pid"), integer_at(*object, "started"),
            text_at(*object, "pid_namespace")};
}

auto find_open(std::vector<Promise>& open, FaultId id) {
    return std::ranges::find_if(open, [id](const auto& each) { return each.id == id; });
}

// Applies one line; false when it says nothing we understand.
bool apply(const Value& line, JournalContents& contents) {
    const auto* object = line.as<Params>();
    if (object == nullptr) return false;
    if (const auto* owner = line.find("owner")) {
        contents.owner = to_identity(*owner);
        if (!object->contains("journal")) return true;
    }
    if (object->contains("journal")) {
        contents.origin = {text_at(*object, "run_dir"), text_at(*object, "bin_dir"),
                           text_at(*object, "folder")};
        return text_at(*object, "journal") == "gameday" && integer_at(*object, "version") == 1;
    }
    if (const auto id = fault_id(line.find("kept"))) {
        if (const auto found = find_open(contents.open, *id); found != contents.open.end()) {
            contents.open.erase(found);
        }
        return true;
    }
    auto promise = to_promise(line);
    if (!promise) return false;
    if (const auto found = find_open(contents.open, promise->id); found != contents.open.end()) {
        // We never write this; should anyone, nothing that was promised may be forgotten.
        promise->heal.insert(promise->heal.end(), found->heal.begin(), found->heal.end());
        contents.open.erase(found);
    }
    contents.open.push_back(std::move(*promise));
    return true;
}

// Takes the lock, waiting a little for those who only look (owner_of_journal).
bool lock(int file) {
    constexpr int tries = 50;
    for (int i = 0; i < tries; ++i) {
        if (::flock(file, LOCK_EX | LOCK_NB) == 0) return true;
        if (errno != EWOULDBLOCK && errno != EINTR) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
}

// Whom the journal names; nobody when it cannot be read.
ProcessIdentity owner_named_in(const std::string& path) {
    const auto text = read_file(path);
    return text ? parse_journal(*text).owner : ProcessIdentity{};
}

// Copies the whole lines of a journal whose lock is held by a child of its dead owner to a file of
// our own, and puts that in its place. Returns the new file, locked.
Result<Descriptor> replace_journal(const std::string& path, std::string_view lines) {
    const std::string copy = path + ".tmp";
    Descriptor file(::open(copy.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644));
    if (!file.is_open()) return system_error("create", copy);
    if (!lock(file.get())) return system_error("lock", copy);
    if (auto done = write_all(file, lines, copy); !done) return done.error();
    if (::fsync(file.get()) != 0) return system_error("sync", copy);
    if (::rename(copy.c_str(), path.c_str()) != 0) return system_error("replace", path);
    return file;
}

}  // namespace

JournalContents parse_journal(std::string_view text) {
    JournalContents contents;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const auto end = text.find('\n');
        if (end == std::string_view::npos) break;  // torn
        const auto line = json::parse(text.substr(0, end));
        const bool last = end + 1 == text.size();
        if (line && apply(*line, contents)) {
            contents.length += end + 1;
        } else if (!last || line) {
            // A last line that is no JSON is torn too: its pages reached the disk out of order.
            contents.damage.push_back(fmt::format("line {}: not a line of a journal", number));
            contents.length += end + 1;
        }
        text.remove_prefix(end + 1);
    }
    return contents;
}

Owner owner_of_journal(const std::string& run_dir) {
    const Descriptor file(::open(path_of(run_dir).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return Owner::gone;
    if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return Owner::dead;
    return is_living(owner_named_in(path_of(run_dir))).value_or(true) ? Owner::alive : Owner::dead;
}

JournalFile::JournalFile(Descriptor file, std::string path, JournalContents contents)
    : file_(std::move(file)), path_(std::move(path)), contents_(std::move(contents)) {}

Result<std::unique_ptr<JournalFile>> JournalFile::create(const JournalOrigin& origin) {
    const std::string path = path_of(origin.run_dir);
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
    if (!file.is_open()) return system_error("create", path);
    if (!lock(file.get())) return system_error("lock", path);
    JournalContents contents;
    contents.origin = origin;
    contents.owner = own_identity();
    const Value owner = to_value(contents.owner);
    std::unique_ptr<JournalFile> journal(
        new JournalFile(std::move(file), path, std::move(contents)));
    const Value first = Params{{"journal", "gameday"},
                               {"version", 1},
                               {"owner", owner},
                               {"run_dir", origin.run_dir},
                               {"bin_dir", origin.bin_dir},
                               {"folder", origin.folder}};
    if (auto done = journal->append(json::print(first)); !done) return done.error();
    if (auto done = sync_folder(origin.run_dir); !done) return done.error();
    return journal;
}

Result<std::unique_ptr<JournalFile>> JournalFile::take_over(const std::string& run_dir) {
    // One at a time: who comes second must find the first named as the owner.
    const Descriptor folder(::open(run_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) return system_error("open", run_dir);
    if (!lock(folder.get())) {
        return refused("{}: another takes it over", run_dir);
    }
    return take_over_locked(run_dir);
}

Result<std::unique_ptr<JournalFile>> JournalFile::take_over_locked(const std::string& run_dir) {
    const std::string path = path_of(run_dir);
    Descriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
    if (!file.is_open()) return system_error("open", path);
    const bool is_free = lock(file.get());
    const auto text = read_file(path);
    if (!text) return text.error();
    auto contents = parse_journal(*text);
    if (!is_free) {
        if (is_living(contents.owner).value_or(true)) {
            return refused("{}: the run that owns it is still going on", path);
        }
        auto own = replace_journal(path, std::string_view(*text).substr(0, contents.length));
        if (!own) return own.error();
        file = std::move(*own);
    }
    if (contents.origin.run_dir.empty()) contents.origin.run_dir = run_dir;
    if (::ftruncate(file.get(), static_cast<off_t>(contents.length)) != 0) {
        return system_error("cut the torn line off", path);
    }
    contents.owner = own_identity();
    const Value line = Params{{"owner", to_value(contents.owner)}};
    std::unique_ptr<JournalFile> journal(
        new JournalFile(std::move(file), path, std::move(contents)));
    if (auto done = journal->append(json::print(line)); !done) return done.error();
    if (auto done = sync_folder(run_dir); !done) return done.error();
    return journal;
}

Result<void> JournalFile::promise(const Promise& promise) {
    if (find_open(contents_.open, promise.id) != contents_.open.end()) {
        return refused("{}: fault {} (\"{}\") has a promise open already", path_, promise.id.value,
                       promise.name);
    }
    std::string line = json::print(to_value(promise));
    const auto again = json::parse(line);
    if (!again || to_promise(*again) != promise) {
        return invalid(
            "{}: the heal actions of \"{}\" cannot be written: a text is not UTF-8, a "
            "number not finite, or a device or verb empty",
            path_, promise.name);
    }
    if (auto done = append(std::move(line)); !done) return done;
    contents_.open.push_back(promise);
    return {};
}

Result<void> JournalFile::kept(FaultId id) {
    const auto found = find_open(contents_.open, id);
    if (found == contents_.open.end()) return {};
    const Value line = Params{{"kept", static_cast<std::int64_t>(id.value)}};
    if (auto done = append(json::print(line)); !done) return done;
    contents_.open.erase(found);
    return {};
}

Result<std::vector<Promise>> JournalFile::outstanding() const {
    return std::vector<Promise>(contents_.open.rbegin(), contents_.open.rend());
}

Result<void> JournalFile::append(std::string line) {
    if (broken_) {
        return refused("{}: an earlier write to it failed", path_);
    }
    line += '\n';
    auto done = write_all(file_, line, path_);
    if (done && ::fdatasync(file_.get()) != 0) done = system_error("sync", path_);
    if (done) {
        contents_.length += line.size();
        return {};
    }
    broken_ = true;
    // Best effort: a torn line is understood as well when it cannot be cut off.
    (void)!::ftruncate(file_.get(), static_cast<off_t>(contents_.length));
    return done;
}

}  // namespace gameday::store
