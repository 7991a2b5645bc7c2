#include "export/export.hpp"

#include "array/device_array.hpp"
#include "base/check.hpp"
#include "export/npz.hpp"
#include "run/settings_text.hpp"

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
    void levels(const char* name, const Shape4& shape, const Levels& levels) {
        std::visit([&](const auto& values) { add(name, shape, values); }, levels);
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
    if (t.adapts()) out.number(name + "adc_batches", array.seen.batches);
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

// What a network for use does without.
void add_state(Exporter& out, const Layer& layer, const Shape4& shape) {
    const SynapseArray& a = layer.forward;
    out.add("device_1", shape, device_levels(a, 0));
    out.add("device_2", shape, device_levels(a, 1));
    out.add("kind_1", shape, a.devices.kinds[0]);
    out.add("kind_2", shape, a.devices.kinds[1]);
    out.number("pulses", a.pulses);
    if (a.devices.device) {
        out.number("refreshes", a.devices.refreshes);
        out.number("first_pulses", a.devices.first_pulses);
        out.number("verify_reads", a.devices.verify_reads);
    }
    out.add("feedback_kind", shape, layer.feedback.kinds);
    out.number("sign_copies", layer.feedback.copies);
    add_converters(out, "", layer.tiles, a.rows);
    add_converters(out, "feedback_", layer.feedback_tiles, a.depth);
    const Affine& affine = layer.norm.affine;
    for (const auto& [name, trace] :
         {std::pair{"scale_trace", &affine.scale_trace}, {"shift_trace", &affine.shift_trace}}) {
        out.add(name, {trace->sign.size()}, trace->sign);  // fewer than outputs where shared
        out.add(name, {trace->sgd.size()}, trace->sgd);
    }
}

void add_state(Exporter& out, const FloatLayer& layer, const Shape4& shape) {
    const Shape4 channels = {static_cast<std::size_t>(layer.rows)};
    out.add("magnitude", shape, layer.magnitude);
    out.add("scale_trace", channels, layer.norm.scale_trace);
    out.add("shift_trace", channels, layer.norm.shift_trace);
}

// Outputs, window height and width, channels.
Shape4 shape_of(int rows, const Window& window) {
    return {static_cast<std::size_t>(rows), static_cast<std::size_t>(window.kernel_height),
            static_cast<std::size_t>(window.kernel_width),
            static_cast<std::size_t>(window.channels)};
}

std::vector<NpzArray> arrays_of(const Layer& layer, std::size_t index, bool state) {
    Exporter out(index);
    const Shape4 shape = shape_of(layer.forward.rows, layer.window);
    const Shape4 channels = {static_cast<std::size_t>(layer.forward.rows)};
    out.text("stage", layer.text);
    out.levels("levels", shape, layer.forward.levels);
    const DeviceState& devices = layer.forward.devices;
    out.add("second_device", shape, devices.second);
    out.add("wear_1", shape, devices.wear[0]);
    out.add("wear_2", shape, devices.wear[1]);
    out.number("bits", std::int32_t{layer.forward.bits});
    out.number("exponent", std::int32_t{layer.forward.exponent});
    out.add("feedback", shape, layer.feedback.levels);
    out.number("feedback_exponent", std::int32_t{feedback_exponent(layer.feedback, layer.forward)});
    out.add("feedback_wear", shape, layer.feedback.wear);
    out.add("mask", shape, layer.feedback.mask);
    const bool shared = layer.trace.sign.size() < layer.forward.size();  // counters of bm4
    out.add("trace", shared ? Shape4{layer.trace.sign.size()} : shape, layer.trace.sign);
    out.add("sgd_trace", shape, layer.trace.sgd);
    out.number("sum_shift", std::int32_t{layer.sum_shift});
    if (layer.norm.mode == BatchNormMode::none) {
        out.number("activation_shift", std::int32_t{layer.scale.shift});
    } else {
        out.add("mean", channels, layer.norm.running.mean);
        out.add("variance", channels, layer.norm.running.variance);
        out.levels("scale", channels, layer.norm.affine.scale.levels);
        out.levels("shift", channels, layer.norm.affine.shift.levels);
    }
    if (state) add_state(out, layer, shape);
    return out.take();
}

std::vector<NpzArray> arrays_of(const FloatLayer& layer, std::size_t index, bool state) {
    Exporter out(index);
    const Shape4 shape = shape_of(layer.rows, layer.window);
    const Shape4 channels = {static_cast<std::size_t>(layer.rows)};
    out.text("stage", layer.text);
    out.add("weights", shape, layer.weights);
    out.add("feedback", shape, layer.feedback);
    out.add("mask", shape, layer.mask);
    out.add("trace", shape, layer.trace);
    out.add("mean", channels, layer.norm.mean);
    out.add("variance", channels, layer.norm.variance);
    out.add("scale", channels, layer.norm.scale);
    out.add("shift", channels, layer.norm.shift);
    if (state) add_state(out, layer, shape);
    return out.take();
}

std::vector<NpzArray> arrays_of(const Run& e, bool state) {
    const Shape& input = e.task.shape;
    std::vector<NpzArray> arrays = {
        npz_text("settings", settings_text(e.options)),
        npz_array("input", {3},
                  std::vector<std::int32_t>{input.height, input.width, input.channels}),
        npz_array("classes", {}, std::vector<std::int32_t>{e.task.classes}),
        npz_array("gain", {}, std::vector<std::int32_t>{e.plan.gain}),
    };
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

}  // namespace crossbar::sim
