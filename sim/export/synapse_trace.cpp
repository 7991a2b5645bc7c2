// Reads one synapse after each batch, and appends a row to the CSV file.
#include "export/synapse_trace.hpp"

#include "array/device_array.hpp"
#include "base/check.hpp"
#include "base/replace_file.hpp"
#include "run/place.hpp"

namespace crossbar::sim {
namespace {

[[noreturn]] void refuse_trace(const std::string& text, const std::string& expected) {
    fail("--trace {}: expected {}", text, expected);
}

}  // namespace

SynapseTrace::SynapseTrace(const std::string& text, const Run& e) : experiment_(e) {
    if (text.empty()) return;
    const std::optional<Place> place = parse_place(text);
    if (!place || place->numbers.size() != 3)
        refuse_trace(text, "LAYER:OUTPUT:INPUT=FILE.csv, such as 1:0:12=synapse.csv");
    const std::size_t layer = place->numbers[0], output = place->numbers[1];
    const std::size_t input = place->numbers[2];
    const auto* network = std::get_if<Network>(&e.network);
    if (!network) fail("--trace {}: a float network has no crossbar", text);
    if (layer < 1 || layer > network->layers.size())
        refuse_trace(text, fmt::format("a layer from 1 to {}", network->layers.size()));
    const SynapseArray& a = network->layers[layer - 1].forward;
    const auto outputs = static_cast<std::size_t>(a.outputs),
               inputs = static_cast<std::size_t>(a.inputs);
    if (output >= outputs || input >= inputs)
        refuse_trace(text, fmt::format("an output from 0 to {} and an input from 0 to {}",
                                       outputs - 1, inputs - 1));
    layer_ = layer - 1;
    synapse_ = output * inputs + input;
    file_ = place->file;
    text_ = "batch,epoch,level,device_1,device_2,pulses_1,pulses_2,trace,feedback\n";
    rehearse_replacing(file_, text_);
}

void SynapseTrace::add(const Progress& p) {
    if (file_.empty()) return;
    const Layer& layer = std::get<Network>(experiment_.network).layers[layer_];
    const DeviceState& devices = layer.forward.devices;
    std::string levels, pulses;
    for (std::size_t plane = 0; plane < 2; ++plane) {
        const bool there = devices.device && !devices.wear[plane].empty();
        levels += there ? fmt::format(",{}", device_level(layer.forward, plane, synapse_)) : ",";
        pulses += there ? fmt::format(",{}", devices.wear[plane][synapse_]) : ",";
    }
    // Where counters are shared, that of the synapse whose turn it is.
    const std::vector<std::int16_t>& votes = layer.trace.sign;
    const int trace = votes.empty() ? layer.trace.sgd[synapse_] : votes[synapse_ % votes.size()];
    // With the scheme sym errors go back through the synapse itself.
    const bool own = synapses_back(layer.feedback, layer.forward) != &layer.forward;
    const std::string feedback =
        own ? fmt::format("{}", feedback_level(layer.feedback, layer.forward, synapse_)) : "";
    text_ += fmt::format("{},{},{}{}{},{},{}\n", p.step, p.epoch + (p.image != 0 ? 1 : 0),
                         level_at(layer.forward, synapse_), levels, pulses, trace, feedback);
}

void SynapseTrace::write() const {
    if (!file_.empty()) replace_file(file_, text_);
}

}  // namespace crossbar::sim
