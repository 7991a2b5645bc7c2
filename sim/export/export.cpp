// Walks over a network's state and writes each array as one entry of the .npz file.
#include "export/export.hpp"

#include <algorithm>

#include "array/device_array.hpp"
#include "base/check.hpp"
#include "export/inference_arrays.hpp"
#include "export/npz.hpp"
#include "session/settings_text.hpp"

namespace crossbar::sim {
namespace {

using Shape4 = std::vector<std::size_t>;

// Adds arrays under "layer_N.", leaving out those that a network of its kind does not have.
class Exporter {
  public:
    explicit Exporter(std::size_t layer) : prefix_(fmt::format("layer_{}.", layer)) {}

    // Refers to values of the network, and keeps those that were made for it.
    template <typename T>
    void add(const std::string& name, const Shape4& shape, const std::vector<T>& values) {
        if (!values.empty()) arrays_.push_back(npz_array(prefix_ + name, shape, values));
    }
    template <typename T>
    void add(const std::string& name, const Shape4& shape, std::vector<T>&& values) {
        if (!values.empty()) arrays_.push_back(npz_array(prefix_ + name, shape, std::move(values)));
    }
    template <typename T>
    void number(const std::string& name, T value) {
        add(name, {}, std::vector<T>{value});
    }
    void text(const char* name, const std::string& value) {
        arrays_.push_back(npz_text(prefix_ + name, value));
    }
    std::vector<NpzArray> take() { return std::move(arrays_); }

  private:
    std::string prefix_;
    std::vector<NpzArray> arrays_;
};

// What an array's converters add: the ADCs of one tile after another, as many as it has columns.
void add_converters(Exporter& out, const std::string& name, const TiledArray& array, int columns) {
    if (!array || array.tiles->adc_top == 0) return;
    const Tiles& t = *array.tiles;
    std::vector<std::int32_t> gain, offset;
    for (const std::uint16_t adc : array.adcs) {
        gain.push_back(t.gain[adc & 255]);
        offset.push_back(t.offset[adc >> 8]);
    }
    const auto across = static_cast<std::size_t>(columns);
    const Shape4 shape = {array.adcs.size() / across, across};
    out.add(name + "adc_gain", shape, std::move(gain));
    out.add(name + "adc_offset", shape, std::move(offset));
    if (t.adapts() && array.seen.batches == 0) return;  // it has no range yet
    TileWorkspace work;
    prepare(array, array.seen, columns, work);
    out.number(name + "adc_range", work.range);
}

std::vector<std::uint8_t> device_levels(const SynapseArray& a, std::size_t plane) {
    std::vector<std::uint8_t> levels;
    if (a.devices.kinds[plane].empty()) return levels;
    levels.reserve(a.size());
    for (std::size_t i = 0; i < a.size(); ++i)
        levels.push_back(static_cast<std::uint8_t>(device_level(a, plane, i)));
    return levels;
}

// Whether the network at hand goes by a field: with normalisation or without, learnt or not.
bool in_use(BatchNormMode mode, std::string_view name) {
    if (name.ends_with("mean") || name.ends_with("variance") || name == "bn_started")
        return mode != BatchNormMode::none;
    if (name.starts_with("activation_")) return mode == BatchNormMode::none;
    return mode == BatchNormMode::affine || (name != "scale_pulses" && name != "shift_pulses");
}

// What a network for use does without.
bool state_alone(Per per, std::string_view name) {
    constexpr std::string_view names[] = {
        "kind_1",      "kind_2",      "feedback_kind", "feedback_kind_1", "feedback_kind_2",
        "scale_trace", "shift_trace", "magnitude",     "running_mean",    "running_variance"};
    return (per == Per::layer && name != "activation_shift") ||
           std::find(std::begin(names), std::end(names), name) != std::end(names);
}

void add_fields(Exporter& out, const auto& layer, int outputs, bool state) {
    visit_state(layer, [&](const auto& field, const auto& data) {
        if (!in_use(layer.norm.mode, field.name) || (!state && state_alone(field.per, field.name)))
            return;
        if constexpr (std::is_same_v<decltype(data), const bool&>)
            out.number(field.name, static_cast<std::uint8_t>(data));
        else if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(data)>>)
            out.number(field.name, data);
        else
            out.add(field.name, shape_of(layer, outputs, field.per, data.size()), data);
    });
}

std::vector<NpzArray> arrays_of(const Layer& layer, std::size_t index, bool state) {
    Exporter out(index);
    const SynapseArray& a = layer.forward;
    out.text("stage", layer.text);
    add_fields(out, layer, a.outputs, state);
    out.number("bits", std::int32_t{a.bits});
    out.number("exponent", std::int32_t{a.exponent});
    out.number("feedback_exponent", std::int32_t{feedback_exponent(layer.feedback, a)});
    out.number("sum_shift", std::int32_t{layer.sum_shift});
    if (!state) return out.take();
    const Shape4 shape = shape_of(layer, a.outputs, Per::synapse, a.size());
    out.add("device_1", shape, device_levels(a, 0));
    out.add("device_2", shape, device_levels(a, 1));
    add_converters(out, "", layer.tiles, a.outputs);
    add_converters(out, "feedback_", layer.feedback_tiles, a.inputs);
    return out.take();
}

std::vector<NpzArray> arrays_of(const FloatLayer& layer, std::size_t index, bool state) {
    Exporter out(index);
    out.text("stage", layer.text);
    add_fields(out, layer, layer.outputs, state);
    return out.take();
}

std::vector<NpzArray> arrays_of(const Run& e, bool state) {
    const Shape& input = e.task.shape;
    std::vector<NpzArray> arrays = {
        npz_text("settings", settings_text(e.settings)),
        npz_array("input", {3},
                  std::vector<std::int32_t>{input.height, input.width, input.channels}),
        npz_array("classes", {}, std::vector<std::int32_t>{e.task.classes}),
        npz_array("gain", {}, std::vector<std::int32_t>{e.plan.gain}),
    };
    if (!e.data.class_names.empty()) arrays.push_back(npz_texts("class_names", e.data.class_names));
    if (const auto* network = std::get_if<Network>(&e.network))
        for (NpzArray& array : inference_arrays(*network))
            arrays.push_back(std::move(array));
    std::visit(
        [&](const auto& network) {
            for (std::size_t i = 0; i < network.layers.size(); ++i)
                for (NpzArray& array : arrays_of(network.layers[i], i + 1, state))
                    arrays.push_back(std::move(array));
        },
        e.network);
    return arrays;
}

}  // namespace

void write_export(const Run& e, Exported what, Packing packing, const PutBytes& put) {
    const bool state = what == Exported::state;
    std::vector<NpzArray> arrays = arrays_of(e, state);
    const Progress& p = e.progress;
    if (state)
        arrays.push_back(npz_array(
            "progress", {3},
            std::vector<std::uint64_t>{static_cast<std::uint64_t>(p.epoch), p.image, p.step}));
    write_npz(arrays, packing, put);
}

void write_test_images(const Run& e, const PutBytes& put) {
    const Dataset& set = e.data.test;
    const auto side = [](int n) { return static_cast<std::size_t>(n); };
    std::vector<NpzArray> arrays = {npz_array("pixels",
                                              {set.count(), side(set.shape.height),
                                               side(set.shape.width), side(set.shape.channels)},
                                              set.pixels),
                                    npz_array("labels", {set.count()}, set.labels)};
    if (!e.data.class_names.empty()) arrays.push_back(npz_texts("class_names", e.data.class_names));
    write_npz(arrays, Packing::deflated, put);
}

}  // namespace crossbar::sim
