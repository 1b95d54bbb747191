#include "harness/store/evidence_json.hpp"

#include "harness/base/number.hpp"
#include "harness/store/evidence_fields.hpp"

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <utility>

namespace gameday::store {

namespace {

template <class T>
concept Sample =
    std::same_as<T, RoleSample> || std::same_as<T, LagSample> || std::same_as<T, HealthSample> ||
    std::same_as<T, ClientInfo> || std::same_as<T, ConnectionCount> || std::same_as<T, CauseCount>;
template <class T>
concept Enum = std::is_enum_v<T>;
template <class T>
concept Whole = std::integral<T> && !std::same_as<T, bool>;

// --- writing ---------------------------------------------------------------------------------

Value to_value(const std::string& text) { return text; }
Value to_value(bool yes) { return yes; }
Value to_value(Whole auto number) {
    // JSON numbers of ours are signed; the upper half of the unsigned ones is written as text.
    if (std::in_range<std::int64_t>(number)) return static_cast<std::int64_t>(number);
    return std::to_string(number);
}
Value to_value(Enum auto value) { return std::string(name_of(value)); }
Value to_value(Duration duration) { return static_cast<std::int64_t>(duration.count()); }
Value to_value(Instant instant) { return to_value(instant.time_since_epoch()); }
Value to_value(const Endpoint& endpoint) {
    return Params{{"address", endpoint.address}, {"port", static_cast<int>(endpoint.port)}};
}
template <class Tag, class Rep>
Value to_value(const Id<Tag, Rep>& id) {
    return id.known() ? to_value(id.value) : Value();
}
template <class T>
Value to_value(const Interval<T>& interval) {
    return List{to_value(interval.low), to_value(interval.high)};
}
template <class T>
Value to_value(const std::optional<T>& maybe) {
    return maybe ? to_value(*maybe) : Value();
}
template <class T>
Value to_value(const std::vector<T>& list) {
    List values;
    for (const auto& each : list) values.push_back(to_value(each));
    return values;
}

struct ObjectWriter {
    Params members;
    void operator()(const char* name, const auto& member) {
        members.emplace(name, to_value(member));
    }
};

struct RowWriter {
    List cells;
    void operator()(const char*, const auto& member) { cells.push_back(to_value(member)); }
};

List to_list(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }
template <class T>
List to_list(const std::vector<T>& things) {
    List list;
    for (const auto& thing : things) {
        std::conditional_t<Sample<T>, RowWriter, ObjectWriter> writer;
        fields(writer, thing);
        if constexpr (Sample<T>) {
            writer.cells.resize(writer.cells.size() - unsaid(thing));
            list.push_back(std::move(writer.cells));
        } else {
            list.push_back(std::move(writer.members));
        }
    }
    return list;
}

// --- reading ---------------------------------------------------------------------------------

// Reads members, and keeps the first error with its place.
class ValueReader {
 public:
    std::string error;

    void read(const Value& value, const std::string& place, std::string& out) {
        if (const auto* text = expect<std::string>(value, place, "a string")) out = *text;
    }
    void read(const Value& value, const std::string& place, bool& out) {
        if (const auto* yes = expect<bool>(value, place, "true or false")) out = *yes;
    }
    template <Whole T>
    void read(const Value& value, const std::string& place, T& out) {
        if (std::same_as<T, std::uint64_t> && value.as<std::string>() != nullptr) {
            const auto& text = *value.as<std::string>();
            const auto large = number_in<std::uint64_t>(text);
            if (!large) return fail(place, fmt::format("\"{}\" is not a whole number", text));
            out = static_cast<T>(*large);
            return;
        }
        const auto* number = expect<std::int64_t>(value, place, "a whole number");
        if (number == nullptr) return;
        if (!std::in_range<T>(*number)) {
            fail(place, fmt::format("{} is out of range", *number));
            return;
        }
        out = static_cast<T>(*number);
    }
    void read(const Value& value, const std::string& place, Enum auto& out) {
        const auto* name = expect<std::string>(value, place, "a name");
        if (name != nullptr && !find_named(*name, out)) {
            fail(place, fmt::format("\"{}\" is not a name known here", *name));
        }
    }
    void read(const Value& value, const std::string& place, Duration& out) {
        std::int64_t count = 0;
        read(value, place, count);
        out = Duration(count);
    }
    void read(const Value& value, const std::string& place, Instant& out) {
        Duration since{};
        read(value, place, since);
        out = Instant(since);
    }
    void read(const Value& value, const std::string& place, Endpoint& out) {
        read_member(value, place, "address", out.address);
        read_member(value, place, "port", out.port);
    }
    template <class Tag, class Rep>
    void read(const Value& value, const std::string& place, Id<Tag, Rep>& out) {
        if (!value.is_null()) read(value, place, out.value);
    }
    template <class T>
    void read(const Value& value, const std::string& place, Interval<T>& out) {
        const auto* list = expect<List>(value, place, "a pair");
        if (list == nullptr) return;
        if (list->size() != 2) return fail(place, "not a pair");
        read(list->front(), place + "/0", out.low);
        read(list->back(), place + "/1", out.high);
        if (error.empty() && out.high < out.low) fail(place, "ends before it begins");
    }
    template <class T>
    void read(const Value& value, const std::string& place, std::optional<T>& out) {
        if (!value.is_null()) read(value, place, out.emplace());
    }
    template <class T>
    void read(const Value& value, const std::string& place, std::vector<T>& out) {
        const auto* list = expect<List>(value, place, "a list");
        if (list == nullptr) return;
        for (std::size_t i = 0; i < list->size() && error.empty(); ++i) {
            read_thing((*list)[i], fmt::format("{}/{}", place, i), out.emplace_back());
        }
    }

