// The calls on toxics: list, create, show, update, delete.
#include "injectors/proxy_server/api/bodies.hpp"
#include "injectors/proxy_server/api/calls.hpp"
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <utility>

namespace gameday::proxy_server {
namespace {

Response no_such_toxic() { return error_response(404, "toxic not found"); }

// In force before the answer leaves. A proxy that is not enabled gets them when it is opened.
void put(const Proxy& proxy, DataPlane& plane) {
    if (proxy.enabled) plane.put(proxy.name, proxy.toxics, proxy.extras);
}

}  // namespace

Response list_toxics(Call& call) {
    const Proxy* proxy = find_proxy(call.book, call.proxy);
    return proxy == nullptr ? no_such_proxy() : json_response(200, toxics_json(proxy->toxics));
}

Response create_toxic(Call& call) {
    Proxy* proxy = find_proxy(call.book, call.proxy);
    if (proxy == nullptr) return no_such_proxy();
    const auto body = read_toxic(call.request.body);
    if (!body) return bad_body(body.error());
    auto begun = begin_toxic(*body);
    if (!begun) return error_response(400, begun.error().message);
    Toxic& toxic = *begun;
    if (find_toxic(*proxy, toxic.name) != nullptr) {
        return error_response(409, "toxic already exists");
    }
    if (auto fits = check_type(toxic, proxy->extras.protocol); !fits) {
        return error_response(400, fits.error().message);
    }
    if (auto read = read_attributes(body->attributes, toxic); !read) return bad_body(read.error());
    const auto filters = call.plane.may_filter();
    if (auto good = check_toxic(toxic, proxy->extras.protocol, filters); !good) {
        return error_response(400, good.error().message);
    }
    toxic.remark = remark_on(toxic, filters);
    const Toxic& added = add_toxic(*proxy, std::move(toxic));
    put(*proxy, call.plane);
    return json_response(200, toxic_json(added));
}

Response show_toxic(Call& call) {
    Proxy* proxy = find_proxy(call.book, call.proxy);
    if (proxy == nullptr) return no_such_proxy();
    const Toxic* toxic = find_toxic(*proxy, call.toxic);
    return toxic == nullptr ? no_such_toxic() : json_response(200, toxic_json(*toxic));
}

Response update_toxic(Call& call) {
    Proxy* proxy = find_proxy(call.book, call.proxy);
    if (proxy == nullptr) return no_such_proxy();
    Toxic* toxic = find_toxic(*proxy, call.toxic);
    if (toxic == nullptr) return no_such_toxic();
    Toxic changed = *toxic;
    if (auto read = read_toxic_update(call.request.body, changed); !read) {
        return bad_body(read.error());
    }
    if (auto good = check_toxic(changed, proxy->extras.protocol, call.plane.may_filter()); !good) {
        return error_response(400, good.error().message);
    }
    *toxic = std::move(changed);
    put(*proxy, call.plane);
    return json_response(200, toxic_json(*toxic));
}

Response delete_toxic(Call& call) {
    Proxy* proxy = find_proxy(call.book, call.proxy);
    if (proxy == nullptr) return no_such_proxy();
    Toxic* toxic = find_toxic(*proxy, call.toxic);
    if (toxic == nullptr) return no_such_toxic();
    proxy->toxics.erase(proxy->toxics.begin() + (toxic - proxy->toxics.data()));
    put(*proxy, call.plane);
    return {204, {}, {}, {}};
}

}  // namespace gameday::proxy_server
