// The functions that an instruction set provides, as one table of pointers.
//
// src/kernels/reference.cpp is their specification: naive loops, kept for ever. Every other set
// must return the same bits for every input within the stated bounds. Kernels are single-threaded,
// allocate nothing, check nothing and hold no floating-point instruction. Bounds of every sum:
// docs/arithmetic.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace crossbar {

// A window sliding over an NHWC map: convolution and pooling. A window may hang over the edge by
// `pad` on every side, and further at the bottom and right; what lies outside reads as zero
// (convolution) or is left out (pooling).
struct Window {
    int in_height, in_width, channels;
    int kernel_height, kernel_width, stride, pad;
    int out_height, out_width;
};

// Which operand of a product is known to lie in 0..127; the other is in -127..127 (-128 is allowed
// for the packed operand). Knowing one saves instructions; neither is always right.
enum class Unsigned { left, packed, neither };

// The sign-only rules with their per-synapse state, docs/learning.md.
enum class SignRuleKind { bm1, bm2, bm3, bm4 };

// One batch's parameters of a sign-only rule. tau and the trace have 10 fractional bits for
// bm1..bm3; the trace is the vote counter for bm4.
struct SignRule {
    SignRuleKind kind;
    std::int32_t momentum;     // m * 32768, 0..32767
    std::int32_t decay;        // decay term = level * decay >> decay_shift, in trace units;
    std::int32_t decay_shift;  //   |decay term| < 2^20, 0 <= decay_shift <= 31
    std::int32_t rate;         // step = tau * rate >> rate_shift, in 1/65536 pulse;
    std::int32_t rate_shift;   //   0 <= rate < 32768, 0 <= rate_shift <= 31
    std::int32_t quorum;       // bm4: 1..32767; out of reach above counter_top
    std::int32_t counter_top;  // bm4: the counter saturates here, at most 32767
    std::int32_t top;          // levels lie in -top..top
    std::int32_t stride;       // levels a pulse moves: 2 for binary synapses, else 1
    // bm4, all 0 where every vote counts, votes stay, and every pulse is sent:
    std::int32_t skip = 0;   // a vote counts where its random half is at least this, 0..65535
    std::int32_t leak = 0;   // 1: a counter that has votes first loses one of them
    std::int32_t spare = 0;  // 1: no pulse where the bound top or -top would stop it
};

// What one pulse does where a device stands: mean and standard deviation of its step, in levels
// with 12 fractional bits, below 2^19.
struct DeviceStep {
    std::int32_t mean, spread;
};

// One of the 256 kinds that a crossbar's devices are of.
struct DeviceKind {
    std::int16_t scale[2];  // of SET and of RESET steps, * 256, 0..4095
    std::uint16_t inverse;  // position = (level - low) * inverse >> 8, 0..255
    std::uint16_t life;     // pulses until it sticks; 65535: never
    std::uint8_t low, high;
};

// The same figures byte by byte, the lowest first, for sets that look up by permutation. Steps are
// [byte][SET, RESET][position], scales [byte][SET, RESET][kind]. A cache line is a vector.
using BytePlane = std::uint8_t[256];
struct alignas(64) DeviceBytes {
    BytePlane mean[3][2], spread[3][2];
    BytePlane scale[2][2];
    BytePlane inverse[2], life[2], low, high;
    BytePlane normal[2];
    std::uint8_t root[128];
};

struct PulseTables {
    const DeviceStep* steps;     // [2][256], SET and RESET by position
    const DeviceKind* kinds;     // [256]; a device that sticks becomes kind 255
    const std::int16_t* normal;  // [256] quantiles of a standard normal, * 256
    const std::uint8_t* root;    // [128] square roots, * 16
    const DeviceBytes* bytes;    // all of them again
    bool mortal;                 // whether any kind has a life that ends
};

// Per-channel parameters of integer batch normalisation (forward):
// q = clamp((clamp(s - mean, +-limit) >> pre_shift) * scale + offset >> 22, +-top).
// |s - mean| < 2^31 and |product + offset| < 2^31 hold by construction.
struct Normalise {
    const std::int32_t* mean;
    const std::int32_t* limit;
    const std::int32_t* scale;
    const std::int32_t* offset;
    int pre_shift;
    int top;
};

