#include "export.hpp"

#include "crossbar/check.hpp"
#include "npz.hpp"

namespace crossbar::sim {
namespace {

using Shape4 = std::vector<std::size_t>;

// Adds arrays under "layer_N.", leaving out those that a network of its kind does not have.
class Exporter {
  public:
    explicit Exporter(std::size_t layer) : prefix_(fmt::format("layer_{}.", layer)) {}

    template <typename T>
    void add(const char* name, const Shape4& shape, const std::vector<T>& values) {
        if (!values.empty()) arrays_.push_back(npz_array(prefix_ + name, shape, values));
    }
    template <typename T>
    void number(const char* name, T value) {
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

// Outputs, window height and width, channels.
Shape4 shape_of(int rows, const Window& window) {
    return {static_cast<std::size_t>(rows), static_cast<std::size_t>(window.kernel_height),
            static_cast<std::size_t>(window.kernel_width),
            static_cast<std::size_t>(window.channels)};
}

std::vector<NpzArray> arrays_of(const Layer& layer, std::size_t index) {
    Exporter out(index);
    const Shape4 shape = shape_of(layer.forward.rows, layer.window);
    const Shape4 channels = {static_cast<std::size_t>(layer.forward.rows)};
    out.text("stage", layer.text);
    out.levels("levels", shape, layer.forward.levels);
    const Devices& devices = layer.forward.devices;
    out.add("second_device", shape, devices.minus);
    out.add("wear_1", shape, devices.wear[0]);
    out.add("wear_2", shape, devices.wear[1]);
    out.number("bits", std::int32_t{layer.forward.bits});
    out.number("exponent", std::int32_t{layer.forward.exponent});
    out.add("feedback", shape, layer.feedback.levels);
    out.number("feedback_exponent", std::int32_t{feedback_exponent(layer.feedback, layer.forward)});
    out.add("feedback_wear", shape, layer.feedback.wear);
    out.add("mask", shape, layer.feedback.mask);
    out.add("trace", shape, layer.trace.sign);
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
    return out.take();
}

std::vector<NpzArray> arrays_of(const FloatLayer& layer, std::size_t index) {
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
    return out.take();
}

}  // namespace

std::string export_of(const Experiment& e) {
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
                for (NpzArray& array : arrays_of(network.layers[i], i + 1))
                    arrays.push_back(std::move(array));
        },
        e.network);
    return npz_of(arrays);
}

}  // namespace crossbar::sim
