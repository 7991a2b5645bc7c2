// Exponentials and logarithms by table, a batch's images shared among threads.
#include "network/loss.hpp"

#include <algorithm>

#include "base/fixed.hpp"
#include "base/random_address.hpp"
#include "base/tables.hpp"

namespace crossbar {
namespace {

std::span<const std::int32_t> sums_of(const Workspace& work, std::size_t image) {
    const std::size_t classes = work.logits().empty() ? 0 : work.stages.back().out.item();
    return std::span(work.logits()).subspan(image * classes, classes);
}

Metrics tally_of(std::span<const std::int32_t> sums, const SoftmaxOf& s, std::size_t label) {
    const bool wrong = predicted(sums) != static_cast<int>(label);
    return {1, wrong ? 1u : 0u, s.log_sum + s.distance[label] * 256};
}

// Deltas of one image, x * 2^-shift, to integers whose sum is zero. Running sums of all but the
// label's are rounded down from a random point u on, and their differences taken: every delta is
// rounded up with the probability of its fraction, all by one random number. What the label's
// would be is then minus the sum of the others, for so it is before rounding.
void narrow_balanced(std::int8_t* out, const std::int32_t* x, std::size_t classes,
                     std::size_t label, int shift, int top, std::uint16_t random) {
    std::int64_t running = (std::int64_t{random} << shift) >> 16, others = 0;
    for (std::size_t c = 0; c < classes; ++c) {
        if (c == label) continue;
        const std::int64_t before = running >> shift;
        running += x[c];
        const std::int64_t q = std::min((running >> shift) - before, top - others);
        out[c] = static_cast<std::int8_t>(q);
        others += q;
    }
    out[label] = static_cast<std::int8_t>(-others);
}

void narrow_balanced(Tensor& out, std::uint32_t largest, int exponent, const DeltaFormat& format,
                     std::uint32_t lane, Workspace& work, const Compute& compute) {
    const std::size_t classes = out.item();
    // The others' sum has to fit as well, or the label's delta could not make up for it.
    int shift = narrowing_shift(largest, format.top);
    if (std::int64_t{largest} > std::int64_t{format.top} << shift) ++shift;
    out.exponent = exponent + shift;
    const Stream s = stream(format.seed, Purpose::error_rounding, lane, format.step);
    compute.threads.share(work.count, 64, [&](std::size_t first, std::size_t last, int thread) {
        std::vector<std::uint16_t>& halves = work.scratch[static_cast<std::size_t>(thread)].random;
        ensure(halves, last - first);
        compute.kernels.random_halves(halves.data(), work.first_image + first, last - first, s.seed,
                                      s.step, s.tag);
        for (std::size_t n = first; n < last; ++n)
            narrow_balanced(out.at(n), work.wide_delta.data() + n * classes, classes,
                            work.labels[n], shift, format.top, halves[n - first]);
    });
}

// Calls visit(image, its softmax) for every image of the batch.
template <typename Visit>
Metrics each_softmax(const ReadOut& read_out, Workspace& work, const Compute& compute,
                     Visit visit) {
    const std::size_t classes = work.stages.back().out.item();
    for (Scratch& s : work.scratch) {
        s.softmax.distance.resize(classes);
        s.softmax.probability.resize(classes);
    }
    return compute.reduce<Reduce::sum>(
        work.count, 16, [&](std::size_t first, std::size_t last, int thread) {
            SoftmaxOf& s = work.scratch[static_cast<std::size_t>(thread)].softmax;
            Metrics metrics;
            for (std::size_t n = first; n < last; ++n) {
                softmax(sums_of(work, n), read_out, s);
                metrics += tally_of(sums_of(work, n), s, work.labels[n]);
                visit(n, s);
            }
            return metrics;
        });
}

}  // namespace

int predicted(std::span<const std::int32_t> sums) {
    return static_cast<int>(std::max_element(sums.begin(), sums.end()) - sums.begin());
}

void softmax(std::span<const std::int32_t> sums, const ReadOut& r, SoftmaxOf& out) {
    const std::span<const std::uint32_t> exp = exp_table();
    const std::int64_t top = *std::max_element(sums.begin(), sums.end());
    out.distance.resize(sums.size());
    out.probability.resize(sums.size());
    std::uint64_t total = 0;
    // top - s < 2^26 and gain < 2^14; 8 fractional bits remain of 10 + the sums' exponent. Shifts
    // beyond these ends leave nothing, or saturate all the same.
    const int shift = std::clamp(2 - r.exponent, -22, 60);
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const std::int64_t d = round_shift((top - sums[i]) * r.gain, shift);
        out.distance[i] = std::clamp<std::int64_t>(d, 0, 4095);
        out.probability[i] = exp[static_cast<std::size_t>(out.distance[i])];
        total += out.probability[i];
    }
    for (std::uint32_t& p : out.probability)
        p = static_cast<std::uint32_t>((std::uint64_t{p} << 30) / total);
    out.log_sum = log_fixed(total) - std::int64_t{30} * 45426;
}

Metrics loss_and_delta(const ReadOut& read_out, const DeltaFormat& format, Workspace& work,
                       const Compute& compute) {
    const Shape shape = work.stages.back().out.shape;
    LayerWorkspace& last = work.layers.back();
    last.sum_delta.resize(work.count, shape);
    ensure(work.wide_delta, last.sum_delta.size());
    const std::int64_t alike = format.smoothing / static_cast<std::int64_t>(shape.size());
    const std::int64_t own = (std::int64_t{1} << 30) - format.smoothing + alike;
    const Metrics metrics =
        each_softmax(read_out, work, compute, [&](std::size_t n, const SoftmaxOf& s) {
            std::int32_t* e = work.wide_delta.data() + n * shape.size();
            for (std::size_t c = 0; c < shape.size(); ++c) {
                const std::int64_t target = c == work.labels[n] ? own : alike;
                // 30 + 10 fractional bits to 25: |e| <= 16 * 2^25 = 2^29.
                e[c] = static_cast<std::int32_t>(
                    round_shift((std::int64_t{s.probability[c]} - target) * read_out.gain, 15));
            }
        });
    const std::uint32_t largest = compute.max_over_processes(
        compute.kernels.largest(work.wide_delta.data(), last.sum_delta.size()));
    const std::uint32_t lane = lanes::loss(work.layers.size());
    const int exponent = read_out.exponent - 25;
    if (format.balanced)
        narrow_balanced(last.sum_delta, largest, exponent, format, lane, work, compute);
    else
        narrow_deltas(work.wide_delta.data(), largest, last.sum_delta, exponent, format, lane, work,
                      compute);
    return metrics;
}

Metrics loss_only(const ReadOut& read_out, Workspace& work, const Compute& compute) {
    return each_softmax(read_out, work, compute, [](std::size_t, const SoftmaxOf&) {});
}

}  // namespace crossbar
