#include "harness/json/json.hpp"
#include "reporters/common/words.hpp"
#include "reporters/text/text.hpp"
#include "tests/reporters/kinds.hpp"
#include "tests/reporters/markup.hpp"
#include "tests/reporters/sample.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <sstream>

using namespace gameday;
using namespace gameday::test;

namespace {

std::vector<Report> all_reports() {
    Report no_picture = failed_report();
    no_picture.timeline = {};
    Report one_bin = failed_report();
    one_bin.timeline.bins.resize(1);
    Report many_nodes = hostile_report();
    many_nodes.timeline.by_node = true;
    return {failed_report(), passed_report(),  inconclusive_report(),
            site_report(),   hostile_report(), Report(),
            no_picture,      one_bin,          many_nodes};
}

std::size_t count(const std::string& text, const std::string& word) {
    std::size_t found = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
    return found;
}

}  // namespace

TEST_CASE("the reader of markup finds what is not well formed") {
    CHECK(markup_fault("<a b=\"1\"><c/>x &amp; y</a>").empty());
    for (const auto* wrong : {"<a>", "<a></b>", "<a b=1/>", "<a>x & y</a>", "<a>]]></a>",
                              "<a/></a>", "<a b=\"<\"/>", "<a b=\"1\" b=\"2\"/>", "<a>\x01</a>",
                              "<a></a><b></b>", "<a>\xff</a>", "<a>< b</a>", "<a>&nbsp;</a>"}) {
        INFO(wrong);
        CHECK_FALSE(markup_fault(wrong).empty());
    }
}

TEST_CASE("JUnit and HTML are well formed whatever the report holds") {
    for (const auto& report : all_reports()) {
        CHECK(markup_fault(reporters::junit.render(report)) == "");
        CHECK(markup_fault(reporters::html.render(report)) == "");
    }
}

TEST_CASE("no reporter lets control characters or broken UTF-8 through") {
    for (const auto& report : all_reports()) {
        for (const auto* kind : reporter_kinds) {
            const auto text = kind->render(report);
            INFO(kind->name);
            CHECK(reporters::valid_utf8(text) == text);
            CHECK(std::none_of(text.begin(), text.end(),
                               [](char each) { return each != '\n' && each >= 0 && each < 0x20; }));
        }
    }
}

TEST_CASE("a page holds no script, no address to fetch and no second style") {
    const auto page = reporters::html.render(hostile_report());
    CHECK(count(page, "<script") == 0);
    CHECK(count(page, "<style") == 1);
    CHECK(count(page, "</style") == 1);
    for (const auto* fetched : {"src=", "href=", "@import", "url(http", "url(//", "javascript:"}) {
        CHECK(count(reporters::html.render(failed_report()), fetched) == 0);
    }
}

TEST_CASE("no coordinate of the picture is anything but a number") {
    for (const auto& report : all_reports()) {
        const auto page = reporters::html.render(report);
        for (auto at = page.find("<svg"); at != std::string::npos; at = page.find("<svg", at + 1)) {
            const auto svg = page.substr(at, page.find("</svg>", at) - at);
            for (const auto* attribute : {" d=\"", " x=\"", " y=\"", " width=\"", " height=\""}) {
                const std::string key(attribute);
                for (auto from = svg.find(key); from != std::string::npos;
                     from = svg.find(key, from + 1)) {
                    const auto begin = from + key.size();
                    const auto value = svg.substr(begin, svg.find('"', begin) - begin);
                    if (value.find_first_not_of("MVHLZhmv0123456789.- ") != std::string::npos) {
                        FAIL("coordinate \"" << value << "\"");
                    }
                }
            }
        }
        CHECK(page.find("width=\"-") == std::string::npos);
        CHECK(page.find("height=\"-") == std::string::npos);
    }
}

TEST_CASE("no line of the text is wider than 100 columns") {
    for (const auto& report : all_reports()) {
        std::istringstream lines(reporters::text.render(report));
        for (std::string line; std::getline(lines, line);) {
            if (reporters::width(line) > 100) FAIL_CHECK(line);
        }
    }
}

TEST_CASE("Markdown tables keep their cells whatever the names are") {
    std::istringstream lines(reporters::markdown.render(hostile_report()));
    std::size_t cells = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("|")) {
            cells = 0;
            continue;
        }
        const auto bars = count(line, "|") - count(line, "\\|");
        if (cells == 0) cells = bars;
        CHECK(bars == cells);
    }
    CHECK(count(reporters::markdown.render(hostile_report()), "<script") == 0);
}

TEST_CASE("colours add escapes and change nothing else") {
    for (const auto& report : all_reports()) {
        const auto plain = reporters::text.render(report);
        const auto coloured = reporters::colour(plain, report.verdict);
        CHECK(coloured.size() > plain.size());
        std::string stripped;
        for (std::size_t i = 0; i < coloured.size(); ++i) {
            if (coloured[i] == '\x1b') {
                i = coloured.find('m', i);
            } else {
                stripped += coloured[i];
            }
        }
        CHECK(stripped == plain);
    }
}

TEST_CASE("result.json is JSON whatever the report holds") {
    for (const auto& report : all_reports()) {
        CHECK(json::parse(reporters::json.render(report)).has_value());
    }
}
