// Network text: stages separated by commas, from the input to the logits.
//
//   conv 5x5x20          20 maps, 5x5 window; then any of: stride 2, pad 2 (also conv 5x5x20/2)
//   max 3x3/2, avg 3x3/2 pooling window and stride; may overlap; windows hang over the far edges
//                        rather than drop pixels (ceil mode); then pad P if wanted
//   fc 500               fully connected
//   bn                   batch normalisation; stands right after a conv or fc
//   relu
#pragma once

#include <string>
#include <vector>

#include "base/tensor.hpp"
#include "kernels/kernels.hpp"

namespace crossbar {

enum class StageKind { convolution, dense, batch_norm, max_pool, average_pool, relu };

struct StageSpec {
    StageKind kind;
    int kernel = 0;  // height = width; 0 for dense, bn and relu
    int maps = 0;    // outputs of convolution and dense
    int stride = 1;
    int pad = 0;
    std::string text;  // as written but for runs of blanks, for messages
};

// Throws Error naming the stage that is wrong and what would be right.
std::vector<StageSpec> parse_network(const std::string& text);

// The window of a stage on an input, with its output size. Throws Error when the window does not
// fit, hangs over by its whole size, or gives a map too large.
Window window_of(const StageSpec& spec, const Shape& in);

// Throws Error where an image or a map has more values than offsets within it can tell apart.
void check_map(const std::string& what, const Shape& map);

}  // namespace crossbar
