// Prepares a run in the order in which mistakes should be told, and hands both kinds of network
// on.
#include "session/run.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <thread>

#include "analysis/diagnose.hpp"
#include "base/agreement.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "session/idle.hpp"
#include "session/layer_settings.hpp"
#include "session/other_hardware.hpp"
#include "session/settings_text.hpp"
#include "session/shared_images.hpp"
#include "session/starting_weights.hpp"
#include "training/augment.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

// The first line of a checkpoint's settings; the options follow.
constexpr std::string_view images_mark = "# training images ";

const Kernels& kernels_named(const std::string& name) {
    if (name == "auto") return best_kernels();
    const Kernels* set = find_kernels(name.c_str());
    if (set && set->available()) return *set;
    std::vector<std::string> names;
    for (const Kernels* other : all_kernels())
        if (other->available()) names.emplace_back(other->name);
    fail("--isa {}: this machine does not have it; it has: {}", name, fmt::join(names, ", "));
}

int thread_count(int wanted, const Processes* processes) {
    const int here = processes ? processes->count_on_machine() : 1;
    return wanted != 0 ? wanted
                       : std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / here);
}

void start_threads(Run& e) {
    const int wanted = thread_count(e.settings.threads, e.processes);
    e.threads = std::make_unique<Threads>(wanted);
    e.settings.threads = e.threads->count();
    if (e.settings.threads != wanted)
        e.notices.push_back(fmt::format(
            "--threads {}: this machine does not allow so many (see ulimit -u and -v); {} are used",
            wanted, e.settings.threads));
}

// A checkpoint is found again from another folder.
void make_absolute(RunSettings& s) {
    if (s.task.ends_with(".toml")) s.task = fs::absolute(s.task).string();
    for (std::string* file : {&s.weights, &s.weights_map})
        if (!file->empty() && *file != Weights{}.name) *file = fs::absolute(*file).string();
    if (s.target.ends_with(".toml")) s.target = fs::absolute(s.target).string();
    s.layer =
        with_targets(s.layer, [](const fs::path& path) { return fs::absolute(path).string(); });
    if (s.data != "auto" && s.data != "real" && s.data != "synthetic")
        s.data = fs::absolute(s.data).string();
}

AnyNetwork network_for(const Run& e) {
    const Settings& s = e.settings.training;
    if (s.arithmetic == Arithmetic::floating)
        return make_float_network(s.network, e.task.shape, e.task.classes, e.plan, *e.kernels);
    return make_network(s.network, e.task.shape, e.task.classes, e.plan, *e.kernels);
}

// Refuses a checkpoint that cannot go on with these images and this number of epochs.
void check_continuation(const Run& e, const Checkpoint& checkpoint) {
    const std::string file = checkpoint.path;
    const std::string images = checkpoint.settings.substr(
        images_mark.size(), checkpoint.settings.find('\n') - images_mark.size());
    if (images != e.images)
        fail(
            "{}: the run was trained on other images ({}, now {} from {}); give their folder with "
            "--data",
            file, images, e.images, e.data.source);
    const Progress& p = checkpoint.progress;
    const int begun = p.epoch + (p.image != 0 ? 1 : 0);
    if (e.settings.training.epochs < begun)
        fail("--epochs {}: the checkpoint {} is in epoch {} already; give at least as many",
             e.settings.training.epochs, file, begun);
    if (p.image > e.data.train.count())
        fail("{}: this checkpoint does not fit the {} training images", file, e.data.train.count());
}

std::string geometry(const std::string& name) {
    try {
        const Task task = load_task(name);
        return fmt::format("{} ({}x{}x{}, {} classes)", task.name, task.shape.height,
                           task.shape.width, task.shape.channels, task.classes);
    } catch (const Error&) {
        return name;  // its file may be gone
    }
}

// The network of the checkpoint on the images of e.task, which need not be those it was trained on.
void check_fit(const Run& e, const RunRequest& request) {
    try {
        trained_network(request, e.task, *e.kernels);
    } catch (const Error& error) {
        fail(
            "{}: its network was trained on {} and does not fit --task {}; test it on "
            "images of the same size and as many classes\n  ({})",
            request.checkpoint->path, geometry(request.trained_on), geometry(e.settings.task),
            error.what());
    }
}

