#include "harness/drivers/etcd/members.hpp"

#include "harness/drivers/common/server_names.hpp"
#include "harness/drivers/http/http_client.hpp"
#include "harness/json/json.hpp"
#include "harness/json/pointer.hpp"
#include "harness/ports/clock.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gameday::drivers {
namespace {

constexpr Duration ask_again = std::chrono::milliseconds(100);
constexpr Duration ask_timeout = std::chrono::seconds(1);

// "http://127.0.0.1:2379/" without what is around the endpoint.
std::string_view host_in(std::string_view url) {
    if (const auto scheme = url.find("://"); scheme != url.npos) url.remove_prefix(scheme + 3);
    return url.substr(0, url.find('/'));
}

const Node* node_of_member(const Value& member, const Topology& topology) {
    const Value* urls = member.find("clientURLs");
    const List* list = urls == nullptr ? nullptr : urls->as<List>();
    for (const auto& url : list == nullptr ? List() : *list) {
        const auto* text = url.as<std::string>();
        if (text == nullptr) continue;
        for (const auto& node : topology.nodes) {
            if (host_in(*text) == node.endpoint.text()) return &node;
        }
    }
    const Value* name = member.find("name");
    const auto* text = name == nullptr ? nullptr : name->as<std::string>();
    for (const auto& node : topology.nodes) {
        if (text != nullptr && *text == node.name) return &node;
    }
    return nullptr;
}

// Asks each node for the members of its cluster, and then again.
class MemberSurvey final : private ReplySink {
 public:
    explicit MemberSurvey(const Topology& topology) : topology_(topology) {}

    Result<void> open(const Params& params) {
        Params read{{"method", "POST"}, {"path", "/v3/cluster/member/list"}, {"body", "{}"}};
        const auto headers = params.find("headers");
        if (headers != params.end()) read["headers"] = headers->second;
        for (const auto& node : topology_.nodes) {
            const ClientContext context{io_, topology_, node.id, node.endpoint, *this};
            Params http{{"read", read}};
            if (const auto tls = params.find("tls"); tls != params.end()) http["tls"] = tls->second;
            auto templates = compile_templates(http, topology_, node.endpoint);
            if (!templates) return std::move(templates).error();
            auto remotes = resolve_remotes(context, templates->access, false);
            if (!remotes) return std::move(remotes).error();
            places_.push_back(
                {std::make_unique<HttpClient>(context, std::move(*templates), std::move(*remotes)),
                 false, Instant::min()});
        }
        return {};
    }

    // Until every node is a member, or the time is over.
    void ask(Duration patience) {
        const SteadyClock clock;
        const Instant end = clock.now() + patience;
        const auto work = boost::asio::make_work_guard(io_);
        for (Instant now = clock.now(); now < end && !strangers().empty(); now = clock.now()) {
            for (std::size_t i = 0; i < places_.size(); ++i) {
                Place& place = places_[i];
                place.client->expire(now);
                if (place.pending || now < place.next) continue;
                place.pending = true;
                place.next = now + ask_again;
                place.client->perform({Verb::read, 0, 0}, i, now, now + ask_timeout);
            }
            io_.run_for(std::chrono::milliseconds(5));
        }
        for (auto& place : places_) place.client->close();
    }

    [[nodiscard]] std::vector<std::string> strangers() const {
        std::vector<std::string> names;
        for (const auto& node : topology_.nodes) {
            const bool known = std::ranges::any_of(members_, [&](const auto& member) {
                return *member.second.template as<std::string>() == node.name;
            });
            if (!known) names.push_back(node.name);
        }
        return names;
    }

    [[nodiscard]] const Params& members() const { return members_; }
    [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
    struct Place {
        std::unique_ptr<HttpClient> client;
        bool pending = false;
        Instant next;
    };

    void on_reply(std::uint64_t tag, const Reply& reply) override {
        places_[tag].pending = false;
        if (reply.outcome == Outcome::ok) {
            for (auto& [id, name] : members_in(reply.sample, topology_)) members_[id] = name;
        } else {
            trouble_ = fmt::format("{} answers: {}", topology_.nodes[tag].name,
                                   reply.detail.empty() ? name_of(reply.cause) : reply.detail);
        }
    }

    const Topology& topology_;
    boost::asio::io_context io_{1};
    std::vector<Place> places_;  // by NodeId
    Params members_;             // id → name of the node
    std::string trouble_;        // the last one
};

}  // namespace

Params members_in(std::string_view body, const Topology& topology) {
    Params found;
    const auto root = json::parse(body);
    const Value* members = root ? root->find("members") : nullptr;
    const List* list = members == nullptr ? nullptr : members->as<List>();
    for (const auto& member : list == nullptr ? List() : *list) {
        const Value* id = member.find("ID");
        const auto text = id == nullptr ? std::nullopt : json::scalar_text(*id);
        const Node* node = node_of_member(member, topology);
        if (text && node != nullptr) found[*text] = node->name;
    }
    return found;
}

Result<Params> learn_members(const Params& params, const Topology& topology, Duration patience) {
    const std::string field(server_names_param.name);
    if (params.contains(field)) return params;
    MemberSurvey survey(topology);
    if (auto opened = survey.open(params); !opened) return std::move(opened).error();
    survey.ask(patience);
    if (const auto strangers = survey.strangers(); !strangers.empty()) {
        return refused(
            "etcd names no member that is {}{}{}; write \"{}\": {{\"<id of the member>\": \"{}\"}}",
            fmt::join(strangers, ", "), survey.trouble().empty() ? "" : "; ", survey.trouble(),
            field, strangers.front());
    }
    Params learned = params;
    learned[field] = survey.members();
    return learned;
}

}  // namespace gameday::drivers
