// A thousand random faults of connections and answers of etcd's gateway, against what the server
// itself has done.
#include "harness/drivers/common/base64.hpp"
#include "tests/drivers/asking.hpp"
#include "tests/drivers/faulty_http.hpp"
#include "tests/support/lane.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace gameday::drivers {
extern const DriverKind etcd;
}

namespace etcd_faults_test {

using namespace gameday;
using namespace gameday::test;

namespace {

// The text of the first member of that name, decoded.
std::string decoded(std::string_view request, std::string_view name) {
    const auto begin = request.find(fmt::format("\"{}\":\"", name)) + name.size() + 4;
    const auto text = request.substr(begin);
    return drivers::decode_base64(text.substr(0, text.find('"'))).value_or("");
}

std::string coded(std::string_view bytes) {
    std::string text;
    drivers::append_base64(text, bytes);
    return text;
}

FaultyAnswer gateway(FaultyStore& store, std::string_view request) {
    const auto key = decoded(request, "key");
    const auto header = [&] {
        return fmt::format(
            R"({{"header":{{"cluster_id":"1","member_id":"61","revision":"{}","raft_term":"2"}})",
            store.revision + 1);
    };
    if (request.starts_with("POST /v3/kv/range ")) {
        const auto value = store.find(key);
        if (!value) return {header() + "}"};
        return {fmt::format(
            R"({},"kvs":[{{"key":"{}","mod_revision":"3","version":"1","value":"{}"}}],)"
            R"("count":"1"}})",
            header(), coded(key), coded(*value))};
    }
    const bool creates = request.starts_with("POST /v3/kv/txn ");
    if (creates && store.find(key)) return {header() + R"(,"responses":[]})"};
    store.write(key, decoded(request, "value"));
    return {header() + (creates ? R"(,"succeeded":true,"responses":[]})" : "}")};
}

FaultyAnswer error_of(std::string_view text, int code, int status) {
    return {fmt::format(R"({{"error":"{0}","message":"{0}","code":{1}}})", text, code), status};
}

FaultySystem etcd_system() {
    return {
        gateway,
        {error_of("etcdserver: too many requests", 8, 429),
         error_of("etcdserver: not capable", 14, 503), error_of("raft proposal dropped", 2, 500),
         error_of("etcdserver: rpc not supported for learner", 14, 503)},
        {error_of("etcdserver: request timed out", 14, 503),
         error_of("etcdserver: leader changed", 14, 503),
         error_of("etcdserver: server stopped", 14, 503),
         error_of("etcdserver: mvcc: database space exceeded", 8, 429),
         {"upstream connect error", 503},
         {"{}", 200}}};
}

std::string etcd_key(std::uint32_t key) { return fmt::format("gameday/{}", key); }

void try_etcd(std::string params, std::uint64_t seed, std::uint64_t keys) {
    FaultyHttp server(etcd_system(), seed);
    try_http_faults({server,
                     drivers::etcd,
                     std::move(params),
                     {server.endpoint()},
                     seed,
                     by_lane<std::size_t>(340, 2000),
                     keys,
                     etcd_key});
}

}  // namespace

TEST_CASE("etcd: a thousand faults, and no outcome that the server's own state contradicts") {
    SECTION("put") { try_etcd("{}", 1, 4); }
    SECTION("put, and reads of the member alone") {
        try_etcd(R"({"read": "serializable", "served_by_names": {"61": "n0"}})", 2, 4);
    }
    // So many keys that some stand already, and most do not.
    SECTION("create") { try_etcd(R"({"write": "create"})", 3, 2000); }
}

}  // namespace etcd_faults_test
