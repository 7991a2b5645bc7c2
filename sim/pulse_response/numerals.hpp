// Numbers as they stand in measured files: 2.0E-06, +1, 2,5, 1.234,5, 1,234.5, 9.9E+37.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crossbar::sim {

enum class Decimal { point, comma };

// A number's value; thousands may be set apart. Nothing where the text is none.
std::optional<double> number_of(std::string_view text, Decimal decimal);

// Whether the cell stands for a value that is not there: empty, NaN, n/a, inf, overflow; or is what
// instruments send for it (9.9e37).
bool missing(std::string_view text, Decimal decimal);

// What the commas within these cells are. `comma_between`: whether commas separate cells too.
Decimal decimal_of(const std::vector<std::vector<std::string>>& rows, bool comma_between);

// Without blanks at its ends.
std::string trimmed(std::string_view text);

std::string lowered(std::string_view text);

}  // namespace crossbar::sim
