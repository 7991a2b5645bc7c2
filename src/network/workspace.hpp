// What one batch needs on its way through the network and back: activations, sums, deltas, scratch.
// Kept between batches, so that a training step allocates nothing.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <mutex>
#include <span>
#include <type_traits>
#include <vector>

#include "array/device_array.hpp"
#include "array/synapse_array.hpp"
#include "array/tiled_array.hpp"
#include "base/parallel.hpp"
#include "base/processes.hpp"
#include "base/random_address.hpp"
#include "base/tensor.hpp"
#include "network/batch_norm.hpp"
#include "network/deployed_layer.hpp"
#include "network/gradient_exchange.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"
#include "network/voters.hpp"
#include "network/window_rows.hpp"

namespace crossbar {

enum class Mode { train, infer };  // statistics of the batch, or the running ones

// Images that a test passes through at a time.
constexpr std::size_t evaluation_batch = 200;

enum class Reduce { sum, max };

// What the work is done with; passed along, never stored.
struct Compute {
    const Kernels& kernels;
    Threads& threads;
    Processes* processes = nullptr;  // those that share each batch; null where one has all of it

    // The same without the other processes: for work that each does by itself.
    Compute alone() const { return {kernels, threads}; }

    // Threads::share whose pieces each give an integer, or what is made of integers: their sum, or
    // the largest, which have no order.
    template <Reduce how, typename Piece>
    auto reduce(std::size_t size, std::size_t grain, const Piece& piece) const {
        std::invoke_result_t<Piece, std::size_t, std::size_t, int> whole{};
        std::mutex one;
        threads.share(size, grain, [&](std::size_t first, std::size_t last, int thread) {
            const auto part = piece(first, last, thread);
            const std::lock_guard guard(one);
            if constexpr (how == Reduce::max)
                whole = std::max(whole, part);
            else
                whole += part;
        });
        return whole;
    }

    // Which of so many, images or voters, are this process's.
    Stretch own_part(std::size_t all) const {
        if (!processes) return {0, all};
        return part_of(all, static_cast<std::size_t>(processes->rank()),
                       static_cast<std::size_t>(processes->count()));
    }
    // Of what every process has for its part of a batch: in place, over all of them.
    void sum_over_processes(std::span<std::int64_t> values) const {
        if (processes) processes->sum(values);
    }
    template <std::integral T>
    T max_over_processes(T value) const {
        if (!processes) return value;
        auto largest = static_cast<std::int64_t>(value);
        processes->max({&largest, 1});
        return static_cast<T>(largest);
    }
};

// How int32 deltas become 8-bit deltas, and the address of their random numbers.
struct DeltaFormat {
    int top = 127;
    Rounding rounding = Rounding::nearest;
    std::uint64_t seed = 0;
    std::uint64_t step = 0;
    bool balanced = false;       // the loss's deltas of an image sum to zero after rounding too
    std::int64_t smoothing = 0;  // share of a target that all classes have alike, * 2^30
};

// Packed operands of one array: one plane, or the two digits of a wide one.
struct PackedSlices {
    std::vector<std::int8_t> low, high;
    Slices slices;                    // before packing, where the array does not hold them itself
    std::vector<std::int8_t> turned;  // before packing, where kernels are turned, or bits sliced
};

struct LayerWorkspace {
    PackedSlices forward, feedback;
    TileWorkspace forward_tiles, feedback_tiles;
    std::vector<std::int32_t> sums;  // count * positions x outputs
    Statistics statistics;           // of this batch
    Deviations deviations;           // of those
    Activation activation;           // by those, or by `scale`
    NormaliseDeltaTables delta_tables;
    DeltaMoments delta_moments;
    int output_exponent = 0;                  // of the delta those moments are of
    ActivationScale scale;                    // as chosen for this batch
    Tensor normalised;                        // before scale and shift; only where they are learnt
    Tensor sum_delta;                         // at the sums, count x (positions x outputs)
    std::vector<std::int32_t> gradient;       // outputs x inputs
    std::vector<std::int64_t> wide_gradient;  // where a batch needs more than int32
    std::vector<std::int64_t> residual;       // sum of sum_delta a row, 0 but for rounding
    std::vector<std::int64_t> input_sum;      // of the inputs a column; depthwise: a synapse
    std::vector<std::int32_t> affine_gradient;  // of learnt scales, then of shifts
    GradientExchange exchange;                  // with other processes
};

struct StageWorkspace {
    Tensor out;
    std::vector<std::uint8_t> which;
};

// Tally of a stretch of training or of a test.
struct Metrics {
    std::uint64_t images = 0;
    std::uint64_t wrong = 0;  // the largest logit (the first of equals) is not the label's
    std::int64_t loss = 0;    // sum of -ln p(label), 16 fractional bits
    Metrics& operator+=(const Metrics& other) {
        images += other.images;
        wrong += other.wrong;
        loss += other.loss;
        return *this;
    }
};

// One image's softmax, see loss.hpp.
struct SoftmaxOf {
    std::int64_t log_sum = 0;                // 16 fractional bits
    std::vector<std::int64_t> distance;      // max - z, 8 fractional bits, at most 4095
    std::vector<std::uint32_t> probability;  // * 2^30
};

// One thread's own.
struct Scratch {
    std::vector<std::int8_t> patches, transposed, packed;
    FrameBuffer frame;
    std::vector<std::int8_t> signs;  // the sign plane of a piece: all that the rule sees
    std::vector<std::int32_t> sums, high;
    std::vector<std::int32_t> gradient;   // inputs + 1 x outputs; the last row sums the deltas
    std::vector<std::int32_t> input_sum;  // of each; depthwise: inputs x outputs
    std::vector<std::int8_t> ones;
    std::vector<std::uint16_t> random;
    DeviceScratch devices, back_devices;  // of forward synapses; of feedback ones that get pulses
    TileScratch tiles;
    std::vector<std::int32_t> sum_e, sum_ex;
    Moments moments;
    DeltaMoments delta_moments;
    SoftmaxOf softmax;
};

struct Workspace {
    std::size_t count = 0;        // images of this batch, or of the part of it that is here
    std::size_t whole_count = 0;  // images of the whole batch, of all processes
    // Random numbers are addressed by the step of a reading, and by the image's number in the whole
    // batch: images before these, where others have a part of it.
    std::uint64_t step = 0;
    std::size_t first_image = 0;
    bool signs_suffice = false;  // all that the rule sees of gradients of other processes
    Voting voting;               // where the batch is several crossbars'
    Votes votes;
    std::uint64_t seed = 0;  // of what voters draw
    Tensor input;
    std::vector<std::uint16_t> labels;
    std::vector<StageWorkspace> stages;
    std::vector<LayerWorkspace> layers;
    BackwardPlan backward;
    std::vector<Tensor> deltas;            // the buffers that its steps name
    std::vector<std::int32_t> wide_delta;  // one stage's deltas before they are narrowed
    std::vector<Scratch> scratch;

