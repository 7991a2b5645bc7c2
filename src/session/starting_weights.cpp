// Makes the saved network as its own settings have it, and copies what it has learnt.
#include "session/starting_weights.hpp"

#include "base/check.hpp"
#include "session/layer_settings.hpp"

namespace crossbar {
namespace {

struct Saved {
    RunSettings settings;
    Network network;
};

Saved saved_network(const std::string& file, const Kernels& kernels) {
    const RunRequest request = evaluation({}, file);
    Saved saved{request.settings, {}};
    const Settings& s = saved.settings.training;
    if (s.arithmetic == Arithmetic::floating)
        fail("--weights {}: its network was trained in floats; expected levels of synapses", file);
    const Target target = target_of(saved.settings);
    if (target.hardware.device)
        fail("--weights {}: its synapses are devices of --target {}; expected those of ideal", file,
             saved.settings.target);
    const Task task = load_task(saved.settings.task);
    saved.network = make_network(s.network, task.shape, task.classes,
                                 make_plan(s, target.hardware, 0, target.layers), kernels);
    restore(*request.checkpoint, saved.network);
    return saved;
}

void check_layer(const std::string& file, const Layer& from, const Layer& to) {
    const SynapseArray &a = from.forward, &b = to.forward;
    if (from.text != to.text || a.outputs != b.outputs || a.inputs != b.inputs)
        fail(
            "--weights {}: its layer '{}' has {} x {} synapses, and that of this run, '{}', {} x "
            "{}",
            file, from.text, a.outputs, a.inputs, to.text, b.outputs, b.inputs);
    if (a.bits != b.bits)
        fail(
            "--weights {}: its synapses have {} bits, and those of this run {}; give --weight-bits "
            "{}",
            file, a.bits, b.bits, a.bits);
    if (from.norm.mode != to.norm.mode)
        fail("--weights {}: its layer '{}' is normalised in another way; give the --bn of that run",
             file, from.text);
}

}  // namespace

void start_with_weights(Run& e) {
    const std::string& file = e.settings.weights;
    auto* const network = std::get_if<Network>(&e.network);
    if (network == nullptr)
        fail("--weights {}: --arithmetic float has no levels of synapses", file);
    if (e.plan.device)
        fail("--weights {}: the devices of --target {} are not written; leave the target out", file,
             e.settings.target);
    const Saved saved = saved_network(file, *e.kernels);
    if (saved.network.layers.size() != network->layers.size())
        fail("--weights {}: its network has {} layers, and that of this run {}", file,
             saved.network.layers.size(), network->layers.size());
    for (std::size_t i = 0; i < network->layers.size(); ++i)
        check_layer(file, saved.network.layers[i], network->layers[i]);
    for (std::size_t i = 0; i < network->layers.size(); ++i) {
        const Layer& from = saved.network.layers[i];
        Layer& to = network->layers[i];
        to.forward.levels = from.forward.levels;
        to.norm.running = from.norm.running;
        to.norm.tested = from.norm.tested;
        to.norm.started = from.norm.started;
        to.norm.affine.scale.levels = from.norm.affine.scale.levels;
        to.norm.affine.shift.levels = from.norm.affine.shift.levels;
        to.scale = from.scale;
        to.feedback = make_feedback(*e.plan.feedback, e.plan.feedback_bits, e.plan.sign_of_zero,
                                    e.plan.concordance, e.plan.seed, static_cast<std::uint32_t>(i),
                                    to.forward, *e.kernels, e.plan.feedback_device);
    }
}

}  // namespace crossbar
