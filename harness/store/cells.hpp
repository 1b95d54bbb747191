// Cells of the evidence table: one text per member of a thing, and back.
//
// A cell holds no blank outside quotes. "-" is nothing (no id, no value, an empty text or list);
// times are seconds; nodes and regions go by name, "?" is an answer that names no node; lists have
// commas; a text that would be mistaken for something else is quoted as JSON does.
#pragma once

#include "harness/base/number.hpp"
#include "harness/model/evidence.hpp"
#include "harness/store/evidence_fields.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace gameday::store {

// Names of nodes and regions by position.
struct Names {
    std::vector<std::string> nodes, regions;
};

// Seconds with as many decimals as it takes: "0.2", "-1", "12.000000001".
std::string seconds_text(std::int64_t nanoseconds);
bool read_seconds(std::string_view text, std::int64_t& nanoseconds);

// Splits a line at blanks, or a cell at commas, outside quotes. Nothing when a quote is not closed.
std::optional<std::vector<std::string>> split_cells(std::string_view line);
std::optional<std::vector<std::string>> split_list(std::string_view cell);

class CellWriter {
 public:
    explicit CellWriter(const Names& names) : names_(names) {}

    [[nodiscard]] std::string text(const std::string& value) const;
    [[nodiscard]] std::string text(bool value) const { return value ? "yes" : "no"; }
    [[nodiscard]] std::string text(std::integral auto value) const { return std::to_string(value); }
    template <class Enum>
    requires std::is_enum_v<Enum>
    [[nodiscard]] std::string text(Enum value) const { return std::string(name_of(value)); }
    [[nodiscard]] std::string text(Duration value) const { return seconds_text(value.count()); }
    [[nodiscard]] std::string text(Instant value) const { return text(value.time_since_epoch()); }
    [[nodiscard]] std::string text(const Endpoint& value) const;
    [[nodiscard]] std::string text(NodeId id) const {
        return id == unrecognised_node ? "?" : name(names_.nodes, id);
    }
    [[nodiscard]] std::string text(RegionId id) const { return name(names_.regions, id); }
    template <class Tag, class Rep>
    [[nodiscard]] std::string text(Id<Tag, Rep> id) const {
        return id.known() ? std::to_string(id.value) : "-";
    }
    template <class T>
    [[nodiscard]] std::string text(const Interval<T>& value) const {
        if (value.low == value.high) return text(value.low);
        return text(value.low) + ".." + text(value.high);
    }
    template <class T>
    [[nodiscard]] std::string text(const std::optional<T>& value) const {
        return value ? text(*value) : "-";
    }
    template <class T>
    [[nodiscard]] std::string text(const std::vector<T>& list) const {
        std::string cell;
        for (const auto& each : list) cell += (cell.empty() ? "" : ",") + element(each);
        return cell.empty() ? "-" : cell;
    }

 private:
    [[nodiscard]] std::string name(const std::vector<std::string>& names, auto id) const {
        if (!id.known()) return "-";
        return id.index() < names.size() ? text(names[id.index()]) : "#" + std::to_string(id.value);
    }
    [[nodiscard]] std::string element(const std::string& value) const {
        return value.empty() ? "\"\"" : text(value);
    }
    [[nodiscard]] std::string element(const auto& value) const { return text(value); }

    const Names& names_;
};

// Every read is false when the cell says no such thing.
class CellReader {
 public:
    explicit CellReader(const Names& names) : names_(names) {}

    bool read(std::string_view cell, std::string& out) const;
    bool read(std::string_view cell, bool& out) const;
    template <std::integral T>
    bool read(std::string_view cell, T& out) const {
        const auto number = number_in<T>(cell);
        out = number.value_or(out);
        return number.has_value();
    }
    template <class Enum>
    requires std::is_enum_v<Enum>
    bool read(std::string_view cell, Enum& out) const { return find_named(cell, out); }
    bool read(std::string_view cell, Duration& out) const;
    bool read(std::string_view cell, Instant& out) const;
    bool read(std::string_view cell, Endpoint& out) const;
    bool read(std::string_view cell, NodeId& out) const {
        if (cell == "?") out = unrecognised_node;
        return cell == "?" || read_id(names_.nodes, cell, out);
    }
    bool read(std::string_view cell, RegionId& out) const {
        return read_id(names_.regions, cell, out);
    }
    template <class Tag, class Rep>
    bool read(std::string_view cell, Id<Tag, Rep>& out) const {
        return cell == "-" || read(cell, out.value);
    }
    template <class T>
    bool read(std::string_view cell, Interval<T>& out) const {
        const auto dots = cell.find("..");
        if (dots == std::string_view::npos) return read(cell, out.low) && read(cell, out.high);
        return read(cell.substr(0, dots), out.low) && read(cell.substr(dots + 2), out.high) &&
               out.low <= out.high;
    }
    template <class T>
    bool read(std::string_view cell, std::optional<T>& out) const {
        return cell == "-" || read(cell, out.emplace());
    }
    template <class T>
    bool read(std::string_view cell, std::vector<T>& out) const {
        if (cell == "-") return true;
        const auto elements = split_list(cell);
        if (!elements) return false;
        for (const auto& each : *elements) {
            if (!read(each, out.emplace_back())) return false;
        }
        return true;
    }

 private:
    bool read_id(const std::vector<std::string>& names, std::string_view cell, auto& out) const {
        if (cell == "-") return true;
        if (cell.starts_with('#')) return read(cell.substr(1), out.value);
        std::string wanted;
        if (!read(cell, wanted)) return false;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (names[i] != wanted) continue;
            out = std::remove_cvref_t<decltype(out)>::of(i);
            return true;
        }
        return false;
    }

    const Names& names_;
};

}  // namespace gameday::store
