#include "crossbar/loss.hpp"

#include <algorithm>

#include "crossbar/fixed.hpp"
#include "crossbar/tables.hpp"

namespace crossbar {
namespace {

std::span<const std::int32_t> sums_of(const Pass& pass, std::size_t image) {
    const std::size_t classes = pass.logits().empty() ? 0 : pass.stages.back().out.item();
    return std::span(pass.logits()).subspan(image * classes, classes);
}

Tally tally_of(std::span<const std::int32_t> sums, const SoftmaxOf& s, std::size_t label) {
    const bool wrong = predicted(sums) != static_cast<int>(label);
    return {1, wrong ? 1u : 0u, s.log_sum + s.distance[label] * 256};
}

// Calls visit(image, its softmax, the largest error of the thread) for every image of the batch.
template <typename Visit>
Tally each_softmax(const ReadOut& read_out, Pass& pass, const Compute& compute, Visit visit) {
    const std::size_t classes = pass.stages.back().out.item();
    for (Scratch& s : pass.scratch) {
        s.softmax.distance.resize(classes);
        s.softmax.probability.resize(classes);
        s.tally = {};
        s.largest = 0;
    }
    compute.threads.share(pass.count, 16, [&](std::size_t first, std::size_t last, int thread) {
        Scratch& s = pass.scratch[static_cast<std::size_t>(thread)];
        for (std::size_t n = first; n < last; ++n) {
            softmax(sums_of(pass, n), read_out, s.softmax);
            s.tally.add(tally_of(sums_of(pass, n), s.softmax, pass.labels[n]));
            visit(n, s.softmax, s.largest);
        }
    });
    Tally tally;
    for (const Scratch& s : pass.scratch)
        tally.add(s.tally);
    return tally;
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

Tally loss_and_error(const ReadOut& read_out, const ErrorFormat& format, Pass& pass,
                     const Compute& compute) {
    const Shape shape = pass.stages.back().out.shape;
    LayerPass& last = pass.layers.back();
    last.sum_error.resize(pass.count, shape);
    ensure(pass.wide_error, last.sum_error.size());
    const Tally tally = each_softmax(
        read_out, pass, compute, [&](std::size_t n, const SoftmaxOf& s, std::uint32_t& largest) {
            std::int32_t* e = pass.wide_error.data() + n * shape.size();
            for (std::size_t c = 0; c < shape.size(); ++c) {
                const std::int64_t target = c == pass.labels[n] ? std::int64_t{1} << 30 : 0;
                // 30 + 10 fractional bits to 25: |e| <= 16 * 2^25 = 2^29.
                e[c] = static_cast<std::int32_t>(
                    round_shift((std::int64_t{s.probability[c]} - target) * read_out.gain, 15));
                largest = std::max(largest, static_cast<std::uint32_t>(std::abs(e[c])));
            }
        });
    std::uint32_t largest = 0;
    for (const Scratch& s : pass.scratch)
        largest = std::max(largest, s.largest);
    narrow_errors(pass.wide_error.data(), largest, last.sum_error, read_out.exponent - 25, format,
                  static_cast<std::uint32_t>(2 * pass.layers.size()), pass, compute);
    return tally;
}

Tally loss_only(const ReadOut& read_out, Pass& pass, const Compute& compute) {
    return each_softmax(read_out, pass, compute,
                        [](std::size_t, const SoftmaxOf&, std::uint32_t&) {});
}

}  // namespace crossbar
