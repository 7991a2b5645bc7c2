// From lines of JSON to runs: everything is checked, nothing is believed.
#include "report/results.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/text_file.hpp"
#include "session/columns.hpp"
#include "session/resolve.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// A member of an object, or null.
const Json& at(const Json& object, const char* key) {
    static const Json null;
    if (!object.is_object()) return null;
    const auto found = object.find(key);
    return found == object.end() ? null : *found;
}

double number(const Json& object, const char* key) {
    const Json& value = at(object, key);
    const double real = value.is_number() ? value.get<double>() : missing;
    return std::abs(real) < 1e12 ? real : missing;
}

std::string text(const Json& object, const char* key) {
    const Json& value = at(object, key);
    return value.is_string() ? value.get<std::string>() : "";
}

// A value as the command line would hold it.
std::string plain(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_array()) return value.dump();
    std::vector<std::string> items;
    for (const Json& item : value)
        items.push_back(item.dump());
    return fmt::format("{}", fmt::join(items, ","));
}

// Settings that the record does not have are those that the task sets; before tests could take
// statistics, they went by running ones.
RunSettings settings_of(const Json& record) {
    Given stored;
    if (at(record, "bn_images").is_null()) stored.values.emplace_back("bn-images", "0");
    for (const Setting& setting : settings_table()) {
        std::string key = setting.name;
        std::replace(key.begin(), key.end(), '-', '_');
        const Json& value = at(record, key.c_str());
        if (setting.kept != Kept::no && !value.is_null())
            stored.values.emplace_back(setting.name, plain(value));
    }
    RunSettings named;
    named.task = text(record, "task");
    return resolve(task_of(named), {}, stored);
}

// Records count images; settings say 0 for all that there are.
void restore_counts(RunSettings& o) {
    const Task& task = task_of(o);
    if (task.train_count == 0) return;
    if (o.train_images + o.holdout >= task.train_count) o.train_images = 0;
    if (o.test_images >= (o.holdout != 0 ? o.holdout : task.test_count)) o.test_images = 0;
}

bool has_options(const RunSettings& settings, const Column& column) {
    RunSettings other = settings;
    other.training.train_layers = TrainLayers::all;
    for (const auto& [name, value] : values_of(column))
        set(other, name, value);
    for (const char* name : {"feedback", "bn", "rule", "concordance", "train-layers"})
        if (text_of(name, other) != text_of(name, settings)) return false;
    return true;
}

// The column whose settings these are, or a name built like theirs.
std::string column_of(const RunSettings& settings) {
    for (const Column& column : columns())
        if (has_options(settings, column)) return column.name;
    const Settings& s = settings.training;
    std::string name = s.feedback;
    const bool partial = name.ends_with("-p");
    if (partial || s.concordance != 1)
        name += fmt::format("{}{:g}", partial ? "" : "-p", 100 * s.concordance);
    if (s.bn == BatchNormMode::plain) name += "+bn";
    if (s.bn == BatchNormMode::affine) name += "+bn affine";
    name += "+" + s.rule;
    if (s.train_layers == TrainLayers::all_but_last) name += " bottom";
    if (s.train_layers == TrainLayers::last) name += " top";
    return name;
}

std::vector<LayerState> layers_of(const Json& list) {
    std::vector<LayerState> layers;
    for (const Json& row : list)
        layers.push_back({text(row, "name"), number(row, "synapses"),
                          number(row, "pulses_per_synapse"), number(row, "saturated_percent"),
                          number(row, "sign_concordance_percent")});
    return layers;
}

std::vector<EpochState> history_of(const Json& list) {
    std::vector<EpochState> history;
    for (const Json& row : list) {
        EpochState e;
        e.epoch = static_cast<int>(std::clamp(number(row, "epoch"), 0.0, 1e9));
        e.train_error = number(row, "train_error_percent");
        e.test_error = number(row, "test_error_percent");
        e.train_loss = number(row, "train_loss");
        e.test_loss = number(row, "test_loss");
        e.pulses = number(row, "pulses_per_synapse");
        for (const Json& layer : at(row, "layers"))
            e.layers.push_back({number(layer, "angle_degrees"),
                                number(layer, "gradient_sign_agreement_percent"),
                                number(layer, "sign_concordance_percent")});
        history.push_back(std::move(e));
    }
    return history;
}

