// Training images seen otherwise in every epoch: turned, shifted, cut out of a margin, mirrored,
// with a square hidden. Integers alone (docs/arithmetic.md, section 17); what is drawn for an image
// is a function of seed, epoch and its number in the training set.
#pragma once

#include <cstdint>

#include "data/dataset.hpp"
#include "network/plan.hpp"

namespace crossbar {

// What one image is drawn. Of the image that is made, position (y, x) shows the square, or what the
// window has there: the image, mirrored or not, `row` rows and `column` columns further on.
struct AugmentDraw {
    std::int32_t sine = 0, cosine = 65536;  // * 65536, of a clockwise turn about the middle
    int down = 0, right = 0;                // a shift in 1/256 of a pixel, after the turn
    int row = 0, column = 0;                // where the window begins; beside the image is 0
    bool flip = false;                      // the window's left and right are exchanged
    int cutout = 0;                         // side of a square of zeros
    int cutout_row = 0, cutout_column = 0;  // its upper left corner; it may hang over
};

// How the images of one epoch are seen; plain where nothing is said.
struct EpochView {
    Augmentation how;
    std::uint64_t seed = 0;
    int epoch = 0;
};

// Throws Error naming the option where images of this shape cannot be augmented so.
void check_augmentation(const Augmentation& how, const Shape& shape);

// Of image `image` of the training set, of this shape.
AugmentDraw draw_augmentation(const EpochView& view, const Shape& shape, std::uint32_t image);

// An image of `shape` as the draw has it; `to` does not overlap `from`.
void augment(const std::uint8_t* from, const Shape& shape, const AugmentDraw& draw,
             std::uint8_t* to);

// Both. Where the view is plain, the image itself; else what it has put into `room`.
const std::uint8_t* seen_image(const Dataset& data, std::uint32_t image, const EpochView& view,
                               std::uint8_t* room);

// Sine and cosine * 65536 of an angle in 2^-30 radians, from -pi/4 to pi/4.
struct Turn {
    std::int32_t sine, cosine;
};
Turn turn_by(std::int64_t angle);

}  // namespace crossbar
