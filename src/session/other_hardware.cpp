// Restores the network as it was trained, and lays the run's hardware under it.
#include "session/other_hardware.hpp"

#include <algorithm>
#include <filesystem>

#include "analysis/lay_under.hpp"
#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/format.hpp"
#include "session/layer_settings.hpp"
#include "training/bn_calibration.hpp"

namespace crossbar {
namespace {

int bits_of(const Target& target, std::size_t layer, int otherwise) {
    for (const LayerHardware& own : target.layers)
        if (own.layer == layer) return own.weight_bits;
    return otherwise;
}

// What these settings say of a layer.
LayerSettings said_of(const RunSettings& settings, std::size_t layer) {
    for (LayerSettings& own : layer_settings(settings))
        if (own.layer == layer) return own;
    return {};
}

// Bits that a layer's target is made for, where the line puts it in the place of another; 0 for
// any.
int new_bits(const RunRequest& request, const Target& target, const LayerSettings& given,
             std::size_t layer) {
    const bool own = !said_of(request.settings, layer).target.empty();
    const bool other =
        own ? !given.target.empty() : request.settings.target != request.stored.target;
    if (!other) return 0;
    for (const LayerHardware& hardware : target.layers)
        if (hardware.layer == layer) return hardware.made_for;
    return target.weight_bits;
}

// Whose draws the format does not tell.
bool has_devices(const Network& network) {
    return std::any_of(network.layers.begin(), network.layers.end(), [](const Layer& layer) {
        return layer.forward.devices.device || layer.feedback.device;
    });
}

bool lacks_training(const RunRequest& request) {
    return request.own && request.own->tests_only;
}

}  // namespace

bool has_other_hardware(const RunRequest& request) {
    if (!request.evaluating) return false;
    for (const char* name : {"target", "device", "layer", "weight-bits", "seed"})
        if (text_of(name, request.settings) != text_of(name, request.stored)) return true;
    return false;
}

void check_other_hardware(const RunRequest& request, const Target& target) {
    // A target whose file is gone is needed where layers have bits of theirs.
    const Target before = request.stored.layer.empty() ? Target{} : target_of(request.stored);
    const std::size_t count = layer_count(request.settings.training.network);
    RunSettings asked = request.settings;
    asked.layer = request.given.value("layer");
    for (std::size_t i = 0; i < count; ++i) {
        const int has = bits_of(before, i, request.stored.training.weight_bits);
        int wanted = bits_of(target, i, request.settings.training.weight_bits);
        const LayerSettings given = said_of(asked, i);
        if (const int made_for = new_bits(request, target, given, i); made_for != 0)
            wanted = std::min(wanted, made_for);
        const bool told = request.given.has("weight-bits") || given.weight_bits != 0;
        if (wanted >= has || told) continue;
        fail(
            "{}: layer {} has synapses of {} bits, and those of the target have {}; give "
            "--weight-bits {} to round them to fewer levels, or --weight-bits {} to keep them (of "
            "this layer alone: --layer {}:weight-bits={})",
            request.checkpoint->path, i + 1, has, wanted, wanted, has, i + 1, wanted);
    }
}

std::string command_of(const Trained& trained) {
    const auto named = [](const std::string& path) {
        return shell_word(std::filesystem::path(path).filename().string());
    };
    std::string command = "crossbar_sim eval " + named(trained.checkpoint);
    for (const auto& [name, text] : trained.given.values)
        if (find_setting(name)->kept != Kept::no && name != "data")  // a folder of this machine
            command += fmt::format(" --{} {}", name,
                                   text.ends_with(".toml") ? named(text) : shell_word(text));
    return command;
}

std::uint64_t fingerprint_of(const Checkpoint& checkpoint) {
    return fingerprint(checkpoint.state.data(), checkpoint.state.size(), fingerprint_start);
}

AnyNetwork trained_network(const RunRequest& request, const Task& task, const Kernels& kernels) {
    const Settings& s = request.stored.training;
    const Target target = target_of(request.stored);
    const Plan plan = make_plan(s, target.hardware, 0, target.layers);
    AnyNetwork network;
    if (s.arithmetic == Arithmetic::floating)
        network = make_float_network(s.network, task.shape, task.classes, plan, kernels);
    else
        network = make_network(s.network, task.shape, task.classes, plan, kernels);
    std::visit([&](auto& n) { restore(*request.checkpoint, n); }, network);
    return network;
}

void lay_checkpoint_under(const RunRequest& request, Run& run) {
    Network& onto = std::get<Network>(run.network);
    check_other_hardware(request, run.target);
    StateReader in(request.checkpoint->path, request.checkpoint->state);
    if (in.text() == format_of(onto) && !has_devices(onto)) {
        restore(*request.checkpoint, onto);
    } else {
        const AnyNetwork trained = trained_network(request, run.task, *run.kernels);
        lay_under(std::get<Network>(trained), request.stored.training.seed, run.plan, *run.kernels,
                  onto);
    }
    const Dataset& seen = lacks_training(request) ? run.data.test : run.data.train;
    calibrate_ranges(onto, run.plan, seen, request.given.has("bn-images"), run.compute());
}

void take_statistics(const RunRequest& request, Run& run) {
    auto* const network = std::get_if<Network>(&run.network);
    if (!network || !request.evaluating || !request.given.has("bn-images")) return;
    if (lacks_training(request) && run.plan.bn_images != 0)
        fail(
            "bn-images {}: statistics are those of training images, and there are test images "
            "alone; leave it out",
            run.plan.bn_images);
    Workspace work = make_workspace(*network, *run.threads);
    calibrate_bn(*network, run.plan, run.data.train, work, run.compute().alone());
    if (run.plan.bn_images != 0) return;
    for (Layer& layer : network->layers)
        layer.norm.tested = layer.norm.running;
}

}  // namespace crossbar
