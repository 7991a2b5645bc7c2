// Ranges from values, ticks (ticks.hpp), small ones within decades.
#include "pictures/figure_scale.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "pictures/ticks.hpp"

namespace crossbar::sim {
namespace {

constexpr std::size_t most_names = 9;
constexpr double tiniest = 1e-290;   // smaller ones stand with it
constexpr double most_decades = 12;  // with small ticks
constexpr double apart = 0.12;       // of the scale, from 0 to where a logarithmic one begins

constexpr const char* raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};

std::string power_text(int power) {
    std::string text = power < 0 ? "⁻" : "";
    for (const char digit : fmt::format("{}", std::abs(power)))
        text += raised[digit - '0'];
    return "10" + text;
}

// The largest of 1, 2 and 5 times a power of ten that is no larger; the smallest that is no
// smaller.
double step_below(double value) {
    const double ten = std::pow(10.0, std::floor(std::log10(value) + 1e-9));
    for (const double digit : {5.0, 2.0})
        if (digit * ten <= value * (1 + 1e-9)) return digit * ten;
    return ten;
}
double step_above(double value) {
    return 1 / step_below(1 / value);
}

}  // namespace

std::string tick_label(double value) {
    if (value < 0) return "−" + tick_label(-value);
    if (value == 0) return "0";
    const int power = static_cast<int>(std::floor(std::log10(value) + 1e-9));
    if (power >= -3 && power < 5) return short_number(value);
    const std::string factor = short_number(value / std::pow(10.0, power));
    return (factor == "1" ? "" : factor + "×") + power_text(power);
}

FigureScale::FigureScale(const std::vector<double>& values, bool logarithmic, bool from_zero) {
    double low = INFINITY, high = -INFINITY, least = INFINITY;
    bool whole = true;
    for (const double value : values) {
        low = std::min(low, value);
        high = std::max(high, value);
        if (value > 0) least = std::min(least, std::max(value, tiniest));
        whole &= value == std::floor(value);
    }
    if (low > high) low = 0, high = 1;
    logarithmic_ = logarithmic && low >= 0 && high > 4 * least;
    zero_ = low == 0;
    if (logarithmic_) low = least;
    if (!logarithmic_ && from_zero && low > 0 && low < high / 2) low = 0;
    marks_ = ticks_for(low, high, logarithmic_, whole);
    from_ = marks_.front(), to_ = marks_.back();
    if (!logarithmic_) return;
    // Over many decades marks are powers of ten: the scale ends nearer to its values.
    const double from = step_below(low), to = step_above(high);
    std::vector<double> inside = marks_;
    std::erase_if(inside,
                  [&](double mark) { return mark < from * (1 - 1e-9) || mark > to * (1 + 1e-9); });
    if (inside.size() > 1) marks_ = inside, from_ = from, to_ = to;
}

double FigureScale::place(double value) const {
    if (!logarithmic_) return (value - from_) / (to_ - from_);
    if (value <= 0) return zero_ ? 0 : -1;
    const double part = (std::log10(std::max(value, tiniest)) - std::log10(from_)) /
                        (std::log10(to_) - std::log10(from_));
    return zero_ ? apart + (1 - apart) * part : part;
}

std::vector<FigureScale::Tick> FigureScale::ticks() const {
    std::vector<Tick> ticks;
    if (has_gap()) ticks.push_back({0, "0"});
    // Of more marks than can be read every second, third, .. has a name.
    const std::size_t stride = (marks_.size() + most_names - 1) / most_names;
    for (std::size_t i = 0; i < marks_.size(); i += stride)
        ticks.push_back({place(marks_[i]), tick_label(marks_[i])});
    if (!logarithmic_ || std::log10(to_) - std::log10(from_) > most_decades) return ticks;
    const int first = static_cast<int>(std::floor(std::log10(from_) + 1e-9));
    const int last = static_cast<int>(std::ceil(std::log10(to_) - 1e-9));
    for (int power = first; power < last; ++power)
        for (int digit = 1; digit < 10; ++digit) {
            const double at = place(digit * std::pow(10.0, power));
            const bool taken = std::any_of(ticks.begin(), ticks.end(), [&](const Tick& tick) {
                return std::abs(tick.place - at) < 1e-6;
            });
            if (!taken && at > (zero_ ? apart : 0) && at < 1) ticks.push_back({at, ""});
        }
    return ticks;
}

}  // namespace crossbar::sim
