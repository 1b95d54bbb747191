#include "injectors/proxy_server/api/proxy_table.hpp"

#include "harness/json/json.hpp"
#include "injectors/proxy_server/toxics/toxic_type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gameday::proxy_server {

Proxy* find_proxy(ProxyTable& book, const std::string& name) {
    const auto found = book.find(name);
    return found == book.end() ? nullptr : &found->second;
}

Toxic* find_toxic(Proxy& proxy, std::string_view name) {
    const auto found = std::ranges::find(proxy.toxics, name, &Toxic::name);
    return found == proxy.toxics.end() ? nullptr : &*found;
}

Toxic& add_toxic(Proxy& proxy, Toxic toxic) {
    const auto place = toxic.stream == Stream::downstream
                           ? proxy.toxics.end()
                           : std::ranges::find(proxy.toxics, Stream::downstream, &Toxic::stream);
    return *proxy.toxics.insert(place, std::move(toxic));
}

std::string text_json(const std::string& text) { return json::print(Value(text)); }

std::string toxic_json(const Toxic& toxic) {
    std::string attributes;
    for (const std::string_view name : type_of(toxic).attributes) {
        attributes += fmt::format("{}\"{}\":{}", attributes.empty() ? "" : ",", name,
                                  toxic.attributes.at(std::string(name)));
    }
    std::string remark;
    if (!toxic.remark.empty()) {
        remark = fmt::format(R"(,"gameday":{{"remark":{}}})", text_json(toxic.remark));
    }
    return fmt::format(
        R"({{"attributes":{{{}}},"name":{},"type":"{}","stream":"{}","toxicity":{}{}}})",
        attributes, text_json(toxic.name), toxic.type, stream_name(toxic.stream), toxic.toxicity,
        remark);
}

std::string toxics_json(const std::vector<Toxic>& toxics) {
    std::string list;
    for (const Toxic& toxic : toxics) list += (list.empty() ? "" : ",") + toxic_json(toxic);
    return "[" + list + "]";
}

std::string proxy_json(const Proxy& proxy, std::size_t connections) {
    std::string extras = extras_json(proxy.extras);
    if (proxy.extras.drain) extras = fmt::format(R"("connections":{},{})", connections, extras);
    if (!extras.empty()) extras = fmt::format(R"(,"gameday":{{{}}})", extras);
    return fmt::format(R"({{"name":{},"listen":{},"upstream":{},"enabled":{},"toxics":{}{}}})",
                       text_json(proxy.name), text_json(proxy.listen), text_json(proxy.upstream),
                       proxy.enabled, toxics_json(proxy.toxics), extras);
}

}  // namespace gameday::proxy_server
