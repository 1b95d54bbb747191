#include "injectors/kernel/steer/impairment.hpp"

#include "harness/base/number.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstddef>
#include <limits>
#include <set>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gameday::kernel {
namespace {

constexpr std::array<std::string_view, 5> distribution_names{"uniform", "normal", "pareto",
                                                             "paretonormal", "custom"};

// The members of each type, said once: `visit` gets name, member and the value that is left out.
// `Self` is the type, const for the writer.
template <class Self, class Visitor>
void members(Self& it,
             Visitor& visit) requires(std::is_same_v<std::remove_const_t<Self>, GilbertElliott>) {
    visit("p", it.p, 0.0);
    visit("r", it.r, 1.0);
    visit("one_minus_h", it.one_minus_h, 1.0);
    visit("one_minus_k", it.one_minus_k, 0.0);
}

template <class Self, class Visitor>
void members(Self& it,
             Visitor& visit) requires(std::is_same_v<std::remove_const_t<Self>, FourState>) {
    visit("p13", it.p13, 0.0);
    visit("p31", it.p31, 1.0);
    visit("p32", it.p32, 0.0);
    visit("p23", it.p23, 1.0);
    visit("p14", it.p14, 0.0);
}

template <class Self, class Visitor>
void members(Self& it, Visitor& visit) requires(std::is_same_v<std::remove_const_t<Self>, Slot>) {
    visit("min_delay", it.min_delay, Duration{});
    visit("max_delay", it.max_delay, Duration{});
    visit.from_zero("packets", it.packets);
    visit.from_zero("bytes", it.bytes);
}

template <class Self, class Visitor>
void members(Self& it,
             Visitor& visit) requires(std::is_same_v<std::remove_const_t<Self>, Impairment>) {
    visit("delay", it.delay, Duration{});
    visit("jitter", it.jitter, Duration{});
    visit("delay_correlation", it.delay_correlation, 0.0);
    visit("distribution", it.distribution, Distribution::uniform);
    visit("table", it.table);
    visit("loss", it.loss.share, 0.0);
    visit("loss_correlation", it.loss.correlation, 0.0);
    visit("gilbert_elliott", it.gilbert_elliott);
    visit("four_state", it.four_state);
    visit("duplicate", it.duplicate, 0.0);
    visit("duplicate_correlation", it.duplicate_correlation, 0.0);
    visit("corrupt", it.corrupt, 0.0);
    visit("corrupt_correlation", it.corrupt_correlation, 0.0);
    visit("reorder", it.reorder, 0.0);
    visit("reorder_correlation", it.reorder_correlation, 0.0);
    visit.from_zero("gap", it.gap);
    visit.from_zero("rate", it.rate);
    visit.any_sign("packet_overhead", it.packet_overhead);
    visit.from_zero("cell_size", it.cell_size);
    visit.any_sign("cell_overhead", it.cell_overhead);
    visit("slot", it.slot);
    visit("ecn", it.ecn, false);
    visit("seed", it.seed, std::uint64_t{0});
    visit.from_zero("limit", it.limit);
    visit("wire_accurate", it.wire_accurate, false);
}

struct Writer {
    Params out;

    template <class T>
    void operator()(const char* name, const T& value, const T& left_out) {
        if (value != left_out) out[name] = of(value);
    }
    void operator()(const char* name, const std::vector<std::int16_t>& table) {
        List numbers;
        for (const auto number : table) numbers.emplace_back(static_cast<int>(number));
        if (!numbers.empty()) out[name] = Value(std::move(numbers));
    }
    template <class T>
    void operator()(const char* name, const std::optional<T>& part) {
        if (!part) return;
        Writer inner;
        members(*part, inner);
        out[name] = Value(std::move(inner.out));
    }
    template <class T>
    void from_zero(const char* name, const T& number) {
        if (number != 0) out[name] = Value(static_cast<std::int64_t>(number));
    }
    template <class T>
    void any_sign(const char* name, const T& number) {
        from_zero(name, number);
    }

 private:
    static Value of(Duration value) { return Value(duration_literal(value)); }
    static Value of(double value) { return Value(value); }
    static Value of(bool value) { return Value(value); }
    // Text: an integer of a Value has a sign.
    static Value of(std::uint64_t value) { return Value(std::to_string(value)); }
    static Value of(Distribution value) {
        return Value(std::string(distribution_names.at(static_cast<std::size_t>(value))));
    }
};

// Reads what it finds, and keeps the first thing that is wrong.
struct Reader {
    const Params& in;
    std::set<std::string> known{};
    std::optional<Error> error{};

    template <class T>
    void operator()(const char* name, T& value, const T& /*left_out*/) {
        if (const Value* found = find(name)) read(name, *found, value);
    }
    void operator()(const char* name, std::vector<std::int16_t>& table) {
        const Value* found = find(name);
        if (found == nullptr) return;
        const auto* list = found->as<List>();
        if (list == nullptr) return wrong(name, "a list of whole numbers", *found);
        for (const auto& each : *list) {
            std::int16_t number = 0;
            whole(name, each, std::numeric_limits<std::int16_t>::min(), number);
            table.push_back(number);
        }
    }
    template <class T>
    void operator()(const char* name, std::optional<T>& part) {
        const Value* found = find(name);
        if (found == nullptr) return;
        const auto* object = found->as<Params>();
        if (object == nullptr) return wrong(name, "an object", *found);
        Reader inner{*object};
        members(part.emplace(), inner);
        auto read = inner.done();
        if (!read && !error) error = std::move(read.error()).within(name);
    }
    template <class T>
    void from_zero(const char* name, T& number) {
        if (const Value* found = find(name)) whole(name, *found, 0, number);
    }
    template <class T>
    void any_sign(const char* name, T& number) {
        if (const Value* found = find(name)) {
            whole(name, *found, std::numeric_limits<T>::min(), number);
        }
    }

