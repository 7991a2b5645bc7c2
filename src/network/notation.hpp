// Network text: stages separated by commas, from the input to the logits.
//
//   conv 5x5x20          20 maps, 5x5 window; then any of: stride 2, pad 2 (also conv 5x5x20/2)
//   dwconv 3x3           depthwise: each map has a 3x3 window of its own; then stride and pad
//   max 3x3/2, avg 3x3/2 pooling window and stride; may overlap; windows hang over the far edges
//                        rather than drop pixels (ceil mode); then pad P if wanted
//   avg all              the mean of each map
//   fc 500               fully connected
//   bn                   batch normalisation; stands right after a conv, dwconv or fc
//   relu
//   add a                the sum of what the stage before gives and what the stage named a gives
//
//   shortcut 32/2        every second pixel of every second row, with maps of zeros up to 32
//   3 x [relu, fc 20]    what is in brackets, three times over
//
// Any stage may end in a name for what it gives, "as a", which later ones add, or read in place of
// what the stage before them gives, "from a". Residual blocks with an identity, and with a
// projection where maps shrink, are
//
//   relu as a, conv 3x3x16 pad 1, bn, relu, conv 3x3x16 pad 1, bn, add a, relu
//   relu as a, conv 3x3x32/2 pad 1, bn, relu, conv 3x3x32 pad 1, bn as b,
//       conv 1x1x32/2 from a, bn, add b, relu
//
// Names begin with a letter, and have letters, digits and _ behind it, 20 in all at most; one that
// was read may be given again. What is added has one shape.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/tensor.hpp"
#include "kernels/kernels.hpp"

namespace crossbar {

// What a text may say.
enum class SpecKind {
    convolution,
    depthwise,
    dense,
    batch_norm,
    max_pool,
    average_pool,
    relu,
    add,
    shortcut
};

struct SpecTraits {
    bool synapses = false;  // an array of them
    bool window = false;    // of its own, and not all that it reads
};

constexpr SpecTraits traits_of(SpecKind kind) {
    switch (kind) {
        case SpecKind::convolution:
        case SpecKind::depthwise:
            return {.synapses = true, .window = true};
        case SpecKind::dense:
            return {.synapses = true};
        case SpecKind::max_pool:
        case SpecKind::average_pool:
            return {.window = true};
        case SpecKind::batch_norm:
        case SpecKind::relu:
        case SpecKind::add:
        case SpecKind::shortcut:
            break;
    }
    return {};
}

struct StageSpec {
    SpecKind kind;
    int kernel = 0;  // height = width; 0 for dense, bn, relu and the mean of all
    int maps = 0;    // outputs of convolution, dense and shortcut; of others those of the input
    int stride = 1;
    int pad = 0;
    bool whole = false;            // the window is all of the map
    std::string name = {};         // by which others read it
    std::string source = {};       // what it reads in place of the stage before it
    std::string added = {};        // what an add adds
    std::vector<int> inputs = {};  // the stages of the text that it reads, from 0; -1 is the image
    std::string text;              // as written but for runs of blanks, for messages
};

// Throws Error naming the stage that is wrong and what would be right.
std::vector<StageSpec> parse_network(const std::string& text);

// What a stage makes of one image. Without a window of its own it sees all of its input.
struct StageShapes {
    Shape in, out;
    Window window;
    std::int64_t depth = 0;  // inputs of each output through synapses; 0 where there are none

    // Sizes are not checked yet: as a number that no product of them can overflow.
    double synapses() const { return static_cast<double>(depth) * out.channels; }
};

// Of every stage. Throws Error when a window does not fit, hangs over by its whole size, or gives a
// map too large, and when an add has two shapes.
std::vector<StageShapes> shapes_of(const std::vector<StageSpec>& stages, const Shape& image);

// Throws Error where an image or a map has more values than offsets within it can tell apart.
void check_map(const std::string& what, const Shape& map);

}  // namespace crossbar
