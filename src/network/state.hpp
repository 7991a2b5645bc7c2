// All that training changes, field by field: the one list that checkpoints, the signature, exports
// and the memory of a run go by. visit_state(layer, f) calls f(field, data) for each field in the
// order in which checkpoints hold them; data is a vector or one number, const where the layer is.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/fixed.hpp"
#include "device/device.hpp"
#include "network/network.hpp"

namespace crossbar {

// What a field has one value for.
enum class Per { synapse, output, layer };

// Values lie in low..high, or training has not made them; of some, 0 is none. Checkpoints hold the
// field since a version of their format.
template <typename Bound>
struct StateField {
    const char* name;  // as docs/export.md has it
    Per per;
    Bound low, high;
    bool zero = true;
    std::uint32_t since = 1;
};
using IntegerField = StateField<std::int64_t>;

// The statistics of normalisation that tests go by: training reads them no more than the images of
// the test, so they are no part of the signature.
constexpr bool is_for_tests(std::string_view field) {
    return field == "mean" || field == "variance";
}

template <typename T, typename Of>
concept Either = std::same_as<std::remove_const_t<T>, Of>;

inline IntegerField count_field(const char* name) {
    return {name, Per::layer, 0, std::int64_t{1} << 60};
}

// The shape of a field with `count` values: outputs, height and width of the window, its channels;
// of shared counters and of outputs their count; of a number nothing.
std::vector<std::size_t> shape_of(const auto& layer, int outputs, Per per, std::size_t count) {
    const Window& w = layer.window;
    std::vector<std::size_t> shape;
    std::size_t synapses = 1;
    for (const int side : {outputs, w.kernel_height, w.kernel_width, layer.window_channels()}) {
        shape.push_back(static_cast<std::size_t>(side));
        synapses *= shape.back();
    }
    if (per == Per::layer) return {};
    return per == Per::output || count != synapses ? std::vector{count} : shape;
}

void visit_levels(Either<SynapseArray> auto& a, const char* name, Per per, auto&& f) {
    const int top = a.devices.device ? 127 : top_synapse_level(a.bits);
    const bool zero = a.bits > 1 || a.devices.device;
    std::visit(
        [&](auto& levels) {
            f(IntegerField{name, per, -top, top, zero}, levels);
        },
        a.levels);
}

// Of an array of synapses with its devices: what its fields are called.
struct SynapseNames {
    const char *levels, *pulses, *second, *kinds[2], *wear[2], *refreshes, *first_pulses,
        *verify_reads;
};
inline constexpr SynapseNames forward_names{
    "levels",    "pulses",       "second_device", {"kind_1", "kind_2"}, {"wear_1", "wear_2"},
    "refreshes", "first_pulses", "verify_reads"};
inline constexpr SynapseNames pulsed_names{"feedback",
                                           "feedback_pulses",
                                           "feedback_second_device",
                                           {"feedback_kind_1", "feedback_kind_2"},
                                           {"feedback_wear_1", "feedback_wear_2"},
                                           "feedback_refreshes",
                                           "feedback_first_pulses",
                                           "feedback_verify_reads"};

void visit_synapses(Either<SynapseArray> auto& a, const SynapseNames& names, auto&& f) {
    visit_levels(a, names.levels, Per::synapse, f);
    f(count_field(names.pulses), a.pulses);
    auto& d = a.devices;
    if (!d.device) return;
    f(IntegerField{names.second, Per::synapse, 0, d.device->highest}, d.second);
    for (std::size_t plane = 0; plane < 2; ++plane) {
        f(IntegerField{names.kinds[plane], Per::synapse, 0, 255}, d.kinds[plane]);
        f(IntegerField{names.wear[plane], Per::synapse, 0, 65535}, d.wear[plane]);
    }
    f(count_field(names.refreshes), d.refreshes);
    f(count_field(names.first_pulses), d.first_pulses);
    f(count_field(names.verify_reads), d.verify_reads);
}

void visit_trace(Either<Trace> auto& t, const char* name, const char* sgd, Per per, auto&& f) {
    constexpr std::int64_t most = std::numeric_limits<std::int16_t>::max();
    constexpr std::int64_t most_wide = std::numeric_limits<std::int32_t>::max();
    f(IntegerField{name, per, -most, most}, t.sign);
    f(IntegerField{sgd, per, -most_wide, most_wide}, t.sgd);
}

void visit_norm(Either<BatchNorm> auto& n, auto&& f) {
    f(IntegerField{"bn_started", Per::layer, 0, 1}, n.started);
    f(IntegerField{"mean", Per::output, -most_mean, most_mean}, n.tested.mean);
    f(IntegerField{"variance", Per::output, 0, most_variance}, n.tested.variance);
    f(IntegerField{"running_mean", Per::output, -most_mean, most_mean, true, 4}, n.running.mean);
    f(IntegerField{"running_variance", Per::output, 0, most_variance, true, 4}, n.running.variance);
    visit_levels(n.affine.scale, "scale", Per::output, f);
    f(count_field("scale_pulses"), n.affine.scale.pulses);
    visit_levels(n.affine.shift, "shift", Per::output, f);
    f(count_field("shift_pulses"), n.affine.shift.pulses);
    visit_trace(n.affine.scale_trace, "scale_trace", "scale_trace", Per::output, f);
    visit_trace(n.affine.shift_trace, "shift_trace", "shift_trace", Per::output, f);
}

void visit_tiles(Either<TiledArray> auto& t, const char* largest, const char* batches, auto&& f) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    if (!t.adapts()) return;
    f(IntegerField{largest, Per::layer, 0, most}, t.seen.largest);
    f(IntegerField{batches, Per::layer, 0, most}, t.seen.batches);
}

void visit_state(Either<Layer> auto& l, auto&& f) {
    visit_synapses(l.forward, forward_names, f);
    visit_trace(l.trace, "trace", "sgd_trace", Per::synapse, f);
    if (l.feedback.pulsed) visit_synapses(*l.feedback.pulsed, pulsed_names, f);
    const int top = l.feedback.device ? 127 : top_level(l.feedback.bits);
    f(IntegerField{"feedback", Per::synapse, -top, top}, l.feedback.levels);
    f(IntegerField{"mask", Per::synapse, -1, 1, false}, l.feedback.mask);
    f(count_field("sign_copies"), l.feedback.copies);
    f(IntegerField{"feedback_kind", Per::synapse, 0, 255}, l.feedback.kinds);
    f(IntegerField{"feedback_wear", Per::synapse, 0, 65535}, l.feedback.wear);
    visit_norm(l.norm, f);
    f(IntegerField{"activation_shift", Per::layer, 0, 25}, l.scale.shift);
    f(IntegerField{"activation_started", Per::layer, 0, 1}, l.scale.started);
    visit_tiles(l.tiles, "adc_largest", "adc_batches", f);
    visit_tiles(l.feedback_tiles, "feedback_adc_largest", "feedback_adc_batches", f);
}

// Of all layers: calls f(text of the layer, field, data).
void visit_state(Either<Network> auto& network, auto&& f) {
    for (auto& layer : network.layers)
        visit_state(layer, [&](const auto& field, auto& data) { f(layer.text, field, data); });
}

// What a layer holds for each synapse.
std::size_t state_bytes(const auto& layer) {
    std::size_t bytes = 0;
    visit_state(layer, [&](const auto& field, const auto& data) {
        if constexpr (!std::is_arithmetic_v<std::remove_cvref_t<decltype(data)>>)
            if (field.per == Per::synapse) bytes += data.size() * sizeof data[0];
    });
    return bytes;
}

}  // namespace crossbar
