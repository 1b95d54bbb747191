// ResponseReader: Beast's HTTP/1.1 parser, keeping only the status, the body and the headers that
// somebody asked for. It reuses the storage of one connection, so a response allocates nothing.
#pragma once

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gameday::drivers {

// Where a response goes. Belongs to a connection and outlives each reader.
struct Response {
    unsigned status = 0;
    std::string body;
    std::vector<std::string> headers;  // values, by index of the wanted names
};

class ResponseReader final : public boost::beast::http::basic_parser<false> {
 public:
    using Error = boost::beast::error_code;
    using Text = boost::beast::string_view;

    ResponseReader(Response& response, std::span<const std::string> wanted)
        : response_(response), wanted_(wanted) {
        eager(true);
        body_limit(1U << 20U);
        response_.status = 0;
        response_.body.clear();
        response_.headers.resize(wanted.size());
        for (auto& value : response_.headers) value.clear();
    }

 private:
    void on_request_impl(boost::beast::http::verb, Text, Text, int, Error&) override {}
    void on_response_impl(int status, Text, int, Error&) override {
        response_.status = static_cast<unsigned>(status);
    }
    void on_field_impl(boost::beast::http::field, Text name, Text value, Error&) override {
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

}  // namespace gameday::drivers
