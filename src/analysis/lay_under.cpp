// Levels onto another grid and into other devices, then a few batches through the converters.
#include "analysis/lay_under.hpp"

#include <algorithm>
#include <span>

#include "array/device_array.hpp"
#include "base/check.hpp"
#include "base/fixed.hpp"
#include "base/random_address.hpp"
#include "network/deployed_layer.hpp"
#include "training/trainer.hpp"

namespace crossbar {
namespace {

using Unsigned128 = unsigned __int128;

// Grids finer than that of the whole range that are tried; their ends are clipped.
constexpr int finer_grids = 6;
// And wider ones, for devices.
constexpr int wider_grids = 2;

// Both missing, or made alike.
template <typename Tables>
bool alike(const std::shared_ptr<const Tables>& a, const std::shared_ptr<const Tables>& b) {
    return !a == !b && (!a || fingerprint_of(*a) == fingerprint_of(*b));
}

// Which devices are stuck is no part of what training sees, but of its state.
bool are_same(const std::shared_ptr<const DeviceTables>& a,
              const std::shared_ptr<const DeviceTables>& b, bool same_seed) {
    return alike(a, b) && (!a || (same_seed && a->stuck == b->stuck));
}

// Of a synapse of `bits` bits: the level nearest to level * 2^up.
int nearest_level(int level, int up, int bits) {
    if (bits == 1) return level < 0 ? -1 : 1;
    return static_cast<int>(saturate(round_shift(level, -up), top_synapse_level(bits)));
}

// Of levels * 2^(from - to) as levels of a grid 2^to, in units of 2^least.
Unsigned128 squared_error(const SynapseArray& a, int to, int bits, int least) {
    Unsigned128 sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const int level = level_at(a, i);
        const std::int64_t off =
            (std::int64_t{level} << (a.exponent - least)) -
            (std::int64_t{nearest_level(level, a.exponent - to, bits)} << (to - least));
        sum += static_cast<Unsigned128>(off * off);
    }
    return sum;
}

// The exponent of the best grid; `widest` is that of the whole range.
int best_exponent(const SynapseArray& a, int widest, int bits) {
    const int least = std::min(a.exponent, widest - finer_grids);
    int best = widest;
    Unsigned128 fewest = squared_error(a, widest, bits, least);
    for (int to = widest - 1; to >= widest - finer_grids; --to)
        if (const Unsigned128 error = squared_error(a, to, bits, least); error < fewest) {
            fewest = error;
            best = to;
        }
    return best;
}

// The levels of `from` as ideal synapses of so many bits, on the grid 2^exponent.
SynapseArray on_grid(const SynapseArray& from, int bits, int exponent) {
    SynapseArray a{from.outputs, from.inputs, bits, exponent, {}, from.pulses, {}};
    if (a.wide()) a.levels = std::vector<std::int16_t>();
    std::visit(
        [&](auto& levels) {
            levels.resize(a.size());
            for (std::size_t i = 0; i < levels.size(); ++i)
                levels[i] = static_cast<std::decay_t<decltype(levels[0])>>(
                    nearest_level(level_at(from, i), from.exponent - exponent, bits));
        },
        a.levels);
    return a;
}

// How far synapses are from those that they should be, in units of 2^least.
Unsigned128 distance(const SynapseArray& a, const SynapseArray& wanted, int least) {
    Unsigned128 sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const std::int64_t off = (std::int64_t{level_at(a, i)} << (a.exponent - least)) -
                                 (std::int64_t{level_at(wanted, i)} << (wanted.exponent - least));
        sum += static_cast<Unsigned128>(off * off);
    }
    return sum;
}

// The levels of `from` in devices: on the ideal grid, or on a wider one where that comes nearer, as
// where many devices do not reach the outermost levels.
SynapseArray in_devices(const SynapseArray& from, const SynapseArray& ideal,
                        const std::shared_ptr<const DeviceTables>& device, std::uint64_t seed,
                        std::size_t index, const Kernels& kernels) {
    const int least = std::min(from.exponent, ideal.exponent);
    SynapseArray best;
    Unsigned128 nearest = 0;
    for (int wider = 0; wider <= wider_grids; ++wider) {
        SynapseArray a = on_grid(from, ideal.bits, ideal.exponent + wider);
        make_devices(a, device, seed, static_cast<std::uint32_t>(index), kernels);
        const Unsigned128 off = distance(a, from, least);
        if (wider != 0 && off >= nearest) continue;
        nearest = off;
        best = std::move(a);
        if (off == 0) break;
    }
    return best;
}

void lay_synapses(const Layer& from, std::size_t index, const Plan& plan, bool same_seed,
                  const Kernels& kernels, Layer& to) {
    const std::shared_ptr<const DeviceTables> device = to.forward.devices.device;
    if (to.forward.bits == from.forward.bits &&
        are_same(device, from.forward.devices.device, same_seed)) {
        to.forward = from.forward;
        to.forward.devices.device = device;
        return;
    }
    const int bits = to.forward.bits;
    const int exponent = bits == from.forward.bits
                             ? from.forward.exponent
                             : best_exponent(from.forward, to.forward.exponent, bits);
    to.forward = on_grid(from.forward, bits, exponent);
    if (device)
        to.forward = in_devices(from.forward, to.forward, device, plan.seed, index, kernels);
}

