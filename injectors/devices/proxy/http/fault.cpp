#include "injectors/devices/proxy/http/fault.hpp"

#include "harness/base/glob.hpp"
#include "harness/base/random.hpp"

#include <algorithm>

namespace gameday::devices::proxy::http {

namespace {

// The n-th of a fault's draws, uniform in [0, 1). Three streams: share, jitter, letters.
std::uint64_t drawn(std::uint64_t seed, std::uint64_t n, std::uint64_t stream) {
    return mix64(seed ^ mix64(3 * n + stream + 1));
}
double unit(std::uint64_t drawn) { return static_cast<double>(drawn >> 11) * 0x1p-53; }

// Of "http://host/path?query" and "/path?query" the path; "host:port" of CONNECT and "*" stay.
std::string_view path_of(std::string_view target) {
    if (const auto scheme = target.find("://");
        scheme != std::string_view::npos && target.front() != '/' && scheme < target.find('?')) {
        const auto slash = target.find('/', scheme + 3);
        target = slash == std::string_view::npos ? "/" : target.substr(slash);
    }
    return target.substr(0, target.find('?'));
}

bool has_header(const RequestHead& request, std::string_view wanted) {
    const auto colon = wanted.find(':');
    const auto name = trimmed(wanted.substr(0, colon));
    const auto value =
        colon == std::string_view::npos ? std::string_view("*") : trimmed(wanted.substr(colon + 1));
    return std::ranges::any_of(request.fields, [&](const Field& field) {
        return same_name(field.name, name) && glob(value, field.value);
    });
}

void add(Treatment& all, const ArmedFault& armed, std::uint64_t n) {
    const Fault& fault = armed.fault;
    if (fault.answer && !all.abort) {
        all.abort = Treatment::Abort{*fault.answer, fault.name, armed.id};
    }
    if (fault.delay > Duration{}) {
        const double width = 2.0 * static_cast<double>(fault.jitter.count());
        const auto shift =
            static_cast<std::int64_t>(unit(drawn(armed.draw, n, 1)) * width) - fault.jitter.count();
        const Treatment::Pause pause{fault.delay_after.value_or(Treatment::before_response),
                                     std::max(fault.delay + Duration(shift), Duration{}), armed.id};
        all.pauses.insert(
            std::ranges::upper_bound(all.pauses, pause.after, {}, &Treatment::Pause::after), pause);
    }
    if (fault.truncate_after && (!all.cut || *fault.truncate_after < all.cut->after)) {
        all.cut = Treatment::Cut{*fault.truncate_after, fault.truncate_with_reset, armed.id};
    }
    if (fault.rate > 0 && (!all.rate || fault.rate < all.rate->bytes_per_s)) {
        all.rate = Treatment::Rate{fault.rate, armed.id};
    }
    if (fault.replace || !fault.garble.empty()) {
        all.edits.push_back({fault.replace, fault.garble, drawn(armed.draw, n, 2), armed.id});
    }
}

}  // namespace

bool fits(const Fault& fault, const RequestHead& request) {
    if (!fault.methods.empty() &&
        std::ranges::find(fault.methods, request.method) == fault.methods.end()) {
        return false;
    }
    if (!fault.path.empty() && !glob(fault.path, path_of(request.target))) return false;
    return fault.header.empty() || has_header(request, fault.header);
}

bool meets(const Fault& fault, std::uint64_t draw, std::uint64_t n) {
    if (fault.first > 0 && n >= static_cast<std::uint64_t>(fault.first)) return false;
    if (fault.every > 1 && (n + 1) % static_cast<std::uint64_t>(fault.every) != 0) return false;
    return fault.share >= 1 || unit(drawn(draw, n, 0)) < fault.share;
}

Treatment treat(const ArmedFaults& faults, const RequestHead& request) {
    Treatment all;
    for (const auto& armed : faults) {
        if (!fits(armed->fault, request)) continue;
        const auto n = armed->fitted->fetch_add(1, std::memory_order_relaxed);
        if (meets(armed->fault, armed->draw, n)) add(all, *armed, n);
    }
    return all;
}

}  // namespace gameday::devices::proxy::http
