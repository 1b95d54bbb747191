// Front: the HTTP face of a node. README.md lists the requests and answers.
#pragma once

#include "examples/regions/engine.hpp"
#include "harness/base/result.hpp"
#include "harness/model/topology.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace gameday::regions {

class Front {
 public:
    struct Calls {
        std::function<void(Request)> submit;  // answered later through answer()
        std::function<View()> view;
    };

    // All on the one thread of `io`. `names`: of the nodes, by number; `regions`: of their regions.
    Front(boost::asio::io_context& io, Peer self, std::vector<std::string> names,
          std::vector<std::string> regions, Calls calls);
    ~Front();
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;

    // Fails with `failed` when the address cannot be had.
    Result<void> listen(const Endpoint& endpoint);
    void answer(const Answer& answer);

 private:
    struct Session;
    struct Listener;
    [[nodiscard]] std::string status_text() const;

    boost::asio::io_context& io_;
    const Peer self_;
    const std::vector<std::string> names_, regions_;
    Calls calls_;
    std::uint64_t requests_ = 0;
    std::unordered_map<std::uint64_t, std::weak_ptr<Session>> waiting_;
    std::unique_ptr<Listener> listener_;
};

}  // namespace gameday::regions
