// Reader: a cursor on one place of a scenario tree. It knows its JSON pointer, collects errors
// instead of stopping at the first, and writes down every default taken.
//
// A cursor may have a second layer below: what a launched system proposes for the same place. The
// file wins, member by member. Only the file's own layer has ${NAME} expanded and times scaled.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"
#include "harness/model/value.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gameday::scenario {

// What all cursors of one file share.
struct Log {
    std::string file;
    double time_scale = 1;
    bool expand_environment = true;  // in free texts too; typed places always are
    std::function<std::optional<std::string>(std::string_view)> environment;

    std::vector<Error> errors;
    std::vector<std::string> defaults;            // "/load/0/arrival: constant"
    std::vector<std::string> unscaled;            // durations that the time scale left alone
    std::set<std::string> keys;                   // "/load/*/arrival"
    std::map<std::string, std::string> resolved;  // pointer → text of a typed place, ${} expanded
    std::deque<Value> made;                       // long forms that short ones stand for
    std::set<std::string> unset;  // places whose text names a variable without value

    void fail(std::string_view pointer, std::string_view message,
              ErrorCode code = ErrorCode::invalid);
    // Says that a duration stays as it is, when all that are declared do not.
    void left_unscaled(std::string_view pointer, std::string_view what);
};

class Reader {
 public:
    // `below` may be null. `value` and `below` outlive the cursor.
    Reader(const Value* value, const Value* below, std::string pointer, Log& log,
           bool declared = true);

    [[nodiscard]] bool present() const { return value_ != nullptr; }
    [[nodiscard]] const std::string& pointer() const { return pointer_; }
    [[nodiscard]] const Value* value() const { return value_; }  // null when absent
    [[nodiscard]] Log& log() const { return *log_; }
    template <class T>
    [[nodiscard]] bool is() const {
        return present() && value_->as<T>() != nullptr;
    }

    // The member of that name, which is thereby a known key. Absent when this is no object.
    Reader member(std::string_view name);
    // This place, when it holds no object, as {key: what it holds}: the long form of a short one.
    [[nodiscard]] Reader as_object(std::string_view key) const;
    // Says that this is an object with members, or fails and returns false.
    bool expect_object();
    // The elements of a list; of anything else that is present, the thing itself ("one or a list").
    [[nodiscard]] std::vector<Reader> one_or_list() const;
    // The elements of a list; fails when it is something else.
    [[nodiscard]] std::vector<Reader> list() const;
    // All members by name, x-… and $… left out.
    [[nodiscard]] std::vector<std::pair<std::string, Reader>> members() const;
    // Members that nobody has asked for, x-… and $… left out, ${NAME} expanded.
    [[nodiscard]] Params rest() const;
    // Fails for each member that nobody has asked for.
    void refuse_unknown() const;

    // Typed contents; absent or wrong gives none, and wrong fails.
    [[nodiscard]] std::optional<std::string> text() const;  // free text: kept as written when saved
    [[nodiscard]] std::optional<std::string> word() const;  // a name: kept expanded when saved
    [[nodiscard]] std::optional<Duration> duration() const;
    [[nodiscard]] std::optional<double> number() const;
    [[nodiscard]] std::optional<double> share() const;  // 0 to 1
    [[nodiscard]] std::optional<std::int64_t> count(std::int64_t least = 0) const;
    [[nodiscard]] std::optional<bool> flag() const;
    [[nodiscard]] std::optional<std::size_t> choice(std::span<const std::string_view> names) const;
    [[nodiscard]] std::vector<std::string> words() const;  // one or a list
    [[nodiscard]] std::vector<std::string> argv() const;   // a list, or one text for /bin/sh
    // The whole with ${NAME} expanded, the layer below merged in; null when absent.
    [[nodiscard]] Value raw() const;

    // Typed members with a default that is written down when it is taken.
    std::string text_or(std::string_view name, std::string_view otherwise);
    Duration duration_or(std::string_view name, Duration otherwise);
    double number_or(std::string_view name, double otherwise);
    double share_or(std::string_view name, double otherwise);
    std::int64_t count_or(std::string_view name, std::int64_t otherwise, std::int64_t least = 0);
    bool flag_or(std::string_view name, bool otherwise);
    std::size_t choice_or(std::string_view name, std::span<const std::string_view> names,
                          std::size_t otherwise);

    void fail(std::string_view message) const { log_->fail(pointer_, message); }
    // Tells the errors of a kind's own check, one "<field>: message" a line, each at its member.
    void fail_fields(std::string_view lines) const;
    void took_default(std::string_view value) const;
    // The pointer of a member, for errors and defaults about one that is absent.
    [[nodiscard]] std::string at(std::string_view name) const;
    // The same of a field that a kind's own check names: a member, or a place within one, which has
    // its escapes: "read/path".
    [[nodiscard]] std::string at_field(std::string_view field) const;

 private:
    Reader child(const Value* value, const Value* below, std::string_view step, bool declared,
                 bool listed) const;
    // None, and an error, when a variable is not set.
    std::optional<std::string> expanded(const std::string& text) const;
    std::optional<std::string> string() const;
    Value expanded_value(const Value& value) const;
    void wrong(std::string_view wanted) const;

    const Value* value_;
    const Value* below_;
    std::string pointer_;
    std::string pattern_;  // pointer_ with list positions as "*"
    Log* log_;
    bool declared_;  // value_ is the file's own
    std::vector<std::string> known_;
};

}  // namespace gameday::scenario
