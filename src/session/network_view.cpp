// What a network holds, for a program outside (crossbar/network_view.hpp): views, not copies.
#include "crossbar/network_view.hpp"

#include "base/check.hpp"
#include "crossbar/session.hpp"
#include "network/state.hpp"
#include "session/session_state.hpp"

namespace crossbar {
namespace {

template <typename T>
std::span<const T> values_of_field(const std::vector<T>& data) {
    return data;
}
template <typename T>
requires std::is_arithmetic_v<T> std::span<const T> values_of_field(const T& data) {
    return {&data, 1};
}

std::vector<FieldView> state_of(const Layer& layer) {
    std::vector<FieldView> fields;
    visit_state(layer, [&](const auto& field, const auto& data) {
        const auto values = values_of_field(data);
        if (!values.empty())
            fields.push_back({field.name,
                              shape_of(layer, layer.forward.outputs, field.per, values.size()),
                              values});
    });
    return fields;
}

std::span<const std::int8_t> levels_back(const FeedbackArray& feedback) {
    return feedback.pulsed ? std::get<std::vector<std::int8_t>>(feedback.pulsed->levels)
                           : feedback.levels;
}

LayerView view_of(const Layer& layer) {
    const SynapseArray& a = layer.forward;
    const Window& w = layer.window;
    const Concordance signs = concordance_of(layer.feedback, a);
    LayerView view{layer.text,
                   a.outputs,
                   a.inputs,
                   w.kernel_height,
                   w.kernel_width,
                   layer.window_channels(),
                   a.bits,
                   a.exponent,
                   {},
                   {},
                   levels_back(layer.feedback),
                   a.pulses,
                   saturated(a),
                   signs.agree,
                   signs.counted,
                   state_of(layer)};
    if (const auto* narrow = std::get_if<std::vector<std::int8_t>>(&a.levels))
        view.narrow = *narrow;
    else
        view.wide = std::get<std::vector<std::int16_t>>(a.levels);
    return view;
}

}  // namespace

const Network& network_of(const Run& run) {
    const auto* network = std::get_if<Network>(&run.network);
    if (!network) fail("arithmetic float: this network has no levels");
    return *network;
}

std::vector<LayerView> Session::layers() const {
    std::vector<LayerView> views;
    for (const Layer& layer : network_of(state().run).layers)
        views.push_back(view_of(layer));
    return views;
}

std::vector<Alignment> Session::alignment() const {
    const Network& network = network_of(state().run);
    std::vector<Alignment> result;
    for (const LayerDiagnosis& found : diagnosis_of(state().run)) {
        const auto [agree, counted] = found.gradient_signs;
        const double share =
            counted == 0 ? 0 : static_cast<double>(agree) / static_cast<double>(counted);
        result.push_back({network.layers[result.size()].text, found.angle, share});
    }
    return result;
}

}  // namespace crossbar
