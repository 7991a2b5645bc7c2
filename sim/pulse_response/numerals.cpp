// Reads a number in the notations of instruments and spreadsheets, and finds out which one a file
// uses.
#include "pulse_response/numerals.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace crossbar::sim {
namespace {

// From here on a reading is an instrument's word for none.
constexpr double overflow = 1e30;

bool digit(char c) {
    return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), digit);
}

// 1,234,567: groups of three behind one of one to three.
bool in_thousands(std::string_view text, char mark) {
    std::size_t at = text.find(mark);
    if (at == std::string_view::npos || at > 3 || !all_digits(text.substr(0, at))) return false;
    while (at < text.size()) {
        const std::string_view group = text.substr(at + 1, 3);
        if (text[at] != mark || group.size() != 3 || !all_digits(group)) return false;
        at += 4;
    }
    return true;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

// Its parts before the decimals and the exponent, and from there on.
std::pair<std::string, std::string> parted(const std::string& text, char decimal) {
    const std::size_t end = std::min({text.find(decimal), text.find_first_of("eE"), text.size()});
    return {text.substr(0, end), text.substr(end)};
}

std::optional<double> parsed(std::string_view text, Decimal decimal) {
    std::string t = trimmed(text);
    replace_all(t, "\u2212", "-");
    // Blanks that set thousands apart.
    for (const char* blank : {"\u00a0", "\u202f", "\u2009"})
        replace_all(t, blank, " ");
    std::string sign;
    if (!t.empty() && (t[0] == '+' || t[0] == '-')) {
        if (t[0] == '-') sign = "-";
        t.erase(0, 1);
    }
    if (t.empty() || !(digit(t[0]) || t[0] == '.' || t[0] == ',')) return {};
    const char mark = decimal == Decimal::comma ? ',' : '.';
    auto [whole, rest] = parted(t, mark);
    for (const char apart : {decimal == Decimal::comma ? '.' : ',', ' ', '\''})
        if (in_thousands(whole, apart)) std::erase(whole, apart);
    // A point is one where decimals have commas, too: 2.0E-06.
    t = sign + whole + rest;
    if (decimal == Decimal::comma) std::replace(t.begin(), t.end(), ',', '.');
    double value = 0;
    const auto [end, error] = std::from_chars(t.data(), t.data() + t.size(), value);
    if (error == std::errc::result_out_of_range && end == t.data() + t.size())
        return t.find("e-") != std::string::npos || t.find("E-") != std::string::npos
                   ? 0
                   : std::copysign(INFINITY, sign.empty() ? 1 : -1);
    if (error != std::errc() || end != t.data() + t.size()) return {};
    return value;
}

}  // namespace

std::string trimmed(std::string_view text) {
    const std::size_t from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) return {};
    return std::string(text.substr(from, text.find_last_not_of(" \t") - from + 1));
}

std::string lowered(std::string_view text) {
    std::string low(text);
    std::transform(low.begin(), low.end(), low.begin(), [](unsigned char c) {
        return c < 128 ? static_cast<char>(std::tolower(c)) : static_cast<char>(c);
    });
    return low;
}

std::optional<double> number_of(std::string_view text, Decimal decimal) {
    const std::optional<double> value = parsed(text, decimal);
    if (value && std::abs(*value) >= overflow) return {};
    return value;
}

bool missing(std::string_view text, Decimal decimal) {
    static const std::array words = {
        "",          "nan",      "+nan",      "-nan",      "n/a",      "na",       "#n/a",
        "null",      "none",     "-",         "--",        "---",      "inf",      "+inf",
        "-inf",      "infinity", "-infinity", "+infinity", "overflow", "ovf",      "ovfl",
        "overrange", "o.l.",     "ol",        "#div/0!",   "#num!",    "#value!",  "#nv",
        "1.#qnan",   "-1.#ind",  "1.#inf",    "-1.#inf",   "nan(ind)", "-nan(ind)"};
    const std::string low = lowered(trimmed(text));
    if (std::find(words.begin(), words.end(), low) != words.end()) return true;
    const std::optional<double> value = parsed(text, decimal);
    return value && std::abs(*value) >= overflow;
}

Decimal decimal_of(const std::vector<std::vector<std::string>>& rows, bool comma_between) {
    std::size_t decimals = 0, thousands = 0, either = 0, plain = 0;
    for (const auto& row : rows)
        for (const std::string& cell : row) {
            std::string t = trimmed(cell);
            if (!t.empty() && (t[0] == '+' || t[0] == '-')) t.erase(0, 1);
            const auto commas = std::count(t.begin(), t.end(), ',');
            const std::size_t comma = t.find(','), point = t.find('.');
            if (commas == 0) {
                // Below a thousand, or with a decimal point.
                plain += (all_digits(t) && t.size() <= 3) ||
                         (point != std::string::npos && parsed(t, Decimal::point));
                continue;
            }
            if (!digit(t[0]) && t[0] != ',') continue;
            const std::string rest = t.substr(comma + 1);
            if (commas > 1 || (point != std::string::npos && point > comma))
                thousands += parsed(t, Decimal::point).has_value();
            else if (parsed(t, Decimal::comma))
                ++(in_thousands(t, ',') && t[0] != '0' ? either : decimals);
        }
    if (decimals > thousands) return Decimal::comma;
    if (thousands > 0 || either == 0 || comma_between) return Decimal::point;
    // 1,234 alone: three decimals everywhere, or thousands beside smaller numbers.
    return plain > either ? Decimal::point : Decimal::comma;
}

}  // namespace crossbar::sim
