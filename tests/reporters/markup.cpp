#include "tests/reporters/markup.hpp"

#include "reporters/common/words.hpp"

#include <cctype>
#include <set>
#include <vector>

namespace gameday::test {

namespace {

class Reader {
 public:
    explicit Reader(std::string_view text) : text_(text) {}

    std::string fault() {
        if (reporters::valid_utf8(text_) != text_) return "not UTF-8";
        for (const char each : text_) {
            const auto byte = static_cast<unsigned char>(each);
            if (byte < 0x20 && byte != '\n' && byte != '\t' && byte != '\r') return "a control";
        }
        while (at_ < text_.size() && fault_.empty()) {
            if (text_[at_] == '<') {
                tag();
            } else {
                content();
            }
        }
        if (fault_.empty() && !open_.empty()) fail("<" + open_.back() + "> is not closed");
        return fault_;
    }

 private:
    void fail(const std::string& what) {
        if (!fault_.empty()) return;
        fault_ = what + " at byte " + std::to_string(at_) + ": " +
                 std::string(text_.substr(at_ > 30 ? at_ - 30 : 0, 80));
    }

    [[nodiscard]] bool starts(std::string_view with) const {
        return text_.substr(at_).starts_with(with);
    }

    void reference() {
        const auto end = text_.find(';', at_);
        const std::set<std::string_view> known{"&amp", "&lt", "&gt", "&quot", "&apos"};
        const auto name = text_.substr(at_, end == std::string_view::npos ? 0 : end - at_);
        const bool numeric = name.size() > 2 && name[1] == '#' &&
                             name.find_first_not_of("0123456789", 2) == std::string_view::npos;
        if (!known.contains(name) && !numeric) return fail("a bare &");
        at_ = end + 1;
    }

    void content() {
        if (starts("]]>")) return fail("]]> in content");
        if (text_[at_] == '&') return reference();
        ++at_;
    }

    std::string name() {
        const auto begin = at_;
        while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                      text_[at_] == '-' || text_[at_] == ':')) {
            ++at_;
        }
        return std::string(text_.substr(begin, at_ - begin));
    }

    void spaces() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    }

    void attribute(std::set<std::string>& seen) {
        const auto attribute_name = name();
        if (attribute_name.empty()) return fail("no attribute name");
        if (!seen.insert(attribute_name).second) return fail(attribute_name + " given twice");
        if (!starts("=\"")) return fail("attribute not quoted");
        at_ += 2;
        while (at_ < text_.size() && text_[at_] != '"') {
            if (text_[at_] == '<') return fail("< in an attribute");
            if (text_[at_] == '&') {
                reference();
                if (!fault_.empty()) return;
            } else {
                ++at_;
            }
        }
        ++at_;
    }

    void tag() {
        if (starts("<?xml ") || starts("<!DOCTYPE html>")) {
            at_ = text_.find('>', at_) + 1;
            return;
        }
        ++at_;
        const bool closing = starts("/");
        if (closing) ++at_;
        const auto element = name();
        if (element.empty()) return fail("a bare <");
        spaces();
        std::set<std::string> seen;
        while (at_ < text_.size() && !starts(">") && !starts("/>")) {
            attribute(seen);
            if (!fault_.empty()) return;
            spaces();
        }
        const bool empty = starts("/>");
        at_ += empty ? 2 : 1;
        if (closing) {
            if (open_.empty() || open_.back() != element) return fail("</" + element + "> closes");
            open_.pop_back();
        } else if (!empty) {
            open_.push_back(element);
            if (open_.size() == 1 && rooted_) return fail("a second root");
            rooted_ = true;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<std::string> open_;
    bool rooted_ = false;
    std::string fault_;
};

}  // namespace

std::string markup_fault(std::string_view text) { return Reader(text).fault(); }

}  // namespace gameday::test
