#include "harness/store/evidence_text.hpp"

#include "harness/store/cells.hpp"
#include "harness/store/evidence_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

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

std::vector<NoteRow> note_rows(const std::vector<std::string>& notes) {
    std::vector<NoteRow> rows;
    for (const auto& note : notes) rows.push_back({note});
    return rows;
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

// Two passes over the rows: keeping all cells of a long run would cost far more than its evidence.
template <class T>
void put_table(std::string& out, std::string_view title, const std::vector<T>& rows,
               const CellWriter& writer,
               std::size_t most = std::numeric_limits<std::size_t>::max()) {
    if (rows.empty()) return;
    const std::size_t count = std::min(rows.size(), most);
    std::vector<std::string> columns;
    std::vector<std::size_t> widths;
    const auto cells_of = [&](const T& row) {
        Cells cells{writer, {}, {}};
        fields(cells, row);
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
    out += fmt::format("\n[{}]\n", title);
    put_line(out, columns, widths);
    for (std::size_t i = 0; i < count; ++i) put_line(out, cells_of(rows[i]).texts, widths);
    if (count < rows.size()) out += fmt::format("# and {} more\n", rows.size() - count);
}

// --- reading ---------------------------------------------------------------------------------

struct Line {
    std::size_t number = 0;
    std::vector<std::string> cells;
};

// A section as text. A table's first line names its columns.
struct Section {
    std::size_t number = 0;  // of the line with its title
    std::vector<Line> lines;
};

Error wrong(std::size_t line, std::string_view message) {
    return {ErrorCode::invalid, fmt::format("line {}: {}", line, message)};
}

using Sections = std::map<std::string, Section, std::less<>>;

Result<Sections> sections_in(std::string_view text) {
    constexpr std::string_view known[] = {"run",   "notes",   "regions",     "nodes",
                                          "links", "clients", "faults",      "roles",
                                          "lags",  "health",  "connections", "operations"};
    Sections sections;
    Section* current = nullptr;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto cells = split_cells(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!cells) return wrong(number, "a quote is not closed");
        if (cells->empty() || cells->front().starts_with('#')) continue;
        const std::string& first = cells->front();
        if (first.starts_with('[')) {
            const std::string title =
                first.substr(1, first.size() - std::min<std::size_t>(2, first.size()));
            if (std::find(std::begin(known), std::end(known), title) == std::end(known)) {
                return wrong(number, fmt::format("no section is called {}", first));
            }
            if (sections.contains(title)) return wrong(number, first + " stands twice");
            current = &sections[title];
            current->number = number;
        } else if (current == nullptr) {
            return wrong(number, "a section such as [operations] must come first");
        } else {
            current->lines.push_back({number, *cells});
        }
    }
    return sections;
}

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
        const auto unused = std::find(used_.begin(), used_.end(), false);
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
    explicit Parser(const Sections& sections) : sections_(sections), reader_(names_) {}

    std::optional<Error> error;

    template <class T>
    void table(std::string_view title, std::vector<T>& out) {
        const Section* section = find(title);
        if (section == nullptr || section->lines.empty()) return;
        const auto& columns = section->lines.front().cells;
        for (std::size_t i = 1; i < section->lines.size() && !error; ++i) {
            const auto& line = section->lines[i];
            if (line.cells.size() != columns.size()) {
                error = wrong(line.number, fmt::format("{} cells under {} columns",
                                                       line.cells.size(), columns.size()));
                return;
            }
            read(line.number, columns, line.cells, out.emplace_back());
        }
    }
    void run(Evidence& evidence) {
        const Section* section = find("run");
        if (section == nullptr || error) return;
        std::vector<std::string> columns;
        std::vector<std::string> cells;
        for (const auto& line : section->lines) {
            if (line.cells.size() != 2) {
                error = wrong(line.number, "not a name and a cell");
                return;
            }
            columns.push_back(line.cells[0]);
            cells.push_back(line.cells[1]);
        }
        read(section->number, columns, cells, evidence);
    }
    // Names must be known before anything that goes by them is read.
    void learn_names() {
        learn("nodes", names_.nodes);
        learn("regions", names_.regions);
    }
    [[nodiscard]] bool has_column(std::string_view title, std::string_view column) const {
        const Section* section = find(title);
        if (section == nullptr || section->lines.empty()) return false;
        const auto& columns = section->lines.front().cells;
        return std::find(columns.begin(), columns.end(), column) != columns.end();
    }

 private:
    [[nodiscard]] const Section* find(std::string_view title) const {
        const auto found = sections_.find(title);
        return found == sections_.end() ? nullptr : &found->second;
    }
    void learn(std::string_view title, std::vector<std::string>& names) {
        const Section* section = find(title);
        if (section == nullptr || section->lines.empty()) return;
        const auto& columns = section->lines.front().cells;
        const auto at = static_cast<std::size_t>(std::find(columns.begin(), columns.end(), "name") -
                                                 columns.begin());
        for (std::size_t i = 1; i < section->lines.size(); ++i) {
            const auto& cells = section->lines[i].cells;
            std::string name;
            if (at < cells.size() && !reader_.read(cells[at], name)) name.clear();
            names.push_back(std::move(name));
        }
    }
    void read(std::size_t line, const std::vector<std::string>& columns,
              const std::vector<std::string>& cells, auto& out) {
        RowReader row(reader_, columns, cells);
        fields(row, out);
        if (auto problem = row.problem(); !problem.empty()) error = wrong(line, problem);
    }

    const Sections& sections_;
    Names names_;
    CellReader reader_;
};

}  // namespace

