#include "harness/load/prober.hpp"

#include <algorithm>
#include <utility>

namespace gameday::load {
namespace {

class PageProber final : public Prober, private ReplySink {
 public:
    PageProber(const ProbeSetting& setting, const ProbeSpec& probe, RoleQuestion question)
        : setting_(setting), probe_(probe), question_(std::move(question)) {}

    Result<void> open(const DriverKind& driver) {
        for (const auto& node : setting_.topology.nodes) {
            // Its templates do not matter: only pages are fetched.
            auto client = driver.open(
                ClientContext{setting_.io, setting_.topology, node.id, node.endpoint, *this, false},
                {});
            if (!client) return std::move(client).error().within("probe " + probe_.name);
            auto page = (*client)->add_page(question_.page);
            if (!page) return std::move(page).error().within("probe " + probe_.name);
            nodes_.push_back(Pending{std::move(*client), {}, false});
        }
        return {};
    }

    Instant turn(Instant now) override {
        Instant wake = Instant::max();
        for (auto& node : nodes_) wake = std::min(wake, node.client->expire(now));
        if (now >= next_) {
            for (std::size_t i = 0; i < nodes_.size(); ++i) {
                if (nodes_[i].pending) continue;
                nodes_[i].asked = now;
                nodes_[i].pending = true;
                nodes_[i].client->fetch(0, i, now, now + probe_.timeout);
                wake = std::min(wake, now + probe_.timeout);
            }
            next_ = next_time(next_, now, probe_.interval);
        }
        return std::min(wake, next_);
    }

    void stop() override {
        for (auto& node : nodes_) node.client->close();
    }

 private:
    struct Pending {
        std::unique_ptr<Client> client;
        Instant asked{};
        bool pending = false;
    };

    void on_reply(std::uint64_t, const Reply&) override {}  // it performs no operations
    void on_page(std::uint64_t tag, const Page& page) override {
        nodes_[tag].pending = false;
        const RoleAnswer answer = read_role_answer(question_, page);
        setting_.board.note(RoleSample{{nodes_[tag].asked, setting_.clock.now()},
                                       NodeId::of(tag),
                                       answer.role,
                                       answer.term},
                            answer.lag, question_.tells_role);
    }

    ProbeSetting setting_;
    ProbeSpec probe_;
    RoleQuestion question_;
    std::vector<Pending> nodes_;  // by NodeId
    Instant next_{};              // the beginning: at once
};

}  // namespace

Result<std::unique_ptr<Prober>> make_page_prober(const ProbeSetting& setting,
                                                 const ProbeSpec& probe, const DriverKind& driver) {
    auto question = read_role_question(probe);
    if (!question) return std::move(question).error().within("probe " + probe.name);
    auto prober = std::make_unique<PageProber>(setting, probe, std::move(*question));
    if (auto opened = prober->open(driver); !opened) return std::move(opened).error();
    return std::unique_ptr<Prober>(std::move(prober));
}

}  // namespace gameday::load
