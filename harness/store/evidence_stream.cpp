#include "harness/store/evidence_stream.hpp"

#include "harness/json/json.hpp"
#include "harness/store/evidence_json.hpp"
#include "harness/store/stream_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace gameday::store {

namespace {

constexpr std::size_t piece = std::size_t{1} << 20U;  // bytes of one write

std::string path_in(const std::string& folder) { return folder + "/" + std::string(stream_name); }

// The single figures: what every part says.
Evidence figures_of(const Evidence& known) {
    Evidence figures;
    figures.steady = known.steady;
    figures.active = known.active;
    figures.finished = known.finished;
    figures.ending = known.ending;
    figures.ending_reason = known.ending_reason;
    figures.instrument = known.instrument;
    figures.started_at = known.started_at;
    figures.program_version = known.program_version;
    figures.run_id = known.run_id;
    return figures;
}

// The lists that are told whole.
void copy_lists(const Evidence& from, Evidence& to) {
    to.faults = from.faults;
    to.notes = from.notes;
    to.connections = from.connections;
    to.causes = from.causes;
}

std::string_view bytes_of(const auto& thing) {
    return {reinterpret_cast<const char*>(&thing), sizeof thing};
}

}  // namespace

Result<std::unique_ptr<EvidenceStream>> EvidenceStream::create(Setting setting,
                                                               const Evidence& head) {
    if (auto made = make_folders(setting.folder); !made) return made.error();
    std::string path = path_in(setting.folder);
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file.is_open()) return system_error("create", path);
    std::unique_ptr<EvidenceStream> stream(
        new EvidenceStream(std::move(setting), std::move(file), std::move(path)));
    stream->put(bytes_of(StreamHeader{}));
    stream->known_ = figures_of(head);
    Waiting first;
    first.rest.topology = head.topology;
    stream->write(first, Instant{});
    if (!stream->failure_.empty()) return Error{ErrorCode::failed, stream->failure_};
    if (auto synced = sync_folder(stream->setting_.folder); !synced) return synced.error();
    stream->thread_ = std::thread([each = stream.get()] { each->work(); });
    return stream;
}

EvidenceStream::EvidenceStream(Setting setting, Descriptor file, std::string path)
    : setting_(std::move(setting)), file_(std::move(file)), path_(std::move(path)) {}

EvidenceStream::~EvidenceStream() { (void)finish(); }  // nobody is left to be told of trouble

void EvidenceStream::append(std::span<const Operation> operations) {
    if (operations.empty()) return;
    std::vector<Operation> batch(operations.begin(), operations.end());
    const std::scoped_lock lock(mutex_);
    if (waiting_.operations + batch.size() > setting_.waiting_max) {
        left_out_ += batch.size();
        return;
    }
    waiting_.operations += batch.size();
    waiting_.batches.push_back(std::move(batch));
}

void EvidenceStream::append(const RoleSample& sample) {
    const std::scoped_lock lock(mutex_);
    waiting_.rest.roles.push_back(sample);
}

void EvidenceStream::append(const LagSample& sample) {
    const std::scoped_lock lock(mutex_);
    waiting_.rest.lags.push_back(sample);
}

void EvidenceStream::append(const HealthSample& sample) {
    const std::scoped_lock lock(mutex_);
    waiting_.rest.health.push_back(sample);
}

void EvidenceStream::clients(std::span<const ClientInfo> clients) {
    const std::scoped_lock lock(mutex_);
    waiting_.rest.clients.assign(clients.begin(), clients.end());
}

void EvidenceStream::update(const Evidence& known) {
    const std::scoped_lock lock(mutex_);
    known_ = figures_of(known);
    copy_lists(known, waiting_.rest);
}

std::string EvidenceStream::finish() {
    if (thread_.joinable()) {
        {
            const std::scoped_lock lock(mutex_);
            ends_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }
    return trouble();
}

void EvidenceStream::work() {
    std::unique_lock lock(mutex_);
    for (bool ends = false; !ends;) {
        wake_.wait_for(lock, setting_.every, [this] { return ends_; });
        ends = ends_;
        const Waiting waiting = std::exchange(waiting_, {});
        lock.unlock();
        write(waiting, setting_.now());
        lock.lock();
    }
}

// The part goes first: it names the clients that operations after it may be of.
void EvidenceStream::write(const Waiting& waiting, Instant at) {
    Evidence part;
    {
        const std::scoped_lock lock(mutex_);
        part = known_;
    }
    part.topology = waiting.rest.topology;
    part.clients = waiting.rest.clients;
    part.roles = waiting.rest.roles;
    part.lags = waiting.rest.lags;
    part.health = waiting.rest.health;
    copy_lists(waiting.rest, part);
    const auto problem = trouble();
    std::string out;
    put_chunk(out, ChunkKind::part,
              json::print(Params{{"at", static_cast<std::int64_t>(at.time_since_epoch().count())},
                                 {"trouble", problem},
                                 {"evidence", part_to_value(part)}}));
    constexpr std::size_t records = piece / sizeof(Operation);
    for (const auto& batch : waiting.batches) {
        for (std::size_t from = 0; from < batch.size(); from += records) {
            const std::size_t count = std::min(records, batch.size() - from);
            put_chunk(
                out, ChunkKind::operations,
                {reinterpret_cast<const char*>(batch.data() + from), count * sizeof(Operation)});
            if (out.size() < piece) continue;
            put(out);
            out.clear();
        }
    }
    put(out);
}

// What failed once is not tried again: what the file holds is whole up to there.
void EvidenceStream::put(std::string_view bytes) {
    if (!failure_.empty()) return;
    if (auto done = write_all(file_, bytes, path_); !done) {
        failure_ = done.error().message;
        return;
    }
    // Begins to write it out, for machines that stop; waits for nothing.
    (void)::sync_file_range(file_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

std::string EvidenceStream::trouble() const {
    std::uint64_t left_out = 0;
    {
        const std::scoped_lock lock(mutex_);
        left_out = left_out_;
    }
    if (!failure_.empty()) {
        return "the evidence could not be written while the run lasted: " + failure_;
    }
    if (left_out == 0) return {};
    return fmt::format(
        "the disk did not follow: {} operations were not written while the run lasted", left_out);
}

bool has_stream(const std::string& folder) {
    std::error_code ignored;  // what cannot be looked at is not there
    return std::filesystem::exists(path_in(folder), ignored);
}

Result<void> remove_stream(const std::string& folder) {
    const std::string path = path_in(folder);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("remove", path);
    return {};
}

}  // namespace gameday::store
