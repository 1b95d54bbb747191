#include "harness/store/evidence_text.hpp"

#include "harness/store/cells.hpp"
#include "harness/store/evidence_fields.hpp"
#include "harness/store/text_ledger.hpp"
#include "harness/store/text_sections.hpp"
#include "harness/store/text_streams.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gameday::store {

namespace {

using gameday::store::fields;  // beside the one below, which would hide them

// A note is the one list of plain texts; a row type of its own makes it a table like the others.
struct NoteRow {
    std::string note;
};
template <class Each, Either<NoteRow> T>
void fields(Each& each, T& it) {
    each("note", it.note);
}

Names names_in(const Topology& topology) {
    Names names;
    for (const auto& node : topology.nodes) names.nodes.push_back(node.name);
    for (const auto& region : topology.regions) names.regions.push_back(region.name);
    return names;
}

// The cells of one thing, and their columns.
struct Cells {
    const CellWriter& writer;
    std::vector<std::string> texts;
    std::vector<std::string> columns;
    void operator()(const char* name, const auto& member) {
        columns.emplace_back(name);
        texts.push_back(writer.text(member));
    }
};

void put_line(std::string& out, const std::vector<std::string>& cells,
              const std::vector<std::size_t>& widths) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const bool last = i + 1 == cells.size();
        out += cells[i];
        if (!last) out.append(widths[i] - cells[i].size() + 2, ' ');
    }
    out += '\n';
}

// Collects text and passes it on in pieces.
class Printer {
 public:
    explicit Printer(const std::function<void(std::string_view)>& out) : out_(out) {}
    ~Printer() { out_(text); }
    Printer(const Printer&) = delete;
    Printer& operator=(const Printer&) = delete;

    void flush_if_large() {
        if (text.size() < std::size_t{1} << 16U) return;
        out_(text);
        text.clear();
    }
    std::string text;

 private:
    const std::function<void(std::string_view)>& out_;
};

// Two passes over the rows: keeping all cells of a long run would cost far more than its evidence.
template <class T>
void put_table(Printer& out, std::string_view title, const std::vector<T>& rows,
               const CellWriter& writer,
               std::size_t most = std::numeric_limits<std::size_t>::max()) {
    const std::size_t count = std::min(rows.size(), most);
    if (count == 0) return;
    std::vector<std::string> columns;
    std::vector<std::size_t> widths;
    std::size_t left_out = std::numeric_limits<std::size_t>::max();  // columns that say nothing
    for (std::size_t i = 0; i < count; ++i) left_out = std::min(left_out, unsaid(rows[i]));
    const auto cells_of = [&](const T& row) {
        Cells cells{writer, {}, {}};
        fields(cells, row);
        cells.texts.resize(cells.texts.size() - left_out);
        cells.columns.resize(cells.columns.size() - left_out);
        return cells;
    };
    columns = cells_of(rows.front()).columns;
    for (const auto& column : columns) widths.push_back(column.size());
    for (std::size_t i = 0; i < count; ++i) {
        const auto cells = cells_of(rows[i]).texts;
        for (std::size_t at = 0; at < cells.size(); ++at) {
            widths[at] = std::max(widths[at], cells[at].size());
        }
    }
    out.text += fmt::format("\n[{}]\n", title);
    put_line(out.text, columns, widths);
    for (std::size_t i = 0; i < count; ++i) {
        put_line(out.text, cells_of(rows[i]).texts, widths);
        out.flush_if_large();
    }
}

void put_table(Printer& out, std::string_view title, const std::vector<std::string>& notes,
               const CellWriter& writer) {
    std::vector<NoteRow> rows;
    for (const auto& note : notes) rows.push_back({note});
    put_table(out, title, rows, writer);
}

// --- reading ---------------------------------------------------------------------------------

// Reads members out of one row, by column name.
class RowReader {
 public:
    RowReader(const CellReader& reader, const std::vector<std::string>& columns,
              const std::vector<std::string>& cells)
        : reader_(reader), columns_(columns), cells_(cells), used_(columns.size(), false) {}

    void operator()(const char* name, auto& member) {
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i] != name || used_[i]) continue;
            used_[i] = true;
            if (!reader_.read(cells_[i], member) && problem_.empty()) {
                problem_ = fmt::format("{} cannot be {}", name, cells_[i]);
            }
            return;
        }
    }
    // The first thing that was wrong, or a column that nothing asked for; "" when all is well.
    [[nodiscard]] std::string problem() const {
        if (!problem_.empty()) return problem_;
        const auto unused = std::ranges::find(used_, false);
        if (unused == used_.end()) return {};
        return fmt::format("no column is called {}",
                           columns_[static_cast<std::size_t>(unused - used_.begin())]);
    }

 private:
    const CellReader& reader_;
    const std::vector<std::string>& columns_;
    const std::vector<std::string>& cells_;
    std::vector<bool> used_;
    std::string problem_;
};