// The state of the checkpoint into the network, whose hardware in a test may be another.
void put_back(const RunRequest& request, Run& e) {
    if (e.trained_on && std::holds_alternative<Network>(e.network))
        lay_checkpoint_under(request, e);
    else
        std::visit([&](auto& network) { restore(*request.checkpoint, network); }, e.network);
    take_statistics(request, e);
}

// What a test has beside the training: it moves no synapse, so that no rate is too large for it.
Settings planned(const Run& e) {
    Settings s = e.settings.training;
    if (e.trained_on) s.rate = 0;
    return s;
}

// The task of that name; where there is none, as for images of the caller's own, one that says
// nothing.
Task task_or_none(const std::string& name, const RunSettings& stored) try {
    return load_task(name);
} catch (const Error&) {
    Task task;
    task.name = name;
    task.network = stored.training.network;
    return task;
}

RunRequest request_from(const Given& given, const std::string& file, bool evaluating) {
    RunRequest request{given, {}, load_checkpoint(file), evaluating, {}, {}};
    const std::string& text = request.checkpoint->settings;
    if (!text.starts_with(images_mark) || text.find('\n') == text.npos)
        fail("{}: this checkpoint was not written by this program", file);
    const RunSettings stored = parse_settings(text.substr(text.find('\n') + 1), file);
    const Given agreed = agreeing(given, stored, file, evaluating);
    const bool begun = request.checkpoint->progress.step != 0;
    if (const std::string epochs = fmt::format("{}", stored.training.epochs);
        begun && stored.training.cosine && !evaluating && agreed.has("epochs") &&
        agreed.value("epochs") != epochs)
        fail(
            "--epochs {}: the rate of {} falls like a cosine over its {} epochs, and cannot go on "
            "to another number; start a new run",
            agreed.value("epochs"), file, epochs);
    Given kept = stored_values(stored);
    kept.by = "checkpoint " + file;
    // A schedule over the epochs of a run that has not begun follows those it will have.
    if (const Settings& s = stored.training;
        !begun && s.quorum == quorum_schedule(fewest_bits(stored), s.epochs, most_votes(s)))
        std::erase_if(kept.values, [](const auto& value) { return value.first == "quorum"; });
    request.trained_on = stored.task;
    request.stored = stored;
    const std::string name = agreed.has("task") ? agreed.value("task") : stored.task;
    request.settings = resolve(task_or_none(name, stored), agreed, kept);
    return request;
}

// Where processes train together: that all are about to do the same.
void check_alike(const Run& e) {
    if (!e.processes) return;
    RunSettings settings = e.settings;
    settings.data.clear();  // the same images may lie elsewhere
    check_same(e.processes,
               {{"setting", settings_text(settings)},
                {"set of training images", e.images},
                {"set of test images", fmt::format("{:016x}", fingerprint_of(e.data.test))},
                {"state of the network", fmt::format("{:016x}", signature_of(e))},
                {"batch to go on from", fmt::format("{}", e.progress.step)}});
}

void prepare_network(Run& e, const RunRequest& request) {
    e.target = target_of(e.settings);
    e.kernels = &kernels_named(e.settings.isa);
    start_threads(e);
    if (e.processes && e.settings.training.arithmetic == Arithmetic::floating)
        fail(
            "--arithmetic float: sums of floats depend on their order, so that several processes "
            "would not come to one result; start one process");
    // Before the images: a mistake in plan or network should not wait for them.
    e.plan = make_plan(planned(e), e.target.hardware, 0, e.target.layers);
    if (!e.evaluating) check_augmentation(e.plan.augmentation, e.task.shape);
    if (e.evaluating && request.given.has("task")) check_fit(e, request);
    e.network = network_for(e);
    e.settings.isa = isa_of(e);
    if (!request.checkpoint) check_weights(e, request.tensors);
}

