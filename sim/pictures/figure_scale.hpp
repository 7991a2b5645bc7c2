// The scale of one axis of a figure: where values and ticks are, from 0 at its beginning to 1 at
// its end, and what ticks are called.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace crossbar::sim {

// "0.5", "20000", "10⁻⁵", "−3".
std::string tick_label(double value);

class FigureScale {
  public:
    // Of values that are finite; of none 0 to 1. Logarithmic where that is wanted and positive
    // values differ by a factor of 4 and none is below 0; 0 then stands apart, before all others.
    // A linear scale of positive values has 0 on it where `from_zero` and they differ by a factor
    // of 2.
    FigureScale(const std::vector<double>& values, bool logarithmic, bool from_zero = true);

    bool logarithmic() const { return logarithmic_; }
    bool has_gap() const { return logarithmic_ && zero_; }  // between 0 and all others
    double place(double value) const;

    struct Tick {
        double place;
        std::string label;  // empty: a small one
    };
    std::vector<Tick> ticks() const;

  private:
    std::vector<double> marks_;
    double from_ = 0, to_ = 1;  // values at its ends
    bool logarithmic_ = false, zero_ = false;
};

}  // namespace crossbar::sim