// Per-channel parameters of its backward pass, out = ((e << 8) - mean - (x * slope >> 8)) * gain
// >> 4. |x * slope| < 2^31 and |(..) * gain| < 2^31 hold by construction.
struct NormaliseDelta {
    const std::int32_t* mean;   // mean error, 8 fractional bits
    const std::int32_t* slope;  // mean of e * x over the unit squared, 16 fractional bits
    const std::int32_t* gain;   // relative 1 / sigma, may be negative with a learnt scale
};

// The ADCs of one row tile, one per column:
// x = clamp(sum, +-limit) >> pre_shift, code = clamp((x * scale + offset - (x < 0)) >> shift,
// +-top), and what is read is code * step. |x * scale| + |offset| < 2^31 holds by construction.
struct Converters {
    const std::int32_t* scale;
    const std::int32_t* offset;
    std::int32_t limit;
    std::int32_t step;
    int pre_shift;
    int shift;
    int top;
};

// Where things lie that are counted in one row: number i is at
// i / inner * outer + i % inner * stride. inner >= 1.
struct Steps {
    int inner;
    std::ptrdiff_t stride, outer;
};

// Rows of a product's left operand that are read where they lie in a map: each is made of
// `run_count` runs of `run` bytes.
struct LeftRows {
    const std::int8_t* first;
    Steps rows, runs;
    int run, run_count;

    // Rows that are one run each.
    static LeftRows dense(const std::int8_t* first, int rows, std::ptrdiff_t stride, int depth) {
        return {first, {rows, stride, 0}, {1, 0, 0}, depth, 1};
    }
};

struct Kernels {
    const char* name;
    const char* summary;
    bool (*available)();  // can this machine run it

    // --- products: c[m][n] (+)= sum over d of a[m][d] * b[n][d]
    // b is packed once and used by many calls of the same set with the same `which`; the layout is
    // the set's own secret. packed_bytes: room that pack needs. pack:
    // b[n][d] = source[n * row_stride + d * depth_stride].
    std::size_t (*packed_bytes)(int rows, int depth, Unsigned which);
    void (*pack)(std::int8_t* packed, const std::int8_t* source, int rows, int depth,
                 std::ptrdiff_t row_stride, std::ptrdiff_t depth_stride, Unsigned which);
    // a: row-major, depth contiguous, rows a_stride apart; up to 63 bytes past the last row's end
    // are readable (their values do not matter). c: row-major, rows c_stride apart. Sums wrap at 32
    // bits; callers keep depth <= 133144 with accumulation counted in, so that they do not.
    void (*product)(std::int32_t* c, std::ptrdiff_t c_stride, const std::int8_t* a,
                    std::ptrdiff_t a_stride, int m, const std::int8_t* packed, int n, int depth,
                    Unsigned which, bool accumulate);
    // The same of rows that are no single run each: a depth of a.run_count * a.run bytes, where
    // a.run is a multiple of 4 unless there is but one run. Up to 63 bytes past a run's end are
    // readable.
    void (*product_of_runs)(std::int32_t* c, std::ptrdiff_t c_stride, const LeftRows& a, int m,
                            const std::int8_t* packed, int n, Unsigned which, bool accumulate);
    // out[c][r] = in[r][c]; rows of out are out_stride apart.
    void (*transpose)(std::int8_t* out, std::ptrdiff_t out_stride, const std::int8_t* in, int rows,
                      int columns);

