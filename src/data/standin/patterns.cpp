// Stand-in pictures for any geometry and number of classes. A class is a random glyph, a texture
// and a tint, all drawn from the class's own address; an image shows them in a random pose and
// colour before a random background, half hidden at times. Geometries too thin for a glyph (a row
// of features) get a random curve a class instead, stretched and mixed with another.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "data/standin/stand_ins.hpp"

namespace crossbar {
namespace {

constexpr int thinnest_glyph = 8;
constexpr int knots_a_curve = 24;

using Colour = std::vector<double>;  // one value 0..1 a channel

// A sine of period 1 in shape, made of two parabolas.
double wave(double t) {
    constexpr double above = 1024;  // makes every phase positive, where a cast rounds down
    const double from = t + above;
    const double p = 2 * (from - static_cast<int>(from)) - 1;
    return 4 * p * (1 - std::abs(p));
}

Colour colour(int channels, Draws& draws) {
    Colour result(static_cast<std::size_t>(channels));
    for (double& value : result)
        value = draws.uniform(0, 1);
    return result;
}

// Stripes across the image: `turns` periods along a direction, from a phase.
struct Stripes {
    double x = 0, y = 0, phase = 0;
    double at(double u, double v) const { return wave(x * u + y * v + phase); }
};

struct Class {
    Glyph glyph;
    Stripes stripes;
    Colour tint;
};

Class class_of(int label, int channels) {
    Draws draws(
        stream(0, Purpose::synthetic_image, lanes::image_class, static_cast<std::uint64_t>(label)));
    Class result;
    for (int strokes = 2; strokes > 0; --strokes) {
        Stroke stroke;
        for (int points = 4; points > 0; --points)
            stroke.push_back({draws.uniform(0, 1), draws.uniform(0, 1)});
        result.glyph.push_back(stroke);
    }
    result.stripes = {draws.uniform(-7, 7), draws.uniform(-7, 7), 0};
    result.tint = colour(channels, draws);
    return result;
}

void render_picture(int label, const Shape& shape, Draws& draws, Ink& ink,
                    std::span<std::uint8_t> pixels) {
    constexpr Warp pose = {
        .jitter = .04, .elastic = .06, .rotation = .2, .shear = .15, .narrow = .75, .wide = 1.15};
    const double side = std::min(shape.height, shape.width);
    const Class kind = class_of(label, shape.channels);
    Glyph glyph = deform(kind.glyph, pose, draws);
    const double span = side * draws.uniform(.5, .85);
    const Point centre = {shape.width * draws.uniform(.4, .6),
                          shape.height * draws.uniform(.4, .6)};
    place(glyph, span, centre);
    ink.clear(shape.height, shape.width);
    ink.draw(glyph, {side * draws.uniform(.04, .08), draws.normal(.2), 1});

    const double turn = draws.normal(.12);  // of the texture, a small angle
    Stripes own = kind.stripes;
    own = {own.x - turn * own.y, own.y + turn * own.x, draws.uniform(0, 1)};
    const Stripes other = {draws.uniform(-7, 7), draws.uniform(-7, 7), draws.uniform(0, 1)};
    const Colour front = colour(shape.channels, draws), left = colour(shape.channels, draws),
                 right = colour(shape.channels, draws);
    // A grey strip hides a part of every second image.
    const int hidden = draws.below(2) * shape.height / 8;
    const int hidden_from = draws.below(shape.height);
    const double noise = draws.uniform(4, 20);
    std::size_t at = 0;
    for (int row = 0; row < shape.height; ++row) {
        for (int column = 0; column < shape.width; ++column) {
            const double u = (column + .5) / shape.width, v = (row + .5) / shape.height;
            const double cover = ink.value[at / front.size()];
            const double texture = .25 * own.at(u, v), ground = .12 * other.at(u, v);
            const bool strip = row >= hidden_from && row < hidden_from + hidden;
            for (std::size_t c = 0; c < front.size(); ++c, ++at) {
                const double behind = .5 * ((1 - u) * left[c] + u * right[c]) + ground;
                const double glyph_colour = .3 + .35 * kind.tint[c] + .35 * front[c] + texture;
                const double value = strip ? .5 : cover * glyph_colour + (1 - cover) * behind;
                const double grey = 255 * value + draws.grain(noise) + .5;
                pixels[at] = static_cast<std::uint8_t>(std::clamp(grey, 0.0, 255.0));
            }
        }
    }
}

// A smooth random curve over 0..1.
struct Curve {
    std::array<double, knots_a_curve> knot{};
    explicit Curve(Draws& draws) {
        for (double& k : knot)
            k = draws.uniform(-1, 1);
    }
    double at(double t) const {
        const double x = std::clamp(t, 0.0, 1.0) * (knots_a_curve - 1);
        const int i = std::min(static_cast<int>(x), knots_a_curve - 2);
        const double f = x - i, s = f * f * (3 - 2 * f);
        const auto k = static_cast<std::size_t>(i);
        return (1 - s) * knot[k] + s * knot[k + 1];
    }
};

void render_curve(int label, const Shape& shape, Draws& draws, std::span<std::uint8_t> pixels) {
    Draws fixed(
        stream(0, Purpose::synthetic_image, lanes::image_class, static_cast<std::uint64_t>(label)));
    const double start = draws.uniform(-.03, .03), stretch = draws.uniform(.94, 1.06);
    const double loud = draws.uniform(50, 90), noise = draws.uniform(10, 30);
    const std::size_t channels = static_cast<std::size_t>(shape.channels);
    const std::size_t length = pixels.size() / channels;
    for (std::size_t c = 0; c < channels; ++c) {
        const Curve own(fixed), other(draws);
        for (std::size_t i = 0; i < length; ++i) {
            const double t = (static_cast<double>(i) + .5) / static_cast<double>(length);
            const double value = loud * (own.at(start + stretch * t) + .6 * other.at(t));
            const double grey = 128 + value + draws.grain(noise);
            pixels[i * channels + c] = static_cast<std::uint8_t>(std::clamp(grey, 0.0, 255.0));
        }
    }
}

}  // namespace

void render_pattern(int label, const Shape& shape, Draws& draws, Ink& scratch,
                    std::span<std::uint8_t> pixels) {
    if (std::min(shape.height, shape.width) < thinnest_glyph)
        render_curve(label, shape, draws, pixels);
    else
        render_picture(label, shape, draws, scratch, pixels);
}

}  // namespace crossbar