// Feedback synapses that get the pulses of forward ones: in devices like theirs, on their grid.
void lay_pulsed(const Layer& from, std::size_t index, const Plan& plan, bool same_seed,
                const Kernels& kernels, Layer& to) {
    const std::shared_ptr<const DeviceTables> device = to.forward.devices.device;
    SynapseArray& v = *to.feedback.pulsed;
    if (to.forward.bits == from.forward.bits &&
        are_same(device, from.forward.devices.device, same_seed)) {
        v = *from.feedback.pulsed;
        v.devices.device = device;
        return;
    }
    v = on_grid(*from.feedback.pulsed, to.forward.bits, to.forward.exponent);
    if (device) make_devices(v, device, plan.seed, lanes::pulsed_back(index), kernels);
}

void lay_feedback(const Layer& from, std::size_t index, const Plan& plan, bool same_seed,
                  const Kernels& kernels, Layer& to) {
    if (to.feedback.pulsed) {
        lay_pulsed(from, index, plan, same_seed, kernels, to);
        return;
    }
    const std::shared_ptr<const FeedbackDevice> device = to.feedback.device;
    if (alike(device, from.feedback.device) && (!device || same_seed)) {
        to.feedback = from.feedback;
        to.feedback.device = device;
        return;
    }
    to.feedback =
        make_feedback(*plan.feedback, plan.feedback_bits, plan.sign_of_zero, plan.concordance,
                      plan.seed, static_cast<std::uint32_t>(index), to.forward, kernels, device);
}

// Of sums that are stored in units 2^up as large.
void rescale(Statistics& s, int up) {
    for (std::int64_t& mean : s.mean)
        mean = saturate(round_shift(mean, up), most_mean);
    for (std::int64_t& variance : s.variance)
        variance = up < 0 && variance > most_variance >> (-2 * up) ? most_variance
                                                                   : round_shift(variance, 2 * up);
}

void lay_activations(const Layer& from, Layer& to) {
    to.norm = from.norm;
    to.scale = from.scale;
    const int up = to.forward.exponent + to.sum_shift - from.forward.exponent - from.sum_shift;
    if (up == 0) return;
    rescale(to.norm.running, up);
    rescale(to.norm.tested, up);
    if (to.norm.mode != BatchNormMode::none) return;
    to.scale.shift -= up;
    if (to.scale.shift < 0 || to.scale.shift > 25)
        fail(
            "layer '{}': its sums of {}-bit synapses do not fit its activations, which have no "
            "batch normalisation; give more --weight-bits",
            to.text, to.forward.bits);
}

bool waits(const Layer& layer) {
    return layer.tiles.adapts() && layer.tiles.seen.batches == 0;
}

}  // namespace

void lay_under(const Network& trained, std::uint64_t trained_seed, const Plan& plan,
               const Kernels& kernels, Network& onto) {
    const bool same_seed = trained_seed == plan.seed;
    ENSURE_EQUAL(trained.layers.size(), onto.layers.size());
    for (std::size_t i = 0; i < onto.layers.size(); ++i) {
        const Layer& from = trained.layers[i];
        Layer& to = onto.layers[i];
        lay_synapses(from, i, plan, same_seed, kernels, to);
        lay_feedback(from, i, plan, same_seed, kernels, to);
        const bool last = i + 1 == onto.layers.size();
        if (last && to.norm.mode == BatchNormMode::none)
            to.scale = from.scale;  // its sums are the logits, whose unit is told by exponents
        else
            lay_activations(from, to);
        to.trace = from.trace;
        if (alike(to.tiles.tiles, from.tiles.tiles) && to.forward.bits == from.forward.bits)
            to.tiles.seen = from.tiles.seen;
        if (alike(to.feedback_tiles.tiles, from.feedback_tiles.tiles))
            to.feedback_tiles.seen = from.feedback_tiles.seen;
    }
}

void calibrate_ranges(Network& net, const Plan& plan, const Dataset& train, bool statistics,
                      const Compute& together) {
    std::vector<std::size_t> layers;
    std::size_t batches = 0;
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        if (!waits(net.layers[i])) continue;
        const Tiles& tiles = *net.layers[i].tiles.tiles;
        layers.push_back(i);
        batches = std::max(batches, tiles.range == AdcRange::following
                                        ? std::size_t{1}
                                        : static_cast<std::size_t>(tiles.calibration));
    }
    if (layers.empty()) return;
    const Compute compute = together.alone();
    const std::vector<std::uint32_t> order = epoch_order(train.count(), plan.seed, 0);
    const auto batch = static_cast<std::size_t>(plan.batch);
    Workspace work = make_workspace(net, compute.threads);
    const DeployedNetwork deployed = deploy(net);
    pack_network(net, false, work, compute);
    for (std::size_t first = 0; first < order.size() && batches > 0; first += batch, --batches) {
        const std::size_t count = std::min(batch, order.size() - first);
        load_part(net, train, std::span(order).subspan(first, count), work, compute);
        work.step = random_steps::statistics + first;
        if (statistics)
            forward(net, work, compute);
        else
            forward(deployed, work, compute);
        for (const std::size_t i : layers)
            update_adc_range(*net.layers[i].tiles.tiles, work.layers[i].forward_tiles.largest,
                             net.layers[i].tiles.seen);
    }
}

}  // namespace crossbar
