// What a member of etcd may answer by its gateway: the first byte of the input says with which
// status and to what, the rest is the body. What it means is held against the tree that the JSON
// library makes of it, and against README.md.
#include "harness/drivers/common/base64.hpp"
#include "harness/drivers/common/server_names.hpp"
#include "harness/drivers/etcd/gateway.hpp"
#include "harness/drivers/etcd/members.hpp"
#include "harness/drivers/http/status.hpp"
#include "harness/drivers/http/templates.hpp"
#include "harness/json/json.hpp"
#include "harness/json/pointer.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/targets.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::fuzz {
namespace {

using drivers::Answer;
using drivers::ReadContext;
using drivers::Templates;

const Topology& cluster() {
    static const auto made = [] {
        Topology topology;
        for (std::size_t i = 0; i < 3; ++i) {
            const auto name = std::to_string(i + 1);
            topology.regions.push_back({RegionId::of(i), "r" + name, {NodeId::of(i)}});
            topology.nodes.push_back({NodeId::of(i),
                                      "n" + name,
                                      RegionId::of(i),
                                      "",
                                      "local",
                                      {"10.0.0." + name, 2379},
                                      {}});
        }
        return topology;
    }();
    return made;
}

Templates templates_of(const Params& params) {
    auto made = drivers::compile_etcd(params, cluster(), {"10.0.0.1", 2379});
    demand(made.has_value(), "the parameters are good ones");
    return std::move(*made);
}

// What stands in the body, by the tree.
class Tree {
 public:
    explicit Tree(std::string_view body) {
        if (auto root = json::parse(body)) root_ = std::move(*root);
    }
    [[nodiscard]] bool is_json() const { return root_.has_value(); }
    // Where neither nothing nor null stands.
    [[nodiscard]] bool has(const char* pointer) const {
        const Value* here = at(pointer);
        return here != nullptr && !here->is_null();
    }
    [[nodiscard]] std::optional<std::string> text(const char* pointer) const {
        const Value* here = at(pointer);
        return here == nullptr ? std::nullopt : json::scalar_text(*here);
    }
    // The list of that name at the top; empty when there is none.
    [[nodiscard]] List list(const char* name) const {
        const Value* here = root_ ? root_->find(name) : nullptr;
        const List* found = here == nullptr ? nullptr : here->as<List>();
        return found == nullptr ? List() : *found;
    }

 private:
    [[nodiscard]] const Value* at(const char* pointer) const {
        return root_ ? json::find_at(*root_, json::pointer_path(pointer)) : nullptr;
    }
    std::optional<Value> root_;
};

bool is_early(const Tree& tree, unsigned status) {
    static constexpr std::array<std::string_view, 6> said_early{
        "etcdserver: too many requests",  "etcdserver: request is too large",
        "etcdserver: not capable",        "etcdserver: rpc not supported for learner",
        "etcdserver: invalid auth token", "raft proposal dropped"};
    const auto is_one = [&](const char* place) {
        const auto text = tree.text(place);
        return text && std::find(said_early.begin(), said_early.end(), *text) != said_early.end();
    };
    return status != 200 && (is_one("/message") || is_one("/error"));
}

// Without blanks around it and noughts before it, as the library writes them.
bool is_number_of(std::string text, std::uint64_t number) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == text.npos) return false;
    text = text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
    text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
    return text == std::to_string(number);
}

struct AskedEtcd {
    const Templates& templates;
    Verb verb = Verb::read;
    bool creates = false;
};

Reply reply_to(const AskedEtcd& asked, unsigned status, std::string_view body) {
    std::string words;
    Reply reply = drivers::read_answer(asked.templates, {asked.verb, NodeId(0), false},
                                       Answer{status, body, {}, {}}, words);
    // The planted defect: great revisions are read as doubles.
    if (is_planted() && reply.version > (std::uint64_t{1} << 53U))
        reply.version &= ~std::uint64_t{1};
    reply.detail = reply.sample = {};
    return reply;
}

void demand_good_put(const AskedEtcd& asked, const Reply& reply, const Tree& tree,
                     unsigned status) {
    demand(reply.value == 0 && !reply.says_absent, "a write reads nothing");
    const bool succeeded = tree.text("/succeeded") == "true";
    if (reply.outcome == Outcome::ok) {
        demand(status == 200 && tree.is_json() && tree.has("/header/revision"),
               "only etcd's own success is one");
        demand(!asked.creates || succeeded, "a key is created where the comparison held");
        demand(is_number_of(*tree.text("/header/revision"), reply.version), "the revision is read");
    }
    if (reply.outcome != Outcome::failed) return;
    const bool not_created =
        asked.creates && status == 200 && tree.has("/header/revision") && !succeeded;
    demand(not_created || is_early(tree, status), "only what was not proposed has failed");
}

void demand_good_range(const Reply& reply, const Tree& tree, unsigned status) {
    demand(reply.outcome != Outcome::unknown, "a read is never unknown");
    if (reply.outcome != Outcome::ok) return;
    demand(status == 200 && tree.is_json() && tree.has("/header/revision"),
           "only etcd's own answer is one");
    demand(reply.says_absent == !tree.has("/kvs/0"), "a key without an entry is absent");
    if (reply.says_absent) return;
    const auto coded = tree.text("/kvs/0/value").value_or("=");
    const auto bytes = drivers::decode_base64(drivers::trimmed(coded));
    demand(bytes && is_number_of(*bytes, reply.value), "a value is the number that stands there");
    const auto version = tree.text("/kvs/0/mod_revision");
    demand(version ? is_number_of(*version, reply.version) : reply.version == 0,
           "so is its revision");
}

