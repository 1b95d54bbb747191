// The calls on proxies: list, create, show, update, delete, populate, reset.
#include "injectors/proxy_server/api/address.hpp"
#include "injectors/proxy_server/api/bodies.hpp"
#include "injectors/proxy_server/api/budget_check.hpp"
#include "injectors/proxy_server/api/calls.hpp"
#include "injectors/proxy_server/api/change.hpp"
#include "injectors/proxy_server/api/upstream_check.hpp"
#include "injectors/proxy_server/names.hpp"
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::proxy_server {
namespace {

// The extras in a body over those so far, with what is in the files that they name.
Result<Extras> extras_in(const ProxyBody& body, const Extras& so_far, const DataPlane& plane) {
    auto extras = read_extras(body.gameday, so_far);
    if (!extras) return extras;
    if (auto loaded = plane.load(*extras); !loaded) return loaded.error();
    return extras;
}

// The proxy as answers show it.
std::string shown(const Proxy& proxy, const DataPlane& plane) {
    return proxy_json(proxy, proxy.extras.drain ? plane.connections(proxy.name) : 0);
}

Response missing(std::string_view field) {
    return error_response(400, fmt::format("missing required field: {}", field));
}

Response bad_upstream(const Error& error) { return error_response(400, error.message); }

Result<void> check_listen(const std::string& listen, Protocol protocol) {
    const auto path = unix_path(listen);
    if (!path) {
        auto address = read_address(listen);
        if (!address) return std::move(address.error()).within("listen tcp");
        return {};
    }
    const auto wrong = [&listen](const std::string& why) {
        return invalid("listen {}: {}", listen, why);
    };
    if (protocol == Protocol::udp) return wrong("a udp proxy listens on host:port");
    if (!path->starts_with('/')) return wrong("write unix: and a path from the root, unix:/tmp/s");
    if (path->find('\0') != path->npos) return wrong("a path has no zero bytes");
    if (path->size() <= unix_path_max()) return {};
    return wrong(
        fmt::format("the path has {} bytes, the system allows {}", path->size(), unix_path_max()));
}

// Opens the proxy with its toxics; afterwards it is enabled, and `listen` is where it listens.
Result<void> open(Proxy& proxy, DataPlane& plane) {
    if (auto listen = check_listen(proxy.listen, proxy.extras.protocol); !listen) return listen;
    auto opened = plane.open(proxy.name, proxy.listen, proxy.upstream, proxy.toxics, proxy.extras);
    if (!opened) return opened.error();
    proxy.asked = std::exchange(proxy.listen, std::move(*opened));
    proxy.enabled = true;
    return {};
}

void close(Proxy& proxy, DataPlane& plane) {
    if (proxy.enabled) plane.close(proxy.name);
    proxy.enabled = false;
}

// Puts new extras into force; a proxy that is not enabled gets them when it is opened.
void put(Proxy& proxy, const Extras& extras, DataPlane& plane) {
    if (proxy.extras == extras) return;
    proxy.extras = extras;
    if (proxy.enabled) plane.put(proxy.name, proxy.toxics, extras);
}

// Whether these addresses are others than the proxy's. The same host name stands for the same
// address. A port 0 is another one: each time it asks for any that is free.
Result<bool> differs(const Proxy& proxy, const std::string& listen, const std::string& upstream) {
    const bool is_path = unix_path(listen).has_value();
    const auto wanted = read_address(is_path ? "" : listen);
    if (!wanted) return wanted.error();
    if (upstream != proxy.upstream) return true;
    if (is_path || listen == proxy.listen) return listen != proxy.listen;
    if (listen == proxy.asked && wanted->port != 0) return false;
    const auto current = read_address(proxy.listen);
    return !current || plain(*current) != plain(*wanted);
}

std::string populate_json(const std::string& problem, const std::vector<std::string>& done) {
    std::string list;
    for (const auto& proxy : done) list += (list.empty() ? "" : ",") + proxy;
    return fmt::format("{{{}\"proxies\":[{}]}}", problem, list);
}

Response populate_error(int status, const std::string& message,
                        const std::vector<std::string>& done) {
    return json_response(
        status,
        populate_json(fmt::format(R"("error":{},"status":{},)", text_json(message), status), done));
}

// Whether the extras of a list's next proxy can be had beside those of the book and of the list so
// far, to which it is added.
Result<void> check_extras(const ProxyBody& body, std::vector<Proxy>& list, const Call& call) {
    auto extras = extras_in(body, {}, call.plane);
    if (!extras) return extras.error();
    if (body.gameday.is_null()) return {};
    std::erase_if(list, [&body](const Proxy& each) { return each.name == *body.name; });
    list.push_back({*body.name, {}, {}, *body.upstream, false, {}, std::move(*extras)});
    return check_budgets(list, call.book);
}

// A new proxy, or one in place of that of the same name; one that is the same is left alone, but
// for extras that are given.
Result<const Proxy*> add_or_replace(const ProxyBody& body, ProxyTable& book, DataPlane& plane) {
    Proxy wanted{*body.name, body.listen.value_or(""), {}, *body.upstream, false, {}};
    auto extras = extras_in(body, {}, plane);
    if (!extras) return extras.error();
    wanted.extras = std::move(*extras);
    Proxy* existing = find_proxy(book, wanted.name);
    if (existing != nullptr) {
        const auto different = differs(*existing, wanted.listen, wanted.upstream);
        if (!different) return different.error();
        const bool same_protocol =
            body.gameday.is_null() || existing->extras.protocol == wanted.extras.protocol;
        if (!*different && same_protocol) {
            if (!body.gameday.is_null()) put(*existing, wanted.extras, plane);
            return existing;
        }
        close(*existing, plane);
    }
    if (body.enabled.value_or(true)) {
        if (auto opened = open(wanted, plane); !opened) return opened.error();
    }
    return &(book[wanted.name] = std::move(wanted));
}

}  // namespace

Response list_proxies(Call& call) {
    std::string list;
    for (const auto& [name, proxy] : call.book) {
        list += fmt::format("{}{}:{}", list.empty() ? "" : ",", text_json(name),
                            shown(proxy, call.plane));
    }
    return json_response(200, "{" + list + "}");
}

Response create_proxy(Call& call) {
    const auto body = read_proxy(call.request.body);
    if (!body) return bad_body(body.error());
    auto extras = extras_in(*body, {}, call.plane);
    if (!extras) return bad_body(extras.error());
    Proxy proxy{body->name.value_or(""),
                body->listen.value_or(""),
                {},
                body->upstream.value_or(""),
                false,
                {},
                std::move(*extras)};
    if (proxy.name.empty()) return missing("name");
    if (proxy.upstream.empty()) return missing("upstream");
    if (auto good = check_upstream(proxy.upstream); !good) return bad_upstream(good.error());
    if (call.book.contains(proxy.name)) return error_response(409, "proxy already exists");
    if (auto fits = check_budgets({proxy}, call.book); !fits) return bad_body(fits.error());
    if (body->enabled.value_or(true)) {
        if (auto opened = open(proxy, call.plane); !opened) {
            return error_response(500, opened.error().message);
        }
    }
    const auto& added = call.book[proxy.name] = std::move(proxy);
    return json_response(201, shown(added, call.plane));
}

Response show_proxy(Call& call) {
    const Proxy* proxy = find_proxy(call.book, call.proxy);
    return proxy == nullptr ? no_such_proxy() : json_response(200, shown(*proxy, call.plane));
}

Response update_proxy(Call& call) {
    Proxy* proxy = find_proxy(call.book, call.proxy);
    if (proxy == nullptr) return no_such_proxy();
    const auto body = read_proxy(call.request.body);
    if (!body) return bad_body(body.error());
    // Toxiproxy takes it, and closes every connection from then on.
    if (body->upstream && body->upstream->empty()) return missing("upstream");
    if (body->upstream) {
        if (auto good = check_upstream(*body->upstream); !good) return bad_upstream(good.error());
    }
    auto extras = extras_in(*body, proxy->extras, call.plane);
    if (!extras) return bad_body(extras.error());
    const std::string listen = body->listen.value_or(proxy->listen);
    const std::string upstream = body->upstream.value_or(proxy->upstream);
    const bool enabled = body->enabled.value_or(proxy->enabled);
    const auto different = differs(*proxy, listen, upstream);
    if (!different) return error_response(500, different.error().message);
    const bool restarts = extras->protocol != proxy->extras.protocol;
    Proxy checked = *proxy;
    checked.extras = *extras;
    if (auto fits = check_types(checked.toxics, checked.extras.protocol); !fits)
        return bad_body(fits.error());
    if (auto fits = check_budgets({checked}, call.book); !fits) return bad_body(fits.error());
    const auto elsewhere = differs(*proxy, listen, proxy->upstream);
    if (*different && extras->keep_connections && !restarts && elsewhere && !*elsewhere) {
        if (proxy->enabled) call.plane.move(proxy->name, upstream);
        proxy->upstream = upstream;
    } else if (*different || restarts) {
        close(*proxy, call.plane);
        proxy->listen = listen;
        proxy->asked.clear();
        proxy->upstream = upstream;
    }
    put(*proxy, *extras, call.plane);
    if (enabled && !proxy->enabled) {
        if (auto opened = open(*proxy, call.plane); !opened) {
            return error_response(500, opened.error().message);
        }
    } else if (!enabled) {
        close(*proxy, call.plane);
    }
    return json_response(200, shown(*proxy, call.plane));
}

Response delete_proxy(Call& call) {
    Proxy* proxy = find_proxy(call.book, call.proxy);
    if (proxy == nullptr) return no_such_proxy();
    close(*proxy, call.plane);
    call.plane.forget(call.proxy);
    call.book.erase(call.proxy);
    return {204, {}, {}, {}};
}

Response populate(Call& call) {
    const auto bodies = read_proxies(call.request.body);
    if (!bodies) return populate_error(400, "bad request body: " + bodies.error().message, {});
    std::vector<Proxy> extended;
    for (std::size_t i = 0; i < bodies->size(); ++i) {
        const auto& body = (*bodies)[i];
        for (const auto& [field, name] :
             {std::pair(&body.name, "name"), std::pair(&body.upstream, "upstream")}) {
            if (!field->value_or("").empty()) continue;
            return populate_error(
                400, fmt::format("missing required field: {} at proxy {}", name, i + 1), {});
        }
        auto good = check_upstream(*body.upstream);
        if (good) good = check_extras(body, extended, call);
        if (!good) {
            return populate_error(400, fmt::format("{} at proxy {}", good.error().message, i + 1),
                                  {});
        }
    }
    std::vector<std::string> done;
    for (const auto& body : *bodies) {
        const auto proxy = add_or_replace(body, call.book, call.plane);
        if (!proxy) return populate_error(500, proxy.error().message, done);
        done.push_back(shown(**proxy, call.plane));
    }
    return json_response(201, populate_json({}, done));
}

// All of them in one step, where that can be. Tries everything, and reports the first failure:
// tests that follow must not inherit toxics.
Response reset(Call& call) {
    Result<void> result;
    const auto note = [&result](const auto& done) {
        if (!done && result) result = done.error();
    };
    std::vector<Proxy> wanted;
    for (const auto& [name, proxy] : call.book) {
        Proxy clean = proxy;
        clean.toxics.clear();
        take_off_faults(clean.extras);
        if (!proxy.enabled) {
            const auto may_open = check_listen(proxy.listen, proxy.extras.protocol);
            note(may_open);
            clean.enabled = may_open.has_value();
        }
        if (clean != proxy) wanted.push_back(std::move(clean));
    }
    if (!wanted.empty() && !change(wanted, call.book, call.plane)) {
        for (Proxy& proxy : wanted) {
            const auto done = change({proxy}, call.book, call.plane);
            note(done);
            if (done) continue;
            proxy.enabled = false;
            (void)change({proxy}, call.book, call.plane);  // It loses its toxics all the same.
        }
    }
    if (!result) return error_response(500, result.error().message);
    return {204, {}, {}, {}};
}

}  // namespace gameday::proxy_server
