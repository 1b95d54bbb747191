#include "examples/regions/message.hpp"

#include <utility>

namespace gameday::regions {
namespace {

// Whole numbers are 8 bytes, little endian; flags 1 byte; texts and lists lead with their length.
class Writer {
 public:
    explicit Writer(std::string& out) : out_(out) {}

    void operator()(auto&... fields) { (put(fields), ...); }

 private:
    void put(std::uint64_t number) {
        for (unsigned shift = 0; shift < 64; shift += 8) {
            out_.push_back(static_cast<char>((number >> shift) & 0xffU));
        }
    }
    void put(bool flag) { out_.push_back(flag ? '\1' : '\0'); }
    void put(const std::string& text) {
        put(static_cast<std::uint64_t>(text.size()));
        out_ += text;
    }
    void put(std::vector<Entry>& entries) {
        put(static_cast<std::uint64_t>(entries.size()));
        for (Entry& entry : entries) entry.fields(*this);
    }

    std::string& out_;
};

class Reader {
 public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    void operator()(auto&... fields) { (get(fields), ...); }
    [[nodiscard]] bool finished() const { return good_ && bytes_.empty(); }

 private:
    std::string_view take(std::uint64_t size) {
        good_ = good_ && size <= bytes_.size();
        if (!good_) return {};
        const std::string_view taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }
    void get(std::uint64_t& number) {
        number = 0;
        unsigned shift = 0;
        for (const char byte : take(8)) {
            number |= static_cast<std::uint64_t>(static_cast<unsigned char>(byte)) << shift;
            shift += 8;
        }
    }
    void get(bool& flag) {
        const std::string_view byte = take(1);
        flag = !byte.empty() && byte.front() != '\0';
    }
    void get(std::string& text) {
        std::uint64_t size = 0;
        get(size);
        text = take(size);
    }
    void get(std::vector<Entry>& entries) {
        std::uint64_t count = 0;
        get(count);
        for (std::uint64_t n = 0; good_ && n < count; ++n) entries.emplace_back().fields(*this);
    }

    std::string_view bytes_;
    bool good_ = true;
};

template <std::size_t Kind = 0>
std::optional<Message> decode_kind(std::size_t kind, std::string_view bytes) {
    if constexpr (Kind < std::variant_size_v<Message>) {
        if (kind != Kind) return decode_kind<Kind + 1>(kind, bytes);
        std::variant_alternative_t<Kind, Message> message;
        Reader reader(bytes);
        message.fields(reader);
        if (reader.finished()) return message;
    }
    return std::nullopt;
}

}  // namespace

std::string encode(const Message& message) {
    std::string bytes(1, static_cast<char>(message.index()));
    Writer writer(bytes);
    Message copy = message;
    std::visit([&](auto& kind) { kind.fields(writer); }, copy);
    return bytes;
}

std::optional<Message> decode(std::string_view bytes) {
    if (bytes.empty()) return std::nullopt;
    return decode_kind(static_cast<unsigned char>(bytes.front()), bytes.substr(1));
}

std::string encode(const Entry& entry) {
    std::string bytes;
    Writer writer(bytes);
    Entry copy = entry;
    copy.fields(writer);
    return bytes;
}

std::optional<Entry> decode_entry(std::string_view bytes) {
    Entry entry;
    Reader reader(bytes);
    entry.fields(reader);
    if (!reader.finished()) return std::nullopt;
    return entry;
}

}  // namespace gameday::regions