// Parses the sections into one Evidence; the first error stays.
class Parser {
 public:
    explicit Parser(const TextSections& sections) : sections_(sections), reader_(names_) {}

    std::optional<Error> error;

    template <class T>
    void table(std::string_view title, std::vector<T>& out) {
        const TextSection* section = find(title);
        if (section == nullptr || section->lines.empty() || error) return;
        const auto columns = cells_of(section->lines.front());
        for (std::size_t i = 1; i < section->lines.size() && !error; ++i) {
            const auto& line = section->lines[i];
            const auto cells = cells_of(line);
            if (!error && cells.size() != columns.size()) {
                error = wrong_line(line.number, fmt::format("{} cells under {} columns",
                                                            cells.size(), columns.size()));
            }
            if (!error) read(line.number, columns, cells, out.emplace_back());
        }
    }
    void table(std::string_view title, std::vector<std::string>& out) {
        std::vector<NoteRow> rows;
        table(title, rows);
        for (auto& row : rows) out.push_back(std::move(row.note));
    }
    void run(Evidence& evidence) {
        const TextSection* section = find("run");
        if (section == nullptr || error) return;
        std::vector<std::string> columns;
        std::vector<std::string> cells;
        for (const auto& line : section->lines) {
            auto words = cells_of(line);
            if (!error && words.size() != 2)
                error = wrong_line(line.number, "not a name and a cell");
            if (error) return;
            columns.push_back(std::move(words[0]));
            cells.push_back(std::move(words[1]));
        }
        read(section->number, columns, cells, evidence);
    }
    // A section that is no table: add(section, names, evidence).
    void short_form(std::string_view title, auto&& add, Evidence& evidence) {
        const TextSection* section = find(title);
        if (section == nullptr || error) return;
        if (auto added = add(*section, names_, evidence); !added) error = added.error();
    }
    // Names must be known before anything that goes by them is read.
    void learn_names() {
        names_.nodes = column("nodes", "name");
        names_.regions =
            find("regions") == nullptr ? regions_of_nodes() : column("regions", "name");
    }
    [[nodiscard]] const Names& names() const { return names_; }
    [[nodiscard]] const TextSection* find(std::string_view title) const {
        const auto found = sections_.find(title);
        return found == sections_.end() ? nullptr : &found->second;
    }
    // Whether a list such as [run] has a line that begins with this name.
    [[nodiscard]] bool says(std::string_view title, std::string_view name) const {
        const TextSection* section = find(title);
        return section != nullptr && std::ranges::any_of(section->lines, [&](const auto& line) {
                   const auto cells = split_cells(line.text);
                   return cells && !cells->empty() && cells->front() == name;
               });
    }
    [[nodiscard]] bool has_column(std::string_view title, std::string_view column) const {
        const TextSection* section = find(title);
        if (section == nullptr || section->lines.empty()) return false;
        const auto columns = split_cells(section->lines.front().text);
        return columns && std::ranges::find(*columns, column) != columns->end();
    }

 private:
    std::vector<std::string> cells_of(const TextLine& line) {
        auto cells = split_cells(line.text);
        if (!cells && !error) error = wrong_line(line.number, "a quote is not closed");
        return cells ? std::move(*cells) : std::vector<std::string>();
    }
    // The texts of one column of a table; what is wrong with it is for table() to say.
    std::vector<std::string> column(std::string_view title, std::string_view name) {
        std::vector<std::string> texts;
        const TextSection* section = find(title);
        if (section == nullptr || section->lines.empty()) return texts;
        const auto columns = split_cells(section->lines.front().text);
        if (!columns) return texts;
        const auto at =
            static_cast<std::size_t>(std::ranges::find(*columns, name) - columns->begin());
        for (std::size_t i = 1; i < section->lines.size(); ++i) {
            const auto cells = split_cells(section->lines[i].text);
            std::string text;
            if (cells && at < cells->size() && !reader_.read((*cells)[at], text)) text.clear();
            texts.push_back(std::move(text));
        }
        return texts;
    }
    std::vector<std::string> regions_of_nodes() {
        std::vector<std::string> regions;
        for (auto& name : column("nodes", "region")) {
            if (!name.empty() && std::ranges::find(regions, name) == regions.end()) {
                regions.push_back(std::move(name));
            }
        }
        return regions;
    }
    void read(std::size_t line, const std::vector<std::string>& columns,
              const std::vector<std::string>& cells, auto& out) {
        RowReader row(reader_, columns, cells);
        fields(row, out);
        if (auto problem = row.problem(); !problem.empty()) error = wrong_line(line, problem);
    }

