#include "injectors/devices/proxy/http/reader.hpp"

#include <algorithm>
#include <utility>

namespace gameday::devices::proxy::http {

namespace {

constexpr int digits_most = 15;  // of a chunk's size: no overflow, and no chunk is so large

std::string_view take(std::string_view& input, std::uint64_t most) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), most));
    const auto taken = input.substr(0, size);
    input.remove_prefix(size);
    return taken;
}

// The digit's value, or -1.
int hex(char byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    const auto lower = static_cast<char>(byte | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::optional<Part> Reader::next(std::string_view& input) {
    if (std::exchange(held_is_given_, false)) held_.clear();
    if (state_ == State::ended) {
        state_ = State::between;
        return Part{Part::Kind::end, {}};
    }
    if (state_ == State::foreign && !held_.empty()) {
        held_is_given_ = true;
        return Part{Part::Kind::foreign, held_};
    }
    if (input.empty()) return std::nullopt;
    switch (state_) {
        case State::between: return read_head(input);
        case State::length: {
            const auto bytes = take(input, left_);
            left_ -= bytes.size();
            if (left_ == 0) state_ = State::ended;
            return Part{Part::Kind::body, bytes};
        }
        case State::chunked: return read_chunked(input);
        case State::until_end: return Part{Part::Kind::body, take(input, input.size())};
        case State::ended:
        case State::foreign: break;
    }
    return Part{Part::Kind::foreign, take(input, input.size())};
}

std::string Reader::take_held() {
    if (std::exchange(held_is_given_, false)) held_.clear();
    return std::exchange(held_, {});
}

// Empty lines before a message are let pass, as RFC 9112, section 2.2, has servers do.
std::optional<Part> Reader::read_head(std::string_view& input) {
    if (held_.empty() && (input.front() == '\r' || input.front() == '\n')) {
        const auto lines = std::min(input.find_first_not_of("\r\n"), input.size());
        return Part{Part::Kind::framing, take(input, lines)};
    }
    if (held_.empty()) scanner_ = HeadScanner(side_);
    for (std::size_t at = 0; at < input.size(); ++at) {
        const auto verdict = scanner_.take(input[at]);
        if (verdict == HeadScanner::Verdict::more) {
            if (held_.size() + at < head_limit) continue;
        } else if (verdict == HeadScanner::Verdict::whole) {
            held_ += take(input, at + 1);
            held_is_given_ = true;
            if (understand()) return Part{Part::Kind::head, held_};
        }
        give_up();
        if (!held_.empty()) {
            held_is_given_ = true;
            return Part{Part::Kind::foreign, held_};
        }
        return Part{Part::Kind::foreign, take(input, input.size())};
    }
    held_ += take(input, input.size());
    return std::nullopt;
}

// Reads the head that is held; false when it is none after all.
bool Reader::understand() {
    Framing framing;
    if (side_ == Side::requests) {
        auto head = read_request_head(held_);
        if (!head) return false;
        request_ = std::move(*head);
        framing = request_.framing;
    } else {
        const auto head = read_response_head(held_, to_head_);
        if (!head) return false;
        response_ = *head;
        framing = response_.framing;
    }
    left_ = framing.length;
    switch (framing.kind) {
        case Framing::Kind::none: state_ = State::ended; break;
        case Framing::Kind::length: state_ = State::length; break;
        case Framing::Kind::until_end: state_ = State::until_end; break;
        case Framing::Kind::chunked:
            state_ = State::chunked;
            chunk_ = Chunk::size;
            digits_ = 0;
            cr_ = in_line_ = false;
            break;
    }
    return true;
}

// A run of data or of what is around it; with a byte that fits nowhere all that follows is foreign.
Part Reader::read_chunked(std::string_view& input) {
    if (chunk_ == Chunk::data) {
        const auto bytes = take(input, left_);
        left_ -= bytes.size();
        if (left_ == 0) chunk_ = Chunk::data_end;
        return {Part::Kind::body, bytes};
    }
    for (std::size_t at = 0; at < input.size(); ++at) {
        if (!walk(input[at])) {
            give_up();
            if (at == 0) return {Part::Kind::foreign, take(input, input.size())};
            return {Part::Kind::framing, take(input, at)};
        }
        if (chunk_ == Chunk::data || state_ == State::ended) {
            return {Part::Kind::framing, take(input, at + 1)};
        }
    }
    return {Part::Kind::framing, take(input, input.size())};
}

// One byte outside of the data; false when it does not fit.
bool Reader::walk(char byte) {
    switch (chunk_) {
        case Chunk::size:
        case Chunk::extension: return walk_size(byte);
        case Chunk::data_end:
            if (byte != (cr_ ? '\n' : '\r')) return false;
            cr_ = !cr_;
            if (!cr_) chunk_ = Chunk::size;
            return true;
        case Chunk::data:
        case Chunk::trailer: break;
    }
    return walk_trailer(byte);
}

bool Reader::walk_size(char byte) {
    if (cr_) {
        cr_ = false;
        digits_ = 0;
        chunk_ = left_ > 0 ? Chunk::data : Chunk::trailer;
        return byte == '\n';
    }
    const int digit = chunk_ == Chunk::size ? hex(byte) : -1;
    if (digit >= 0) {
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        return ++digits_ <= digits_most;
    }
    if (digits_ == 0 || byte == '\n') return false;
    cr_ = byte == '\r';
    if (cr_) return true;
    const bool begins = byte == ';' || byte == ' ' || byte == '\t';
    if (chunk_ == Chunk::size && !begins) return false;
    chunk_ = Chunk::extension;
    return true;
}

// Lines until an empty one.
bool Reader::walk_trailer(char byte) {
    if (!cr_) {
        cr_ = byte == '\r';
        in_line_ = in_line_ || !cr_;
        return byte != '\n';
    }
    cr_ = false;
    if (!in_line_) state_ = State::ended;
    in_line_ = false;
    return byte == '\n';
}

}  // namespace gameday::devices::proxy::http
