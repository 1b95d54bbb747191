// The evidence of a run while it lasts: a file to which a thread of its own appends several times a
// second, so that a run that is killed at any instant leaves what it had seen, but for the last
// moment. EVIDENCE.md describes the file.
#pragma once

#include "harness/base/result.hpp"
#include "harness/ports/evidence_sink.hpp"
#include "harness/store/files.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gameday::store {

inline constexpr std::string_view stream_name = "stream";  // in the evidence folder

class EvidenceStream final : public EvidenceSink {
 public:
    struct Setting {
        std::string folder;            // of the evidence; made when missing
        std::function<Instant()> now;  // the run's clock, called on the stream's own thread
        Duration every = std::chrono::milliseconds(200);
        // Operations that may wait for the disk. Beyond, they are left out of the stream, not of
        // the evidence that the run itself keeps.
        std::size_t waiting_max = std::size_t{1} << 20U;
    };

    // `head`: what is known before anything was seen, the topology above all. Fails when the file
    // is there already or cannot be made.
    static Result<std::unique_ptr<EvidenceStream>> create(Setting setting, const Evidence& head);
    ~EvidenceStream() override;

    void append(std::span<const Operation> operations) override;
    void append(const RoleSample& sample) override;
    void append(const LagSample& sample) override;
    void append(const HealthSample& sample) override;
    void clients(std::span<const ClientInfo> clients) override;
    void update(const Evidence& known) override;

    // Writes what waits and ends the thread; idempotent. Returns what a reader of the report must
    // know: that the disk did not follow or could not be written. "" when all was written.
    std::string finish();

 private:
    struct Waiting {
        std::vector<std::vector<Operation>> batches;
        std::size_t operations = 0;
        Evidence rest;  // samples, clients, and what was told by `update`
    };

    EvidenceStream(Setting setting, Descriptor file, std::string path);
    void work();
    void write(const Waiting& waiting, Instant at);
    void put(std::string_view bytes);
    [[nodiscard]] std::string trouble() const;

    Setting setting_;
    Descriptor file_;
    std::string path_;
    std::string failure_;  // stream's thread, then whoever finishes

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    Waiting waiting_;
    Evidence known_;  // the single figures, written with each part
    std::uint64_t left_out_ = 0;
    bool ends_ = false;
    std::thread thread_;
};

// Whether the folder holds a stream: the run that wrote it was killed, or is going on.
bool has_stream(const std::string& folder);

// What a run had written when it was killed: `cut_short` unless it had said before how it would
// end, active and finished until the last moment that was written, operations in order of
// `scheduled` and numbered; their phases are as they were when they ended. A file that ends in the
// middle of a part is read up to there; one that is damaged as well, with a note that says so.
// `invalid` when it is no stream, or of another version.
Result<Evidence> read_stream(const std::string& folder);

// Takes the stream away, once the whole evidence is written; fine when there is none.
Result<void> remove_stream(const std::string& folder);

}  // namespace gameday::store