    template <class T>
    void read_member(const Value& object, const std::string& place, const char* name, T& out) {
        const auto* member = object.find(name);
        if (member == nullptr && is_later(name)) return;
        if (member == nullptr) return fail(place + "/" + name, "missing");
        read(*member, place + "/" + name, out);
    }
    // The members of an object that fields() lists.
    template <class T>
    void read_object(const Value& value, const std::string& place, T& out) {
        auto each = [&](const char* name, auto& member) {
            if (error.empty()) read_member(value, place, name, member);
        };
        fields(each, out);
    }

 private:
    template <class T>
    void read_thing(const Value& value, const std::string& place, T& out) {
        if constexpr (Sample<T>) {
            read_row(value, place, out);
        } else if constexpr (requires(ValueReader & reader) { fields(reader, out); }) {
            read_object(value, place, out);
        } else {
            read(value, place, out);
        }
    }
    template <class T>
    void read_row(const Value& value, const std::string& place, T& out) {
        const auto* cells = expect<List>(value, place, "a row");
        if (cells == nullptr) return;
        std::size_t next = 0;
        auto each = [&](const char* name, auto& member) {
            if (!error.empty()) return;
            if (next == cells->size() && is_later(name)) return;
            if (next >= cells->size()) return fail(place, "too short a row");
            read((*cells)[next], fmt::format("{}/{}", place, next), member);
            ++next;
        };
        fields(each, out);
        if (error.empty() && next != cells->size()) fail(place, "too long a row");
    }
    template <class T>
    const T* expect(const Value& value, const std::string& place, std::string_view wanted) {
        const auto* found = value.as<T>();
        if (found == nullptr) fail(place, fmt::format("{}, wanted {}", value.kind(), wanted));
        return found;
    }
    void fail(const std::string& place, std::string_view message) {
        if (error.empty()) error = fmt::format("{}: {}", place, message);
    }
};

// Whole: every list that all versions know must be there.
Result<Evidence> read_evidence_value(const Value& value, bool whole) {
    Evidence evidence;
    ValueReader reader;
    if (const auto* run = value.find("run")) {
        reader.read_object(*run, "/run", evidence);
    } else {
        reader.error = "/run: missing";
    }
    const auto read_list = [&](const char* name, auto& out) {
        if (!whole && value.find(name) == nullptr) return;
        if (reader.error.empty()) reader.read_member(value, "", name, out);
    };
    lists(read_list, evidence);
    if (!reader.error.empty()) return Error{ErrorCode::invalid, std::move(reader.error)};
    number_topology(evidence.topology);
    return evidence;
}

}  // namespace

Value evidence_to_value(const Evidence& evidence) {
    ObjectWriter run;
    fields(run, evidence);
    Params all{{"run", std::move(run.members)}};
    lists([&](const char* name, const auto& list) { all[name] = to_list(list); }, evidence);
    return all;
}

Value part_to_value(const Evidence& part) {
    Value value = evidence_to_value(part);
    std::erase_if(*value.as<Params>(), [](const auto& member) {
        const auto* list = member.second.template as<List>();
        return list != nullptr && list->empty();
    });
    return value;
}

Result<Evidence> evidence_from_value(const Value& value) {
    return read_evidence_value(value, true);
}

Result<Evidence> part_from_value(const Value& value) { return read_evidence_value(value, false); }

}  // namespace gameday::store
