// Finds the separator of a text file, and cuts it into cells, quotes respected.
#include "pulse_response/sheet.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace crossbar::sim {
namespace {

std::vector<std::string> cells_of(const std::string& line, char separator) {
    std::vector<std::string> cells;
    std::string cell;
    bool quoted = false, any = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
            any = true;
        } else if (!quoted && (c == separator || (separator == ' ' && c == '\t'))) {
            if (separator != ' ' || any) cells.push_back(trimmed(cell));
            cell.clear();
            any = false;
        } else {
            cell += c;
            any = true;
        }
    }
    if (separator != ' ' || any) cells.push_back(trimmed(cell));
    return cells;
}

std::vector<SheetRow> rows_of(const std::vector<std::string>& lines, char separator) {
    std::vector<SheetRow> rows;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::string text = trimmed(lines[i]);
        const bool comment = text.starts_with('#') || text.starts_with('%');
        if (comment) text.erase(0, text.find_first_not_of("#%"));
        if (text.empty()) continue;
        SheetRow row{static_cast<int>(i) + 1, comment,
                     cells_of(comment || separator == ' ' ? text : lines[i], separator)};
        const bool empty = std::all_of(row.cells.begin(), row.cells.end(),
                                       [](const std::string& cell) { return cell.empty(); });
        if (!empty) rows.push_back(std::move(row));
    }
    return rows;
}

Sheet sheet_by(const std::vector<std::string>& lines, char separator) {
    Sheet sheet{rows_of(lines, separator), Decimal::point};
    std::vector<std::vector<std::string>> cells;
    for (const SheetRow& row : sheet.rows)
        if (!row.comment) cells.push_back(row.cells);
    sheet.decimal = decimal_of(cells, separator == ',');
    return sheet;
}

// Numbers, less what is neither a number nor missing. Headings weigh little beside rows.
long worth(const Sheet& sheet) {
    long sum = 0;
    for (const SheetRow& row : sheet.rows)
        for (const std::string& cell : row.cells)
            if (!row.comment)
                sum += number_of(cell, sheet.decimal) ? 2 : missing(cell, sheet.decimal) ? 0 : -1;
    return sum;
}

// "2,0000" in a file that commas separate is 2 and 0000.
void refuse_decimals(const std::string& file, const Sheet& sheet) {
    std::vector<std::size_t> fractions, others;
    int line = 0;
    std::string seen;
    for (const SheetRow& row : sheet.rows) {
        fractions.resize(std::max(fractions.size(), row.cells.size()));
        others.resize(fractions.size());
        for (std::size_t i = 1; i < row.cells.size(); ++i) {
            const std::string& cell = row.cells[i];
            const bool digits =
                cell.size() > 1 && cell.find_first_not_of("0123456789eE+-") == std::string::npos;
            if (digits && cell[0] == '0' && cell[1] >= '0' && cell[1] <= '9') {
                ++fractions[i];
                if (line == 0) line = row.line, seen = cell;
            }
            if (!digits && number_of(cell, sheet.decimal)) ++others[i];
        }
    }
    for (std::size_t i = 0; i < fractions.size(); ++i)
        if (fractions[i] > 0 && others[i] == 0)
            fail(
                "{}:{}: '{}' looks like the decimals of a number with a decimal comma, in a file "
                "that commas separate; separate columns by ; or tab, or write decimal points",
                file, line, seen);
}

}  // namespace

Sheet sheet_of(const std::string& file, const std::vector<std::string>& lines) {
    Sheet best;
    char separator = 0;
    for (const char c : {'\t', ';', ',', ' '}) {
        Sheet sheet = sheet_by(lines, c);
        if (separator == 0 || worth(sheet) > worth(best)) best = std::move(sheet), separator = c;
    }
    if (separator == ',') refuse_decimals(file, best);
    return best;
}

}  // namespace crossbar::sim
