// Reading an evidence stream: whatever is whole in it, however it ends.
#include "harness/json/json.hpp"
#include "harness/store/evidence_fields.hpp"
#include "harness/store/evidence_json.hpp"
#include "harness/store/evidence_stream.hpp"
#include "harness/store/stream_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gameday::store {

namespace {

// The file from its beginning, chunk by chunk; only the newest is in memory.
class ChunkReader {
 public:
    explicit ChunkReader(std::string path)
        : path_(std::move(path)), file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {}

    Result<void> open() {
        struct stat status {};
        if (!file_.is_open() || ::fstat(file_.get(), &status) != 0) {
            return system_error("open", path_);
        }
        size_ = static_cast<std::size_t>(status.st_size);
        StreamHeader header;
        std::string bytes;
        auto got = fill(bytes, sizeof header);
        if (!got) return got.error();
        if (*got) std::memcpy(&header, bytes.data(), sizeof header);
        if (!*got || header != StreamHeader{}) {
            return invalid("{}: not a stream of evidence, version 1", path_);
        }
        return {};
    }

    // The next whole chunk; absent: there is none, see `damage`.
    struct Chunk {
        ChunkKind kind{};
        std::string_view bytes;  // until the next call
    };
    Result<std::optional<Chunk>> next() {
        const std::size_t begin = at_;
        auto got = fill(bytes_, sizeof(ChunkHeader));
        if (!got) return got.error();
        if (!*got) return std::optional<Chunk>();
        ChunkHeader header;
        std::memcpy(&header, bytes_.data(), sizeof header);
        const bool sound =
            header.magic == ChunkHeader::chunk_magic && header.bytes <= ChunkHeader::bytes_max;
        if (sound) {
            got = fill(bytes_, header.bytes);
            if (!got) return got.error();
            if (!*got) return std::optional<Chunk>();  // killed in the middle of it
        }
        if (!sound || checksum_of(header, bytes_) != header.checksum) {
            damage_ = fmt::format(
                "the stream of evidence is damaged at byte {}: {} bytes from there on are not read",
                begin, size_ - begin);
            return std::optional<Chunk>();
        }
        return std::optional<Chunk>({header.kind, bytes_});
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] const std::string& damage() const { return damage_; }

 private:
    // False when the file ends before that many bytes.
    Result<bool> fill(std::string& bytes, std::size_t count) {
        if (count > size_ - std::min(at_, size_)) return false;
        bytes.resize(count);
        for (std::size_t filled = 0; filled < count;) {
            const auto got = ::read(file_.get(), bytes.data() + filled, count - filled);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return system_error("read", path_);
            if (got == 0) return false;
            filled += static_cast<std::size_t>(got);
        }
        at_ += count;
        return true;
    }

    std::string path_;
    Descriptor file_;
    std::size_t size_ = 0, at_ = 0;
    std::string bytes_, damage_;
};

template <class T>
void replace(std::vector<T>& list, std::vector<T>&& newer) {
    if (!newer.empty()) list = std::move(newer);
}

template <class T>
void add(std::vector<T>& list, std::vector<T>&& more) {
    list.insert(list.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
}

// Lists of samples grow by what a part says, the others are told whole.
void take_part(Evidence& evidence, Evidence&& part) {
    if (!part.topology.nodes.empty()) evidence.topology = std::move(part.topology);
    replace(evidence.clients, std::move(part.clients));
    replace(evidence.faults, std::move(part.faults));
    replace(evidence.notes, std::move(part.notes));
    replace(evidence.connections, std::move(part.connections));
    replace(evidence.causes, std::move(part.causes));
    add(evidence.roles, std::move(part.roles));
    add(evidence.lags, std::move(part.lags));
    add(evidence.health, std::move(part.health));
    evidence.steady = part.steady;
    evidence.active = part.active;
    evidence.ending = part.ending;
    evidence.ending_reason = std::move(part.ending_reason);
    evidence.instrument = std::move(part.instrument);
    evidence.started_at = std::move(part.started_at);
    evidence.program_version = std::move(part.program_version);
    evidence.run_id = part.run_id;
}

// What is read, and what the stream says was amiss with itself, newest.
struct Taken {
    Evidence evidence;
    std::string trouble;
};

Result<void> take_chunk(Taken& taken, const ChunkReader::Chunk& chunk) {
    Evidence& evidence = taken.evidence;
    if (chunk.kind == ChunkKind::operations) {
        const auto count = chunk.bytes.size() / sizeof(Operation);
        const auto before = evidence.operations.size();
        evidence.operations.resize(before + count);
        if (count > 0) {
            std::memcpy(evidence.operations.data() + before, chunk.bytes.data(),
                        count * sizeof(Operation));
        }
        return {};
    }
    auto tree = json::parse(chunk.bytes);
    if (!tree) return tree.error();
    const auto* object = tree->as<Params>();
    const auto* rest = tree->find("evidence");
    if (object == nullptr || rest == nullptr) {
        return invalid("a part says nothing of evidence");
    }
    auto part = part_from_value(*rest);
    if (!part) return part.error();
    take_part(evidence, std::move(*part));
    evidence.finished = Instant(Duration(integer_at(*object, "at")));
    taken.trouble = text_at(*object, "trouble");
    return {};
}

// Not a stable sort, which would need the room of a second copy: nothing is left to chance by what
// is compared.
void put_in_order(std::vector<Operation>& operations) {
    const auto order = [](const Operation& each) {
        return std::tuple(each.scheduled, each.client.value, each.value, each.key, each.node.value,
                          each.invoked, each.completed, each.verb);
    };
    std::ranges::sort(operations,
                      [&](const Operation& a, const Operation& b) { return order(a) < order(b); });
    for (std::size_t i = 0; i < operations.size(); ++i) operations[i].seq = i + 1;
}

void end_where_it_was_cut(Evidence& evidence) {
    const bool has_begun = evidence.active.low > Instant{};
    if (has_begun) evidence.active.high = std::max(evidence.active.low, evidence.finished);
    if (evidence.ending != Ending::completed) return;
    evidence.ending = Ending::cut_short;
    evidence.ending_reason = fmt::format(
        "gameday was killed, or its machine stopped, {:.1f} s after it began to write down what it "
        "saw; judged is what it had written until then",
        seconds(evidence.finished.time_since_epoch()));
}

}  // namespace

Result<Evidence> read_stream(const std::string& folder) {
    const std::string path = folder + "/" + std::string(stream_name);
    ChunkReader reader(path);
    if (auto opened = reader.open(); !opened) return opened.error();
    Taken taken;
    Evidence& evidence = taken.evidence;
    evidence.operations.reserve(reader.size() / sizeof(Operation));
    while (true) {
        const auto chunk = reader.next();
        if (!chunk) return chunk.error();
        if (!*chunk) break;
        if (auto good = take_chunk(taken, **chunk); !good) return Error(good.error()).within(path);
    }
    put_in_order(evidence.operations);
    std::ranges::stable_sort(evidence.roles,
                             [](const auto& a, const auto& b) { return a.at.low < b.at.low; });
    std::ranges::stable_sort(evidence.health,
                             [](const auto& a, const auto& b) { return a.at < b.at; });
    for (const auto& amiss : {taken.trouble, reader.damage()}) {
        if (!amiss.empty()) evidence.notes.push_back(amiss);
    }
    end_where_it_was_cut(evidence);
    if (auto good = check_ids(evidence); !good) return Error(good.error()).within(path);
    return std::move(taken.evidence);
}

}  // namespace gameday::store
