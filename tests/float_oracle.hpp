// A network in double by direct loops, nothing shared with the program but its plain structs: the
// oracle of the float baseline's gradients, and of the integer path's way back.
#pragma once

#include <cmath>
#include <vector>

#include "float/float_network.hpp"

namespace oracle {

using namespace crossbar;
using Numbers = std::vector<double>;

inline Numbers doubles(const std::vector<float>& v) {
    return Numbers(v.begin(), v.end());
}

struct Parameters {
    Numbers weights, feedback, scale, shift;
};

// Parameters of a layer, or gradients of them.
inline std::vector<Parameters> parameters_of(const FloatNetwork& net) {
    std::vector<Parameters> all;
    for (const FloatLayer& layer : net.layers)
        all.push_back({doubles(layer.weights),
                       doubles(layer.feedback.empty() ? layer.weights : layer.feedback),
                       doubles(layer.norm.scale), doubles(layer.norm.shift)});
    return all;
}

// Calls visit(output position, element of the window, offset of the pixel) where that is inside.
template <typename Visit>
void each_tap(const Window& w, Visit visit) {
    for (int oy = 0; oy < w.out_height; ++oy)
        for (int ox = 0; ox < w.out_width; ++ox)
            for (int ky = 0; ky < w.kernel_height; ++ky)
                for (int kx = 0; kx < w.kernel_width; ++kx) {
                    const int y = oy * w.stride - w.pad + ky, x = ox * w.stride - w.pad + kx;
                    if (y < 0 || y >= w.in_height || x < 0 || x >= w.in_width) continue;
                    visit(static_cast<std::size_t>(oy * w.out_width + ox),
                          static_cast<std::size_t>(ky * w.kernel_width + kx),
                          static_cast<std::size_t>((y * w.in_width + x) * w.channels));
                }
}

struct Trained {
    double loss = 0;
    std::vector<Parameters> gradient;
};

class Net {
  public:
    Net(const FloatNetwork& shape, std::vector<Parameters> parameters)
        : net_(shape), p_(std::move(parameters)) {}

    // images x input pixels; the loss summed over the images, and all gradients.
    Trained run(const Numbers& images, const std::vector<std::uint16_t>& labels) {
        count_ = labels.size();
        maps_.assign(net_.stages.size() + 1, {});
        maps_[0] = images;
        normal_.assign(net_.layers.size(), {});
        inverse_.assign(net_.layers.size(), {});
        for (std::size_t i = 0; i < net_.stages.size(); ++i)
            forward(i);
        return all_back(labels);
    }

    // The way back alone, from activations given: of the input and of each stage, of the
    // normalisations, and 1 / sigma.
    Trained run_back(const std::vector<Numbers>& maps, const std::vector<Numbers>& normal,
                     const std::vector<Numbers>& inverse,
                     const std::vector<std::uint16_t>& labels) {
        count_ = labels.size();
        maps_ = maps;
        normal_ = normal;
        inverse_ = inverse;
        return all_back(labels);
    }

  private:
    Trained all_back(const std::vector<std::uint16_t>& labels) const {
        Trained result;
        for (const Parameters& p : p_)
            result.gradient.push_back(
                {Numbers(p.weights.size()), {}, Numbers(p.scale.size()), Numbers(p.shift.size())});
        Numbers error = loss(labels, result.loss);
        std::vector<Numbers> deltas(net_.stages.size() + 1);  // as maps_
        deltas.back() = error;
        for (std::size_t i = net_.stages.size(); i-- > 0;)
            back(i, deltas, result);
        return result;
    }

    // maps_ begins with the image.
    const Numbers& input_of(const Stage& stage, std::size_t n = 0) const {
        return maps_[static_cast<std::size_t>(stage.inputs[n] + 1)];
    }

    bool normalised(std::size_t layer) const {
        return net_.layers[layer].norm.mode != BatchNormMode::none;
    }

