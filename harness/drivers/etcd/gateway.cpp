#include "harness/drivers/etcd/gateway.hpp"

#include "harness/drivers/common/server_names.hpp"
#include "harness/drivers/http/request_head.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace gameday::drivers {
namespace {

constexpr ParamSpec headers_param{"headers", ParamType::object, "",
                                  "names and values sent with each request"};

constexpr std::array<ParamSpec, 6> load_specs{{
    {"prefix", ParamType::text, "gameday/", "stands before the number of each key"},
    {"read", ParamType::choice, "linearizable",
     "how a key is read; serializable: from the member alone, perhaps an old value", false,
     "linearizable|serializable"},
    {"write", ParamType::choice, "put",
     "how a key is written; create: only where there is none of that name", false, "put|create"},
    {"served_by_names", ParamType::object, "",
     "ids of members, each with its node; the cluster is asked unless given"},
    headers_param,
    tls_param,
}};
constexpr std::array<ParamSpec, 4> health_specs{{
    {"path", ParamType::text, "/health", "of the request; /v3/maintenance/status: of the leader"},
    {"expect", ParamType::object, "", "what a good answer is, as over http"},
    headers_param,
    tls_param,
}};
constexpr std::array<ParamSpec, 2> role_specs{{headers_param, tls_param}};

// Keys and values are bytes, so the gateway has them in base64. The prefix is part of the key.
constexpr std::string_view linearizable_body = R"({"key":"{key_base64}"})";
constexpr std::string_view serializable_body = R"({"key":"{key_base64}","serializable":true})";
constexpr std::string_view put_body = R"({"key":"{key_base64}","value":"{value_base64}"})";
constexpr std::string_view create_body =
    R"({"compare":[{"key":"{key_base64}","target":"CREATE","create_revision":"0"}],)"
    R"("success":[{"request_put":{"key":"{key_base64}","value":"{value_base64}"}}]})";

// What a member says before it proposes anything: README.md.
constexpr std::array<std::string_view, 6> before_proposal{
    "etcdserver: too many requests",  "etcdserver: request is too large",
    "etcdserver: not capable",        "etcdserver: rpc not supported for learner",
    "etcdserver: invalid auth token", "raft proposal dropped",
};

Condition condition(Condition::Kind kind, std::string_view place, std::string_view wanted = {}) {
    return {kind, *parse_location(place), std::string(wanted)};
}

// The gateway tells an error at /message, before etcd 3.4 at /error. Its status varies: before 3.6
// "too many requests" is 500, because the code is lost on the way.
std::vector<Refusal> early_refusals() {
    std::vector<Refusal> refusals;
    for (const auto text : before_proposal) {
        for (const char* place : {"/message", "/error"}) {
            refusals.push_back({{{400, 401, 403, 429, 500, 503},
                                 {condition(Condition::Kind::equals, place, text)}},
                                {}});
        }
    }
    return refusals;
}

// A transaction whose comparison failed has written nothing. The gateway leaves out what is false.
void add_refusals_of_create(std::vector<Refusal>& refusals) {
    using Kind = Condition::Kind;
    const Condition from_etcd = condition(Kind::present, "/header/revision");
    for (const auto& not_written :
         {condition(Kind::absent, "/succeeded"), condition(Kind::equals, "/succeeded", "false")}) {
        refusals.push_back({{{200}, {from_etcd, not_written}}, "the key is there already"});
    }
}

// The object of one verb for the http driver.
Params exchange_of(std::string_view path, const Params* headers, bool tells_members) {
    Params expect{{"present", List{Value("/header/revision")}}};
    Params exchange{{"method", "POST"},
                    {"path", std::string(path)},
                    {"ok", List{Value(200)}},
                    {"expect", std::move(expect)}};
    if (headers != nullptr) exchange["headers"] = *headers;
    // An id that nobody can name is not reported; as a stranger it would be an accusation.
    if (tells_members) exchange["served_by"] = "/header/member_id";
    return exchange;
}

struct Wish {
    std::string prefix;
    bool serializable = false, creates = false, tells_members = false;
    const Params* headers = nullptr;
    const Params* tls = nullptr;
};

Params http_params_of(const Wish& wish) {
    Params read = exchange_of("/v3/kv/range", wish.headers, wish.tells_members);
    read["value"] = "/kvs/0/value";
    read["version"] = "/kvs/0/mod_revision";
    read["encoding"] = "base64";
    Params write =
        exchange_of(wish.creates ? "/v3/kv/txn" : "/v3/kv/put", wish.headers, wish.tells_members);
    write["version"] = "/header/revision";
    if (wish.creates) (*write["expect"].as<Params>())["equals"] = Params{{"/succeeded", true}};
    Params http{{"read", std::move(read)}, {"write", std::move(write)}};
    if (wish.tls != nullptr) http["tls"] = *wish.tls;
    return http;
}

}  // namespace

