// ResponseReader: Beast's HTTP/1.1 parser, keeping only the status, the body and the headers that
// somebody asked for. It reuses the storage of one connection, so a response allocates nothing.
#pragma once

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {

// Where a response goes. Belongs to a connection and outlives each reader.
struct Response {
    unsigned status = 0;
    std::string body;
    std::vector<std::string> headers;  // values, by index of the wanted names
    std::string content_type;
    bool until_close = false;  // nothing but the end of the connection says where the body ends

    // Interim answers (RFC 9110, 15.2) come before the one that is meant. 101 would be the last
    // that is HTTP, and nobody asked for it.
    [[nodiscard]] bool is_interim() const { return status >= 100 && status < 200 && status != 101; }
};

// Whether the body is cut inside a JSON text, as far as anybody can tell: only for bodies that end
// with the connection, which may have ended early.
bool is_cut_json(const Response& response);

class ResponseReader final : public boost::beast::http::basic_parser<false> {
 public:
    using Error = boost::beast::error_code;
    using Text = boost::beast::string_view;
    static constexpr std::size_t body_max = 1U << 20U;
    static constexpr std::uint32_t head_max = 1U << 16U;

    // `to_head`: the request was HEAD, whose answers have no body, whatever they say.
    ResponseReader(Response& response, std::span<const std::string> wanted, bool to_head)
        : response_(response), wanted_(wanted) {
        eager(true);
        skip(to_head);
        body_limit(body_max);
        header_limit(head_max);
        response_.status = 0;
        response_.until_close = false;
        response_.body.clear();
        response_.content_type.clear();
        response_.headers.resize(wanted.size());
        for (auto& value : response_.headers) value.clear();
    }

 private:
    void on_request_impl(boost::beast::http::verb, Text, Text, int, Error&) override {}
    void on_response_impl(int status, Text, int, Error&) override {
        response_.status = static_cast<unsigned>(status);
    }
    void on_field_impl(boost::beast::http::field field, Text name, Text value, Error&) override {
        if (field == boost::beast::http::field::content_type) {
            response_.content_type.assign(value.data(), value.size());
        }
        for (std::size_t i = 0; i < wanted_.size(); ++i) {
            if (boost::beast::iequals(name, wanted_[i])) {
                response_.headers[i].assign(value.data(), value.size());
            }
        }
    }
    void on_header_impl(Error&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
    std::size_t on_body_impl(Text text, Error&) override {
        response_.body.append(text.data(), text.size());
        return text.size();
    }
    void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text text, Error&) override {
        response_.body.append(text.data(), text.size());
        return text.size();
    }
    void on_finish_impl(Error&) override {}

    Response& response_;
    std::span<const std::string> wanted_;
};

// The answers on one connection to one request: interim ones are passed over, the last one stays in
// `response`. Bytes in, an end out; no socket.
class AnswerReader {
 public:
    enum class State : std::uint8_t { more, whole, wrong };

    AnswerReader(Response& response, std::span<const std::string> wanted, bool to_head);
    AnswerReader(const AnswerReader&) = delete;
    AnswerReader& operator=(const AnswerReader&) = delete;

    // Takes bytes off the front of `bytes`; what it leaves is looked at again with more behind it,
    // or, once the answer is whole, belongs to nobody.
    State put(std::string_view& bytes);
    // The connection has ended. whole: so has a body whose end only this tells; more: too early.
    State end();

    [[nodiscard]] bool begun() const { return begun_; }  // a byte of an answer has come
    [[nodiscard]] bool keep_alive() const { return reader_->keep_alive(); }
    [[nodiscard]] std::string_view problem() const { return problem_; }  // once it is wrong

 private:
    // A server that sends nothing else holds the connection until the timeout, not for good.
    static constexpr int interim_max = 1000;

    State done();

    Response& response_;
    std::span<const std::string> wanted_;
    bool to_head_;
    bool begun_ = false;
    int interim_ = 0;
    std::string problem_;
    std::optional<ResponseReader> reader_;
};

}  // namespace gameday::drivers
