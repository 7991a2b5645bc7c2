// One run of a study: checked before anything starts, with the key that finds it again.
#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/revision.hpp"
#include "data/formats/file_bytes.hpp"
#include "network/plan.hpp"
#include "run/data_places.hpp"
#include "session/layer_settings.hpp"
#include "session/other_hardware.hpp"
#include "session/resolve.hpp"
#include "session/room.hpp"
#include "session/starting_weights.hpp"
#include "study/study.hpp"
#include "tensor_files/tensor_file.hpp"
#include "training/augment.hpp"
#include "training/checkpoint.hpp"

namespace crossbar::sim {
namespace {

std::uint64_t add(std::uint64_t hash, const std::string& text) {
    return fingerprint(text.data(), text.size(), hash);
}

std::string digits(std::uint64_t number) {
    return fmt::format("{:016x}", number);
}

// What an option that is not given holds, where its default is none.
bool is_nothing(const std::string& text) {
    return text.empty() || text == "0" || text == "false";
}

std::string words_of(const RunSettings& settings, const std::string& task,
                     const std::string& data) {
    return fmt::format("{} {} {} seed {} ", task, data,
                       settings.column.empty() ? "-" : settings.column, settings.training.seed);
}

// Whether another option or what files hold stands for it.
bool is_told_by_files(const std::string& option) {
    return option == "task" || option == "target" || option == "device" || option == "layer" ||
           option == "data";
}

// Of another value the run is another one. The usual schedule of votes follows from other settings,
// formats of integers are nothing to floats, and nothing is learnt of scales that are not there.
bool counts(const Setting& setting, const RunSettings& settings) {
    const std::string_view name = setting.name;
    const bool schedule = name == "quorum" && source_of(settings, "quorum") == Source::usual;
    const bool learnt = name == "bn-rate" || name == "bn-bound";
    return setting.kept != Kept::no && !schedule &&
           (!learnt || settings.training.bn == BatchNormMode::affine) &&
           read_by(settings.training.arithmetic, setting);
}

// A saved network by what it has learnt, and other files by their bytes, wherever they lie.
std::string told_by_content(const std::string& option, const std::string& text) {
    if ((option != "weights" && option != "weights-map") || text.empty()) return text;
    if (option == "weights-map" || holds_tensors(text)) {
        const std::vector<std::uint8_t> bytes = file_bytes(text, most_tensor_bytes);
        return digits(fingerprint(bytes.data(), bytes.size(), fingerprint_start));
    }
    const std::string state = load_checkpoint(text).state;
    return digits(fingerprint(state.data(), state.size(), fingerprint_start));
}

// Task, data, column and seed in words; in 16 digits those and all else that the run depends on:
// its settings, what its files hold, and the arithmetic. Settings that are nothing do not count, so
// that an option that is added as such leaves keys as they are.
std::string key_of(const RunSettings& settings, const std::string& task, const RunLabels& labels,
                   const std::string& tested) {
    const std::string words = words_of(settings, task, settings.data);
    std::uint64_t hash = add(fingerprint_start, words);
    for (const std::string& part : {labels.task_fingerprint, labels.target_fingerprint,
                                    labels.data_fingerprint, digits(arithmetic_revision)})
        hash = add(hash, part + "\n");
    hash = add(hash, tested);
    // Beside counted votes scales were once moved by votes: those runs were other ones.
    if (settings.training.rule == "bm4" && settings.training.bn == BatchNormMode::affine)
        hash = add(hash, "scales = bm1\n");
    for (const Setting& option : settings_table()) {
        const std::string name = option.name, text = text_of(option, settings);
        if (!counts(option, settings) || is_told_by_files(name) || is_nothing(text)) continue;
        if (name == "weights" && !tested.empty()) continue;  // what came of them is told
        hash = add(hash, fmt::format("{} = {}\n", name, told_by_content(name, text)));
    }
    return words + digits(hash);
}

bool is_file(const std::string& name) {
    return name.ends_with(".toml");
}

// Defaults of settings when keys did not tell what files hold; those that are not here were
// nothing. An option that is newer and is not nothing has a row with the value by which training
// was the same.
constexpr std::array<std::pair<const char*, const char*>, 29> old_defaults = {{
    {"task", "mnist"},
    {"target", "ideal"},
    {"rule", "bm1"},
    {"epochs", "1"},
    {"batch", "100"},
    {"rate", "0.0024"},
    {"rate-decay", "1"},
    {"momentum", "0.9"},
    {"counting", "all"},
    {"counter-share", "1"},
    {"at-bound", "send"},
    {"counter-bits", "10"},
    {"bn", "plain"},
    {"readout-gain", "0.3"},
    {"readout-rate", "0.07"},
    {"bn-rate", "1"},
    {"bn-bound", "7.9375"},
    {"train-layers", "all"},
    {"seed", "1"},
    {"arithmetic", "fixed"},
    {"weight-bits", "8"},
    {"activation-bits", "8"},
    {"error-bits", "8"},
    {"error-rounding", "nearest"},
    {"update-rounding", "stochastic"},
    {"feedback", "frsf"},
    {"feedback-bits", "8"},
    {"concordance", "1"},
    {"sign-of-zero", "keep"},
}};

bool is_old_default(const std::string& option, const std::string& text) {
    for (const auto& [name, value] : old_defaults)
        if (option == name) return text == value;
    return is_nothing(text);
}

// As keys were then. Runs on files of one's own are not looked for by these: there is no telling
// what the files said.
std::string old_key_of(const RunSettings& settings, const std::string& task) {
    if (is_file(settings.task) || is_file(settings.target)) return {};
    std::uint64_t hash = fingerprint_start;
    for (const Setting& option : settings_table()) {
        const std::string name = option.name, text = text_of(option, settings);
        if (!counts(option, settings) || name == "data" || is_old_default(name, text)) continue;
        hash = add(hash, fmt::format("{} = {}\n", name, text));
    }
    return words_of(settings, task, settings.data) + digits(hash);
}

// Looked at once: to count the images of a large set takes a while.
const DataIdentity& identity_of(const Task& task, const RunSettings& settings) {
    static std::map<std::tuple<std::string, std::string, std::uint64_t>, DataIdentity> known;
    DataIdentity& identity = known[{settings.task, settings.data, task.fingerprint}];
    if (identity.kind.empty()) identity = data_identity(task, settings, data_places());
    return identity;
}

Parts parts_of(const Given& line) {
    Parts parts = 0;
    for (std::size_t i = 0; i < part_names.size(); ++i)
        if (line.has(part_names[i])) parts |= 1u << i;
    return parts;
}

void check_run(const RunSettings& settings, const DataIdentity& data, Parts parts) {
    if (includes(parts, part_named("cost")) && settings.training.arithmetic == Arithmetic::floating)
        fail("--cost: a float network has no crossbar; leave --cost or the float arithmetic out");
    if (settings.holdout != 0 && settings.holdout >= data.train)
        fail("--holdout {}: the training set has {} images, and some must remain", settings.holdout,
             data.train);
}

// A run that tests a saved network: what it is asked, and what tells it from a training of the same
// settings.
struct Tested {
    RunRequest request = {};
    RunSettings settings = {};
    std::string told = {};
};

Tested tested_in(const Given& line) {
    Tested tested{evaluation(settings_in(line), line.value("evaluate")), {}, {}};
    tested.settings = tested.request.settings;
    tested.told = fmt::format("tested {}{}\n", digits(fingerprint_of(*tested.request.checkpoint)),
                              line.has("bn-images") ? " with statistics taken anew" : "");
    return tested;
}

// Of a test nothing is trained.
RunSettings trained_part(const StudyRun& run) {
    RunSettings settings = run.settings;
    if (run.evaluates()) settings.training.epochs = 0;
    return settings;
}

void check_plan(const StudyRun& run, const Target& target, const Task& task) {
    Settings settings = run.settings.training;
    if (run.evaluates()) settings.rate = 0;
    const Plan plan = make_plan(settings, target.hardware, 0, target.layers);
    if (!run.evaluates()) check_augmentation(plan.augmentation, task.shape);
}

}  // namespace

StudyRun plan_run(Given line, const std::string& label) {
    const Task task = load_task(line.value("task"));
    StudyRun run;
    run.line = std::move(line);
    const Tested tested = run.evaluates() ? tested_in(run.line) : Tested{};
    run.settings = run.evaluates() ? tested.settings : resolve(task, settings_in(run.line));
    const Target target = target_of(run.settings);
    if (run.evaluates()) check_other_hardware(tested.request, target);
    check_plan(run, target, task);
    const DataIdentity& data = identity_of(task, run.settings);
    check_run(run.settings, data, parts_of(run.line));
    check_room(run.settings, task, data);
    if (run.settings.data == "auto") {
        std::erase_if(run.line.values, [](const auto& given) { return given.first == "data"; });
        run.line.values.emplace_back("data", data.kind == "synthetic" ? data.kind : "real");
    }
    run.settings.data = data.kind;
    run.images = images_of(run.settings, data);
    run.operations = operations_of(trained_part(run), task, target.hardware, run.images);
    run.labels.label = label;
    run.labels.parts = parts_of(run.line);
    run.labels.task_fingerprint = digits(task.fingerprint);
    run.labels.target_fingerprint = digits(target.fingerprint);
    run.labels.data_fingerprint = digits(data.fingerprint);
    run.labels.key = key_of(run.settings, task.name, run.labels, tested.told);
    if (!run.evaluates()) run.old_key = old_key_of(run.settings, task.name);
    return run;
}

const StoredRun* stored_for(const StudyRun& run, const Store& store) {
    if (const StoredRun* stored = store.find(run.labels.key)) return stored;
    return run.old_key.empty() ? nullptr : store.find(run.old_key);
}

}  // namespace crossbar::sim
