// Tells headings from numbers, row by row, and refuses a file whose rows do not agree.
#include "pulse_response/grid.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/check.hpp"

namespace crossbar::sim {
namespace {

GridCell cell_of(const std::string& text, Decimal decimal) {
    if (const auto value = number_of(text, decimal)) return {GridCell::Kind::number, *value, text};
    if (missing(text, decimal)) return {GridCell::Kind::missing, 0, text};
    return {GridCell::Kind::text, 0, text};
}

struct Line {
    const SheetRow* row;
    std::vector<GridCell> cells;
    std::size_t numbers = 0;
};

std::vector<Line> lines_with_kinds(const Sheet& sheet) {
    std::vector<Line> lines;
    for (const SheetRow& row : sheet.rows) {
        Line line{&row, {}, 0};
        for (const std::string& text : row.cells) {
            line.cells.push_back(cell_of(text, sheet.decimal));
            line.numbers += line.cells.back().kind == GridCell::Kind::number;
        }
        if (row.comment) line.numbers = 0;
        lines.push_back(std::move(line));
    }
    return lines;
}

// Cells of most rows with numbers; of equals the most.
std::size_t usual_width(const std::vector<Line>& lines) {
    std::map<std::size_t, std::size_t> counts;
    for (const Line& line : lines)
        if (line.numbers > 0) ++counts[line.cells.size()];
    std::size_t width = 0, most = 0;
    for (const auto& [cells, count] : counts)
        if (count * cells >= most) width = cells, most = count * cells;
    // Shorter rows lack what is at their end.
    for (const auto& [cells, count] : counts)
        if (cells > width && count > 3) width = cells;
    return width;
}

// By column: whether most of its cells are numbers.
std::vector<bool> numeric_columns(const std::vector<Line>& lines, std::size_t width) {
    std::vector<long> lead(width, 0);
    for (const Line& line : lines)
        for (std::size_t i = 0; line.numbers > 0 && i < std::min(width, line.cells.size()); ++i)
            lead[i] += line.cells[i].kind == GridCell::Kind::number ? 1
                       : line.cells[i].kind == GridCell::Kind::text ? -1
                                                                    : 0;
    std::vector<bool> numeric;
    for (const long value : lead)
        numeric.push_back(value > 0);
    return numeric;
}

// The first cell of a numeric column that is text, or null.
const GridCell* misfit(const Line& line, const std::vector<bool>& numeric) {
    for (std::size_t i = 0; i < std::min(numeric.size(), line.cells.size()); ++i)
        if (numeric[i] && line.cells[i].kind == GridCell::Kind::text) return &line.cells[i];
    return nullptr;
}

bool holds_number(const Line& line, const std::vector<bool>& numeric) {
    for (std::size_t i = 0; i < std::min(numeric.size(), line.cells.size()); ++i)
        if (numeric[i] && line.cells[i].kind == GridCell::Kind::number) return !line.row->comment;
    return false;
}

// Names of columns: the lowest heading that has one for each and says something; below it perhaps a
// line of units.
void name_columns(Grid& grid, const std::vector<const SheetRow*>& headings) {
    const std::size_t width = grid.columns.size();
    const auto fits = [&](const SheetRow* row) {
        return row->cells.size() == width ||
               (row->cells.size() + 1 == width && row->cells.size() > 1);
    };
    const auto named = [&](const SheetRow* row, bool unit_alone) {
        for (const std::string& cell : row->cells)
            if (!cell.empty() &&
                (unit_alone ? !unit_named(cell) && cell.size() > 1 : heading_of(cell).known()))
                return true;
        return false;
    };
    const SheetRow *names = nullptr, *units = nullptr;
    for (auto row = headings.rbegin(); row != headings.rend() && !names; ++row) {
        if (!fits(*row)) continue;
        if (!units && !named(*row, true))
            units = *row;
        else if (named(*row, false))
            names = *row;
    }
    for (auto row = headings.rbegin(); row != headings.rend() && !names; ++row)
        if (fits(*row) && *row != units) names = *row;
    for (std::size_t i = 0; i < width; ++i) {
        GridColumn& column = grid.columns[i];
        const auto text = [&](const SheetRow* row) {
            return row && i < row->cells.size() ? row->cells[i] : std::string();
        };
        column.name = text(names);
        column.heading = heading_of(units && !text(units).empty() && unit_named(text(units))
                                        ? column.name + " (" + text(units) + ")"
                                        : column.name);
        // The index that pandas writes has no name.
        if (i == 0 && names && column.name.empty() && width > 2) column.heading.index = true;
    }
}

void add_row(Grid& grid, const Line& line, Decimal decimal) {
    for (std::size_t i = 0; i < grid.columns.size(); ++i)
        grid.columns[i].cells.push_back(i < line.cells.size() ? line.cells[i]
                                                              : cell_of("", decimal));
    grid.lines.push_back(line.row->line);
}

// Whether the first numbers of rows that are trains count the rows: 0, 1, .. or 1, 2, .., of which
// one is no reading, being further from the next than any two others, and on the wrong side of it.
bool counts_rows(const Grid& rows, std::size_t first) {
    bool reading = true;
    for (std::size_t r = 0; r < rows.lines.size(); ++r) {
        std::vector<double> train;
        for (std::size_t i = first; i < rows.columns.size(); ++i)
            if (rows.columns[i].numbers && rows.columns[i].cells[r].kind == GridCell::Kind::number)
                train.push_back(rows.columns[i].cells[r].value);
        if (train.size() < 4 || train[0] != rows.columns[first].cells[r].value) return false;
        const double start = rows.columns[first].cells[0].value;
        if ((start != 0 && start != 1) || train[0] != start + static_cast<double>(r)) return false;
        double largest = 0;
        for (std::size_t i = 2; i < train.size(); ++i)
            largest = std::max(largest, std::abs(train[i] - train[i - 1]));
        const double step = train[1] - train[0], rest = train.back() - train[1];
        if (std::abs(step) > 2 * largest && step * rest < 0) reading = false;
    }
    return !reading;
}

// Rows of many numbers are trains: they become columns.
Grid turned(Grid rows) {
    Grid grid;
    grid.across = true;
    const auto first = std::find_if(rows.columns.begin(), rows.columns.end(),
                                    [](const GridColumn& c) { return c.numbers; });
    if (counts_rows(rows, static_cast<std::size_t>(first - rows.columns.begin()))) {
        grid.notes.emplace_back("the first number of each row counts the rows: left out");
        for (GridCell& cell : first->cells)
            cell = {};
        first->numbers = false;
    }
    for (std::size_t r = 0; r < rows.lines.size(); ++r) {
        GridColumn column;
        for (const GridColumn& from : rows.columns)
            if (!from.numbers && from.cells[r].kind == GridCell::Kind::text)
                column.name += (column.name.empty() ? "" : " ") + from.cells[r].text;
        column.heading = heading_of(column.name);
        for (const GridColumn& from : rows.columns)
            if (from.numbers) column.cells.push_back(from.cells[r]);
        grid.columns.push_back(std::move(column));
    }
    for (std::size_t i = 0; i < rows.columns.size(); ++i)
        if (rows.columns[i].numbers) grid.lines.push_back(static_cast<int>(i) + 1);
    grid.breaks.resize(grid.lines.size());
    return grid;
}

void drop_empty_columns(Grid& grid) {
    std::erase_if(grid.columns, [](const GridColumn& column) {
        return std::all_of(column.cells.begin(), column.cells.end(), [](const GridCell& cell) {
            return cell.kind == GridCell::Kind::missing && cell.text.empty();
        });
    });
}

}  // namespace

Grid grid_of(const std::string& file, const Sheet& sheet) {
    const std::vector<Line> lines = lines_with_kinds(sheet);
    const std::size_t width = usual_width(lines);
    if (width == 0)
        fail("{}: no numbers in {} lines; expected rows such as \"pulse number, conductance\"",
             file, sheet.rows.size());
    const std::vector<bool> numeric = numeric_columns(lines, width);
    if (std::find(numeric.begin(), numeric.end(), true) == numeric.end())
        fail("{}: no column of numbers; expected rows such as \"pulse number, conductance\"", file);
    Grid grid;
    grid.columns.resize(width);
    for (std::size_t i = 0; i < width; ++i)
        grid.columns[i].numbers = numeric[i];
    std::vector<const SheetRow*> headings;
    std::string divides;
    for (const Line& line : lines) {
        const GridCell* text = misfit(line, numeric);
        const bool number = holds_number(line, numeric);
        if (grid.lines.empty() && (text || !number)) {
            headings.push_back(line.row);
        } else if (!number) {
            for (const std::string& cell : line.row->cells)
                divides += cell + " ";
        } else if (text) {
            fail("{}:{}: '{}' is not a number", file, line.row->line, text->text);
        } else if (line.cells.size() > width &&
                   std::any_of(line.cells.begin() + static_cast<std::ptrdiff_t>(width),
                               line.cells.end(),
                               [](const GridCell& c) { return !c.text.empty(); })) {
            fail("{}:{}: {} values, expected {} as in most rows", file, line.row->line,
                 line.cells.size(), width);
        } else {
            add_row(grid, line, sheet.decimal);
            grid.breaks.push_back(divides);
            divides.clear();
        }
    }
    if (grid.lines.empty()) fail("{}: no row of numbers alone", file);
    name_columns(grid, headings);
    // Where text divides the rows, what stands above the first of them may say its side.
    if (std::any_of(grid.breaks.begin(), grid.breaks.end(),
                    [](const std::string& text) { return !text.empty(); }))
        for (const SheetRow* row : headings)
            for (const std::string& cell : row->cells)
                grid.breaks[0] += cell + " ";
    drop_empty_columns(grid);
    if (width >= 8 && width >= 3 * grid.lines.size()) return turned(std::move(grid));
    return grid;
}

}  // namespace crossbar::sim
