// Splines, deformation and antialiased drawing of the stand-in's strokes.
#include "data/standin/strokes.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace crossbar {
namespace {

constexpr int steps_a_span = 5;
constexpr int field_nodes = 4;

Point operator+(Point a, Point b) {
    return {a.x + b.x, a.y + b.y};
}
Point operator*(double s, Point a) {
    return {s * a.x, s * a.y};
}
bool same(Point a, Point b) {
    return a.x == b.x && a.y == b.y;
}

double smooth(double t) {
    return t * t * (3 - 2 * t);
}

// A smooth random displacement: nodes on a grid, blended with vanishing slopes at the nodes.
struct Field {
    std::array<Point, field_nodes * field_nodes> node{};

    Point at(Point p) const {
        const double last = field_nodes - 1;
        const double x = std::clamp(p.x, 0.0, 1.0) * last, y = std::clamp(p.y, 0.0, 1.0) * last;
        const int column = std::min(static_cast<int>(x), field_nodes - 2);
        const int row = std::min(static_cast<int>(y), field_nodes - 2);
        const double u = smooth(x - column), v = smooth(y - row);
        const Point* corner = node.data() + row * field_nodes + column;
        return (1 - v) * ((1 - u) * corner[0] + u * corner[1]) +
               v * ((1 - u) * corner[field_nodes] + u * corner[field_nodes + 1]);
    }
};

// The point at t (0..1) between b and c on the Catmull-Rom spline a, b, c, d.
Point spline(Point a, Point b, Point c, Point d, double t) {
    const double t2 = t * t, t3 = t2 * t;
    return 0.5 * ((-t3 + 2 * t2 - t) * a + (3 * t3 - 5 * t2 + 2) * b + (-3 * t3 + 4 * t2 + t) * c +
                  (t3 - t2) * d);
}

Stroke flatten(const Stroke& points) {
    Stroke line;
    const std::size_t n = points.size();
    for (std::size_t i = 0; i + 1 < n; ++i) {
        if (same(points[i], points[i + 1])) continue;
        const Point before = points[i == 0 ? 0 : i - 1];
        const Point after = points[std::min(i + 2, n - 1)];
        for (int step = 0; step < steps_a_span; ++step)
            line.push_back(spline(before, points[i], points[i + 1], after,
                                  static_cast<double>(step) / steps_a_span));
    }
    line.push_back(points.back());
    return line;
}

}  // namespace

std::uint32_t Draws::word() {
    if (next_ % 4 == 0) block_ = random_block(stream_, next_ / 4);
    return block_[next_++ % 4];
}

int Draws::below(int bound) {
    return static_cast<int>(random_below(word(), static_cast<std::uint32_t>(bound)));
}

double Draws::uniform(double low, double high) {
    return low + (high - low) * (word() * (1.0 / 4294967296.0));
}

double Draws::normal(double deviation) {
    constexpr double mean = 2 * 65535.0;
    constexpr double scale = 1.7320508075688772 / 65536.0;  // four uniforms have variance 1/3
    std::uint32_t sum = 0;
    for (int i = 0; i < 2; ++i) {
        const std::uint32_t w = word();
        sum += (w & 0xffffu) + (w >> 16);
    }
    return deviation * scale * (sum - mean);
}

double Draws::grain(double deviation) {
    constexpr double mean = 2 * 255.0;
    constexpr double scale = 1 / 147.8;  // of the sum of four bytes
    const std::uint32_t w = word();
    const std::uint32_t sum = (w & 0xffu) + (w >> 8 & 0xffu) + (w >> 16 & 0xffu) + (w >> 24);
    return deviation * scale * (sum - mean);
}