std::string format_evidence(const Evidence& evidence, TextLimits limits) {
    const Names names = names_in(evidence.topology);
    const CellWriter writer(names);
    std::string out = "# Evidence of a run. Times are seconds since the run began.\n\n[run]\n";
    Cells run{writer, {}, {}};
    fields(run, evidence);
    for (std::size_t i = 0; i < run.texts.size(); ++i) {
        out += fmt::format("{:<16}{}\n", run.columns[i], run.texts[i]);
    }
    put_table(out, "notes", note_rows(evidence.notes), writer);
    put_table(out, "regions", evidence.topology.regions, writer);
    put_table(out, "nodes", evidence.topology.nodes, writer);
    put_table(out, "links", evidence.topology.links, writer);
    put_table(out, "clients", evidence.clients, writer);
    put_table(out, "faults", evidence.faults, writer);
    put_table(out, "roles", evidence.roles, writer);
    put_table(out, "lags", evidence.lags, writer);
    put_table(out, "health", evidence.health, writer);
    put_table(out, "connections", evidence.connections, writer);
    put_table(out, "operations", evidence.operations, writer, limits.operations_max);
    return out;
}

Result<Evidence> parse_evidence(std::string_view text) {
    const auto sections = sections_in(text);
    if (!sections) return sections.error();
    Parser parser(*sections);
    parser.learn_names();
    Evidence evidence;
    std::vector<NoteRow> notes;
    parser.run(evidence);
    parser.table("notes", notes);
    parser.table("regions", evidence.topology.regions);
    parser.table("nodes", evidence.topology.nodes);
    parser.table("links", evidence.topology.links);
    parser.table("clients", evidence.clients);
    parser.table("faults", evidence.faults);
    parser.table("roles", evidence.roles);
    parser.table("lags", evidence.lags);
    parser.table("health", evidence.health);
    parser.table("connections", evidence.connections);
    parser.table("operations", evidence.operations);
    if (parser.error) return *std::move(parser.error);
    for (auto& row : notes) evidence.notes.push_back(std::move(row.note));
    number_topology(evidence.topology);
    if (!parser.has_column("regions", "nodes")) {
        for (const auto& node : evidence.topology.nodes) {
            if (node.region.index() >= evidence.topology.regions.size()) continue;
            evidence.topology.regions[node.region.index()].nodes.push_back(node.id);
        }
    }
    if (!parser.has_column("operations", "seq")) {
        for (std::size_t i = 0; i < evidence.operations.size(); ++i) {
            evidence.operations[i].seq = i + 1;
        }
    }
    if (auto good = check_ids(evidence); !good) return good.error();
    return evidence;
}

}  // namespace gameday::store