// Empty where it is not a square of counts.
std::vector<std::vector<double>> confusion_of(const Json& list) {
    std::vector<std::vector<double>> rows;
    for (const Json& row : list) {
        rows.emplace_back();
        for (const Json& count : row)
            rows.back().push_back(count.is_number() ? count.get<double>() : 0);
    }
    for (const auto& row : rows)
        if (row.size() != rows.size()) return {};
    return rows;
}

// Empty where the lists are not of the size that they claim.
FilterLevels filters_of(const Json& record) {
    const auto size = [&](const char* key) {
        return static_cast<std::size_t>(std::clamp(number(record, key), 0.0, 1000.0));
    };
    FilterLevels filters{size("height"), size("width"), size("channels"), {}};
    for (const Json& list : at(record, "levels")) {
        filters.levels.emplace_back();
        for (const Json& level : list)
            filters.levels.back().push_back(
                level.is_number_integer() ? std::clamp(level.get<int>(), -32767, 32767) : 0);
        if (filters.levels.back().size() != filters.height * filters.width * filters.channels)
            return {};
    }
    return filters;
}

// Of a network that was tested under other hardware; else nothing.
std::string trained_on(const Json& record) {
    const Json& laid = at(record, "laid_under");
    if (!laid.is_boolean() || !laid.get<bool>()) return {};
    std::string told = text(record, "trained_target");
    for (const char* key : {"trained_device", "trained_layer"})
        if (const std::string more = text(record, key); !more.empty()) told += " " + more;
    return fmt::format("{} {} bits, seed {}", told, number(record, "trained_weight_bits"),
                       number(record, "trained_seed"));
}

std::vector<CostState> cost_of(const Json& cost) {
    std::vector<CostState> parts;
    for (const char* phase : {"inference", "training", "writing"})
        for (const Json& row : at(cost, phase))
            parts.push_back(
                {phase, text(row, "part"), number(row, "joules"), number(row, "seconds")});
    return parts;
}

Result result_of(const Json& record, const std::string& where) {
    Result r;
    r.where = where;
    r.settings = settings_of(record);
    r.train_images = number(record, "train_images");
    r.test_images = number(record, "test_images");
    restore_counts(r.settings);
    r.experiment = text(record, "experiment");
    r.column = r.settings.column.empty() ? column_of(r.settings) : r.settings.column;
    for (const auto& [member, key] : {std::pair{&Result::key, "key"},
                                      {&Result::version, "version"},
                                      {&Result::date, "date"},
                                      {&Result::cpu, "cpu"},
                                      {&Result::isa, "isa"},
                                      {&Result::command, "command"},
                                      {&Result::signature, "signature"},
                                      {&Result::data_label, "data_label"},
                                      {&Result::task_fingerprint, "task_fingerprint"},
                                      {&Result::target_fingerprint, "target_fingerprint"},
                                      {&Result::data_fingerprint, "data_fingerprint"},
                                      {&Result::revision, "revision"}})
        r.*member = text(record, key);
    for (const auto& [member, key] : {std::pair{&Result::cores, "cores"},
                                      {&Result::threads, "threads"},
                                      {&Result::test_error, "test_error_percent"},
                                      {&Result::train_error, "train_error_percent"},
                                      {&Result::test_loss, "test_loss"},
                                      {&Result::train_loss, "train_loss"},
                                      {&Result::pulses, "pulses_per_synapse"},
                                      {&Result::copies, "sign_copies_per_synapse"},
                                      {&Result::refreshes, "refreshes_per_synapse"},
                                      {&Result::seconds, "seconds"}})
        r.*member = number(record, key);
    // Float weights move by other steps than pulses; bm4 counts its own.
    if (r.settings.training.arithmetic == Arithmetic::floating && r.pulses == 0) r.pulses = missing;
    r.trained_on = trained_on(record);
    if (!r.trained_on.empty()) r.trained_state = text(record, "trained_state");
    r.held_out = r.settings.holdout != 0 || text(record, "reported_on") == "holdout";
    if (r.command.empty()) r.command = command_of(r.settings);
    r.layers = layers_of(at(record, "layers"));
    r.history = history_of(at(record, "history"));
    r.confusion = confusion_of(at(record, "confusion"));
    for (const Json& name : at(record, "class_names"))
        r.class_names.push_back(name.is_string() ? name.get<std::string>() : "");
    r.filters = filters_of(at(record, "filters"));
    r.cost = cost_of(at(record, "cost"));
    return r;
}

