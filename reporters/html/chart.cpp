#include "reporters/html/chart.hpp"

#include "reporters/common/words.hpp"
#include "reporters/html/lanes.hpp"
#include "reporters/html/panels.hpp"
#include "reporters/html/scales.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace gameday::reporters {

namespace {

constexpr double left_margin = 58;
constexpr double right_margin = 10;
constexpr double lane_height = 22;
constexpr double title_height = 30;
constexpr std::size_t lanes_max = 8;
constexpr std::size_t legend_servers_max = 12;
constexpr double time_max_s = 1e8;

bool usable(const TimelineBin& bin) {
    return std::isfinite(bin.at) && std::isfinite(bin.width) && bin.width > 0 &&
           std::abs(bin.at) < time_max_s && bin.width < time_max_s;
}

Timeline usable_part(const Timeline& timeline) {
    Timeline kept = timeline;
    std::erase_if(kept.bins, [](const TimelineBin& bin) { return !usable(bin); });
    std::ranges::sort(kept.bins, {}, &TimelineBin::at);
    return kept;
}

std::string_view css_class_of(MarkKind kind) {
    const bool moment = kind == MarkKind::detection || kind == MarkKind::switchover;
    return moment ? "other" : name_of(kind);
}

std::string hover(const TimelineMark& mark) {
    if (mark.from == mark.to) {
        return fmt::format("<title>{} at {:+.3f} s</title>", xml(mark.label), mark.from);
    }
    return fmt::format("<title>{}, between {:+.3f} s and {:+.3f} s</title>", xml(mark.label),
                       mark.from, mark.to);
}

// Behind the panels: the spans in which a fault was in force.
std::string shades(const Lanes& lanes, double top, double bottom) {
    std::string out;
    for (const auto& placed : lanes.marks) {
        if (placed.mark.kind != MarkKind::fault) continue;
        out += fmt::format("<rect class=\"shade\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                           place(placed.left), place(top),
                           place(std::max(1.0, placed.right - placed.left)), place(bottom - top));
    }
    return out;
}

// Over the panels: a thin line down at each edge of a fault and at the end of each other mark.
std::string edges(const Lanes& lanes, double lanes_top, double bottom) {
    std::string out;
    const auto edge = [&](const PlacedMark& placed, std::string_view css_class, double x) {
        const double from = lanes_top + static_cast<double>(placed.lane) * lane_height + 17;
        out += fmt::format("<path class=\"instant {}\" d=\"M{} {}V{}\"/>\n", css_class, place(x),
                           place(from), place(bottom));
    };
    for (const auto& placed : lanes.marks) {
        if (placed.mark.kind == MarkKind::fault) {
            edge(placed, "fault-edge", placed.left);
            edge(placed, "fault-edge", placed.right);
        } else {
            edge(placed, css_class_of(placed.mark.kind), placed.right);
        }
    }
    return out;
}

std::string lane_marks(const Lanes& lanes, double top) {
    std::string out;
    for (const auto& placed : lanes.marks) {
        const double y = top + static_cast<double>(placed.lane) * lane_height;
        const bool fault = placed.mark.kind == MarkKind::fault;
        const auto css_class = css_class_of(placed.mark.kind);
        out += "<g>" + hover(placed.mark);
        if (fault) {
            out += fmt::format(
                "<rect class=\"fault\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"16\" rx=\"2\"/>",
                place(placed.left), place(y + 2), place(std::max(2.0, placed.right - placed.left)));
        } else if (placed.right - placed.left >= 1) {
            out += fmt::format("<path class=\"span {0}\" d=\"M{1} {2}v10m0 -5H{3}m0 -5v10\"/>",
                               css_class, place(placed.left), place(y + 5), place(placed.right));
        } else {
            out += fmt::format("<path class=\"span {}\" d=\"M{} {}v10\"/>", css_class,
                               place(placed.left), place(y + 5));
        }
        out += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text></g>\n", css_class,
                           place(placed.label_at), place(y + 14), xml(placed.label));
    }
    return out;
}

std::string time_axis(const Scale& time, double top, double bottom) {
    std::string out;
    const double step = nice_step(time.high - time.low, (time.to - time.from) / 64);
    for (const double tick : ticks_of(time.low, time.high, step)) {
        out += fmt::format(
            "<path class=\"grid\" d=\"M{0} {1}V{2}\"/><text x=\"{0}\" y=\"{3}\" "
            "text-anchor=\"{5}\">{4:.6g} s</text>\n",
            place(time.at(tick)), place(top), place(bottom), place(bottom + 18),
            std::abs(tick) < step / 2 ? 0.0 : tick,
            time.at(tick) > time.to - right_margin ? "end" : "middle");
    }
    return out;
}

struct Key {
    std::string sample;  // SVG of a swatch in a box of 18 by 12, at 0, 0
    std::string label;
};

