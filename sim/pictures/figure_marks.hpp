// The looks of series in figures, told apart by colour, dashes and marker, and what is drawn with
// them. Places are points on the paper.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pictures/figure.hpp"

namespace crossbar::sim {

struct Look {
    Colour ink;
    std::vector<double> dashes;
    int shape;  // of its marker
};

// By name, in the order in which the figure's series have them.
class Looks {
  public:
    Looks() = default;
    explicit Looks(std::span<const FigurePanel> panels);
    const std::vector<std::string>& names() const { return names_; }
    const Look& of(const std::string& name) const;

  private:
    std::vector<std::string> names_;
};

struct MarkedPoint {
    double x = 0, y = 0;
    bool bar = false;
    double low = 0, high = 0;  // ends of the bar
};

// With `across` bars lie along x.
void draw_series(Paper& paper, const std::vector<MarkedPoint>& points, const Look& look, bool line,
                 bool marks, bool across);

// One run behind the mean of several.
void draw_run(Paper& paper, double x, double y, const Look& look);

// For a legend, from (x, y) on.
void draw_key(Paper& paper, double x, double y, double width, const Look& look, bool line,
              bool marks);

}  // namespace crossbar::sim