    // A convolution as (image, output, input, weight) quadruples.
    template <typename Visit>
    void each_product(const Stage& stage, Visit visit) const {
        const std::size_t rows = static_cast<std::size_t>(stage.out.channels);
        const std::size_t channels = static_cast<std::size_t>(stage.in.channels);
        const FloatLayer& layer = net_.layers[static_cast<std::size_t>(stage.layer)];
        const std::size_t depth = static_cast<std::size_t>(layer.inputs);
        for (std::size_t n = 0; n < count_; ++n)
            each_tap(stage.window, [&](std::size_t position, std::size_t k, std::size_t pixel) {
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t c = layer.depthwise ? r : 0;
                         c < (layer.depthwise ? r + 1 : channels); ++c)
                        visit(n * stage.out.size() + position * rows + r,
                              n * stage.in.size() + pixel + c,
                              r * depth + (layer.depthwise ? k : k * channels + c));
            });
    }

    template <typename Visit>
    void each_average(const Stage& stage, Visit visit) const {
        std::vector<int> inside(stage.out.size());
        const std::size_t channels = static_cast<std::size_t>(stage.in.channels);
        each_tap(stage.window,
                 [&](std::size_t position, std::size_t, std::size_t) { ++inside[position]; });
        for (std::size_t n = 0; n < count_; ++n)
            each_tap(stage.window, [&](std::size_t position, std::size_t, std::size_t pixel) {
                for (std::size_t c = 0; c < channels; ++c)
                    visit(n * stage.out.size() + position * channels + c,
                          n * stage.in.size() + pixel + c, 1.0 / inside[position]);
            });
    }

    // Values of a shortcut's output, and of its input that they are.
    template <typename Visit>
    void each_shown(const Stage& stage, Visit visit) const {
        const auto maps = static_cast<std::size_t>(stage.out.channels);
        for (std::size_t n = 0; n < count_; ++n)
            each_tap(stage.window, [&](std::size_t position, std::size_t, std::size_t pixel) {
                for (std::size_t c = 0; c < static_cast<std::size_t>(stage.in.channels); ++c)
                    visit(n * stage.out.size() + position * maps + c,
                          n * stage.in.size() + pixel + c);
            });
    }

    // Of each output of a max pool, the input that was the largest.
    std::vector<std::size_t> largest_of(const Stage& stage, const Numbers& in) const {
        std::vector<std::size_t> which(count_ * stage.out.size(), in.size());
        const std::size_t channels = static_cast<std::size_t>(stage.in.channels);
        for (std::size_t n = 0; n < count_; ++n)
            each_tap(stage.window, [&](std::size_t position, std::size_t, std::size_t pixel) {
                for (std::size_t c = 0; c < channels; ++c) {
                    std::size_t& w = which[n * stage.out.size() + position * channels + c];
                    const std::size_t here = n * stage.in.size() + pixel + c;
                    if (w == in.size() || in[here] > in[w]) w = here;
                }
            });
        return which;
    }

    void normalise(std::size_t layer, Numbers& sums) {
        const std::size_t rows = static_cast<std::size_t>(net_.layers[layer].outputs);
        const double n = static_cast<double>(sums.size() / rows);
        inverse_[layer].resize(rows);
        for (std::size_t r = 0; r < rows; ++r) {
            double mean = 0, variance = 0;
            for (std::size_t i = r; i < sums.size(); i += rows)
                mean += sums[i] / n;
            for (std::size_t i = r; i < sums.size(); i += rows)
                variance += (sums[i] - mean) * (sums[i] - mean) / n;
            inverse_[layer][r] = 1 / std::sqrt(variance + 1e-5);
            for (std::size_t i = r; i < sums.size(); i += rows)
                sums[i] = (sums[i] - mean) * inverse_[layer][r];
        }
        normal_[layer] = sums;
        for (std::size_t i = 0; i < sums.size(); ++i)
            sums[i] = sums[i] * p_[layer].scale[i % rows] + p_[layer].shift[i % rows];
    }