// An answer as etcd makes it is read as what it says, and cut anywhere it is nothing.
void demand_written_is_read(const AskedEtcd& asked, std::uint64_t number, std::size_t cut) {
    std::string value;
    drivers::append_base64(value, std::to_string(number));
    const auto revision = number >> 2U;
    const std::string body =
        fmt::format(R"({{"header":{{"member_id":"61","revision":"{0}"}},{1}"kvs":[{{"key":"azE=",)"
                    R"("mod_revision":"{0}","value":"{2}"}}],"count":"1"}})",
                    revision, asked.creates ? R"("succeeded":true,)" : "", value);
    std::string words;
    const ReadContext context{asked.verb, NodeId(0), false};
    const auto reply =
        drivers::read_answer(asked.templates, context, Answer{200, body, {}, {}}, words);
    demand(reply.outcome == Outcome::ok && reply.version == revision &&
               reply.value == (asked.verb == Verb::read ? number : 0),
           "what etcd says is read", body);
    const auto part = std::string_view(body).substr(0, cut % body.size());
    const auto less =
        drivers::read_answer(asked.templates, context, Answer{200, part, {}, {}}, words);
    demand(less.outcome == (asked.verb == Verb::read ? Outcome::failed : Outcome::unknown),
           "what was cut says nothing", part);
}

void demand_good_members(std::string_view body, const Tree& tree) {
    const Params members = drivers::members_in(body, cluster());
    const List told = tree.list("members");
    demand(members.empty() || !told.empty(), "members stand in a list of that name", body);
    for (const auto& [id, name] : members) {
        const auto* node = name.as<std::string>();
        demand(node != nullptr && cluster().find_node(*node).has_value(), "a member is a node",
               body);
        const bool stands_there = std::ranges::any_of(told, [&wanted = id](const Value& each) {
            const Value* own = each.find("ID");
            return own != nullptr && json::scalar_text(*own) == wanted;
        });
        demand(stands_there, "its id is one that was told", id);
    }
    // The list as etcd writes it, of what was read.
    std::string list;
    for (const auto& [id, name] : members) {
        const auto endpoint =
            cluster().node(*cluster().find_node(*name.as<std::string>())).endpoint;
        list += fmt::format(R"({}{{"ID":{},"name":"x","clientURLs":["http://{}"]}})",
                            list.empty() ? "" : ",", json::print(Value(id)), endpoint.text());
    }
    const std::string printed = R"({"members":[)" + list + "]}";
    demand(drivers::members_in(printed, cluster()) == members, "what is printed is read", printed);
}

void demand_good_page(std::string_view body, const Tree& tree, unsigned status) {
    static const auto role = *drivers::compile_etcd_status({StatusSubject::role, {}}, "h:1");
    static const auto leader = *drivers::compile_etcd_status(
        {StatusSubject::health, {{"path", "/v3/maintenance/status"}}}, "h:1");
    static const auto health = *drivers::compile_etcd_status({StatusSubject::health, {}}, "h:1");
    std::string words;
    const Answer answer{status, body, {}, {}};
    const auto of_role = drivers::read_status(role, answer, words);
    const auto own = tree.text("/header/member_id"), first = tree.text("/leader");
    const bool leads = status == 200 && own && first && own == first && !first->empty();
    demand((of_role.role == Role::primary) == leads, "a leader is who calls itself one", body);
    demand(drivers::read_status(leader, answer, words).good == leads,
           "only the leader is good where the leader is asked for", body);
    demand(drivers::read_status(health, answer, words).good ==
               (status == 200 && tree.text("/health") == "true"),
           "a member is healthy when it says so", body);
}

}  // namespace

void try_etcd(std::string_view input) {
    static const Templates plain = templates_of({});
    static const Templates creating = templates_of({{"write", "create"}});
    static constexpr std::array<unsigned, 8> statuses{200, 200, 400, 401, 403, 429, 500, 503};
    if (input.empty()) return;
    const auto how = static_cast<unsigned char>(input.front());
    const unsigned status = statuses[how % 8U];
    const auto body = input.substr(1);
    const Tree tree(body);
    const AskedEtcd asked{(how & 16U) != 0 ? creating : plain,
                          (how & 8U) != 0 ? Verb::read : Verb::write, (how & 16U) != 0};
    const Reply reply = reply_to(asked, status, body);
    demand((reply.outcome == Outcome::ok) == (reply.cause == Cause::none), "only ok has no cause");
    demand(reply.outcome == Outcome::ok || (reply.value == 0 && reply.version == 0),
           "what is not ok tells nothing", body);
    // A key that stands twice: the library refuses it, and away from what is sought it is no harm.
    if (!tree.is_json() && nlohmann::json::accept(body)) return;
    if (asked.verb == Verb::write) {
        demand_good_put(asked, reply, tree, status);
    } else {
        demand_good_range(reply, tree, status);
    }
    // The rest by turns, for each of it takes long.
    if ((how & 32U) != 0) {
        demand_written_is_read(asked, body.size() * 0x9E3779B97F4A7C15U, how + body.size() * 7);
    }
    if ((how & 64U) != 0) {
        demand_good_members(body, tree);
    } else {
        demand_good_page(body, tree, status);
    }
}

}  // namespace gameday::fuzz
