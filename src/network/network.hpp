// The network: stages in order, from pixels to the sums that are the logits, and the layers of
// synapses that its convolutions own. All that training changes is in here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "array/feedback.hpp"
#include "array/rule.hpp"
#include "array/synapse_array.hpp"
#include "array/tiled_array.hpp"
#include "base/tensor.hpp"
#include "kernels/kernels.hpp"
#include "network/batch_norm.hpp"
#include "network/graph.hpp"
#include "network/plan.hpp"

namespace crossbar {

// Without batch normalisation: activations = sums / 2^shift, the shift following the sums' range
// (dynamic fixed point: Courbariaux, Bengio, David, arXiv 1412.7024).
struct ActivationScale {
    int shift = 0;
    bool started = false;
};

// A layer's inputs to its stored sums: forward synapses and how they are read. Sums are out_height
// * out_width positions of `forward.outputs` channels an image; a row of `forward.inputs` inputs is
// a window of the input (kernel, kernel, channels), or of one channel of it where each output has
// one of its own (depthwise).
struct Crossbar {
    std::string text;  // its stage, e.g. "conv 5x5x20"
    Window window{};
    bool depthwise = false;
    bool unsigned_input = false;  // inputs are known to lie in 0..127
    int sum_shift = 0;            // sums are stored / 2^sum_shift, so that |s| < 2^25
    SynapseArray forward;
    TiledArray tiles;               // that it is read through
    std::int32_t compensation = 0;  // factor on sums * 2^16; 0 unless it is deploy.hpp's

    std::size_t positions() const {
        return static_cast<std::size_t>(window.out_height) *
               static_cast<std::size_t>(window.out_width);
    }
    // Channels of a window.
    int window_channels() const { return depthwise ? 1 : window.channels; }
    // One window that covers the whole image: rows of the product are images, nothing is gathered.
    bool dense() const {
        return !depthwise && positions() == 1 && window.pad == 0 &&
               window.kernel_height == window.in_height && window.kernel_width == window.in_width;
    }
};

// With what training needs: feedback synapses, the local trace, and what turns sums into
// activations.
struct Layer : Crossbar {
    FeedbackArray feedback;
    TiledArray feedback_tiles;
    Trace trace;
    BatchNorm norm;
    ActivationScale scale;
    bool learns = true;
    bool passes_delta = false;  // the stage that it reads wants a delta
};

struct Network {
    Shape input;
    int classes = 0;
    int input_top = 127;  // pixels 0..255 become 0..input_top
    int gain = 1024;      // read-out gain * 1024
    std::vector<Stage> stages;
    std::vector<Layer> layers;

    std::size_t synapses() const;
};

// Throws Error where the text does not fit the input shape or the class count.
Network make_network(const std::string& text, const Shape& input, int classes, const Plan& plan,
                     const Kernels& kernels);

// Hash (FNV-1a, 64 bits) of every level, trace, feedback level and running statistic. How tests are
// made does not change it.
std::uint64_t signature(const Network& network);

}  // namespace crossbar
