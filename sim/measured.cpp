#include "measured.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

#include "crossbar/check.hpp"

namespace crossbar::sim {
namespace {

// Every one of them is gone through thousands of times: a fit of so many takes some ten seconds.
constexpr double most_pulses = 20000;

struct Row {
    int line;
    double pulse, conductance;
    std::string side;  // empty where the file does not say
};

std::vector<std::string> fields_of(std::string line) {
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == ',' || c == ';'; }, ' ');
    std::istringstream in(line);
    std::vector<std::string> fields;
    for (std::string field; in >> field;)
        fields.push_back(field);
    return fields;
}

std::optional<double> number_of(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return {};
    return value;
}

Row row_of(const std::string& file, int line, const std::vector<std::string>& fields) {
    if (fields.size() < 2 || fields.size() > 3)
        fail("{}:{}: {} values, expected: pulse number, conductance, and perhaps set or reset",
             file, line, fields.size());
    Row row{line, 0, 0, fields.size() == 3 ? fields[2] : ""};
    for (const std::size_t i : {0u, 1u}) {
        const std::optional<double> value = number_of(fields[i]);
        if (!value) fail("{}:{}: '{}' is not a number", file, line, fields[i]);
        (i == 0 ? row.pulse : row.conductance) = *value;
    }
    std::transform(row.side.begin(), row.side.end(), row.side.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!row.side.empty() && row.side != "set" && row.side != "reset")
        fail("{}:{}: '{}' is neither set nor reset", file, line, fields[2]);
    return row;
}

std::vector<Row> rows_of(const std::string& file, const std::string& text) {
    std::vector<Row> rows;
    std::istringstream in(text);
    int number = 0;
    bool headings = true;
    for (std::string line; std::getline(in, line);) {
        ++number;
        const std::vector<std::string> fields = fields_of(line);
        if (fields.empty() || fields.front().starts_with('#')) continue;
        if (headings && !number_of(fields.front())) {
            headings = false;
            continue;
        }
        headings = false;
        rows.push_back(row_of(file, number, fields));
    }
    return rows;
}

// Where RESET begins in rows that do not say.
std::size_t turning_point(const std::vector<Row>& rows) {
    for (std::size_t i = 1; i < rows.size(); ++i)
        if (rows[i].pulse <= rows[i - 1].pulse) return i;
    const auto highest = std::max_element(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
        return a.conductance < b.conductance;
    });
    return static_cast<std::size_t>(highest - rows.begin()) + 1;
}

}  // namespace

PulseResponse parse_response(const std::string& file, const std::string& text) {
    const std::vector<Row> rows = rows_of(file, text);
    const std::size_t turn = turning_point(rows);
    PulseResponse response;
    double low = INFINITY, high = -INFINITY;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row& row = rows[i];
        const bool reset = row.side.empty() ? i >= turn : row.side == "reset";
        auto& train = response.trains[reset ? 1 : 0];
        if (!train.empty() && row.pulse <= train.back().first)
            fail("{}:{}: pulse {} behind pulse {}, expected numbers to rise within a train", file,
                 row.line, row.pulse, train.back().first);
        if (row.pulse < 0 || row.pulse > most_pulses)
            fail("{}:{}: pulse number {}, expected 0 to {}; count in groups of pulses", file,
                 row.line, row.pulse, most_pulses);
        if (const double size = std::abs(row.conductance);
            size != 0 && !(size > 1e-30 && size < 1e30))
            fail("{}:{}: conductance {}, expected 1e-30 to 1e30", file, row.line, row.conductance);
        train.emplace_back(row.pulse, row.conductance);
        low = std::min(low, row.conductance);
        high = std::max(high, row.conductance);
    }
    for (const std::size_t side : {0u, 1u})
        if (response.trains[side].size() < 3)
            fail("{}: {} points of {}, expected at least 3 of SET and then 3 of RESET", file,
                 response.trains[side].size(), side == 0 ? "SET" : "RESET");
    if (!(high > low)) fail("{}: the conductance is {} everywhere: nothing to fit", file, low);
    return response;
}

}  // namespace crossbar::sim
