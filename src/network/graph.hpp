// The graph of a network: its stages with what they read, and the way back through them. A delta
// belongs to an edge; where a stage has several readers, theirs are summed.
#pragma once

#include <cstddef>
#include <vector>

#include "base/tensor.hpp"
#include "kernels/kernels.hpp"

namespace crossbar {

// What a network's stages are. Dense ones are convolutions too; bn belongs to the stage before it.
enum class StageKind { convolution, max_pool, average_pool, relu, add, shortcut };

// What is known of a kind beside its arithmetic.
struct KindTraits {
    bool in_place = true;  // the delta of its input may take the place of that of its output
    int additions = 0;     // for each value of its output, beside what synapses and windows do
};

constexpr KindTraits traits_of(StageKind kind) {
    switch (kind) {
        case StageKind::convolution:
        case StageKind::relu:
            break;
        case StageKind::max_pool:
        case StageKind::average_pool:
        case StageKind::shortcut:
            return {.in_place = false};
        case StageKind::add:
            return {.additions = 1};
    }
    return {};
}

// Calls pixel(above, below) for each pixel of a shortcut's output, which has `maps` values, and the
// pixel of its input that it shows: where their values begin.
template <typename Pixel>
void each_shortcut_pixel(const Window& w, int maps, const Pixel& pixel) {
    std::size_t above = 0;
    for (int y = 0; y < w.out_height; ++y)
        for (int x = 0; x < w.out_width; ++x, above += static_cast<std::size_t>(maps))
            pixel(above, static_cast<std::size_t>((y * w.in_width + x) * w.stride * w.channels));
}

struct Stage {
    StageKind kind;
    std::vector<int> inputs = {};  // the stages that it reads; -1 is the image
    Shape in, out;
    Window window{};
    int layer = -1;            // of a convolution
    bool wants_delta = false;  // it or a stage below it learns: the delta at its output is wanted
    int terms = 1;             // images and activations that are added up in its output
    int raise = 0;  // of an add: bits by which its unit is coarser than that of its coarser operand
};

// Fills in terms and raises of stages in their order: docs/arithmetic.md, section 6.
void raise_sums(std::vector<Stage>& stages);

// A stage turns the delta at its output into that of one of its inputs. Numbers are of buffers.
struct BackwardStep {
    int stage;
    int input = -1;  // the stage that is read; -1: its delta is not wanted
    int from = -1;   // at the output; -1 at the last stage, whose delta the loss gives
    int to = -1;     // at the input
    int sum = -1;    // holds that of the input's other readers so far, and `to` is added to it
};

struct BackwardPlan {
    std::vector<BackwardStep> steps;   // from the last stage down
    std::vector<std::size_t> buffers;  // values of one image that each has to hold
};

// A chain takes two buffers at most; more are needed where a delta waits for that of another
// reader.
BackwardPlan plan_backward(const std::vector<Stage>& stages);

}  // namespace crossbar
