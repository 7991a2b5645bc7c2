// Looks for the step, and rounds.
#include "weights/quantise.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "array/device_array.hpp"
#include "array/synapse_array.hpp"
#include "base/check.hpp"

namespace crossbar {
namespace {

double level_of(double weight, double step, int top) {
    return std::clamp(std::round(weight / step), -static_cast<double>(top),
                      static_cast<double>(top));
}

// Expected of weights that become levels by this step, and levels what they come to.
double squared_error(std::span<const double> weights, double step, int top, const Reach& reach) {
    double sum = 0;
    for (const double w : weights) {
        const auto at = static_cast<std::size_t>(level_of(w, step, top) + top);
        sum += w * w - 2 * w * step * reach.mean[at] + step * step * reach.square[at];
    }
    return sum;
}

// Every n-th of more than a search needs.
std::vector<double> sample_of(std::span<const double> weights) {
    constexpr std::size_t enough = 100000;
    const std::size_t stride = std::max<std::size_t>(1, weights.size() / enough);
    std::vector<double> sample;
    for (std::size_t i = 0; i < weights.size(); i += stride)
        sample.push_back(weights[i]);
    return sample;
}

// From eight times the largest weight, where devices do not reach all levels, down to 1/64 of it,
// an eighth of an octave at a time; around the best one in finer steps.
double least_error_step(std::span<const double> weights, double largest, int top,
                        const Reach& reach) {
    const std::vector<double> sample = sample_of(weights);
    double best = largest / top, least = squared_error(sample, best, top, reach);
    const auto look = [&](double step) {
        const double error = squared_error(sample, step, top, reach);
        if (error < least) least = error, best = step;
    };
    for (int eighths = -24; eighths <= 48; ++eighths)
        look(largest / top * std::exp2(-eighths / 8.0));
    for (double width = 1 / 16.0; width > 1e-3; width /= 2) {
        const double around = best;
        look(around * std::exp2(width));
        look(around * std::exp2(-width));
    }
    return best;
}

double step_of(std::span<const double> weights, int bits, const Reach& reach, const Clip& clip) {
    std::vector<double> sizes;
    double sum = 0, largest = 0;
    for (const double w : weights) {
        sum += std::abs(w);
        largest = std::max(largest, std::abs(w));
    }
    if (largest == 0) return 1;
    if (bits == 1) return sum / static_cast<double>(weights.size());
    const int top = top_synapse_level(bits);
    if (clip.kind == Clip::Kind::error) return least_error_step(weights, largest, top, reach);
    if (clip.kind == Clip::Kind::largest) return largest / top;
    for (const double w : weights)
        sizes.push_back(std::abs(w));
    const auto place = static_cast<std::ptrdiff_t>(
                           std::ceil(clip.percent / 100 * static_cast<double>(sizes.size()))) -
                       1;
    std::nth_element(sizes.begin(), sizes.begin() + place, sizes.end());
    const double size = sizes[static_cast<std::size_t>(place)];
    return (size > 0 ? size : largest) / top;
}

bool are_levels(std::span<const double> weights, int bits) {
    const int top = top_synapse_level(bits);
    return std::all_of(weights.begin(), weights.end(),
                       [&](double w) { return std::abs(w) <= top && (bits > 1 || w != 0); });
}

}  // namespace

Clip parse_clip(const std::string& text) {
    if (text.empty() || text == "error") return {};
    if (text == "max") return {Clip::Kind::largest, 100};
    double percent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
    if (error != std::errc() || std::string_view(end) != "%" || !(percent >= 50 && percent <= 100))
        fail(
            "--weights-clip {}: expected error, max, or the percent of weights that are not "
            "clipped, 50% to 100%, as in 99.9%",
            text);
    return {Clip::Kind::percentile, percent};
}

Reach reach_of(int bits, const DeviceTables* d) {
    const int top = top_synapse_level(bits);
    Reach reach;
    for (int level = -top; level <= top; ++level) {
        double mean = level, spread = 0;
        if (d) mean = -d->zero;
        for (std::size_t plane = 0; d && plane < (d->two() ? 2 : 1); ++plane) {
            const Reached sums = reached(*d, plane, level);
            const double own = static_cast<double>(sums.sum) / mobile_kinds;
            const int digit = d->digit[plane];
            mean += digit * own;
            spread += digit * digit * (static_cast<double>(sums.square) / mobile_kinds - own * own);
        }
        // What verified writing leaves as it is.
        if (d && d->verify_tries != 0) spread += d->verify_within * d->verify_within / 3.0;
        reach.mean.push_back(mean);
        reach.square.push_back(mean * mean + spread);
    }
    return reach;
}

Quantised quantise(std::span<const double> weights, std::size_t outputs, int bits,
                   const Reach& reach, const Clip& clip, bool by_output, bool integers) {
    const int top = top_synapse_level(bits);
    const std::size_t inputs = weights.size() / outputs;
    const bool as_they_are = integers && are_levels(weights, bits);
    Quantised q;
    q.levels.resize(weights.size());
    q.steps.assign(outputs, as_they_are || by_output ? 1.0 : step_of(weights, bits, reach, clip));
    for (std::size_t row = 0; row < outputs; ++row) {
        const std::span<const double> own = weights.subspan(row * inputs, inputs);
        if (by_output && !as_they_are) q.steps[row] = step_of(own, bits, reach, clip);
        const double step = q.steps[row];
        for (std::size_t i = 0; i < inputs; ++i) {
            q.levels[row * inputs + i] = static_cast<std::int16_t>(
                bits == 1 ? (own[i] < 0 ? -1 : 1) : level_of(own[i], step, top));
            q.clipped += bits > 1 && std::abs(own[i]) > (top + 0.5) * step;
        }
    }
    return q;
}

}  // namespace crossbar
