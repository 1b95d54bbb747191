#include "harness/drivers/http/response_reader.hpp"

#include "harness/json/json.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <fmt/format.h>

namespace gameday::drivers {

bool is_cut_json(const Response& response) {
    if (!response.until_close) return false;
    const bool said_so = response.content_type.find("json") != std::string::npos;
    const auto first = response.body.find_first_not_of(" \t\r\n");
    const bool looks_so = response.content_type.empty() && first != std::string::npos &&
                          (response.body[first] == '{' || response.body[first] == '[');
    return (said_so || looks_so) && !json::parse(response.body);
}

AnswerReader::AnswerReader(Response& response, std::span<const std::string> wanted, bool to_head)
    : response_(response), wanted_(wanted), to_head_(to_head) {
    reader_.emplace(response_, wanted_, to_head_);
}

AnswerReader::State AnswerReader::put(std::string_view& bytes) {
    begun_ = begun_ || !bytes.empty();
    while (!bytes.empty()) {
        ResponseReader::Error error;
        const std::size_t used =
            reader_->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
        bytes.remove_prefix(used);
        if (error == boost::beast::http::error::need_more) return State::more;
        if (error) {
            problem_ = error.message();
            return State::wrong;
        }
        if (reader_->is_done()) {
            const State state = done();
            if (state != State::more) return state;
        } else if (used == 0) {
            return State::more;
        }
    }
    return State::more;
}

// An answer is whole: it is the one, or the next one is.
AnswerReader::State AnswerReader::done() {
    if (response_.status == 101) {
        problem_ = "HTTP 101, which nobody asked for";
        return State::wrong;
    }
    if (!response_.is_interim()) return State::whole;
    if (++interim_ > interim_max) {
        problem_ = fmt::format("more than {} interim answers", interim_max);
        return State::wrong;
    }
    reader_.emplace(response_, wanted_, to_head_);
    return State::more;
}

AnswerReader::State AnswerReader::end() {
    if (!reader_->got_some()) return State::more;
    response_.until_close = reader_->is_header_done() && reader_->need_eof();
    ResponseReader::Error error;
    reader_->put_eof(error);
    if (error || !reader_->is_done() || response_.is_interim()) return State::more;
    if (!is_cut_json(response_)) return State::whole;
    problem_ = "the body ends inside a JSON text";
    return State::wrong;
}

}  // namespace gameday::drivers
