// The digits of the MNIST stand-in: for each a few ways of writing it, as strokes in a unit square
// (x right, y down), then a random hand. Not MNIST, and not meant to pass for it: results on it are
// labelled synthetic.
#include <algorithm>
#include <array>
#include <vector>

#include "data/standin/stand_ins.hpp"

namespace crossbar {
namespace {

using Styles = std::vector<Glyph>;

// clang-format off
const std::array<Styles, 10> digit_styles = {{
    {  // 0
     {{{.5, 0}, {.15, .2}, {.05, .5}, {.15, .82}, {.5, 1}, {.85, .8}, {.95, .5}, {.82, .18},
       {.5, 0}, {.4, .03}}},
     {{{.6, .05}, {.3, .1}, {.1, .45}, {.15, .85}, {.45, 1}, {.8, .75}, {.85, .3},
       {.65, .02}, {.5, .08}}},
     {{{.75, .1}, {.4, 0}, {.1, .3}, {.08, .7}, {.4, 1}, {.8, .85}, {.95, .45}, {.75, .08},
       {.45, .02}, {.3, .12}}},
    },
    {  // 1
     {{{.5, 0}, {.5, .5}, {.5, 1}}},
     {{{.52, 0}, {.5, .5}, {.48, 1}}},
     {{{.3, .22}, {.55, 0}, {.55, 0}, {.52, .5}, {.5, 1}}},
     {{{.3, .22}, {.52, 0}, {.52, 0}, {.5, .5}, {.5, 1}}, {{.2, 1}, {.5, 1}, {.8, 1}}},
    },
    {  // 2
     {{{.1, .25}, {.3, .03}, {.65, .02}, {.85, .25}, {.65, .55}, {.3, .82}, {.08, 1},
       {.08, 1}, {.5, .97}, {.95, .98}}},
     {{{.12, .2}, {.4, 0}, {.8, .15}, {.75, .45}, {.45, .78}, {.15, .95}, {.1, .8},
       {.3, .74}, {.6, .92}, {.98, .95}}},
     {{{.1, .1}, {.5, 0}, {.85, .12}, {.8, .4}, {.05, 1}, {.05, 1}, {.95, 1}}},
    },
    {  // 3
     {{{.1, .12}, {.45, 0}, {.82, .15}, {.75, .38}, {.4, .48}, {.4, .48}, {.8, .58},
       {.9, .82}, {.5, 1}, {.05, .9}}},
     {{{.1, .02}, {.8, 0}, {.8, 0}, {.4, .42}, {.4, .42}, {.8, .5}, {.9, .8}, {.5, 1},
       {.08, .9}}},
     {{{.15, .1}, {.5, 0}, {.8, .2}, {.55, .45}, {.35, .5}, {.45, .42}, {.75, .55},
       {.85, .8}, {.5, 1}, {.1, .85}}},
    },
    {  // 4
     {{{.15, 0}, {.1, .3}, {.12, .52}, {.12, .52}, {.5, .55}, {.95, .5}}, {{.8, .05},
       {.75, .5}, {.7, 1}}},
     {{{.7, 0}, {.05, .65}, {.05, .65}, {.95, .65}}, {{.7, 0}, {.68, .5}, {.65, 1}}},
     {{{.1, .02}, {.08, .4}, {.3, .55}, {.7, .45}, {.85, .05}, {.85, .05}, {.78, .5},
       {.7, 1}}},
    },
    {  // 5
     {{{.85, 0}, {.25, .02}, {.25, .02}, {.18, .42}, {.18, .42}, {.55, .36}, {.88, .6},
       {.75, .92}, {.4, 1}, {.08, .88}}},
     {{{.2, .05}, {.15, .45}, {.15, .45}, {.6, .4}, {.85, .7}, {.5, 1}, {.05, .92}},
       {{.2, .04}, {.55, .03}, {.95, 0}}},
     {{{.9, .02}, {.4, .05}, {.2, .3}, {.5, .48}, {.8, .68}, {.6, .97}, {.1, .95}}},
    },
    {  // 6
     {{{.75, .02}, {.35, .2}, {.1, .6}, {.25, .95}, {.65, .98}, {.88, .75}, {.65, .52},
       {.3, .6}, {.13, .78}}},
     {{{.45, 0}, {.2, .4}, {.1, .75}, {.35, 1}, {.75, .9}, {.78, .65}, {.45, .58},
       {.15, .78}}},
     {{{.9, .05}, {.5, .12}, {.15, .5}, {.1, .85}, {.4, 1}, {.65, .85}, {.55, .66},
       {.25, .75}}},
    },
    {  // 7
     {{{.05, .05}, {.9, .02}, {.9, .02}, {.6, .5}, {.4, 1}}},
     {{{.05, .05}, {.9, .02}, {.9, .02}, {.6, .5}, {.4, 1}}, {{.3, .5}, {.85, .48}}},
     {{{.08, .2}, {.1, .02}, {.1, .02}, {.9, .05}, {.9, .05}, {.65, .45}, {.55, 1}}},
     {{{.05, .12}, {.5, .04}, {.85, .08}, {.8, .3}, {.55, .6}, {.45, 1}}},
    },
    {  // 8
     {{{.8, .12}, {.45, 0}, {.15, .2}, {.45, .47}, {.85, .75}, {.5, 1}, {.12, .78},
       {.5, .48}, {.85, .22}, {.75, .08}}},
     {{{.5, 0}, {.2, .2}, {.5, .45}, {.8, .2}, {.5, 0}, {.4, .03}}, {{.5, .45}, {.1, .72},
       {.5, 1}, {.9, .72}, {.5, .45}, {.4, .48}}},
     {{{.85, .05}, {.4, .05}, {.2, .25}, {.55, .5}, {.7, .8}, {.35, 1}, {.1, .8}, {.45, .5},
       {.85, .2}, {.9, .02}}},
    },
    {  // 9
     {{{.8, .2}, {.5, 0}, {.15, .2}, {.2, .48}, {.6, .45}, {.82, .15}, {.82, .15},
       {.8, .55}, {.7, 1}}},
     {{{.8, .2}, {.5, 0}, {.15, .2}, {.2, .48}, {.6, .45}, {.82, .15}, {.82, .15},
       {.88, .6}, {.65, .95}, {.2, .95}}},
     {{{.75, .12}, {.35, .05}, {.1, .3}, {.35, .5}, {.7, .3}, {.78, .08}, {.78, .08},
       {.65, .5}, {.4, 1}}},
    },
}};
// clang-format on

// A hand between careful and hasty; few are very hasty, and those make the hard images.
Warp hand(Draws& draws) {
    const double u = draws.uniform(0, 1);
    const double haste = .7 + .9 * u * u * u;
    return {.jitter = .034 * haste,
            .elastic = .066 * haste,
            .rotation = .16 * haste,
            .shear = .2,
            .narrow = .6,
            .wide = 1.1};
}

// A dot or a dash that belongs to nothing.
Glyph speck(const Shape& shape, double unit, Draws& draws) {
    const Point a{draws.uniform(0, shape.width), draws.uniform(0, shape.height)};
    const double reach = 3 * unit;
    return {{a, {a.x + draws.uniform(-reach, reach), a.y + draws.uniform(-reach, reach)}}};
}

}  // namespace

void render_digit(int digit, const Shape& shape, Draws& draws, Ink& scratch,
                  std::span<std::uint8_t> pixels) {
    const double unit = std::min(shape.height, shape.width) / 28.0;  // one pixel of MNIST
    const Styles& styles = digit_styles[static_cast<std::size_t>(digit)];
    const Glyph& style =
        styles[static_cast<std::size_t>(draws.below(static_cast<int>(styles.size())))];
    Glyph glyph = deform(style, hand(draws), draws);
    const Pen pen = {unit * draws.uniform(.6, 1.7), draws.normal(.25),
                     unit * draws.uniform(.8, 1.6)};
    // MNIST fits a digit into 20 x 20 pixels, its pen included, and centres its mass.
    const double span = (20 - draws.uniform(0, 3)) * unit - 2 * pen.radius;
    const Point centre = {0.5 * shape.width + draws.normal(.6 * unit),
                          0.5 * shape.height + draws.normal(.6 * unit)};
    place(glyph, span, centre);
    scratch.clear(shape.height, shape.width);
    scratch.draw(glyph, pen);
    for (int specks = draws.below(4) - 1; specks > 0; --specks) {
        const Pen fine = {unit * draws.uniform(.3, .8), 0, unit};
        scratch.draw(speck(shape, unit, draws), fine);
    }

    const double bright = draws.uniform(170, 255);
    const double noise = draws.uniform(0, 24);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const double grey = bright * scratch.value[i] + draws.grain(noise);
        pixels[i] = static_cast<std::uint8_t>(std::clamp(grey + 0.5, 0.0, 255.0));
    }
}

}  // namespace crossbar