    const std::vector<std::int32_t>& logits() const { return layers.back().sums; }
    // Of a stage, or the image.
    const Tensor& output(int stage) const {
        return stage < 0 ? input : stages[static_cast<std::size_t>(stage)].out;
    }
};

Workspace make_workspace(const Network& network, const Threads& threads);

// The largest |sum| that tiles have read since it was cleared, of all threads.
void clear_largest(Workspace& work);
std::int32_t largest_read(const Workspace& work);

// The shift that brings `largest` into `top`'s bits.
int narrowing_shift(std::uint32_t largest, int top);

// Deltas of more than eight bits -> out in the delta format: one shift for all brings the largest
// to the top's bits. `largest` bounds them; the exponent of out becomes `exponent` + shift. `lane`
// tells the narrowings of a step apart in the random address. narrow(first, n, shift, random)
// writes n values of out, with a random half each, or null.
template <typename Narrow>
void narrow_pieces(Tensor& out, std::uint32_t largest, int exponent, const DeltaFormat& format,
                   std::uint32_t lane, Workspace& work, const Compute& compute,
                   const Narrow& narrow) {
    const int shift = narrowing_shift(largest, format.top);
    out.exponent = exponent + shift;
    const Stream s = stream(format.seed, Purpose::error_rounding, lane, format.step);
    const std::size_t before = work.first_image * out.item();
    const bool stochastic = format.rounding == Rounding::stochastic && shift > 0;
    compute.threads.share(out.size(), 8192, [&](std::size_t first, std::size_t last, int thread) {
        const std::uint16_t* random = nullptr;
        if (stochastic) {
            std::vector<std::uint16_t>& halves =
                work.scratch[static_cast<std::size_t>(thread)].random;
            ensure(halves, last - first);
            compute.kernels.random_halves(halves.data(), before + first, last - first, s.seed,
                                          s.step, s.tag);
            random = halves.data();
        }
        narrow(first, last - first, shift, random);
    });
}

// wide[0 .. n) -> out, as above.
void narrow_deltas(const std::int32_t* wide, std::uint32_t largest, Tensor& out, int exponent,
                   const DeltaFormat& format, std::uint32_t lane, Workspace& work,
                   const Compute& compute);

}  // namespace crossbar
