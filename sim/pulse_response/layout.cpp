// Looks for pulse numbers, conductances, sides, cycles and voltages among the columns, by name
// first, then by content.
#include "pulse_response/layout.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/check.hpp"

namespace crossbar::sim {
namespace {

enum class Role { unused, number, value, side, cycle, device, volts, read_volts, width };

std::vector<double> numbers_in(const GridColumn& column) {
    std::vector<double> values;
    for (const GridCell& cell : column.cells)
        if (cell.kind == GridCell::Kind::number) values.push_back(cell.value);
    return values;
}

bool whole(const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(),
                       [](double v) { return std::abs(v - std::round(v)) < 1e-6; });
}

// Steps from one value to the next, all of one size but for restarts.
struct Stride {
    std::size_t up = 0, down = 0, other = 0;  // by that size, or by another
    double size = 0;
};

Stride stride_of(const std::vector<double>& values) {
    std::vector<double> sizes;
    for (std::size_t i = 1; i < values.size(); ++i)
        if (values[i] != values[i - 1]) sizes.push_back(std::abs(values[i] - values[i - 1]));
    if (sizes.empty()) return {};
    std::nth_element(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2),
                     sizes.end());
    Stride stride;
    stride.size = sizes[sizes.size() / 2];
    for (std::size_t i = 1; i < values.size(); ++i) {
        const double by = values[i] - values[i - 1];
        if (by == 0) continue;
        ++(std::abs(std::abs(by) - stride.size) > 0.02 * stride.size ? stride.other
           : by > 0                                                  ? stride.up
                                                                     : stride.down);
    }
    return stride;
}

// Counts evenly, or in whole numbers that rise, with a restart now and then.
bool counts(const std::vector<double>& values) {
    if (values.size() < 4) return false;
    const Stride stride = stride_of(values);
    const std::size_t all = stride.up + stride.down + stride.other;
    if (all == 0) return false;
    if (stride.up >= 3 && stride.down * 10 <= all && stride.other * 8 <= all) return true;
    if (!whole(values) || *std::min_element(values.begin(), values.end()) < 0) return false;
    std::size_t falls = 0;
    for (std::size_t i = 1; i < values.size(); ++i)
        falls += values[i] < values[i - 1];
    // Whole numbers that come back by ones are counted down.
    return falls <= 1 || falls * 8 <= values.size() ||
           (stride.size == 1 && stride.other * 8 <= all);
}

// Few values, some above 0 and some below, or 0 and 1.
bool two_signs(const std::vector<double>& values) {
    const std::set<double> kinds(values.begin(), values.end());
    if (kinds.size() < 2 || values.size() < 8) return false;
    if (kinds.size() == 2) return *kinds.begin() < 0 || kinds == std::set<double>{0, 1};
    return kinds.size() <= 4 && *kinds.begin() < 0 && *kinds.rbegin() > 0;
}

bool says_sides(const GridColumn& column) {
    std::size_t sides = 0, others = 0;
    for (const GridCell& cell : column.cells) {
        if (cell.kind != GridCell::Kind::text) continue;
        const Heading h = heading_of(cell.text);
        ++(h.set != h.reset ? sides : others);
    }
    return sides > 0 && others == 0;
}

bool measured(const GridColumn& column) {
    const Quantity q = column.heading.quantity;
    return q == Quantity::conductance || q == Quantity::resistance || q == Quantity::current;
}

// A whole number for rows of one cycle or device.
bool key(const std::vector<double>& values) {
    const std::set<double> kinds(values.begin(), values.end());
    return whole(values) && kinds.size() * 4 <= values.size();
}

Role role_of(const GridColumn& column) {
    const Heading& h = column.heading;
    if (!column.numbers) {
        if (says_sides(column)) return Role::side;
        return h.device ? Role::device : h.cycle ? Role::cycle : Role::unused;
    }
    const std::vector<double> values = numbers_in(column);
    if (h.index) return Role::unused;
    if (measured(column)) return Role::value;
    if (h.width) return Role::width;
    if ((h.side || (h.set == h.reset && h.quantity != Quantity::number)) && two_signs(values))
        return h.quantity == Quantity::voltage ? Role::volts : Role::side;
    if (h.quantity == Quantity::voltage) return h.read ? Role::read_volts : Role::volts;
    if ((h.cycle || h.device) && key(values)) return h.device ? Role::device : Role::cycle;
    if (h.set || h.reset)
        return counts(values) && h.quantity == Quantity::number ? Role::number : Role::value;
    if (h.quantity == Quantity::time) return Role::number;
    if (h.quantity == Quantity::number && whole(values)) return Role::number;
    return counts(values) ? Role::number : Role::value;
}