void prepare_progress(Run& e, const RunRequest& request) {
    const std::optional<Checkpoint>& checkpoint = request.checkpoint;
    e.plan = make_plan(planned(e), e.target.hardware, e.data.train.count(), e.target.layers);
    e.images = fmt::format("{:016x}", fingerprint_of(e.data.train));
    if (e.settings.data == "auto") e.settings.data = e.data.kind;
    make_absolute(e.settings);
    if (!checkpoint && !e.settings.weights.empty()) start_with_weights(e, request.tensors);
    if (!checkpoint) return;
    if (!e.evaluating) check_continuation(e, *checkpoint);
    put_back(request, e);
    e.progress = checkpoint->progress;
    e.first_step = e.progress.step;
}

}  // namespace

RunRequest new_run(const Given& given) {
    const std::string task = given.has("task") ? given.value("task") : RunSettings{}.task;
    return {given, resolve(load_task(task), given), {}, false, {}, {}};
}

RunRequest new_run(const Given& given, OwnImages own) {
    return {given, resolve(own.task, given), {}, false, std::move(own), {}};
}

RunRequest resumed_run(const Given& given, const std::string& checkpoint) {
    return request_from(given, checkpoint, false);
}

RunRequest evaluation(const Given& given, const std::string& checkpoint) {
    return request_from(given, checkpoint, true);
}

Run prepare(RunRequest request, const DataPlaces& places, Processes* processes) {
    Run e;
    e.processes = processes;
    e.settings = request.settings;
    e.evaluating = request.evaluating;
    if (has_other_hardware(request))
        e.trained_on = Trained{request.stored, request.checkpoint->path, request.given,
                               fingerprint_of(*request.checkpoint)};
    if (request.own) e.settings.task = request.own->task.name;
    e.task = request.own ? std::move(request.own->task) : load_task(e.settings.task);
    prepare_network(e, request);
    for (std::string& notice : idle_notices(e.settings))
        e.notices.push_back(std::move(notice));
    e.data = shared_images(processes, [&] {
        return request.own ? std::move(request.own->data)
                           : images_for(e.task, e.settings, places, *e.threads, e.notices);
    });
    together(processes, [&] { prepare_progress(e, request); });
    check_alike(e);
    return e;
}

void write_checkpoint(const Run& e, const PutPiece& put) {
    const std::string settings =
        fmt::format("{}{}\n{}", images_mark, e.images, settings_text(e.settings));
    std::visit(
        [&](const auto& network) {
            crossbar::write_checkpoint(settings, e.progress, network, put);
        },
        e.network);
}

RunEnd train(Run& e, const Callbacks& outer, bool diagnose) {
    Callbacks callbacks = outer;
    if (diagnose)
        callbacks.epoch = [&](const Progress& p) {
            e.progress.history.back().layers = diagnosis_of(e);
            outer.epoch(p);
        };
    if (auto* network = std::get_if<Network>(&e.network))
        return run(*network, e.plan, e.data, e.progress, callbacks, e.compute());
    return float_run(std::get<FloatNetwork>(e.network), e.plan, e.data, e.progress, callbacks,
                     e.compute());
}

std::vector<LayerDiagnosis> diagnosis_of(const Run& e) {
    if (const auto* network = std::get_if<Network>(&e.network))
        return crossbar::diagnose(*network, e.plan, e.data.train, e.compute().alone());
    return crossbar::diagnose(std::get<FloatNetwork>(e.network), e.data.train, e.compute());
}

Evaluation assess(const Run& e, bool keep_logits) {
    return assess(e, e.data.test, keep_logits);
}

Evaluation assess(const Run& e, const Dataset& images, bool keep_logits) {
    if (const auto* network = std::get_if<Network>(&e.network)) {
        Workspace work = make_workspace(*network, *e.threads);
        return evaluate(*network, images, work, e.compute(), keep_logits);
    }
    const auto& network = std::get<FloatNetwork>(e.network);
    FloatWorkspace work = make_float_workspace(network, e.threads->count());
    return float_evaluate(network, images, work, e.compute(), keep_logits);
}