    // --- windows
    // ---------------------------------------------------------------------------------- patches:
    // row p = out_y * out_width + out_x holds kernel_height x kernel_width x channels bytes, rows
    // patch_stride apart. window_sums adds the sum of all patches to one of that size. fold adds
    // patch sums (rows of exactly that size, dense) into an image.
    void (*patches)(std::int8_t* out, std::ptrdiff_t patch_stride, const std::int8_t* image,
                    const Window& window);
    void (*window_sums)(std::int32_t* sums, const std::int8_t* image, const Window& window);
    void (*fold)(std::int32_t* image, const std::int32_t* patch_sums, const Window& window);
    // Largest value (above -128) in each window and which element it was (row-major in the window;
    // the first wins). Every window has at least one element inside the image.
    void (*max_pool)(std::int8_t* out, std::uint8_t* which, const std::int8_t* image,
                     const Window& window);
    // Routes errors back. scatter: windows do not overlap (stride >= kernel); writes every element
    // of image. add: they may; adds into image.
    void (*max_unpool_scatter)(std::int8_t* image, const std::int8_t* errors,
                               const std::uint8_t* which, const Window& window);
    void (*max_unpool_add)(std::int32_t* image, const std::int8_t* errors,
                           const std::uint8_t* which, const Window& window);
    // Mean of each window over the elements inside the image: (sum * r + 32768) >> 16 with
    // r = (65536 + n / 2) / n for n elements. Its errors: image += error * ((256 + n / 2) / n).
    void (*average_pool)(std::int8_t* out, const std::int8_t* image, const Window& window);
    void (*average_unpool)(std::int32_t* image, const std::int8_t* errors, const Window& window);

    // --- depthwise convolutions: channels do not mix. A kernel is elements x channels, elements in
    // the order of patches. -127 <= image, errors, kernel; up to 63 bytes past the end of each are
    // readable. Whoever adds up windows or positions keeps their number <= 133144.
    // sums[position][c] = sum over elements of image[pixel][c] * kernel[element][c].
    void (*depthwise)(std::int32_t* sums, const std::int8_t* image, const std::int8_t* kernel,
                      const Window& window);
    // image[pixel][c] = sum over the windows that see it of errors[position][c] *
    // kernel[element][c]; writes every element of image.
    void (*depthwise_back)(std::int32_t* image, const std::int8_t* errors,
                           const std::int8_t* kernel, const Window& window);
    // gradient[element][c] += sum over positions of errors[position][c] * image[pixel][c], and
    // input_sum[element][c] += that of image[pixel][c].
    void (*depthwise_gradient)(std::int32_t* gradient, std::int32_t* input_sum,
                               const std::int8_t* errors, const std::int8_t* image,
                               const Window& window);

    // --- tiles, tiled_array.hpp; sums are dense rows x columns
    // --------------------------------------------- Inputs through a DAC that drops the lowest
    // `drop` bits: to the nearest, halves away from zero, within +-top. -127 <= in <= 127.
    void (*round_inputs)(std::int8_t* out, const std::int8_t* in, std::size_t n, int drop, int top);
    // One bit of |in| with the sign of in: -1, 0 or 1.
    void (*bit_plane)(std::int8_t* out, const std::int8_t* in, std::size_t n, int bit);
    // out (+)= what the ADCs read of sums.
    void (*convert)(std::int32_t* out, const std::int32_t* sums, std::size_t rows, int columns,
                    const Converters& adcs, bool accumulate);
    // sums += noise: of each half the sum of its four digits of 4 bits, less 30, times `noise`,
    // / 16. noise <= 2^24.
    void (*add_noise)(std::int32_t* sums, const std::uint16_t* halves, std::size_t n, int noise);
    // out (+)= sums * gain of the column / 2^10, rounded. |sums| <= 2^20, 0 <= gain <= 2^10.
    void (*add_weighed)(std::int32_t* out, const std::int32_t* sums, std::size_t rows, int columns,
                        const std::int32_t* gain, bool accumulate);

