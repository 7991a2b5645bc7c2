// Folds statistics, scale and shift into a few integers per output.
#include "network/deployed_layer.hpp"

#include <algorithm>

#include "base/fixed.hpp"

namespace crossbar {
namespace {

void fold_normalisation(const BatchNorm& bn, const Statistics& statistics, const Deviations& d,
                        Activation& a) {
    const std::size_t n = statistics.mean.size();
    for (auto* v : {&a.mean, &a.limit, &a.factor, &a.offset})
        v->resize(n);
    a.shift = std::max(0, bit_width(d.largest >> 8) - 14);
    const auto unit = static_cast<std::uint64_t>(bn.unit);
    for (std::size_t c = 0; c < n; ++c) {
        const std::uint64_t factor = (unit << (30 + a.shift)) / d.sigma[c];
        a.factor[c] = static_cast<std::int32_t>(std::min<std::uint64_t>(factor, 1u << 30));
        // Two levels past the top, one sum for the mean's fraction, one step of the shift.
        const std::uint64_t limit =
            ((static_cast<std::uint64_t>(bn.top) + 2) * d.sigma[c] / unit >> 8) + 1 +
            (std::uint64_t{1} << a.shift);
        a.limit[c] = static_cast<std::int32_t>(std::min<std::uint64_t>(limit, 1u << 30));
        a.mean[c] = static_cast<std::int32_t>(statistics.mean[c] >> 16);
        const std::int64_t fraction = statistics.mean[c] & 0xffff;
        a.offset[c] = static_cast<std::int32_t>((std::int64_t{1} << 21) -
                                                (fraction * a.factor[c] >> (16 + a.shift)));
    }
}

}  // namespace

void make_activation(const BatchNorm& bn, const Statistics& statistics,
                     const Deviations& deviations, int shift, Activation& a) {
    a.normalised = bn.mode != BatchNormMode::none;
    a.top = bn.top;
    a.shift = shift;
    if (!a.normalised) return;
    a.exponent = 1 - bit_width(static_cast<std::uint64_t>(bn.unit));
    fold_normalisation(bn, statistics, deviations, a);
    if (bn.mode != BatchNormMode::affine) return;
    a.gain.resize(a.mean.size());
    a.bias.resize(a.mean.size());
    for (std::size_t c = 0; c < a.gain.size(); ++c) {
        a.gain[c] = level_at(bn.affine.scale, c);
        a.bias[c] = level_at(bn.affine.shift, c) * bn.unit + 2048;
    }
}

void scale_and_shift(const Activation& a, const std::int8_t* x, std::int8_t* out,
                     std::size_t rows) {
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < a.gain.size(); ++c) {
            const int y = (*x++ * a.gain[c] + a.bias[c]) >> 12;
            *out++ = static_cast<std::int8_t>(std::clamp(y, -a.top, a.top));
        }
}

DeployedNetwork deploy(const Network& net) {
    DeployedNetwork result{net.input, net.classes, net.input_top, net.gain, net.stages, {}};
    for (const Layer& layer : net.layers) {
        DeployedLayer& to = result.layers.emplace_back(DeployedLayer{&layer, {}});
        Deviations deviations;
        find_deviations(layer.norm.tested, deviations);
        make_activation(layer.norm, layer.norm.tested, deviations, layer.scale.shift,
                        to.activation);
    }
    return result;
}

std::vector<int> exponents_of(const DeployedNetwork& net) {
    std::vector<int> exponents = {-bit_width(static_cast<std::uint64_t>(net.input_top))};
    const auto of = [&](int stage) { return exponents[static_cast<std::size_t>(stage + 1)]; };
    for (const Stage& s : net.stages) {
        int exponent = of(s.inputs[0]);
        if (s.kind == StageKind::convolution) {
            const DeployedLayer& layer = net.layers[static_cast<std::size_t>(s.layer)];
            const Crossbar& c = *layer.crossbar;
            exponent = layer.activation.exponent_from(exponent + c.forward.exponent + c.sum_shift);
        } else if (s.kind == StageKind::add) {
            exponent = std::max(exponent, of(s.inputs[1])) + s.raise;
        }
        exponents.push_back(exponent);
    }
    return exponents;
}

}  // namespace crossbar
