// `gameday proxy list`, `create`, `toxic add` and their like: calls to a running server.
#include "harness/app/commands.hpp"
#include "harness/app/environment.hpp"
#include "harness/base/visible.hpp"
#include "harness/json/json.hpp"
#include "harness/store/files.hpp"
#include "injectors/proxy_server/api/api_client.hpp"
#include "injectors/proxy_server/cli/proxy_text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <utility>

namespace gameday::app {

namespace {

using proxy_server::encode_segment;

Result<std::string> read_all(std::istream& stream) {
    std::ostringstream content;
    if (content << stream.rdbuf()) return std::move(content).str();
    return invalid("there is nothing on stdin; write a JSON object to it");
}

// A running server and what is wanted of it.
class Remote {
 public:
    explicit Remote(const ProxyOptions& options) : options_(options) {
        place_.url = !options.url.empty()
                         ? options.url
                         : environment("TOXIPROXY_URL").value_or("http://localhost:8474");
        place_.token = !options.token.empty() ? options.token
                                              : environment("GAMEDAY_PROXY_TOKEN").value_or("");
    }

    Result<std::string> list() {
        const auto proxies = call("GET", "/proxies");
        if (!proxies) return proxies.error();
        return proxy_server::proxy_list_text(*proxies, for_people_);
    }
    Result<std::string> inspect() {
        const auto proxy = call("GET", path());
        if (!proxy) return proxy.error();
        return proxy_server::proxy_toxics_text(*proxy, for_people_);
    }
    Result<std::string> create() {
        auto body = proxy_server::proxy_body(options_.listen, options_.upstream, options_.gameday);
        if (!body) return body.error();
        (*body)["name"] = options_.name;
        const auto proxy = call("POST", "/proxies", *body);
        if (!proxy) return proxy.error();
        return fmt::format("Created new proxy {} on {}\n", name(),
                           shown_at(*proxy->as<Params>(), "listen"));
    }
    Result<std::string> update() {
        const auto body =
            proxy_server::proxy_body(options_.listen, options_.upstream, options_.gameday);
        if (!body) return body.error();
        const auto proxy = call("PATCH", path(), *body);
        if (!proxy) return proxy.error();
        return fmt::format("Updated proxy {}\n", name());
    }
    Result<std::string> toggle() {
        const auto proxy = call("GET", path());
        if (!proxy) return proxy.error();
        const Value* enabled = proxy->find("enabled");
        const bool on = enabled != nullptr && *enabled == Value(true);
        const auto changed = call("PATCH", path(), Params{{"enabled", Value(!on)}});
        if (!changed) return changed.error();
        return fmt::format("Proxy {} is now {}\n", name(), on ? "disabled" : "enabled");
    }
    Result<std::string> remove() {
        const auto gone = call("DELETE", path());
        if (!gone) return gone.error();
        return fmt::format("Deleted proxy {}\n", name());
    }
    Result<std::string> add_toxic() {
        const auto attributes = proxy_server::toxic_attributes(options_.type, options_.attributes);
        if (!attributes) return attributes.error();
        Params body{{"type", Value(options_.type)},
                    {"stream", Value(options_.is_upstream ? "upstream" : "downstream")},
                    {"attributes", *attributes}};
        if (!options_.toxic.empty()) body["name"] = options_.toxic;
        if (options_.toxicity) body["toxicity"] = *options_.toxicity;
        const auto toxic = call("POST", path() + "/toxics", std::move(body));
        if (!toxic) return toxic.error();
        const auto& members = *toxic->as<Params>();
        return fmt::format("Added {} {} toxic '{}' on proxy '{}'\n", shown_at(members, "stream"),
                           shown_at(members, "type"), shown_at(members, "name"), name());
    }
    Result<std::string> update_toxic() {
        const auto toxic = call("GET", toxic_path());
        if (!toxic) return toxic.error();
        const auto attributes = proxy_server::toxic_attributes(
            text_at(*toxic->as<Params>(), "type"), options_.attributes);
        if (!attributes) return attributes.error();
        Params body{{"attributes", *attributes}};
        if (options_.toxicity) body["toxicity"] = *options_.toxicity;
        const auto changed = call("PATCH", toxic_path(), std::move(body));
        if (!changed) return changed.error();
        return fmt::format("Updated toxic '{}' on proxy '{}'\n", visible(options_.toxic), name());
    }
    Result<std::string> connections() {
        std::string query = fmt::format("?limit={}", options_.limit);
        if (options_.open_only) query += "&open=true";
        if (!options_.name.empty()) query += "&proxy=" + encode_segment(options_.name);
        const auto answer = call("GET", "/gameday/connections" + query);
        if (!answer) return answer.error();
        return proxy_server::proxy_connections_text(*answer, for_people_);
    }
    Result<std::string> change() {
        auto text = options_.file == "-" ? read_all(std::cin) : store::read_file(options_.file);
        if (!text) return text.error();
        auto body = proxy_server::change_body(*text, options_.lease);
        if (!body) return std::move(body.error()).within("change " + options_.file);
        const auto answer = call("POST", "/gameday/change", *body);
        if (!answer) return answer.error();
        return proxy_server::changed_text(*answer);
    }
    Result<std::string> list_leases() {
        const auto answer = call("GET", "/gameday/leases");
        if (!answer) return answer.error();
        return proxy_server::leases_text(*answer);
    }
    Result<std::string> renew_lease() { return told("POST", lease_path() + "/renew"); }
    Result<std::string> end_lease() { return told("DELETE", lease_path()); }
    Result<std::string> remove_toxic() {
        const auto gone = call("DELETE", toxic_path());
        if (!gone) return gone.error();
        return fmt::format("Removed toxic '{}' on proxy '{}'\n", visible(options_.toxic), name());
    }

