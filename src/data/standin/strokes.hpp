// Pen strokes for the stand-in images: splines in a unit square, bent, posed and drawn as ink.
// Doubles, but only + - * / and sqrt, so every machine renders the same bytes (the Makefile
// switches fused multiplies off). Coordinates: x right, y down.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random_address.hpp"

namespace crossbar {

// The random numbers of one image (or class), in the order they are asked for; the image's address
// is in the stream, so one image never depends on another.
class Draws {
  public:
    explicit Draws(const Stream& s) : stream_(s) {}
    std::uint32_t word();
    int below(int bound);  // 0..bound-1
    double uniform(double low, double high);
    double normal(double deviation);  // nearly: the sum of four uniform numbers
    double grain(double deviation);   // the same, coarser and from one word: noise of pixels
  private:
    Stream stream_;
    std::array<std::uint32_t, 4> block_{};
    std::uint32_t next_ = 0;
};

struct Point {
    double x = 0;
    double y = 0;
};

// A smooth curve through its points (Catmull-Rom); a point given twice makes a corner.
using Stroke = std::vector<Point>;
using Glyph = std::vector<Stroke>;

// The random deformation of one image.
struct Warp {
    double jitter = 0;    // deviation of every control point
    double elastic = 0;   // deviation of a smooth 4 x 4 field over the square
    double rotation = 0;  // largest tan of half the angle
    double shear = 0;     // deviation
    double narrow = 1;    // width is scaled by narrow..wide
    double wide = 1;
};

// The glyph deformed and flattened into polylines.
Glyph deform(std::span<const Stroke> glyph, const Warp& warp, Draws& draws);

// Scales the glyph so that its longer side spans `span` and puts its centre of mass on `centre`.
void place(Glyph& glyph, double span, Point centre);

struct Pen {
    double radius = 1;    // in pixels
    double taper = 0;     // the radius changes by this share along a stroke, -1..1
    double softness = 1;  // pixels over which the edge fades
};

// Ink 0..1 of one image, row-major; strokes overlap without adding up.
struct Ink {
    int height = 0;
    int width = 0;
    std::vector<double> value;

    void clear(int h, int w);
    void draw(const Glyph& glyph, const Pen& pen);

  private:
    void segment(Point a, Point b, double radius_a, double radius_b, double softness);
};

}  // namespace crossbar
