#include "synapse_trace.hpp"

#include <array>
#include <charconv>

#include "crossbar/check.hpp"
#include "crossbar/device_array.hpp"
#include "crossbar/replace_file.hpp"

namespace crossbar::sim {
namespace {

[[noreturn]] void refuse(const std::string& text, const std::string& expected) {
    fail("--trace {}: expected {}", text, expected);
}

// LAYER:ROW:COLUMN.
std::array<std::size_t, 3> numbers_of(const std::string& text, const std::string& whole) {
    std::array<std::size_t, 3> numbers{};
    const char* at = text.data();
    const char* end = at + text.size();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto [stop, error] = std::from_chars(at, end, numbers[i]);
        const bool parted = i == 2 ? stop == end : stop != end && *stop == ':';
        if (error != std::errc() || !parted)
            refuse(whole, "LAYER:ROW:COLUMN=FILE.csv, such as 1:0:12=synapse.csv");
        at = stop + (i == 2 ? 0 : 1);
    }
    return numbers;
}

}  // namespace

SynapseTrace::SynapseTrace(const std::string& text, const Experiment& e) : experiment_(e) {
    if (text.empty()) return;
    const std::size_t equals = text.find('=');
    if (equals == text.npos || equals + 1 == text.size())
        refuse(text, "LAYER:ROW:COLUMN=FILE.csv, such as 1:0:12=synapse.csv");
    const auto [layer, row, column] = numbers_of(text.substr(0, equals), text);
    const auto* network = std::get_if<Network>(&e.network);
    if (!network) fail("--trace {}: a float network has no crossbar", text);
    if (layer < 1 || layer > network->layers.size())
        refuse(text, fmt::format("a layer from 1 to {}", network->layers.size()));
    const SynapseArray& a = network->layers[layer - 1].forward;
    const auto rows = static_cast<std::size_t>(a.rows), depth = static_cast<std::size_t>(a.depth);
    if (row >= rows || column >= depth)
        refuse(text,
               fmt::format("a row from 0 to {} and a column from 0 to {}", rows - 1, depth - 1));
    layer_ = layer - 1;
    synapse_ = row * depth + column;
    file_ = text.substr(equals + 1);
    text_ = "batch,epoch,level,device_1,device_2,pulses_1,pulses_2,trace,feedback\n";
    rehearse_replacing(file_, text_);
}

void SynapseTrace::add(const Progress& p) {
    if (file_.empty()) return;
    const Layer& layer = std::get<Network>(experiment_.network).layers[layer_];
    const Devices& devices = layer.forward.devices;
    std::string levels, pulses;
    for (std::size_t plane = 0; plane < 2; ++plane) {
        const bool there = devices.device && !devices.wear[plane].empty();
        levels += there ? fmt::format(",{}", device_level(layer.forward, plane, synapse_)) : ",";
        pulses += there ? fmt::format(",{}", devices.wear[plane][synapse_]) : ",";
    }
    const int trace =
        layer.trace.sign.empty() ? layer.trace.sgd[synapse_] : layer.trace.sign[synapse_];
    // With the scheme sym errors go back through the synapse itself.
    const std::string feedback =
        layer.feedback.levels.empty() ? "" : fmt::format("{}", layer.feedback.levels[synapse_]);
    text_ += fmt::format("{},{},{}{}{},{},{}\n", p.step, p.epoch + (p.image != 0 ? 1 : 0),
                         level_at(layer.forward, synapse_), levels, pulses, trace, feedback);
}

void SynapseTrace::write() const {
    if (!file_.empty()) replace_file(file_, text_);
}

}  // namespace crossbar::sim
