// The public Session (crossbar/session.hpp): a Run behind a pointer, with what a program outside
// may do wrong refused.
#include "crossbar/session.hpp"

#include <utility>

#include "base/check.hpp"
#include "base/replace_file.hpp"
#include "session/session_state.hpp"

namespace crossbar {
namespace {

// Of a name that stands twice the last counts.
Given given_of(const Values& values) {
    Given given;
    for (const auto& [name, text] : values) {
        check_setting(name, text);
        std::erase_if(given.values,
                      [&, &same = name](const auto& earlier) { return earlier.first == same; });
        given.values.emplace_back(name, text);
    }
    return given;
}

std::string size_text(const Shape& shape, int classes) {
    return fmt::format("{}x{}x{} with {} classes", shape.height, shape.width, shape.channels,
                       classes);
}

void check_set(const Dataset& set, const char* which) {
    constexpr int most_side = 4096, most_classes = 65535;
    const std::string size = size_text(set.shape, set.classes);
    for (const int side : {set.shape.height, set.shape.width, set.shape.channels})
        if (side < 1 || side > most_side)
            fail("{} images of {}: expected sides from 1 to {}", which, size, most_side);
    if (set.classes < 2 || set.classes > most_classes)
        fail("{} images of {}: expected 2 to {} classes", which, size, most_classes);
    if (set.count() == 0) fail("there are no {} images, expected at least one", which);
    if (set.pixels.size() / set.shape.size() != set.count() ||
        set.pixels.size() % set.shape.size() != 0)
        fail("{} images: {} labels and {} pixels do not agree, expected {} pixels per image", which,
             set.count(), set.pixels.size(), set.shape.size());
    for (std::size_t i = 0; i < set.count(); ++i)
        if (set.labels[i] >= set.classes)
            fail("{} image {} has the label {}, expected one below the {} classes", which, i,
                 set.labels[i], set.classes);
}

// Images in memory are a task without files.
OwnImages own_images(Dataset train, Dataset test, const Given& given) {
    check_set(train, "training");
    check_set(test, "test");
    if (train.shape != test.shape || train.classes != test.classes)
        fail("training images of {}, test images of {}: expected the same",
             size_text(train.shape, train.classes), size_text(test.shape, test.classes));
    for (const char* name :
         {"task", "data", "column", "train-images", "test-images", "holdout", "skip-bad"})
        if (given.has(name)) fail("{} {}: the images are given in memory", name, given.value(name));
    OwnImages own;
    own.task.name = "memory";
    own.task.shape = train.shape;
    own.task.classes = train.classes;
    own.task.train_count = train.count();
    own.task.test_count = test.count();
    own.data = {std::move(train), std::move(test), "real", "memory", "full"};
    return own;
}

Figures figures_of(const Metrics& metrics) {
    const auto images = static_cast<double>(metrics.images);
    return {metrics.images, metrics.wrong,
            metrics.images == 0 ? 0 : static_cast<double>(metrics.loss) / 65536 / images};
}

Standing standing_of(const Run& run) {
    const Progress& p = run.progress;
    Standing standing{p.epoch, p.step, figures_of(p.train), {}, 0};
    if (p.history.empty()) return standing;
    const EpochRecord& last = p.history.back();
    if (p.image == 0) standing.train = figures_of(last.train);
    standing.test = figures_of(last.test);
    standing.pulses = last.pulses;
    return standing;
}

// Weights in memory stand in the place of a file of that name.
void begin_with(const Weights& weights, RunRequest& request) {
    if (weights.tensors.empty()) return;
    if (request.given.has("weights"))
        fail("weights {}: the weights are given in memory", request.given.value("weights"));
    request.settings.weights = weights.name;
    NamedTensors tensors{weights.name, {}, weights.sorted};
    for (const WeightTensor& each : weights.tensors) {
        tensors.tensors.push_back(named_tensor(each.name, each.shape, each.values, each.integers));
        tensors.tensors.back().text = each.text;
    }
    request.tensors = std::move(tensors);
}

enum class Until { end, epoch, batch };

void go_on(SessionState& state, const TrainingCalls& calls, Until until) {
    Run& run = state.run;
    if (state.training) throw LogicError("train() cannot be called from its own callbacks");
    if (run.evaluating) throw LogicError("this session was made for a test; load() it to train");
    if (run.progress.epoch >= run.plan.epochs)
        throw LogicError(fmt::format("all {} epochs are done; save, and load with more epochs",
                                     run.plan.epochs));
    bool stop = false;
    const auto tell = [&](const auto& call) {
        if (call && !call(standing_of(run))) stop = true;
    };
    Callbacks callbacks;
    callbacks.batch = [&](const Progress&) {
        tell(calls.batch);
        stop = stop || until == Until::batch;
    };
    callbacks.epoch = [&](const Progress&) {
        tell(calls.epoch);
        stop = stop || until == Until::epoch;
    };
    callbacks.stop = [&] { return stop; };
    // Cleared also where a call throws.
    const std::shared_ptr<void> mark(nullptr, [&](void*) { state.training = false; });
    state.training = true;
    crossbar::train(run, callbacks);
}

// What a test alone gets in place of training images: one, of which nothing is read.
Dataset no_training(const Dataset& test) {
    Dataset one{test.shape, test.classes, {}, {}};
    one.pixels.assign(test.shape.size(), 0);
    one.labels.assign(1, 0);
    return one;
}

TestResult result_of(const Evaluation& evaluation) {
    return {figures_of(evaluation.metrics), evaluation.confusion};
}

}  // namespace

void check_trained(const Run& run) {
    if (run.progress.step == 0 && run.settings.weights.empty())
        throw LogicError(
            "nothing has been trained yet, so there is nothing to test; call train() first");
}

Session::Session(std::unique_ptr<SessionState> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Session::Session(const std::string& task, const Values& settings, const DataPlaces& places,
                 const Weights& weights) {
    Values values = settings;
    values.emplace_back("task", task);
    RunRequest request = new_run(given_of(values));
    begin_with(weights, request);
    state_.reset(new SessionState{prepare(std::move(request), places)});
}

Session::Session(Dataset train, Dataset test, const Values& settings, const Weights& weights) {
    const Given given = given_of(settings);
    OwnImages own = own_images(std::move(train), std::move(test), given);
    if (!given.has("network"))
        fail(
            "network: images in memory come without one; give one, such as 'conv 5x5x8, max 2x2/2, "
            "fc "
            "{}'",
            own.task.classes);
    RunRequest request = new_run(given, std::move(own));
    begin_with(weights, request);
    state_.reset(new SessionState{prepare(std::move(request))});
}

Session Session::load(const std::string& path, const Values& changes, const DataPlaces& places) {
    return Session(std::unique_ptr<SessionState>(
        new SessionState{prepare(resumed_run(given_of(changes), path), places)}));
}

Session Session::load(const std::string& path, Dataset train, Dataset test, const Values& changes) {
    const Given given = given_of(changes);
    RunRequest request = resumed_run(given, path);
    request.own = own_images(std::move(train), std::move(test), given);
    return Session(std::unique_ptr<SessionState>(new SessionState{prepare(std::move(request))}));
}

Session Session::for_test(const std::string& path, const Values& changes,
                          const DataPlaces& places) {
    return Session(std::unique_ptr<SessionState>(
        new SessionState{prepare(evaluation(given_of(changes), path), places)}));
}

Session Session::for_test(const std::string& path, Dataset test, const Values& changes) {
    const Given given = given_of(changes);
    RunRequest request = evaluation(given, path);
    check_set(test, "test");
    Dataset train = no_training(test);
    request.own = own_images(std::move(train), std::move(test), given);
    request.own->tests_only = true;
    return Session(std::unique_ptr<SessionState>(new SessionState{prepare(std::move(request))}));
}

SessionState& Session::state() const {
    if (!state_) throw LogicError("this session has been moved from");
    return *state_;
}

void Session::train(const TrainingCalls& calls) {
    go_on(state(), calls, Until::end);
}
void Session::train_epoch(const TrainingCalls& calls) {
    go_on(state(), calls, Until::epoch);
}
void Session::step() {
    go_on(state(), {}, Until::batch);
}
bool Session::finished() const {
    return state().run.progress.epoch >= state().run.plan.epochs;
}

TestResult Session::evaluate() const {
    check_trained(state().run);
    return result_of(assess(state().run));
}

TestResult Session::evaluate(const Dataset& images) const {
    const Run& run = state().run;
    check_trained(run);
    check_set(images, "test");
    if (images.shape != run.task.shape || images.classes != run.task.classes)
        fail("test images of {} do not fit a network for {}",
             size_text(images.shape, images.classes), size_text(run.task.shape, run.task.classes));
    return result_of(assess(run, images));
}

std::vector<WrittenResult> Session::evaluate_written() const {
    const Run& run = state().run;
    check_trained(run);
    network_of(run);
    std::vector<WrittenResult> results;
    for (const Reading& reading : assess_deployed(run))
        results.push_back({result_of(reading.evaluation), reading.seconds});
    return results;
}

void Session::save(const std::string& path) const {
    Replacement file(path);
    write_checkpoint(state().run, [&file](std::string_view piece) { file.write(piece); });
    file.commit();
}

std::uint64_t Session::signature() const {
    return signature_of(state().run);
}
Standing Session::standing() const {
    return standing_of(state().run);
}
std::vector<CarriedLayer> Session::carried() const {
    const auto& weights = state().run.weights;
    return weights ? weights->layers : std::vector<CarriedLayer>{};
}
std::vector<Standing> Session::history() const {
    std::vector<Standing> epochs;
    for (const EpochRecord& epoch : state().run.progress.history)
        epochs.push_back(
            {epoch.epoch, 0, figures_of(epoch.train), figures_of(epoch.test), epoch.pulses});
    return epochs;
}
std::vector<std::string> Session::notices() const {
    return state().run.notices;
}
Shape Session::image_shape() const {
    return state().run.task.shape;
}
int Session::classes() const {
    return state().run.task.classes;
}
Values Session::settings() const {
    return values_of(state().run.settings);
}

}  // namespace crossbar