std::vector<Key> keys_of(const Timeline& timeline, const std::string& name) {
    const auto box = [](const std::string& attribute) {
        return fmt::format("<rect {} width=\"18\" height=\"12\"/>", attribute);
    };
    std::vector<Key> keys{{box("class=\"write\""), "good writes"},
                          {box("class=\"read\""), "good reads"},
                          {box("fill=\"url(#" + name + "-bad)\""), "bad operations"},
                          {"<path class=\"minimum\" d=\"M0 6H18\"/>", "minimum level"},
                          {"<path class=\"p50\" d=\"M0 6H18\"/>", "p50"},
                          {"<path class=\"p99\" d=\"M0 6H18\"/>", "p99"},
                          {box("class=\"shade\""), "fault in force"}};
    for (std::size_t i = 0; i < timeline.servers.size() && i < legend_servers_max; ++i) {
        keys.push_back({box(fmt::format("class=\"region{}\"", i % 6)),
                        shorten(clean(timeline.servers[i]), 24)});
    }
    if (timeline.servers.size() > legend_servers_max) {
        keys.push_back({"", fmt::format("and {} more (colours repeat)",
                                        timeline.servers.size() - legend_servers_max)});
    }
    return keys;
}

// Swatches from left to right, as many lines as it takes; `y` moves below them.
std::string legend(const std::vector<Key>& keys, double width, double& y) {
    std::string out;
    double x = left_margin;
    for (const auto& key : keys) {
        const double wide = 24 + label_width(key.label) + 16;
        if (x + wide > width && x > left_margin) {
            x = left_margin;
            y += 20;
        }
        out += fmt::format(
            "<g transform=\"translate({} {})\">{}<text x=\"24\" y=\"10\">{}</text>"
            "</g>\n",
            place(x), place(y), key.sample, xml(key.label));
        x += wide;
    }
    y += 20;
    return out;
}

std::string description(const Timeline& timeline) {
    std::string text =
        fmt::format("{:.4g} s of load in {} slices.",
                    timeline.bins.back().at + timeline.bins.back().width - timeline.bins.front().at,
                    timeline.bins.size());
    std::size_t told = 0;
    for (const auto& mark : timeline.marks) {
        if (++told > 12) break;
        text += fmt::format(" {}, between {:.3g} s and {:.3g} s.", shorten(clean(mark.label), 80),
                            mark.from, mark.to);
    }
    return text;
}

}  // namespace

bool can_draw(const Timeline& timeline) { return std::ranges::any_of(timeline.bins, usable); }

std::string chart(const Timeline& timeline, const MinimumLevel& minimum, const ChartLook& look) {
    const Timeline drawn = usable_part(timeline);
    const Scale time{drawn.bins.front().at, drawn.bins.back().at + drawn.bins.back().width,
                     left_margin, look.width - right_margin};
    const Lanes lanes = lanes_of(drawn.marks, time, lanes_max);
    double y = 4;
    const double lanes_top = y;
    y += static_cast<double>(lanes.count) * lane_height;
    const double panels_top = y + 4;
    std::string panels;
    const auto panel = [&](double height) {
        Panel made{time, y + title_height, y + title_height + height, look.name};
        y = made.bottom;
        return made;
    };
    panels += throughput_panel(drawn.bins, panel(120));
    panels += success_panel(drawn.bins, minimum.success, panel(62));
    panels += latency_panel(drawn.bins, panel(100));
    panels += drawn.by_node ? serving_lanes(drawn, panel(serving_lanes_height(drawn)))
                            : serving_panel(drawn, panel(44));
    const double bottom = y;
    y += 34;
    std::string below = time_axis(time, panels_top, bottom);
    std::string notes = legend(keys_of(drawn, look.name), look.width, y);
    if (lanes.omitted > 0) {
        notes += fmt::format("<text x=\"{}\" y=\"{}\">{} more marks are not drawn</text>\n",
                             place(left_margin), place(y + 8), lanes.omitted);
        y += 20;
    }
    std::string out = fmt::format(
        "<svg class=\"{0}\" viewBox=\"0 0 {1} {2}\" role=\"img\" aria-labelledby=\"{0}-title "
        "{0}-text\" xmlns=\"http://www.w3.org/2000/svg\">\n<title id=\"{0}-title\">Timeline of the "
        "run</title>\n<desc id=\"{0}-text\">{3}</desc>\n",
        look.name, place(look.width), place(y + 4), xml(description(drawn)));
    out += fmt::format(
        "<defs><pattern id=\"{}-bad\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><rect class=\"bad\" width=\"6\" height=\"6\"/><path "
        "class=\"slash\" d=\"M0 0V6\"/></pattern></defs>\n",
        look.name);
    return out + shades(lanes, panels_top, bottom) + below + panels +
           edges(lanes, lanes_top, bottom) + lane_marks(lanes, lanes_top) + notes + "</svg>\n";
}

}  // namespace gameday::reporters
