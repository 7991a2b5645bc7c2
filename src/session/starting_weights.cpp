// Of a checkpoint: makes the saved network as its own settings have it, and copies what it has
// learnt. Of tensors: carries them over, or takes this program's own as they are.
#include "session/starting_weights.hpp"

#include <cstdlib>

#include "base/check.hpp"
#include "base/format.hpp"
#include "session/layer_settings.hpp"
#include "weights/own_export.hpp"
#include "weights/weights_map.hpp"

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

void draw_feedback(Run& e, Network& network) {
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        Layer& layer = network.layers[i];
        layer.feedback =
            make_feedback(*e.plan.feedback, e.plan.feedback_bits, e.plan.sign_of_zero,
                          e.plan.concordance, e.plan.seed, static_cast<std::uint32_t>(i),
                          layer.forward, *e.kernels, e.plan.layer(i).feedback_device);
    }
}

void take_checkpoint(const Run& e, Network& network) {
    const std::string& file = e.settings.weights;
    if (e.plan.device)
        fail("--weights {}: the devices of --target {} are not written; leave the target out", file,
             e.settings.target);
    const Saved saved = saved_network(file, *e.kernels);
    if (saved.network.layers.size() != network.layers.size())
        fail("--weights {}: its network has {} layers, and that of this run {}", file,
             saved.network.layers.size(), network.layers.size());
    for (std::size_t i = 0; i < network.layers.size(); ++i)
        check_layer(file, saved.network.layers[i], network.layers[i]);
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const Layer& from = saved.network.layers[i];
        Layer& to = network.layers[i];
        to.forward.levels = from.forward.levels;
        to.norm.running = from.norm.running;
        to.norm.tested = from.norm.tested;
        to.norm.started = from.norm.started;
        to.norm.affine.scale.levels = from.norm.affine.scale.levels;
        to.norm.affine.shift.levels = from.norm.affine.shift.levels;
        to.scale = from.scale;
    }
}

// Of the file's tensors, laid out for this network.
ForeignNetwork laid_out(const Run& e, const NamedTensors& tensors, const Network& network) {
    if (!is_own_export(tensors))
        return foreign_network(tensors, weights_map(e.settings.weights_map), network,
                               e.settings.training.network);
    if (!e.settings.weights_map.empty())
        fail("--weights-map {}: {} holds arrays of this program, which need none; leave it out",
             e.settings.weights_map, tensors.file);
    return exported_network(tensors, network);
}

// The plan of the reference: nothing but the network and its images is as in the run.
Plan reference_plan(const Settings& run) {
    Settings s;
    s.network = run.network;
    s.bn = run.bn == BatchNormMode::none ? BatchNormMode::none : BatchNormMode::plain;
    s.weight_bits = 16;
    s.readout_gain = run.readout_gain;
    s.bn_images = run.bn_images;
    s.batch = run.batch;
    s.seed = run.seed;
    return make_plan(s);
}

void take_tensors(Run& e, const NamedTensors& tensors, Network& network) {
    if (is_own_export(tensors) && take_export(tensors, e.plan, network)) return;
    const ForeignNetwork foreign = laid_out(e, tensors, network);
    const Plan plan = reference_plan(e.settings.training);
    const Reference reference = make_reference(
        foreign,
        make_network(e.settings.training.network, e.task.shape, e.task.classes, plan, *e.kernels),
        plan, e.plan.activation_bits, e.data.train, e.compute());
    Carried carried = carry(foreign, reference,
                            {parse_clip(e.settings.weights_clip), e.settings.weights_by_output},
                            e.plan, e.data.train, network, e.compute());
    if (e.plan.epochs > 0 && e.plan.bn == BatchNormMode::plain)
        e.notices.emplace_back(
            "training normalises by the statistics of each batch, which leaves nothing of the "
            "file's offsets: its first steps have to find others; --bn affine keeps them as learnt "
            "shifts");
    Workspace work = make_workspace(reference.network, *e.threads);
    e.weights = {std::move(carried.layers), is_own_export(tensors) ? 0 : carried.gain,
                 evaluate(reference.network, e.data.test, work, e.compute()).metrics};
}

void tell_of_bound(Run& e, const Network& network) {
    if (e.plan.epochs == 0) return;
    std::size_t beyond = 0;
    for (const Layer& layer : network.layers)
        for (const SynapseArray* a : {&layer.norm.affine.scale, &layer.norm.affine.shift})
            for (std::size_t c = 0; c < a->size(); ++c)
                beyond += std::abs(level_at(*a, c)) > e.plan.affine_top;
    if (beyond != 0)
        e.notices.push_back(
            fmt::format("{} learnt scales and shifts of the file are beyond --bn-bound {}: "
                        "training moves them there; a larger bound keeps them",
                        beyond, e.settings.training.bn_bound));
}

}  // namespace

bool holds_tensors(const std::string& file) {
    return file.ends_with(".npz") || file.ends_with(".onnx") || file.ends_with(".safetensors");
}

void check_weights(const Run& e, const std::optional<NamedTensors>& tensors) {
    const RunSettings& s = e.settings;
    const std::string& file = s.weights;
    const bool of_tensors = tensors || holds_tensors(file);
    for (const auto& [name, value] : {std::pair{"weights-map", s.weights_map},
                                      {"weights-clip", s.weights_clip},
                                      {"weights-by-output", s.weights_by_output ? "true" : ""}})
        if (!of_tensors && !value.empty())
            fail(
                "--{} is of weights of another tool: give --weights FILE.npz, .onnx or "
                ".safetensors as well",
                name);
    if (file.empty() && !tensors) return;
    const auto* const network = std::get_if<Network>(&e.network);
    if (network == nullptr)
        fail("--weights {}: --arithmetic float has no levels of synapses", file);
    if (!of_tensors) return;
    if (!tensors)
        fail(
            "--weights {}: the library reads checkpoints alone; give its arrays, or make a "
            "checkpoint of the file: crossbar_sim train --weights {} --epochs 0 --save net.ckpt, "
            "with the other settings",
            file, file);
    check_tensors(*tensors);
    parse_clip(s.weights_clip);
    laid_out(e, *tensors, *network);
}

void start_with_weights(Run& e, const std::optional<NamedTensors>& tensors) {
    Network& network = std::get<Network>(e.network);
    if (tensors)
        take_tensors(e, *tensors, network);
    else
        take_checkpoint(e, network);
    tell_of_bound(e, network);
    draw_feedback(e, network);
}

}  // namespace crossbar