    // --- element by element
    // -----------------------------------------------------------------------
    void (*relu)(std::int8_t* out, const std::int8_t* in, std::size_t n);  // max(in, 0)
    // errors[i] = 0 where activations[i] <= 0.
    void (*relu_mask)(std::int8_t* errors, const std::int8_t* activations, std::size_t n);
    // Largest |x|, as unsigned; 0 for n = 0.
    std::uint32_t (*largest)(const std::int32_t* x, std::size_t n);
    // out = clamp((x + r) >> shift, +-top), 0 <= shift <= 30. Where random is null this rounds to
    // the nearest, halves away from zero (rounding them up adds up to a bias when shifts are
    // small): r = 2^(shift-1), less 1 where x < 0; 0 for shift 0. Else r is random[i] scaled to
    // 0..2^shift - 1: random << shift >> 16. |x| < 2^30.
    void (*narrow)(std::int8_t* out, const std::int32_t* x, std::size_t n, int shift, int top,
                   const std::uint16_t* random);
    // The same two of sums of two maps, a[i] * 2^up + b[i], 0 <= up <= 16. out may be a or b.
    std::uint32_t (*largest_sum)(const std::int8_t* a, const std::int8_t* b, std::size_t n, int up);
    void (*narrow_sum)(std::int8_t* out, const std::int8_t* a, const std::int8_t* b, std::size_t n,
                       int up, int shift, int top, const std::uint16_t* random);
    // Halves first .. first + n - 1 of a stream (philox.hpp).
    void (*random_halves)(std::uint16_t* out, std::uint64_t first, std::size_t n,
                          std::uint64_t seed, std::uint64_t step, std::uint32_t tag);

    // --- batch normalisation, rows x channels
    // ----------------------------------------------------- Adds sums and squares of each channel;
    // rows * max(s)^2 < 2^63.
    void (*moments)(std::int64_t* sum, std::uint64_t* square, const std::int32_t* s,
                    std::size_t rows, int channels);
    void (*normalise)(std::int8_t* out, const std::int32_t* s, std::size_t rows, int channels,
                      const Normalise& parameters);
    // Adds the sums of e and of e * x of each channel; at most 133144 rows in all calls together.
    void (*delta_moments)(std::int32_t* sum_e, std::int32_t* sum_ex, const std::int8_t* e,
                          const std::int8_t* x, std::size_t rows, int channels);
    void (*normalise_delta)(std::int32_t* out, const std::int8_t* e, const std::int8_t* x,
                            std::size_t rows, int channels, const NormaliseDelta& parameters);

    // --- synapses -------------------------------------------------------------------------------
    // gradient[i] -= (input_sum[i] * mean + 2^19) >> 20, kept within +-(2^31 - 1). The product is
    // of 64 bits and does not overflow.
    void (*centre)(std::int32_t* gradient, const std::int64_t* input_sum, std::int64_t mean,
                   std::size_t n);
    // sign of each gradient sum.
    void (*signs)(std::int8_t* out, const std::int32_t* gradient, std::size_t n);
    // One batch of a sign-only rule on n synapses. random: n halves, one per synapse (unused by
    // bm4, may then be null). Returns the pulses sent: the sum of |moves| before bounds stop them.
    std::uint64_t (*update8)(std::int8_t* levels, std::int16_t* trace, const std::int8_t* signs,
                             const std::uint16_t* random, std::size_t n, const SignRule& rule);
    std::uint64_t (*update16)(std::int16_t* levels, std::int16_t* trace, const std::int8_t* signs,
                              const std::uint16_t* random, std::size_t n, const SignRule& rule);
    // The same rules where levels are moved by devices: writes the pulses, times the rule's stride
    // and within +-127, in place of moving. Returns the sum of |pulses|.
    std::uint64_t (*pulses8)(std::int8_t* pulses, const std::int8_t* levels, std::int16_t* trace,
                             const std::int8_t* signs, const std::uint16_t* random, std::size_t n,
                             const SignRule& rule);
    // Sends pulses (SET above 0, RESET below) to n devices, each a train with one random half for
    // its spread and its rounding, and counts them in `wear`, which saturates. See move_device in
    // reference.cpp.
    void (*program)(std::uint8_t* levels, std::uint8_t* kinds, std::uint16_t* wear,
                    const std::int8_t* pulses, const std::uint16_t* random, std::size_t n,
                    const PulseTables& tables);
};

// Every set this program was built with, best first; the last is "reference".
std::span<const Kernels* const> all_kernels();

// The best set that this machine can run.
const Kernels& best_kernels();

// A set by name, or null. Ask available() before use.
const Kernels* find_kernels(const char* name);

}  // namespace crossbar
