#include "reporters/html/panels.hpp"

#include "reporters/common/facts.hpp"
#include "reporters/common/words.hpp"
#include "reporters/html/lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

namespace gameday::reporters {

namespace {

using Height = std::function<std::optional<double>(const TimelineBin&)>;

std::string title(const Panel& panel, std::string_view text) {
    return fmt::format("<text class=\"title\" x=\"{}\" y=\"{}\">{}</text>\n",
                       place(panel.time.from), place(panel.top - 6), xml(text));
}

std::string level(const Panel& panel, double y, std::string_view label) {
    return fmt::format(
        "<path class=\"grid\" d=\"M{0} {1}H{2}\"/><text x=\"{3}\" y=\"{4}\" text-anchor=\"end\">"
        "{5}</text>\n",
        place(panel.time.from), place(y), place(panel.time.to), place(panel.time.from - 6),
        place(y + 4), xml(label));
}

// The area between two heights of each bin, as steps; bins without either are left blank.
std::string area(const std::vector<TimelineBin>& bins, const Panel& panel, const Height& lower,
                 const Height& upper) {
    std::string path;
    for (const auto& bin : bins) {
        const auto low = lower(bin);
        const auto high = upper(bin);
        if (!low || !high || *low - *high < 0.05) continue;
        path += fmt::format("M{0} {1}V{2}H{3}V{1}Z", place(panel.time.at(bin.at)), place(*low),
                            place(*high), place(panel.time.at(bin.at + bin.width)));
    }
    return path;
}

std::string shape(std::string_view css_class, const std::string& path) {
    if (path.empty()) return {};
    return fmt::format("<path class=\"{}\" d=\"{}\"/>\n", css_class, path);
}

// A line along the tops of the bins, in steps, broken where there is no value.
std::string steps(const std::vector<TimelineBin>& bins, const Panel& panel, const Height& height) {
    std::string path;
    bool drawing = false;
    for (const auto& bin : bins) {
        const auto y = height(bin);
        if (y) {
            path += drawing ? fmt::format("V{}", place(*y))
                            : fmt::format("M{} {}", place(panel.time.at(bin.at)), place(*y));
            path += fmt::format("H{}", place(panel.time.at(bin.at + bin.width)));
        }
        drawing = y.has_value();
    }
    return path;
}

// A line through the middle of the bins, broken where there is no value.
std::string line(const std::vector<TimelineBin>& bins, const Panel& panel, const Height& height) {
    std::string path;
    bool drawing = false;
    for (const auto& bin : bins) {
        const auto y = height(bin);
        if (y) {
            path += fmt::format("{}{} {}", drawing ? "L" : "M",
                                place(panel.time.at(bin.at + bin.width / 2)), place(*y));
            if (!drawing) path += "h0.1";
        }
        drawing = y.has_value();
    }
    return path;
}

// The name of a band, inside it: where the band is high enough for a line of text over the longest
// time. Bands of the same bins lie above one another, so their names never overlap.
std::string band_label(const std::vector<TimelineBin>& bins, const Panel& panel,
                       const std::string& name, const Height& lower, const Height& upper) {
    struct Room {
        double from = 0, to = -1e18, low = 0, high = 0;
    };
    constexpr double text_height = 18;
    Room best;
    Room here;
    for (const auto& bin : bins) {
        const auto low = lower(bin);
        const auto high = upper(bin);
        if (!low || !high || *low - *high < text_height) continue;
        const double left = panel.time.at(bin.at);
        const Room joined{here.from, 0, std::min(here.low, *low), std::max(here.high, *high)};
        const bool joins = left - here.to <= 0.5 && joined.low - joined.high >= text_height;
        here = joins ? joined : Room{left, 0, *low, *high};
        here.to = panel.time.at(bin.at + bin.width);
        if (best.to < best.from || here.to - here.from > best.to - best.from) best = here;
    }
    const std::string label = clean(name);
    if (best.to - best.from <= label_width(label) + 12) return {};
    return fmt::format("<text class=\"inside\" x=\"{}\" y=\"{}\">{}</text>\n", place(best.from + 6),
                       place(best.low - 7), xml(label));
}

double per_s(double count, const TimelineBin& bin) { return count / bin.width; }

double good(const TimelineBin& bin) {
    return static_cast<double>(bin.ok_reads) + static_cast<double>(bin.ok_writes);
}

double bad(const TimelineBin& bin) {
    return static_cast<double>(bin.bad_reads) + static_cast<double>(bin.bad_writes);
}

std::optional<double> latency_of(double value) {
    if (!std::isfinite(value) || value <= 0) return std::nullopt;
    return std::clamp(value, 1e-6, 1e4);
}

constexpr double serving_lane_height = 22;
constexpr std::size_t serving_lanes_max = 12;
constexpr std::size_t lane_label_columns = 8;  // what fits into the left margin

std::size_t serving_lanes_shown(const Timeline& timeline) {
    return std::min(timeline.servers.size(), serving_lanes_max);
}

// What a node served in a slice, per second.
double served_per_s(const TimelineBin& bin, std::size_t server) {
    return server < bin.served.size() ? per_s(bin.served[server], bin) : 0.0;
}

}  // namespace

std::string throughput_panel(const std::vector<TimelineBin>& bins, const Panel& panel) {
    double most = 1;
    for (const auto& bin : bins) most = std::max(most, per_s(good(bin) + bad(bin), bin));
    const double step = nice_step(most, 3);
    const Scale up{0, std::ceil(most / step) * step, panel.bottom, panel.top};
    std::string out = title(panel, "Operations per second");
    for (const double tick : ticks_of(0, up.high, step)) {
        out += level(panel, up.at(tick), fmt::format("{:.4g}", tick));
    }
    const auto layer = [&](const std::function<double(const TimelineBin&)>& count) {
        return Height([&up, count](const TimelineBin& bin) -> std::optional<double> {
            return up.at(per_s(count(bin), bin));
        });
    };
    const auto none = layer([](const TimelineBin&) { return 0.0; });
    const auto writes =
        layer([](const TimelineBin& bin) { return static_cast<double>(bin.ok_writes); });
    const auto all_good = layer(good);
    const auto all = layer([](const TimelineBin& bin) { return good(bin) + bad(bin); });
    out += shape("write", area(bins, panel, none, writes));
    out += shape("read", area(bins, panel, writes, all_good));
    const std::string bads = area(bins, panel, all_good, all);
    if (bads.empty()) return out;
    return out + fmt::format("<path fill=\"url(#{}-bad)\" d=\"{}\"/>\n", panel.name, bads);
}

std::string success_panel(const std::vector<TimelineBin>& bins, double minimum,
                          const Panel& panel) {
    const Scale up{0, 1, panel.bottom, panel.top};
    std::string out = title(panel, "Success");
    for (const double tick : {0.0, 0.5, 1.0}) {
        out += level(panel, up.at(tick), fmt::format("{:.0f} %", tick * 100));
    }
    const Height floor = [&](const TimelineBin&) -> std::optional<double> { return up.at(0); };
    const Height share = [&](const TimelineBin& bin) -> std::optional<double> {
        if (good(bin) + bad(bin) <= 0) return std::nullopt;
        return up.at(good(bin) / (good(bin) + bad(bin)));
    };
    out += shape("share", area(bins, panel, floor, share));
    out += shape("share-line", steps(bins, panel, share));
    if (std::isfinite(minimum) && minimum > 0 && minimum <= 1) {
        out += fmt::format("<path class=\"minimum\" d=\"M{} {}H{}\"/>\n", place(panel.time.from),
                           place(up.at(minimum)), place(panel.time.to));
    }
    return out;
}

std::string latency_panel(const std::vector<TimelineBin>& bins, const Panel& panel) {
    double least = 1e4;
    double most = 1e-6;
    for (const auto& bin : bins) {
        for (const double value : {bin.p50, bin.p99}) {
            if (const auto seen = latency_of(value)) {
                least = std::min(least, *seen);
                most = std::max(most, *seen);
            }
        }
    }
    std::string out = title(panel, "Latency (logarithmic)");
    if (least > most) {
        return out + fmt::format("<text x=\"{}\" y=\"{}\">nothing completed</text>\n",
                                 place(panel.time.from), place(panel.bottom));
    }
    const double low = std::floor(std::log10(least));
    const double high = std::max(std::ceil(std::log10(most)), low + 1);
    const Scale up{low, high, panel.bottom, panel.top};
    const double step = std::max(1.0, std::ceil((high - low) / 5));
    for (const double tick : ticks_of(low, high, step)) {
        out += level(panel, up.at(tick), figure_text(std::pow(10.0, tick), Unit::seconds));
    }
    const auto quantile = [&](double TimelineBin::*member) {
        return Height([&up, member](const TimelineBin& bin) -> std::optional<double> {
            const auto seen = latency_of(bin.*member);
            if (!seen) return std::nullopt;
            return up.at(std::log10(*seen));
        });
    };
    out += shape("p50", line(bins, panel, quantile(&TimelineBin::p50)));
    out += shape("p99", line(bins, panel, quantile(&TimelineBin::p99)));
    return out;
}

std::string serving_panel(const Timeline& timeline, const Panel& panel) {
    std::string out = title(panel, "Served by (blank: nobody)");
    out += fmt::format("<rect class=\"grid\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                       place(panel.time.from), place(panel.top),
                       place(panel.time.to - panel.time.from), place(panel.bottom - panel.top));
    const Scale up{0, 1, panel.bottom, panel.top};
    const auto share_below = [&](const TimelineBin& bin, std::size_t regions) {
        const auto end =
            bin.served.begin() + static_cast<std::ptrdiff_t>(std::min(regions, bin.served.size()));
        const double all = std::accumulate(bin.served.begin(), bin.served.end(), 0.0);
        return all <= 0 ? std::optional<double>()
                        : std::optional<double>(
                              up.at(std::accumulate(bin.served.begin(), end, 0.0) / all));
    };
    for (std::size_t i = 0; i < timeline.servers.size(); ++i) {
        out += shape(
            fmt::format("region{}", i % 6),
            area(
                timeline.bins, panel, [&](const TimelineBin& bin) { return share_below(bin, i); },
                [&](const TimelineBin& bin) { return share_below(bin, i + 1); }));
        out += band_label(
            timeline.bins, panel, timeline.servers[i],
            [&](const TimelineBin& bin) { return share_below(bin, i); },
            [&](const TimelineBin& bin) { return share_below(bin, i + 1); });
    }
    return out;
}

double serving_lanes_height(const Timeline& timeline) {
    return serving_lane_height *
           static_cast<double>(std::max<std::size_t>(serving_lanes_shown(timeline), 1));
}

std::string serving_lanes(const Timeline& timeline, const Panel& panel) {
    std::string heading = "Served by each node (blank: nothing)";
    const std::size_t shown = serving_lanes_shown(timeline);
    if (timeline.servers.size() > shown) {
        heading += fmt::format(", {} more are not drawn", timeline.servers.size() - shown);
    }
    std::string out = title(panel, heading);
    double most = 1e-9;
    for (const auto& bin : timeline.bins) {
        for (std::size_t i = 0; i < shown; ++i) most = std::max(most, served_per_s(bin, i));
    }
    for (std::size_t i = 0; i < shown; ++i) {
        const double top = panel.top + static_cast<double>(i) * serving_lane_height;
        const double floor = top + serving_lane_height;
        const Scale up{0, most, floor, top + 4};
        out += level(panel, floor, "");
        out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
                           place(panel.time.from - 6), place(floor - 6),
                           xml(shorten(clean(timeline.servers[i]), lane_label_columns)));
        out += shape(fmt::format("region{}", i % 6),
                     area(
                         timeline.bins, panel,
                         [&](const TimelineBin&) { return std::optional<double>(floor); },
                         [&](const TimelineBin& bin) {
                             return std::optional<double>(up.at(served_per_s(bin, i)));
                         }));
    }
    return out;
}

}  // namespace gameday::reporters