 private:
    [[nodiscard]] std::string name() const { return visible(options_.name); }
    static std::string shown_at(const Params& members, const std::string& name) {
        return visible(text_at(members, name));
    }
    [[nodiscard]] std::string path() const { return "/proxies/" + encode_segment(options_.name); }
    [[nodiscard]] std::string toxic_path() const {
        return path() + "/toxics/" + encode_segment(options_.toxic);
    }

    [[nodiscard]] std::string lease_path() const {
        return "/gameday/leases/" + encode_segment(options_.name);
    }
    Result<std::string> told(const std::string& method, const std::string& where) {
        const auto lease = call(method, where);
        if (!lease) return lease.error();
        return proxy_server::lease_text(*lease);
    }

    // The object that the server answers; none for an answer without a body.
    Result<Value> call(const std::string& method, const std::string& where,
                       const Value& body = Value()) {
        const auto answer = proxy_server::call_api(
            place_, {method, where, body.is_null() ? std::string() : json::print(body)});
        if (!answer) return answer.error();
        if (answer->status == 204) return Value(Params());
        auto value = json::parse(answer->body);
        if (answer->status < 300 && value && value->as<Params>() != nullptr) return value;
        const auto* members = value ? value->as<Params>() : nullptr;
        const auto said = members == nullptr ? std::string() : shown_at(*members, "error");
        return Error{
            answer->status < 500 ? ErrorCode::invalid : ErrorCode::failed,
            fmt::format("{} {}{}: {} ({})", method, place_.url, where,
                        said.empty() ? "not an answer of this API" : said, answer->status)};
    }

    const ProxyOptions& options_;
    proxy_server::ApiPlace place_;
    const bool for_people_ = ::isatty(STDOUT_FILENO) == 1;
};

}  // namespace

int call_proxy(const ProxyOptions& options) {
    static const std::map<std::string, Result<std::string> (Remote::*)()> verbs{
        {"list", &Remote::list},
        {"inspect", &Remote::inspect},
        {"create", &Remote::create},
        {"update", &Remote::update},
        {"toggle", &Remote::toggle},
        {"delete", &Remote::remove},
        {"connections", &Remote::connections},
        {"change", &Remote::change},
        {"lease list", &Remote::list_leases},
        {"lease renew", &Remote::renew_lease},
        {"lease end", &Remote::end_lease},
        {"toxic add", &Remote::add_toxic},
        {"toxic update", &Remote::update_toxic},
        {"toxic remove", &Remote::remove_toxic}};
    Remote remote(options);
    const auto text = (remote.*verbs.at(options.verb))();
    if (!text) return complain({text.error()});
    std::fputs(text->c_str(), stdout);
    return 0;
}

}  // namespace gameday::app