Glyph deform(std::span<const Stroke> glyph, const Warp& warp, Draws& draws) {
    Field field;
    for (Point& node : field.node) {
        node.x = draws.normal(warp.elastic);
        node.y = draws.normal(warp.elastic);
    }
    const double half = draws.uniform(-warp.rotation, warp.rotation);
    const double cosine = (1 - half * half) / (1 + half * half);
    const double sine = 2 * half / (1 + half * half);
    const double shear = draws.normal(warp.shear);
    const double width = draws.uniform(warp.narrow, warp.wide);
    Glyph result;
    for (const Stroke& stroke : glyph) {
        Stroke points = stroke;
        for (std::size_t i = 0; i < points.size(); ++i) {
            if (i > 0 && same(stroke[i], stroke[i - 1])) {
                points[i] = points[i - 1];  // both halves of a corner move together
                continue;
            }
            points[i] = points[i] + Point{draws.normal(warp.jitter), draws.normal(warp.jitter)};
        }
        Stroke line = flatten(points);
        for (Point& p : line) {
            p = p + field.at(p);
            const double x = width * (p.x - 0.5) - shear * (p.y - 0.5), y = p.y - 0.5;
            p = {cosine * x - sine * y, sine * x + cosine * y};
        }
        result.push_back(std::move(line));
    }
    return result;
}

void place(Glyph& glyph, double span, Point centre) {
    Point low{1e9, 1e9}, high{-1e9, -1e9}, moment;
    double length = 0;
    for (const Stroke& line : glyph) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            low = {std::min(low.x, line[i].x), std::min(low.y, line[i].y)};
            high = {std::max(high.x, line[i].x), std::max(high.y, line[i].y)};
            if (i == 0) continue;
            const Point d = line[i] + -1.0 * line[i - 1];
            const double piece = std::sqrt(d.x * d.x + d.y * d.y);
            moment = moment + 0.5 * piece * (line[i] + line[i - 1]);
            length += piece;
        }
    }
    const double side = std::max({high.x - low.x, high.y - low.y, 1e-6});
    const Point mass = length > 0 ? 1 / length * moment : low;
    for (Stroke& line : glyph)
        for (Point& p : line)
            p = centre + span / side * (p + -1.0 * mass);
}

void Ink::clear(int h, int w) {
    height = h;
    width = w;
    value.assign(static_cast<std::size_t>(h) * static_cast<std::size_t>(w), 0.0);
}

void Ink::draw(const Glyph& glyph, const Pen& pen) {
    for (const Stroke& line : glyph) {
        const double steps = static_cast<double>(std::max<std::size_t>(line.size(), 2) - 1);
        const auto radius = [&](std::size_t i) {
            return pen.radius * (1 + pen.taper * (static_cast<double>(i) / steps - 0.5));
        };
        for (std::size_t i = 0; i + 1 < line.size(); ++i)
            segment(line[i], line[i + 1], radius(i), radius(i + 1), pen.softness);
    }
}

// Every pixel near the segment takes the ink of its distance to it; pixel (row, column) has its
// centre at (column + 0.5, row + 0.5).
void Ink::segment(Point a, Point b, double radius_a, double radius_b, double softness) {
    const double reach = std::max(radius_a, radius_b) + 0.5 * softness + 0.5;
    const auto first = [&](double p) { return static_cast<int>(std::max(p - reach, 0.0)); };
    const auto last = [&](double p, int size) {
        return static_cast<int>(std::clamp(p + reach, 0.0, static_cast<double>(size)));
    };
    const int left = first(std::min(a.x, b.x)), right = last(std::max(a.x, b.x), width);
    const int top = first(std::min(a.y, b.y)), bottom = last(std::max(a.y, b.y), height);
    const double dx = b.x - a.x, dy = b.y - a.y;
    const double scale = 1 / std::max(dx * dx + dy * dy, 1e-9);
    for (int row = top; row < bottom; ++row) {
        for (int column = left; column < right; ++column) {
            const double px = column + 0.5 - a.x, py = row + 0.5 - a.y;
            const double t = std::clamp((px * dx + py * dy) * scale, 0.0, 1.0);
            const double ex = px - t * dx, ey = py - t * dy;
            const double radius = radius_a + t * (radius_b - radius_a);
            const double far = radius + 0.5 * softness;
            const double squared = ex * ex + ey * ey;
            if (squared >= far * far) continue;
            const double ink = std::min((far - std::sqrt(squared)) / softness, 1.0);
            double& pixel = value[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) +
                                  static_cast<std::size_t>(column)];
            pixel = std::max(pixel, ink);
        }
    }
}

}  // namespace crossbar