    void forward(std::size_t i) {
        const Stage& stage = net_.stages[i];
        const Numbers& in = input_of(stage);
        Numbers out(count_ * stage.out.size());
        switch (stage.kind) {
            case StageKind::relu:
                for (std::size_t k = 0; k < out.size(); ++k)
                    out[k] = in[k] > 0 ? in[k] : 0;
                break;
            case StageKind::add:
                for (std::size_t k = 0; k < out.size(); ++k)
                    out[k] = in[k] + input_of(stage, 1)[k];
                break;
            case StageKind::shortcut:
                each_shown(stage, [&](std::size_t o, std::size_t from) { out[o] = in[from]; });
                break;
            case StageKind::average_pool:
                each_average(stage, [&](std::size_t o, std::size_t from, double share) {
                    out[o] += share * in[from];
                });
                break;
            case StageKind::max_pool: {
                const std::vector<std::size_t> which = largest_of(stage, in);
                for (std::size_t k = 0; k < out.size(); ++k)
                    out[k] = in[which[k]];
                break;
            }
            case StageKind::convolution: {
                const auto layer = static_cast<std::size_t>(stage.layer);
                each_product(stage, [&](std::size_t o, std::size_t from, std::size_t w) {
                    out[o] += p_[layer].weights[w] * in[from];
                });
                if (normalised(layer)) normalise(layer, out);
                break;
            }
        }
        maps_[i + 1] = out;
    }

    Numbers loss(const std::vector<std::uint16_t>& labels, double& sum) const {
        const auto classes = static_cast<std::size_t>(net_.classes);
        Numbers error = maps_.back();
        for (std::size_t n = 0; n < count_; ++n) {
            double total = 0;
            for (std::size_t c = 0; c < classes; ++c)
                total += std::exp(error[n * classes + c]);
            sum += std::log(total) - error[n * classes + labels[n]];
            for (std::size_t c = 0; c < classes; ++c)
                error[n * classes + c] =
                    std::exp(error[n * classes + c]) / total - (c == labels[n] ? 1 : 0);
        }
        return error;
    }

    void normalise_back(std::size_t layer, Numbers& e, Parameters& gradient) const {
        const std::size_t rows = static_cast<std::size_t>(net_.layers[layer].outputs);
        const double n = static_cast<double>(e.size() / rows);
        const Numbers& x = normal_[layer];
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t i = r; i < e.size(); i += rows) {
                gradient.shift[r] += e[i];
                gradient.scale[r] += e[i] * x[i];
            }
            for (std::size_t i = r; i < e.size(); i += rows)
                e[i] = p_[layer].scale[r] * inverse_[layer][r] *
                       (e[i] - gradient.shift[r] / n - x[i] * gradient.scale[r] / n);
        }
    }

    // Adds to the deltas of what stage i reads.
    void back(std::size_t i, std::vector<Numbers>& deltas, Trained& result) const {
        const Stage& stage = net_.stages[i];
        const Numbers& in = input_of(stage);
        Numbers delta = deltas[i + 1];
        const auto below_of = [&](std::size_t n) -> Numbers& {
            Numbers& below = deltas[static_cast<std::size_t>(stage.inputs[n] + 1)];
            below.resize(count_ * stage.in.size());
            return below;
        };
        Numbers& below = below_of(0);
        switch (stage.kind) {
            case StageKind::relu:
                for (std::size_t k = 0; k < below.size(); ++k)
                    below[k] += maps_[i + 1][k] > 0 ? delta[k] : 0;
                break;
            case StageKind::add:
                for (const std::size_t n : {0, 1})
                    for (std::size_t k = 0; k < delta.size(); ++k)
                        below_of(n)[k] += delta[k];
                break;
            case StageKind::shortcut:
                each_shown(stage, [&](std::size_t o, std::size_t to) { below[to] += delta[o]; });
                break;
            case StageKind::average_pool:
                each_average(stage, [&](std::size_t o, std::size_t to, double share) {
                    below[to] += share * delta[o];
                });
                break;
            case StageKind::max_pool: {
                const std::vector<std::size_t> which = largest_of(stage, in);
                for (std::size_t k = 0; k < delta.size(); ++k)
                    below[which[k]] += delta[k];
                break;
            }
            case StageKind::convolution: {
                const auto layer = static_cast<std::size_t>(stage.layer);
                Parameters& gradient = result.gradient[layer];
                if (normalised(layer)) normalise_back(layer, delta, gradient);
                each_product(stage, [&](std::size_t o, std::size_t from, std::size_t w) {
                    gradient.weights[w] += delta[o] * in[from];
                    below[from] += delta[o] * p_[layer].feedback[w];
                });
                break;
            }
        }
    }

    const FloatNetwork& net_;
    std::vector<Parameters> p_;
    std::size_t count_ = 0;
    std::vector<Numbers> maps_, normal_, inverse_;
};

}  // namespace oracle
