// The reference, and what follows from it.
#include "weights/carry.hpp"

#include <algorithm>
#include <cmath>

#include "base/fixed.hpp"
#include "weights/carrier.hpp"

namespace crossbar {
namespace {

// The file's values of a layer's sums, at the outputs that it has; of rectified ones what is above
// 0.
std::vector<double> values_of(const WrittenLayer& layer) {
    std::vector<double> values;
    values.reserve(layer.sums.some.size());
    const std::size_t n = layer.scale.size();
    const std::size_t own = n - static_cast<std::size_t>(layer.from.spare_outputs);
    for (std::size_t k = 0; k < layer.sums.some.size(); ++k) {
        const std::size_t c = k % n;
        if (c >= own) continue;
        const double value = layer.scale[c] * layer.sums.some[k] + layer.from.offset[c];
        values.push_back(layer.rectified ? std::max(value, 0.0) : value);
    }
    return values;
}

// The range that loses least of these values when it is cut into `top` steps on either side.
double best_range(const std::vector<double>& values, int top) {
    double largest = 0;
    for (const double v : values)
        largest = std::max(largest, std::abs(v));
    if (largest == 0) return 1;
    double best = largest, least = -1;
    for (int share = 20; share >= 3; --share) {
        const double range = largest * share / 20, step = range / top;
        double error = 0;
        for (const double v : values) {
            const double off = v - step * std::round(std::clamp(v, -range, range) / step);
            error += off * off;
        }
        if (least < 0 || error < least) least = error, best = range;
    }
    return best;
}

OutputMoments moments_of(const WrittenLayer& layer) {
    OutputMoments moments;
    const Statistics& s = layer.sums.statistics;
    for (std::size_t c = 0; c < layer.scale.size(); ++c) {
        moments.mean.push_back(layer.scale[c] * std::ldexp(static_cast<double>(s.mean[c]), -16) +
                               layer.from.offset[c]);
        moments.deviation.push_back(layer.scale[c] *
                                    std::sqrt(std::ldexp(static_cast<double>(s.variance[c]), -16)));
    }
    return moments;
}

}  // namespace

Reference make_reference(const ForeignNetwork& foreign, Network network, const Plan& plan,
                         int activation_bits, const Dataset& train, const Compute& compute) {
    const Carrying exact{{Clip::Kind::largest, 100}, true};
    Reference reference;
    double shared = 0;
    // Of maps that are added up the first one says the unit; where another needs more, once again.
    for (bool again = true; again;) {
        reference = {network, std::vector<OutputMoments>(network.layers.size())};
        Carrier carrier(foreign, exact, plan, train, reference.network, compute);
        double first = shared, needed = 0;
        const auto outputs = [&](const WrittenLayer& layer) {
            const std::vector<double> values = values_of(layer);
            OutputMoments moments = moments_of(layer);
            moments.range = best_range(values, top_level(activation_bits));
            reference.outputs[layer.index] = moments;
            moments.range = best_range(values, top_level(plan.activation_bits));
            if (!layer.summed) return moments;
            needed = std::max(needed, carrier.unit_for(layer.index, moments));
            if (first == 0) first = needed;
            return moments;
        };
        carrier.carry(outputs, shared);
        again = shared == 0 && needed > 1.05 * first;
        shared = needed;
    }
    return reference;
}

Carried carry(const ForeignNetwork& foreign, const Reference& reference, const Carrying& how,
              const Plan& plan, const Dataset& train, Network& network, const Compute& compute) {
    Carrier carrier(foreign, how, plan, train, network, compute);
    const double shared = carrier.shared_unit(reference.outputs);
    return carrier.carry([&](const WrittenLayer& layer) { return reference.outputs[layer.index]; },
                         shared);
}

}  // namespace crossbar