bool few_statistics(const Run& e) {
    constexpr std::uint64_t enough = 100;  // batches: docs/arithmetic.md, section 5
    const bool normalises = std::visit(
        [](const auto& network) {
            return std::any_of(network.layers.begin(), network.layers.end(), [](const auto& layer) {
                return layer.norm.mode != BatchNormMode::none;
            });
        },
        e.network);
    return normalises && e.settings.training.bn_images == 0 && e.progress.step > 0 &&
           e.progress.step < enough;
}

std::string few_statistics_notice(const Run& e) {
    return fmt::format(
        "the running statistics of batch normalisation come from only {} batches and lag behind "
        "the weights: short runs test better, and more accurately, with --bn-images 2000",
        e.progress.step);
}

std::vector<Reading> assess_deployed(const Run& e, bool keep_logits) {
    std::vector<Reading> readings;
    for (const double seconds : reading_times(e.target)) {
        const Network& trained = std::get<Network>(e.network);
        const auto [network, layers] = written(
            trained,
            conductances_of(e.target.hardware, e.target.layers, trained.layers.size(), seconds),
            e.plan);
        Workspace work = make_workspace(network, *e.threads);
        readings.push_back(
            {seconds, evaluate(network, e.data.test, work, e.compute(), keep_logits), {}});
        for (const WriteCounts& layer : layers)
            readings.back().writing += layer;
    }
    return readings;
}

std::vector<LayerReport> layer_reports(const Run& e) {
    std::vector<LayerReport> reports;
    if (const auto* network = std::get_if<Network>(&e.network)) {
        for (const Layer& layer : network->layers)
            reports.push_back({layer.text, layer.forward.size(), layer.forward.pulses,
                               saturated(layer.forward),
                               concordance_of(layer.feedback, layer.forward), layer.feedback.copies,
                               layer.forward.devices.refreshes, layer.forward.bits, e.target.name});
        for (const LayerHardware& own : e.target.layers)
            reports.at(own.layer).target = own.target;
        return reports;
    }
    for (const FloatLayer& layer : std::get<FloatNetwork>(e.network).layers)
        reports.push_back({layer.text, layer.size(), 0, 0, concordance_of(layer)});
    return reports;
}

Filters first_filters(const Run& e) {
    const auto cut = [](const auto& layer, int rows, auto level) {
        const Window& w = layer.window;
        const Shape kernel{w.kernel_height, w.kernel_width, layer.window_channels()};
        Filters filters{kernel.height, kernel.width, kernel.channels, {}};
        const std::size_t depth = kernel.size();
        filters.levels.resize(static_cast<std::size_t>(rows));
        for (std::size_t i = 0; i < filters.levels.size() * depth; ++i)
            filters.levels[i / depth].push_back(level(i));
        return filters;
    };
    if (const auto* network = std::get_if<Network>(&e.network)) {
        const Layer& layer = network->layers.front();
        return cut(layer, layer.forward.outputs,
                   [&](std::size_t i) { return level_at(layer.forward, i); });
    }
    const FloatLayer& layer = std::get<FloatNetwork>(e.network).layers.front();
    float largest = 1e-30f;
    for (const float w : layer.weights)
        largest = std::max(largest, std::abs(w));
    return cut(layer, layer.outputs, [&](std::size_t i) {
        return static_cast<int>(std::lround(layer.weights[i] / largest * 127));
    });
}

std::uint64_t pulses_of(const Run& e) {
    if (const auto* network = std::get_if<FloatNetwork>(&e.network)) return network->pulses;
    std::uint64_t sum = 0;
    for (const Layer& layer : std::get<Network>(e.network).layers)
        sum += layer.forward.pulses;
    return sum;
}

std::uint64_t signature_of(const Run& e) {
    return std::visit([](const auto& network) { return signature(network); }, e.network);
}

std::string isa_of(const Run& e) {
    return std::holds_alternative<Network>(e.network) ? e.kernels->name : float_products_name();
}

}  // namespace crossbar