const std::span<const ParamSpec> etcd_params = load_specs;
const std::span<const ParamSpec> etcd_health_params = health_specs;
const std::span<const ParamSpec> etcd_role_params = role_specs;
const std::string_view etcd_health_path = "/health";
const std::string_view etcd_status_path = "/v3/maintenance/status";

Result<Templates> compile_etcd(const Params& params, const Topology& topology,
                               const Endpoint& endpoint) {
    ParamReader reader(params, load_specs);
    Wish wish;
    wish.prefix = reader.text("prefix");
    wish.serializable = reader.text("read") == "serializable";
    wish.creates = reader.text("write") == "create";
    wish.tells_members = reader.has(server_names_param.name);
    wish.headers = reader.object(headers_param.name);
    wish.tls = reader.object(tls_param.name);
    (void)read_tls(reader);
    ServerNames servers(reader, topology);
    (void)head_text({"POST", "/", wish.headers, "localhost", false},
                    [&](const char*, std::string message) {
                        reader.fail(headers_param.name, std::move(message));
                    });
    if (auto finished = reader.finish(); !finished) return std::move(finished).error();
    auto templates = compile_templates(http_params_of(wish), topology, endpoint);
    if (!templates) return std::move(templates).error();
    templates->servers = std::move(servers);
    Exchange& read = templates->read;
    Exchange& write = templates->write;
    read.body = Pattern(wish.serializable ? serializable_body : linearizable_body, wish.prefix);
    read.has_body = true;
    read.entry = *parse_location("/kvs/0");
    write.body = Pattern(wish.creates ? create_body : put_body, wish.prefix);
    read.refusals = write.refusals = early_refusals();
    if (wish.creates) add_refusals_of_create(write.refusals);
    read.reason = write.reason = *parse_location("/message");
    return templates;
}

Result<StatusPage> compile_etcd_status(const StatusQuestion& question, std::string_view host,
                                       const HttpAccess& access) {
    const bool of_role = question.subject == StatusSubject::role;
    ParamReader reader(question.params, of_role ? etcd_role_params : etcd_health_params);
    Params asked;
    if (const Params* headers = reader.object(headers_param.name)) asked["headers"] = *headers;
    if (const Params* tls = reader.object(tls_param.name)) asked["tls"] = *tls;
    (void)read_tls(reader);
    std::string path(etcd_status_path);
    if (!of_role) {
        path = reader.text("path");
        const Params* expect = reader.object("expect");
        if (expect != nullptr) asked["expect"] = *expect;
        if (expect == nullptr && path.starts_with(etcd_health_path)) {
            asked["expect"] = Params{{"equals", Params{{"/health", "true"}}}};
        }
    }
    if (auto finished = reader.finish(); !finished) return std::move(finished).error();
    asked["path"] = path;
    if (path != etcd_status_path) {
        return compile_status({StatusSubject::health, asked}, host, access);
    }
    asked["method"] = "POST";
    asked["body"] = "{}";
    asked["role"] = "/leader";
    asked["primary"] = "pointer:/header/member_id";
    asked["term"] = "/raftTerm";
    auto page = compile_status({StatusSubject::role, asked}, host, access);
    if (page) page->of_primary = !of_role;
    return page;
}

}  // namespace gameday::drivers