// A voltage, or what has no name, that goes evenly up and down.
void refuse_sweep(const std::string& file, const Grid& grid, const std::vector<Role>& roles) {
    for (std::size_t i = 0; i < grid.columns.size(); ++i) {
        const GridColumn& column = grid.columns[i];
        const std::vector<double> values = numbers_in(column);
        const Stride stride = stride_of(values);
        const bool volts = roles[i] == Role::volts;
        const bool first = i == 0 && grid.columns.size() > 1 && roles[i] == Role::value &&
                           !column.heading.known() && !whole(values);
        const bool numbered = std::find(roles.begin(), roles.end(), Role::number) != roles.end();
        const bool even = stride.other * 10 <= stride.up + stride.down;
        if ((volts && !numbered && stride.up + stride.down > 8) ||
            (first && even && stride.up > 4 && stride.down > 4))
            fail(
                "{}: column {}{} goes up and down in even steps, as the voltage of an I-V sweep; "
                "expected readings after pulses of one size",
                file, i + 1, column.name.empty() ? "" : " (" + column.name + ")");
    }
}

// Of several quantities the one that says most; the others are passed over.
void choose_values(Grid& grid, std::vector<Role>& roles, std::vector<std::string>& notes) {
    const auto holds = [&](auto&& is) {
        for (std::size_t i = 0; i < roles.size(); ++i)
            if (roles[i] == Role::value && is(grid.columns[i])) return true;
        return false;
    };
    const auto keep = [&](auto&& is) {
        for (std::size_t i = 0; i < roles.size(); ++i)
            if (roles[i] == Role::value && !is(grid.columns[i])) {
                roles[i] = Role::unused;
                notes.push_back("column '" + grid.columns[i].name + "' is not used");
            }
    };
    for (const Quantity q : {Quantity::conductance, Quantity::resistance, Quantity::current})
        if (const auto is = [q](const GridColumn& c) { return c.heading.quantity == q; }; holds(is))
            return keep(is);
    const auto sided = [](const GridColumn& c) { return c.heading.set || c.heading.reset; };
    if (holds(sided)) return keep(sided);
}

// The numbering nearest on the left, else the first.
const GridColumn* numbering_of(const Grid& grid, const std::vector<Role>& roles,
                               std::size_t value) {
    for (std::size_t i = value; i-- > 0;)
        if (roles[i] == Role::number) return &grid.columns[i];
    for (std::size_t i = 0; i < roles.size(); ++i)
        if (roles[i] == Role::number) return &grid.columns[i];
    return nullptr;
}

const GridColumn* column_with(const Grid& grid, const std::vector<Role>& roles, Role role) {
    for (std::size_t i = 0; i < roles.size(); ++i)
        if (roles[i] == role) return &grid.columns[i];
    return nullptr;
}

std::optional<double> constant_of(const GridColumn* column) {
    if (!column) return {};
    const std::vector<double> values = numbers_in(*column);
    if (values.empty() ||
        std::any_of(values.begin(), values.end(), [&](double v) { return v != values.front(); }))
        return {};
    return std::abs(values.front()) * (column->heading.unit ? column->heading.unit->scale : 1);
}

Side side_of(const Heading& h) {
    return h.set == h.reset ? Side::unknown : h.set ? Side::set : Side::reset;
}

struct Columns {
    const Grid& grid;
    const std::vector<Role>& roles;
    const GridColumn* side = column_with(grid, roles, Role::side);
    const GridColumn* volts = column_with(grid, roles, Role::volts);
    const GridColumn* cycle = column_with(grid, roles, Role::cycle);
    const GridColumn* device = column_with(grid, roles, Role::device);
};

int sign_of(double value) {
    return value > 0 ? 1 : -1;  // 0 beside 1 is the other side
}

// What stands in other columns about the reading of that row.
void add_sides(const Columns& c, std::size_t row, MeasuredPoint& reading) {
    if (c.side) {
        const GridCell& cell = c.side->cells[row];
        if (c.side->numbers)
            reading.sign = sign_of(cell.value);
        else
            reading.side = side_of(heading_of(cell.text));
    }
    if (c.volts && c.volts->cells[row].kind == GridCell::Kind::number) {
        const double scale = c.volts->heading.unit ? c.volts->heading.unit->scale : 1;
        reading.volts = c.volts->cells[row].value * scale;
        if (!c.side && two_signs(numbers_in(*c.volts))) reading.sign = sign_of(reading.volts);
    }
}

struct Counts {
    std::size_t missing = 0;
    std::vector<int> lines;
};

