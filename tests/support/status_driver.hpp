// A driver without a protocol: each node answers status questions with what the test says.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/params.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/status.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace gameday::test {

// Filled in before anything is asked, by NodeId.
inline std::vector<NodeStatus> node_statuses;
// All that were declared, in order.
inline std::vector<StatusQuestion> declared_questions;

class PostedStatus final : public StatusClient {
 public:
    explicit PostedStatus(const StatusContext& context)
        : io_(context.io), node_(context.node), sink_(context.sink) {}

    Result<std::size_t> add(const StatusQuestion& question) override {
        declared_questions.push_back(question);
        return added_++;
    }
    void ask(std::size_t, std::uint64_t tag, Instant, Instant) override {
        boost::asio::post(io_, [open = open_, tag, node = node_, &sink = sink_] {
            if (*open) sink.on_status(tag, node_statuses.at(node.index()));
        });
    }
    Instant expire(Instant) override { return Instant::max(); }
    void close() override { *open_ = false; }

 private:
    boost::asio::io_context& io_;
    NodeId node_;
    StatusSink& sink_;
    std::size_t added_ = 0;
    std::shared_ptr<bool> open_ = std::make_shared<bool>(true);
};

inline constexpr std::array<ParamSpec, 1> spoken_params{
    {{"query", ParamType::text, "status", "what a node is asked"}}};

inline Result<void> check_spoken(const StatusQuestion& question) {
    ParamReader reader(question.params, spoken_params);
    (void)reader.text("query");  // read for its check
    return reader.finish();
}

inline Result<std::unique_ptr<StatusClient>> open_posted(const StatusContext& context,
                                                         const Params&) {
    return std::unique_ptr<StatusClient>(std::make_unique<PostedStatus>(context));
}

inline const DriverKind spoken_driver{
    "spoken",      "what the test says", {},           nullptr,     nullptr,
    spoken_params, spoken_params,        check_spoken, open_posted, {}};

}  // namespace gameday::test