    const TextSections& sections_;
    Names names_;
    CellReader reader_;
};

// Lines of a section as they stand.
std::string raw_text(const TextSection& section) {
    std::string text;
    for (const auto& line : section.lines) text += std::string(line.text) + "\n";
    return text;
}

void parse_tables(Parser& parser, Evidence& evidence) {
    parser.run(evidence);
    lists([&](const char* name, auto& list) { parser.table(name, list); }, evidence);
    parser.table("operations", evidence.operations);
}

// What the tables leave unsaid of who is where.
void complete_topology(const Parser& parser, Topology& topology) {
    if (parser.find("regions") == nullptr) {
        for (const auto& name : parser.names().regions) topology.regions.push_back({{}, name, {}});
    }
    number_topology(topology);
    if (parser.has_column("regions", "nodes")) return;
    for (const auto& node : topology.nodes) {
        if (node.region.index() >= topology.regions.size()) continue;
        topology.regions[node.region.index()].nodes.push_back(node.id);
    }
}

void number_faults(std::vector<FaultWindow>& faults) {
    for (std::size_t i = 0; i < faults.size(); ++i) faults[i].id = FaultId::of(i + 1);
}

// The end of what was seen, where the text does not say it.
Instant last_seen(const Evidence& evidence) {
    Instant last = evidence.active.high;
    for (const auto& operation : evidence.operations) last = std::max(last, operation.completed);
    return last;
}

}  // namespace

void print_history(const Evidence& evidence, std::string_view scenario, TextLimits limits,
                   const std::function<void(std::string_view)>& out) {
    const Names names = names_in(evidence.topology);
    const CellWriter writer(names);
    Printer printer(out);
    printer.text = "# Evidence of a run. Times are seconds since the run began.\n\n[run]\n";
    Cells run{writer, {}, {}};
    fields(run, evidence);
    for (std::size_t i = 0; i < run.texts.size(); ++i) {
        printer.text += fmt::format("{:<16}{}\n", run.columns[i], run.texts[i]);
    }
    const auto put = [&](const char* name, const auto& list) {
        put_table(printer, name, list, writer);
    };
    lists(put, evidence);
    scenario = scenario.substr(0, scenario.find_last_not_of(" \t\r\n") + 1);
    if (!scenario.empty()) printer.text += fmt::format("\n[scenario]\n{}\n", scenario);
    put_table(printer, "operations", evidence.operations, writer, limits.operations_max);
    const std::size_t left_out = limits.left_out + evidence.operations.size() -
                                 std::min(evidence.operations.size(), limits.operations_max);
    if (left_out > 0) printer.text += fmt::format("\n[left_out]\noperations {}\n", left_out);
}

Result<History> parse_history(std::string_view text) {
    const auto sections = split_sections(text);
    if (!sections) return sections.error();
    Parser parser(*sections);
    if (const auto* left_out = parser.find("left_out")) {
        return wrong_line(
            left_out->number,
            "operations are left out here, print the run without --limit and --phase");
    }
    parser.learn_names();
    History history;
    Evidence& evidence = history.evidence;
    parse_tables(parser, evidence);
    if (parser.error) return *std::move(parser.error);
    complete_topology(parser, evidence.topology);
    if (!parser.has_column("faults", "id")) number_faults(evidence.faults);
    parser.short_form("streams", add_streams, evidence);
    parser.short_form("watch", add_watch, evidence);
    if (!parser.has_column("operations", "seq")) order_operations(evidence);
    parser.short_form("ledger", add_ledger, evidence);
    if (parser.find("ledger") != nullptr) order_operations(evidence);
    if (parser.error) return *std::move(parser.error);
    if (!parser.says("run", "finished")) evidence.finished = last_seen(evidence);
    if (auto good = check_ids(evidence); !good) return good.error();
    if (const auto* scenario = parser.find("scenario")) history.scenario = raw_text(*scenario);
    if (const auto* wanted = parser.find("wanted")) {
        for (const auto& line : wanted->lines) history.wanted.emplace_back(line.text);
    }
    return history;
}

}  // namespace gameday::store