    Result<void> done() {
        for (const auto& [name, value] : in) {
            if (known.contains(name) || error) continue;
            error = invalid("{}: is not known, want one of {}", name, fmt::join(known, ", "));
        }
        if (error) return *error;
        return {};
    }

 private:
    const Value* find(const char* name) {
        known.insert(name);
        const auto found = in.find(name);
        return found == in.end() ? nullptr : &found->second;
    }
    void wrong(const char* name, std::string_view wanted, const Value& seen) {
        if (error) return;
        double number = 0;
        std::string text(seen.kind());
        if (const auto* given = seen.as<std::string>()) text = '"' + *given + '"';
        if (const auto* given = seen.number(number)) text = fmt::format("{}", *given);
        error = invalid("{}: want {}, not {}", name, wanted, text);
    }
    template <class T>
    void whole(const char* name, const Value& found, std::int64_t least, T& number) {
        const std::int64_t most = std::numeric_limits<T>::max();
        const auto* given = found.as<std::int64_t>();
        if (given == nullptr || *given < least || *given > most) {
            return wrong(name, fmt::format("a whole number from {} to {}", least, most), found);
        }
        number = static_cast<T>(*given);
    }
    void read(const char* name, const Value& found, double& share) {
        double storage = 0;
        const double* number = found.number(storage);
        if (number == nullptr || !(*number >= 0 && *number <= 1)) {
            return wrong(name, "a share from 0 to 1", found);
        }
        share = *number;
    }
    void read(const char* name, const Value& found, bool& flag) {
        const auto* given = found.as<bool>();
        if (given == nullptr) return wrong(name, "true or false", found);
        flag = *given;
    }
    void read(const char* name, const Value& found, Duration& duration) {
        const auto* text = found.as<std::string>();
        auto parsed = parse_duration(text == nullptr ? "" : *text);
        if (!parsed) return wrong(name, "a duration such as \"50ms\"", found);
        duration = *parsed;
    }
    void read(const char* name, const Value& found, std::uint64_t& number) {
        const auto* text = found.as<std::string>();
        const auto given = number_in<std::uint64_t>(text == nullptr ? "" : *text);
        if (!given) return wrong(name, "a whole number of 64 bits as text", found);
        number = *given;
    }
    void read(const char* name, const Value& found, Distribution& distribution) {
        const auto* text = found.as<std::string>();
        for (std::size_t i = 0; text != nullptr && i < distribution_names.size(); ++i) {
            if (distribution_names.at(i) != *text) continue;
            distribution = static_cast<Distribution>(i);
            return;
        }
        wrong(name, fmt::format("one of {}", fmt::join(distribution_names, ", ")), found);
    }
};

// What no single field shows.
Result<void> check(const Impairment& it) {
    const int losses =
        (it.loss.share > 0 ? 1 : 0) + (it.gilbert_elliott ? 1 : 0) + (it.four_state ? 1 : 0);
    if (losses > 1) return invalid("loss: want one of loss, gilbert_elliott and four_state");
    if (it.jitter > Duration{} && it.delay == Duration{}) {
        return invalid("jitter: wants a delay around which to vary");
    }
    if (it.distribution != Distribution::uniform && it.jitter == Duration{}) {
        return invalid("distribution: wants a jitter to distribute");
    }
    if ((it.distribution == Distribution::custom) == it.table.empty()) {
        return invalid("table: want one with distribution \"custom\", and none without");
    }
    constexpr std::size_t table_max = 16384;  // NETEM_DIST_MAX of the kernel
    if (it.table.size() > table_max) {
        return invalid("table: {} numbers, want {} at most", it.table.size(), table_max);
    }
    if (it.reorder > 0 && it.delay == Duration{}) {
        return invalid("reorder: wants a delay that the packets can overtake");
    }
    if (it.gap > 0 && it.reorder == 0) return invalid("gap: wants a reorder");
    if (it.rate == 0 && (it.packet_overhead != 0 || it.cell_size != 0 || it.cell_overhead != 0)) {
        return invalid("packet_overhead, cell_size, cell_overhead: want a rate");
    }
    if (it.slot && it.slot->max_delay < it.slot->min_delay) {
        return invalid("slot: max_delay: want min_delay or more");
    }
    if (it.ecn && losses == 0) return invalid("ecn: wants a loss to mark instead of");
    return {};
}

}  // namespace

Value value_of(const Impairment& impairment) {
    Writer writer;
    members(impairment, writer);
    return Value(std::move(writer.out));
}

Result<Impairment> impairment_of(const Value& value) {
    const auto* object = value.as<Params>();
    if (object == nullptr) {
        return invalid("impairment: want an object, not {}", value.kind());
    }
    Impairment impairment;
    Reader reader{*object};
    members(impairment, reader);
    if (auto read = reader.done(); !read) return std::move(read.error()).within("impairment");
    if (auto checked = check(impairment); !checked) {
        return std::move(checked.error()).within("impairment");
    }
    return impairment;
}

}  // namespace gameday::kernel