void add_line(const std::string& line, const std::string& where, bool broken_off,
              Results& results) {
    const Json record = Json::parse(line, nullptr, false);
    if (record.is_discarded() && broken_off) {
        results.notices.push_back(fmt::format(
            "{}: the last line broke off after {} bytes; it was left out", where, line.size()));
        return;
    }
    const std::optional<Skimmed> skimmed = skim(line);
    if (const bool changed = seal_of(line) == Seal::broken;
        changed || !skimmed || text(record, "task").empty()) {
        results.notices.push_back(
            fmt::format("{}: {}; left out", where, changed ? changed_text : no_record_text));
        return;
    }
    try {
        results.runs.push_back(result_of(record, where));
        results.runs.back().line = skimmed->run;
    } catch (const Error& error) {
        results.notices.push_back(fmt::format("{}: left out: {}", where, error.what()));
    }
}

void read_file(const fs::path& path, Results& results) {
    const std::string whole =
        text_of_file(path.string(), "store", std::numeric_limits<std::uint64_t>::max());
    std::size_t number = 0;
    for (std::size_t first = 0; first < whole.size();) {
        const std::size_t end = std::min(whole.find('\n', first), whole.size());
        const std::string line = whole.substr(first, end - first);
        const std::string where = fmt::format("{}:{}", path.string(), ++number);
        if (line.find_first_not_of(" \t\r") != line.npos)
            add_line(line, where, end == whole.size(), results);
        first = end + 1;
    }
}

std::vector<fs::path> files_of(const std::string& path) {
    std::error_code error;
    if (!fs::exists(path, error))
        fail(
            "{}: there is no such file or folder; expected a .jsonl file or a folder of "
            "them",
            path.empty() ? "''" : path);
    if (!fs::is_directory(path, error)) return {path};
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(path, error))
        if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
    if (error) fail("{}: cannot read this folder: {}", path, error.message());
    if (files.empty()) fail("{}: this folder has no .jsonl files", path);
    std::sort(files.begin(), files.end());
    return files;
}

// Whether both cannot be. Sums of floats depend on the instruction set; records that do not tell
// the arithmetic's revision may be of several.
bool contradict(const Result& a, const Result& b) {
    if (a.revision.empty() || a.revision != b.revision) return false;
    if (a.arithmetic() == "float" && a.isa != b.isa) return false;
    return a.signature != b.signature || a.test_error != b.test_error;
}

// Runs that stand in several lines, as where shards overlap or stores were copied.
void check_repeated(Results& results) {
    std::map<std::string, std::vector<const Result*>> by_key;
    for (const Result& run : results.runs)
        if (!run.key.empty()) by_key[run.key].push_back(&run);
    std::size_t repeated = 0;
    std::string example;
    for (const auto& [key, runs] : by_key) {
        for (const Result* run : runs)
            if (contradict(*runs.front(), *run))
                fail(
                    "two results of one run, which has but one ({}):\n"
                    "  {}: test error {} %, signature {}\n  {}: test error {} %, signature {}\n"
                    "  the same program would have made the same of it; find out which is right, "
                    "and take the other line out",
                    key, runs.front()->where, runs.front()->test_error, runs.front()->signature,
                    run->where, run->test_error, run->signature);
        if (runs.size() == 1) continue;
        ++repeated;
        if (example.empty()) example = fmt::format("{}, {}", runs[0]->where, runs[1]->where);
    }
    if (repeated != 0)
        results.notices.push_back(fmt::format(
            "{} runs stand in several lines, with the same results, and count once ({}{})",
            repeated, example, repeated == 1 ? "" : ", .."));
}

}  // namespace

std::string Result::arithmetic() const {
    return settings.training.arithmetic == Arithmetic::fixed ? "fixed" : "float";
}

Results read_results(const std::vector<std::string>& stores) {
    Results results;
    std::vector<fs::path> read;
    for (const std::string& store : stores)
        for (const fs::path& file : files_of(store)) {
            std::error_code error;
            const bool again = std::any_of(read.begin(), read.end(), [&](const fs::path& other) {
                return fs::equivalent(file, other, error);
            });
            if (again) continue;
            read.push_back(file);
            read_file(file, results);
        }
    if (results.runs.empty())
        fail("{}: there is no run in it{}", fmt::join(stores, ", "),
             results.notices.empty() ? "" : "\n  " + results.notices.front());
    check_repeated(results);
    drop_repeated(results);
    return results;
}

}  // namespace crossbar::sim
