// Levels into an array, then the statistics that bring its sums back into the file's unit.
#include "weights/carrier.hpp"

#include <algorithm>
#include <cmath>

#include "array/device_array.hpp"
#include "base/check.hpp"
#include "base/fixed.hpp"
#include "weights/spare.hpp"

namespace crossbar {
namespace {

constexpr double most_learnt = 7.9;  // of a learnt scale or shift

std::int64_t fixed(double value, int bits, double most) {
    return std::llround(std::clamp(std::ldexp(value, bits), -most, most));
}

double real(std::int64_t value) {
    return std::ldexp(static_cast<double>(value), -16);
}

// Whether all that read a stage's output pass on what is above 0 alone.
bool is_rectified(const Network& net, int stage) {
    bool any = false;
    for (std::size_t i = 0; i < net.stages.size(); ++i) {
        const Stage& reader = net.stages[i];
        if (std::find(reader.inputs.begin(), reader.inputs.end(), stage) == reader.inputs.end())
            continue;
        any = true;
        const bool pool = reader.kind == StageKind::max_pool;
        if (reader.kind != StageKind::relu && !(pool && is_rectified(net, static_cast<int>(i))))
            return false;
    }
    return any;
}

// The image, then stages: whose outputs reach a sum with no layer between. They share a unit.
std::vector<bool> summed_maps(const Network& net) {
    std::vector<bool> summed(net.stages.size() + 1, false);
    for (std::size_t i = net.stages.size(); i-- > 0;) {
        const Stage& stage = net.stages[i];
        if (stage.kind != StageKind::add && (stage.layer >= 0 || !summed[i + 1])) continue;
        for (const int input : stage.inputs)
            summed[static_cast<std::size_t>(input) + 1] = true;
    }
    return summed;
}

// The smallest shift that leaves at most one sum in 512 beyond the top: as training chooses it.
int activation_shift(const std::vector<std::int32_t>& sums, int top) {
    int shift = 0;
    const auto beyond = [&] {
        const std::int64_t limit = std::int64_t{top} << shift;
        return std::count_if(sums.begin(), sums.end(),
                             [&](std::int64_t s) { return s > limit || s < -limit; });
    };
    while (shift < 25 && static_cast<std::size_t>(beyond()) > sums.size() / 512)
        ++shift;
    return shift;
}

}  // namespace

Carrier::Carrier(const ForeignNetwork& foreign, const Carrying& how, const Plan& plan,
                 const Dataset& train, Network& network, const Compute& compute)
    : foreign_(foreign),
      how_(how),
      plan_(plan),
      train_(train),
      net_(network),
      compute_(compute),
      work_(make_workspace(network, compute.threads)),
      summed_(summed_maps(network)) {}

Carried Carrier::carry(const OutputsOf& outputs, double shared) {
    Carried carried;
    // A pixel of 255 is top * 2^-bits here.
    const int bits = bit_width(static_cast<std::uint64_t>(net_.input_top));
    units_ = {foreign_.input_unit * std::exp2(bits) / net_.input_top};
    shared_ = summed_.front() ? units_.front() : shared;
    for (std::size_t i = 0; i < net_.stages.size(); ++i) {
        units_.push_back(unit_of(net_.stages[i].inputs[0]));
        if (net_.stages[i].layer >= 0) carried.layers.push_back(carry_layer(i, outputs));
    }
    carried.gain = gain_;
    return carried;
}

// Its activations are normalised; those of the last layer never are.
bool Carrier::normalised(std::size_t index) const {
    return index + 1 != net_.layers.size() && net_.layers[index].norm.mode != BatchNormMode::none;
}

// With the sign of the scale, which a deviation cannot have; with all of it where no normalisation
// holds it.
std::vector<double> Carrier::weights_of(std::size_t index) const {
    const ForeignLayer& from = foreign_.layers[index];
    std::vector<double> weights = from.weights;
    const std::size_t depth = weights.size() / from.scale.size();
    for (std::size_t k = 0; k < weights.size(); ++k) {
        const double scale = from.scale[k / depth];
        weights[k] *= !normalised(index) ? scale : scale < 0 ? -1.0 : 1.0;
    }
    return weights;
}

Quantised Carrier::quantised(std::size_t index, const std::vector<double>& weights) const {
    const SynapseArray& a = net_.layers[index].forward;
    return quantise(weights, static_cast<std::size_t>(a.outputs), a.bits,
                    reach_of(a.bits, a.devices.device.get()), how_.clip,
                    how_.by_output && normalised(index), foreign_.layers[index].integers);
}

void Carrier::write(std::size_t index, const std::vector<std::int16_t>& levels) {
    SynapseArray& a = net_.layers[index].forward;
    std::visit(
        [&](auto& to) {
            using Level = typename std::decay_t<decltype(to)>::value_type;
            std::transform(levels.begin(), levels.end(), to.begin(),
                           [](std::int16_t level) { return static_cast<Level>(level); });
        },
        a.levels);
    const std::shared_ptr<const DeviceTables> device = a.devices.device;
    a.devices = {};
    if (device)
        make_devices(a, device, plan_.seed, static_cast<std::uint32_t>(index), compute_.kernels);
}

CarriedLayer Carrier::carry_layer(std::size_t stage, const OutputsOf& outputs) {
    const auto index = static_cast<std::size_t>(net_.stages[stage].layer);
    const ForeignLayer& from = foreign_.layers[index];
    const std::vector<double> weights = weights_of(index);
    Quantised q = quantised(index, weights);
    if (from.spare_inputs > 0)
        q.clipped += weigh_offsets(from, net_.layers[index], q.steps.front(), constant_, q.levels);
    write(index, q.levels);
    const double step = q.steps.front();
    if (index + 1 == net_.layers.size())
        gain_ = step * std::ldexp(unit_of(net_.stages[stage].inputs[0]),
                                  -net_.layers[index].forward.exponent);
    else if (!normalised(index))
        scale_alone(stage, step);
    else
        normalise(stage, q, outputs);
    return told(index, weights, q);
}

// Without normalisation the unit of what goes on follows from the step.
void Carrier::scale_alone(std::size_t stage, double step) {
    const auto index = static_cast<std::size_t>(net_.stages[stage].layer);
    Layer& layer = net_.layers[index];
    if (summed_[stage + 1])
        fail(
            "--weights {}: the output of layer {}, '{}', is added to others and has no "
            "normalisation that could bring both to one scale; write bn behind it in --network",
            foreign_.file, index + 1, layer.text);
    const LayerSums sums = sums_of_layer(net_, index, plan_, train_, work_, compute_);
    layer.scale = {activation_shift(sums.some, layer.norm.top), true};
    units_.back() *= std::ldexp(step, -layer.forward.exponent);
}

void Carrier::normalise(std::size_t stage, const Quantised& q, const OutputsOf& outputs) {
    const auto index = static_cast<std::size_t>(net_.stages[stage].layer);
    const ForeignLayer& from = foreign_.layers[index];
    const LayerSums sums = sums_of_layer(net_, index, plan_, train_, work_, compute_);
    WrittenLayer layer{index,
                       from,
                       sums,
                       {},
                       is_rectified(net_, static_cast<int>(stage)),
                       bool(summed_[stage + 1])};
    const double sum_unit =
        std::ldexp(units_.back(), sums.input_exponent + net_.layers[index].sum_shift);
    for (std::size_t c = 0; c < q.steps.size(); ++c)
        layer.scale.push_back(std::abs(from.scale[c]) * q.steps[c] * sum_unit);
    OutputMoments want = outputs(layer);
    double unit = unit_for(index, want);
    if (layer.summed) unit = shared_ = shared_ != 0 ? shared_ : unit;
    units_.back() = unit;
    for (std::vector<double>* values : {&want.mean, &want.deviation})
        for (double& value : *values)
            value /= unit;
    if (from.spare_outputs > 0) {
        constant_ = constant_for(index, unit / net_.layers[index].norm.unit);
        const auto spares = static_cast<std::size_t>(from.spare_outputs);
        std::fill(want.deviation.end() - static_cast<std::ptrdiff_t>(spares), want.deviation.end(),
                  0.0);
        std::fill(want.mean.end() - static_cast<std::ptrdiff_t>(spares), want.mean.end(),
                  constant_ / net_.layers[index].norm.unit);
        constant_ *= unit / net_.layers[index].norm.unit;
    }
    set_statistics(index, sums, std::move(want));
}

int Carrier::constant_for(std::size_t index, double unit) const {
    const std::size_t last = net_.layers.size() - 1;
    const double step = quantised(last, weights_of(last)).steps.front();
    return spare_constant(foreign_.layers[last], net_.layers[last], step, unit,
                          net_.layers[index].norm.top);
}

double Carrier::unit_for(std::size_t index, const OutputMoments& outputs) const {
    const BatchNorm& norm = net_.layers[index].norm;
    double unit = outputs.range * norm.unit / norm.top;
    if (norm.mode != BatchNormMode::affine) return unit;
    for (std::size_t c = 0; c < outputs.mean.size(); ++c)
        unit = std::max(
            {unit, outputs.deviation[c] / most_learnt, std::abs(outputs.mean[c]) / most_learnt});
    return unit;
}

double Carrier::shared_unit(const std::vector<OutputMoments>& outputs) const {
    double unit = 0;
    for (std::size_t i = 0; i < net_.stages.size(); ++i) {
        const int layer = net_.stages[i].layer;
        if (layer < 0 || !summed_[i + 1]) continue;
        const auto index = static_cast<std::size_t>(layer);
        if (normalised(index)) unit = std::max(unit, unit_for(index, outputs[index]));
    }
    return unit;
}

void Carrier::set_learnt(BatchNorm& norm, std::size_t output, double scale, double shift) const {
    const double top = top_synapse_level(16);
    const auto set = [&](SynapseArray& a, double value) {
        std::get<std::vector<std::int16_t>>(a.levels)[output] =
            static_cast<std::int16_t>(fixed(value, 12, top));
    };
    set(norm.affine.scale, scale);
    set(norm.affine.shift, shift);
}

// Sums become want.mean and want.deviation, in units of an activation of 1. Learnt scales and
// shifts hold them where there are any; else mean and variance that are not those of the sums do.
void Carrier::set_statistics(std::size_t index, const LayerSums& sums, OutputMoments want) {
    BatchNorm& norm = net_.layers[index].norm;
    norm.running = sums.statistics;
    std::vector<double> sigma;
    double largest = 1;
    for (std::size_t c = 0; c < want.mean.size(); ++c) {
        const double own = std::sqrt(real(sums.statistics.variance[c]));
        const bool moves = own > 0 && want.deviation[c] > 0;
        if (norm.mode == BatchNormMode::affine)
            set_learnt(norm, c, moves ? want.deviation[c] : 0, want.mean[c]);
        sigma.push_back(moves ? std::max(own / want.deviation[c], 0.5) : 0);
        largest = std::max(largest, sigma.back());
    }
    if (norm.mode == BatchNormMode::plain)
        for (std::size_t c = 0; c < want.mean.size(); ++c) {
            // A constant; and below the least deviation that the network knows, offsets keep their
            // size.
            const double used = sigma[c] == 0 ? largest : std::max(sigma[c], largest / 32768);
            const double own = real(sums.statistics.mean[c]);
            norm.running.mean[c] =
                fixed(own - used * want.mean[c], 16, static_cast<double>(most_mean));
            norm.running.variance[c] = fixed(used * used, 16, static_cast<double>(most_variance));
        }
    norm.tested = norm.running;
    norm.started = true;
}

CarriedLayer Carrier::told(std::size_t index, const std::vector<double>& weights,
                           const Quantised& q) const {
    const ForeignLayer& from = foreign_.layers[index];
    const Layer& layer = net_.layers[index];
    CarriedLayer carried{layer.text, from.from, layer.forward.size(), q.clipped, 0, 0};
    const auto depth = static_cast<std::size_t>(layer.forward.inputs);
    const auto channels = static_cast<std::size_t>(layer.window_channels());
    const std::size_t first_spare = channels - static_cast<std::size_t>(from.spare_inputs);
    double error = 0, all = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
        const int level = level_at(layer.forward, k);
        carried.zeros += level == 0;
        if (k % channels >= first_spare) continue;
        const double off = weights[k] - q.steps[k / depth] * level;
        error += off * off;
        all += weights[k] * weights[k];
    }
    carried.rms_error = all > 0 ? std::sqrt(error / all) : 0;
    return carried;
}

}  // namespace crossbar
