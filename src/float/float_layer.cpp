// Products of a float layer by Eigen, and its batch normalisation.
#include "float/float_layer.hpp"

#include <algorithm>
#include <cmath>

#include "float/float_depthwise.hpp"
#include "float/float_products.hpp"
#include "float/float_windows.hpp"

namespace crossbar {
namespace {

constexpr std::size_t row_block = 64;  // outputs or inputs of a dense layer that one thread takes

// Calls work(first, last, thread) on blocks of the images first .. last of each piece.
template <typename Work>
void each_block(const FloatLayer& layer, std::size_t count, Threads& threads, const Work& work) {
    const std::size_t block = float_block(layer);
    threads.share(count, float_piece(count), [&](std::size_t first, std::size_t last, int thread) {
        for (std::size_t i = first; i < last; i += block)
            work(i, std::min(i + block, last), static_cast<std::size_t>(thread));
    });
}

// The patches of some images in the thread's own buffer.
float* patches_of(const FloatLayer& layer, const float* in, std::size_t first, std::size_t last,
                  std::vector<float>& buffer, bool fill) {
    const std::size_t size = layer.positions() * static_cast<std::size_t>(layer.inputs);
    ensure(buffer, (last - first) * size);
    const std::size_t image =
        Shape{layer.window.in_height, layer.window.in_width, layer.window.channels}.size();
    for (std::size_t i = first; fill && i < last; ++i)
        float_patches(buffer.data() + (i - first) * size, in + i * image, layer.window);
    return buffer.data();
}

// For each channel, the sums over a batch of two values of each of its elements, in double:
// pieces of the batch in order. add(row, a, b) adds one row of channels. Leaves them in
// pass.moments[0 .. 2 channels).
template <typename Add>
void sum_channels(const FloatLayer& layer, FloatWorkspace& work, Threads& threads, const Add& add) {
    const auto channels = static_cast<std::size_t>(layer.outputs);
    const std::size_t piece = float_piece(work.count);
    ensure(work.moments, most_float_pieces * 2 * channels);
    std::fill_n(work.moments.begin(), most_float_pieces * 2 * channels, 0.0);
    threads.share(work.count, piece, [&](std::size_t first, std::size_t last, int) {
        double* a = work.moments.data() + first / piece * 2 * channels;
        for (std::size_t row = first * layer.positions(); row < last * layer.positions(); ++row)
            add(row * channels, a, a + channels);
    });
    for (std::size_t p = 1; p < most_float_pieces; ++p)
        for (std::size_t i = 0; i < 2 * channels; ++i)
            work.moments[i] += work.moments[p * 2 * channels + i];
}

void batch_statistics(const FloatLayer& layer, FloatLayerWorkspace& lp, FloatWorkspace& work,
                      Threads& threads) {
    const auto channels = static_cast<std::size_t>(layer.outputs);
    const auto n = static_cast<double>(work.count * layer.positions());
    sum_channels(layer, work, threads, [&](std::size_t at, double* a, double* b) {
        const float* s = lp.sums.data() + at;
        for (std::size_t c = 0; c < channels; ++c) {
            const double x = s[c];
            a[c] += x;
            b[c] += x * x;
        }
    });
    lp.mean.resize(channels);
    lp.variance.resize(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        const double mean = work.moments[c] / n;
        lp.mean[c] = static_cast<float>(mean);
        lp.variance[c] =
            static_cast<float>(std::max(0.0, work.moments[channels + c] / n - mean * mean));
    }
}

void convolution_gradient(const FloatLayer& layer, const float* in, FloatLayerWorkspace& lp,
                          FloatWorkspace& work, Threads& threads) {
    const std::size_t size = layer.size(), piece = float_piece(work.count);
    const std::size_t pieces = (work.count + piece - 1) / piece;
    ensure(lp.partial, pieces * size);
    std::fill_n(lp.partial.begin(), pieces * size, 0.0f);
    each_block(layer, work.count, threads, [&](std::size_t first, std::size_t last, std::size_t t) {
        const float* patches = patches_of(layer, in, first, last, work.patches[t], true);
        float_products().columns_columns(
            lp.partial.data() + first / piece * size, layer.inputs,
            {lp.sum_delta.data() + first * layer.item(), layer.outputs}, {patches, layer.inputs},
            layer.outputs, layer.inputs,
            static_cast<std::ptrdiff_t>((last - first) * layer.positions()));
    });
    threads.share(size, 4096, [&](std::size_t first, std::size_t last, int) {
        std::fill(lp.gradient.data() + first, lp.gradient.data() + last, 0.0f);
        for (std::size_t p = 0; p < pieces; ++p)
            for (std::size_t i = first; i < last; ++i)
                lp.gradient[i] += lp.partial[p * size + i];
    });
}

void dense_gradient(const FloatLayer& layer, const float* in, FloatLayerWorkspace& lp,
                    FloatWorkspace& work, Threads& threads) {
    const std::ptrdiff_t depth = layer.inputs;
    std::fill(lp.gradient.begin(), lp.gradient.end(), 0.0f);
    threads.share(static_cast<std::size_t>(layer.outputs), row_block,
                  [&](std::size_t first, std::size_t last, int) {
                      float_products().columns_columns(
                          lp.gradient.data() + static_cast<std::ptrdiff_t>(first) * depth, depth,
                          {lp.sum_delta.data() + first, layer.outputs}, {in, depth},
                          static_cast<std::ptrdiff_t>(last - first), depth,
                          static_cast<std::ptrdiff_t>(work.count));
                  });
}

}  // namespace

void float_sums(const FloatLayer& layer, const float* in, FloatLayerWorkspace& lp,
                FloatWorkspace& work, Threads& threads) {
    const FloatProducts& products = float_products();
    const std::ptrdiff_t rows = layer.outputs, depth = layer.inputs;
    ensure(lp.sums, work.count * layer.item());
    if (layer.depthwise) return float_depthwise_sums(layer, in, lp, work, threads);
    if (layer.dense()) {
        const auto m = static_cast<std::ptrdiff_t>(work.count);
        threads.share(static_cast<std::size_t>(rows), row_block,
                      [&](std::size_t first, std::size_t last, int) {
                          const auto r = static_cast<std::ptrdiff_t>(first);
                          products.rows_rows(lp.sums.data() + r, rows, {in, depth},
                                             {layer.weights.data() + r * depth, depth}, m,
                                             static_cast<std::ptrdiff_t>(last - first), depth);
                      });
        return;
    }
    each_block(layer, work.count, threads, [&](std::size_t first, std::size_t last, std::size_t t) {
        const float* patches = patches_of(layer, in, first, last, work.patches[t], true);
        products.rows_rows(lp.sums.data() + first * layer.item(), rows, {patches, depth},
                           {layer.weights.data(), depth},
                           static_cast<std::ptrdiff_t>((last - first) * layer.positions()), rows,
                           depth);
    });
}

void float_normalise(const FloatLayer& layer, Mode mode, FloatLayerWorkspace& lp, float* out,
                     FloatWorkspace& work, Threads& threads) {
    const FloatNorm& norm = layer.norm;
    const auto channels = static_cast<std::size_t>(layer.outputs);
    if (mode == Mode::train) batch_statistics(layer, lp, work, threads);
    const std::vector<float>& mean = mode == Mode::train ? lp.mean : norm.tested.mean;
    const std::vector<float>& variance = mode == Mode::train ? lp.variance : norm.tested.variance;
    lp.inverse.resize(channels);
    for (std::size_t c = 0; c < channels; ++c)
        lp.inverse[c] = 1.0f / std::sqrt(variance[c] + 1e-5f);
    threads.share(work.count, float_piece(work.count),
                  [&](std::size_t first, std::size_t last, int) {
                      const std::size_t end = last * layer.positions();
                      for (std::size_t row = first * layer.positions(); row < end; ++row) {
                          float* s = lp.sums.data() + row * channels;
                          float* o = out + row * channels;
                          for (std::size_t c = 0; c < channels; ++c) {
                              s[c] = (s[c] - mean[c]) * lp.inverse[c];
                              o[c] = s[c] * norm.scale[c] + norm.shift[c];
                          }
                      }
                  });
}

void float_normalise_back(const FloatLayer& layer, const float* delta, FloatLayerWorkspace& lp,
                          FloatWorkspace& work, Threads& threads) {
    const auto channels = static_cast<std::size_t>(layer.outputs);
    sum_channels(layer, work, threads, [&](std::size_t at, double* a, double* b) {
        const float* e = delta + at;
        const float* x = lp.sums.data() + at;
        for (std::size_t c = 0; c < channels; ++c) {
            a[c] += e[c];
            b[c] += double{e[c]} * x[c];
        }
    });
    lp.shift_gradient.assign(work.moments.begin(),
                             work.moments.begin() + static_cast<std::ptrdiff_t>(channels));
    lp.scale_gradient.assign(work.moments.begin() + static_cast<std::ptrdiff_t>(channels),
                             work.moments.begin() + static_cast<std::ptrdiff_t>(2 * channels));
    const float n = 1.0f / static_cast<float>(work.count * layer.positions());
    std::vector<float> gain(channels), mean(channels), slope(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        gain[c] = layer.norm.scale[c] * lp.inverse[c];
        mean[c] = n * lp.shift_gradient[c];
        slope[c] = n * lp.scale_gradient[c];
    }
    threads.share(work.count, float_piece(work.count),
                  [&](std::size_t first, std::size_t last, int) {
                      const std::size_t end = last * layer.positions();
                      for (std::size_t row = first * layer.positions(); row < end; ++row) {
                          const float* e = delta + row * channels;
                          const float* x = lp.sums.data() + row * channels;
                          float* o = lp.sum_delta.data() + row * channels;
                          for (std::size_t c = 0; c < channels; ++c)
                              o[c] = gain[c] * (e[c] - mean[c] - x[c] * slope[c]);
                      }
                  });
}

void float_gradient(const FloatLayer& layer, const float* in, FloatLayerWorkspace& lp,
                    FloatWorkspace& work, Threads& threads) {
    lp.gradient.resize(layer.size());
    if (layer.depthwise)
        float_depthwise_gradient(layer, in, lp, work, threads);
    else if (layer.dense())
        dense_gradient(layer, in, lp, work, threads);
    else
        convolution_gradient(layer, in, lp, work, threads);
}

void float_delta_below(const FloatLayer& layer, FloatLayerWorkspace& lp, std::vector<float>& delta,
                       FloatWorkspace& work, Threads& threads) {
    if (layer.depthwise) return float_depthwise_delta_below(layer, lp, delta, work, threads);
    const FloatProducts& products = float_products();
    const float* v = layer.feedback.empty() ? layer.weights.data() : layer.feedback.data();
    const std::ptrdiff_t rows = layer.outputs, depth = layer.inputs;
    const Window& w = layer.window;
    const std::size_t image = Shape{w.in_height, w.in_width, w.channels}.size();
    if (layer.dense()) {
        threads.share(image, row_block, [&](std::size_t first, std::size_t last, int) {
            products.rows_columns(delta.data() + first, depth, {lp.sum_delta.data(), rows},
                                  {v + first, depth}, static_cast<std::ptrdiff_t>(work.count),
                                  static_cast<std::ptrdiff_t>(last - first), rows);
        });
        return;
    }
    each_block(layer, work.count, threads, [&](std::size_t first, std::size_t last, std::size_t t) {
        float* patches = patches_of(layer, nullptr, first, last, work.patches[t], false);
        products.rows_columns(
            patches, depth, {lp.sum_delta.data() + first * layer.item(), rows}, {v, depth},
            static_cast<std::ptrdiff_t>((last - first) * layer.positions()), depth, rows);
        std::fill(delta.data() + first * image, delta.data() + last * image, 0.0f);
        const std::size_t size = layer.positions() * static_cast<std::size_t>(depth);
        for (std::size_t i = first; i < last; ++i)
            float_fold(delta.data() + i * image, patches + (i - first) * size, w);
    });
}

}  // namespace crossbar
