// Strokes as elements of SVG: places in tenths of a point, each but the first of a path by the way
// to it.
#include "pictures/inline_svg.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "pictures/escaped.hpp"

namespace crossbar::sim {
namespace {

constexpr Colour white = {255, 255, 255}, page_ink = TextLook{}.ink;

long tenths(double length) {
    return std::lround(10 * length);
}

// "12.3", "-.5", "4".
std::string number(long tenths) {
    std::string text = fmt::format("{}", std::abs(tenths) / 10);
    if (tenths % 10 != 0) text += fmt::format(".{}", std::abs(tenths) % 10);
    if (text.size() > 1 && text[0] == '0') text.erase(0, 1);
    return (tenths < 0 ? "-" : "") + text;
}

std::string number(double length) {
    return number(tenths(length));
}

std::string pair_of(long x, long y) {
    return number(x) + (y < 0 ? "" : " ") + number(y);
}

std::string trace(const Path& path) {
    std::string text;
    long x = 0, y = 0;
    char way = 0;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const long dx = tenths(path[i].first) - x, dy = tenths(path[i].second) - y;
        const char next = i == 0 ? 'M' : dy == 0 ? 'h' : dx == 0 ? 'v' : 'l';
        if (next == 'l' && way == 'l') {
            text += (dx < 0 ? "" : " ") + pair_of(dx, dy);
        } else if (next == 'M' || next == 'l') {
            text += next + pair_of(dx, dy);
        } else if (dx != 0 || dy != 0) {
            text += next + number(dx != 0 ? dx : dy);
        }
        way = next;
        x += dx, y += dy;
    }
    return text;
}

std::string ink_of(const char* of, const Colour& ink) {
    if (ink == white) return fmt::format(" {}=\"var(--ground, #fff)\"", of);
    const auto [least, most] = std::minmax({ink[0], ink[1], ink[2]});
    if (most - least > 24)
        return fmt::format(" {}=\"currentColor\" color=\"#{:02x}{:02x}{:02x}\"", of, ink[0], ink[1],
                           ink[2]);
    const double share = (255.0 - ink[1]) / (255.0 - page_ink[1]);
    return fmt::format(" {}=\"currentColor\"", of) +
           (share < 0.995 ? fmt::format(" {}-opacity=\"{:.2g}\"", of, share) : "");
}

std::string look_of(const Stroke& stroke) {
    std::string look =
        ink_of("stroke", stroke.ink) + fmt::format(" stroke-width=\"{}\"", number(stroke.width));
    if (!stroke.dashes.empty()) {
        look += " stroke-dasharray=\"";
        for (const double dash : stroke.dashes)
            look += (look.back() == '"' ? "" : " ") + number(dash);
        look += '"';
    }
    return look;
}

}  // namespace

InlineSvg::InlineSvg(double width, double height, const std::string& title,
                     const std::string& description)
    : svg_(fmt::format(
          "<svg viewBox=\"0 0 {} {}\" role=\"img\" fill=\"none\" "
          "stroke-linejoin=\"round\" paint-order=\"stroke\"><title>{}</title><desc>{}</desc>",
          number(width), number(height), escaped(readable(title)),
          escaped(readable(description)))) {}

void InlineSvg::finish_path() {
    if (!path_.empty()) svg_ += fmt::format("<path{} d=\"{}\"/>", path_look_, path_);
    path_.clear();
}

void InlineSvg::add(const std::string& look, const std::string& path) {
    if (look != path_look_) finish_path();
    path_look_ = look;
    path_ += path;
}

void InlineSvg::text(double x, double y, const std::string& text, const TextLook& look) {
    std::string shared = fmt::format(" font-size=\"{}\"", number(look.size));
    shared += ink_of("fill", look.ink);
    if (look.bold) shared += " font-weight=\"bold\"";
    if (look.anchor != Anchor::start)
        shared += look.anchor == Anchor::end ? " text-anchor=\"end\"" : " text-anchor=\"middle\"";
    if (shared != letters_look_)
        letters_ += fmt::format("{}<g{}>", letters_.empty() ? "" : "</g>", shared);
    letters_look_ = shared;
    const std::string at = fmt::format("x=\"{}\" y=\"{}\"", number(x), number(y));
    const std::string turned =
        look.upright ? fmt::format(" transform=\"rotate(-90 {} {})\"", number(x), number(y)) : "";
    letters_ += fmt::format("<text {}{}>{}</text>", at, turned, escaped(readable(text)));
}

void InlineSvg::line(const Path& path, const Stroke& stroke) {
    add(look_of(stroke), trace(path));
}

// An element has one colour: an edge of the page's ground goes with what is filled, below it, so
// that shapes of one element do not cut into one another.
void InlineSvg::fill(const std::string& shape, Colour ink, const Stroke& edge) {
    const std::string around = edge.width > 0 ? look_of(edge) : "";
    const bool together = edge.ink == white;
    add(ink_of("fill", ink) + (together ? around : ""), shape);
    if (!together && !around.empty()) add(around, shape);
}

void InlineSvg::area(const Path& path, Colour ink, const Stroke& edge) {
    fill(trace(path) + "z", ink, edge);
}

void InlineSvg::circle(double x, double y, double radius, Colour ink, const Stroke& edge) {
    const std::string r = number(radius), across = number(2 * tenths(radius));
    fill(trace({{x - radius, y}}) +
             fmt::format("a{0} {0} 0 1 0 {1} 0a{0} {0} 0 1 0-{1} 0z", r, across),
         ink, edge);
}

// An <svg> within another cuts off what is outside of it.
void InlineSvg::clip(double x, double y, double width, double height) {
    finish_path();
    svg_ +=
        fmt::format("<svg x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" viewBox=\"{} {} {} {}\">",
                    number(x), number(y), number(width), number(height), number(x), number(y),
                    number(width), number(height));
}

void InlineSvg::unclip() {
    finish_path();
    svg_ += "</svg>";
}

std::string InlineSvg::bytes() {
    finish_path();
    if (!letters_.empty()) letters_ += "</g>";
    return std::move(svg_) + std::move(letters_) + "</svg>";
}

}  // namespace crossbar::sim