// The readings of one column, by device.
void add_column(const Columns& c, std::size_t value, Layout& layout, Counts& counted) {
    const GridColumn& column = c.grid.columns[value];
    const GridColumn* numbers = numbering_of(c.grid, c.roles, value);
    std::map<std::string, std::size_t> of_device;
    std::string cycle;
    // What is missing at its end is a column shorter than others.
    std::size_t end = column.cells.size();
    while (end > 0 && column.cells[end - 1].kind == GridCell::Kind::missing &&
           column.cells[end - 1].text.empty())
        --end;
    std::string words;
    for (std::size_t row = 0; row < end; ++row) {
        words += c.grid.breaks[row];
        const GridCell* number = numbers ? &numbers->cells[row] : nullptr;
        if (column.cells[row].kind != GridCell::Kind::number ||
            (number && number->kind != GridCell::Kind::number)) {
            ++counted.missing;
            counted.lines.push_back(c.grid.lines[row]);
            continue;
        }
        const std::string device = c.device ? c.device->cells[row].text : "";
        const auto [at, added] = of_device.emplace(device, layout.sequences.size());
        if (added)
            layout.sequences.push_back({device.empty() ? column.name : device,
                                        static_cast<int>(c.device ? of_device.size() - 1 : 0),
                                        {}});
        MeasuredPoint reading{c.grid.lines[row], number ? number->value : static_cast<double>(row),
                              column.cells[row].value, static_cast<int>(row)};
        reading.side = side_of(column.heading);
        add_sides(c, row, reading);
        if (c.cycle && c.cycle->cells[row].text != cycle) reading.begins = true;
        if (c.cycle) cycle = c.cycle->cells[row].text;
        if (!words.empty()) {
            reading.begins = true;
            if (reading.side == Side::unknown) reading.side = side_of(heading_of(words));
            words.clear();
        } else if (Sequence& s = layout.sequences[at->second];
                   !c.side && reading.side == Side::unknown && !s.readings.empty()) {
            reading.side = s.readings.back().side;  // of the block
        }
        layout.sequences[at->second].readings.push_back(reading);
    }
}

std::vector<Role> roles_of(const std::string& file, Grid& grid, std::vector<std::string>& notes) {
    std::vector<Role> roles;
    for (const GridColumn& column : grid.columns)
        roles.push_back(role_of(column));
    if (std::find(roles.begin(), roles.end(), Role::value) == roles.end()) {
        // Even steps, or a single column.
        const auto last =
            std::find_if(roles.rbegin(), roles.rend(), [](Role r) { return r == Role::number; });
        if (last == roles.rend())
            fail(
                "{}: no column of conductances; expected rows such as \"pulse number, "
                "conductance\"",
                file);
        *last = Role::value;
    }
    refuse_sweep(file, grid, roles);
    choose_values(grid, roles, notes);
    return roles;
}

}  // namespace

Layout layout_of(const std::string& file, const Grid& given) {
    Grid grid = given;
    Layout layout;
    layout.notes = grid.notes;
    layout.across = grid.across;
    const std::vector<Role> roles = roles_of(file, grid, layout.notes);
    const Columns columns{grid, roles};
    Counts counted;
    std::size_t values = 0;
    for (std::size_t i = 0; i < roles.size(); ++i) {
        if (roles[i] != Role::value) continue;
        const GridColumn& column = grid.columns[i];
        ++values;
        if (!layout.unit) layout.unit = column.heading.unit;
        if (layout.quantity == Quantity::unknown) layout.quantity = column.heading.quantity;
        layout.devices |= column.heading.device;
        const GridColumn* numbers = numbering_of(grid, roles, i);
        layout.counted |=
            numbers && numbers->heading.quantity != Quantity::time && whole(numbers_in(*numbers));
        if (numbers && !layout.counted)
            layout.notes.push_back("column '" + numbers->name +
                                   "' does not count pulses: each row is taken as one pulse");
        add_column(columns, i, layout, counted);
    }
    layout.columns = values > 1;
    layout.devices |= columns.device != nullptr;
    layout.read_volts = constant_of(column_with(grid, roles, Role::read_volts));
    layout.pulse_seconds = constant_of(column_with(grid, roles, Role::width));
    if (counted.missing > 0)
        layout.notes.push_back(fmt::format("{} point{} left out that hold{} no number ({} {}{})",
                                           counted.missing, counted.missing == 1 ? "" : "s",
                                           counted.missing == 1 ? "s" : "",
                                           grid.across ? "column" : "line", counted.lines.front(),
                                           counted.missing == 1 ? "" : " and others"));
    return layout;
}

}  // namespace crossbar::sim
