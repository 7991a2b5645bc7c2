// Puts a record together from a run and what it came to, and writes it.
#include "run/record.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <type_traits>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/replace_file.hpp"
#include "base/revision.hpp"
#include "crossbar/version.hpp"
#include "run/record_costs.hpp"
#include "session/other_hardware.hpp"
#include "session/resolve.hpp"
#include "terminal/csv.hpp"
#include "terminal/machine.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

Json error_of(const Metrics& t) {
    return ratio(static_cast<double>(t.wrong), static_cast<double>(t.images), 100);
}

Json loss_of(const Metrics& t) {
    return ratio(static_cast<double>(t.loss) / 65536, static_cast<double>(t.images), 1);
}

// The value of an option with its own type.
Json value_of(const Setting& option, const RunSettings& settings) {
    RunSettings copy = settings;
    return std::visit(
        [&](const auto& at) -> Json {
            if constexpr (std::is_same_v<std::decay_t<decltype(at)>, EnumField>)
                return text_of(option, settings);
            else
                return *at;
        },
        option.field(copy));
}

std::string column_of(const Setting& option) {
    std::string name = option.name;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

Json percent_of(const Concordance& c) {
    return ratio(static_cast<double>(c.agree), static_cast<double>(c.counted), 100);
}

Json diagnosis_row(const LayerDiagnosis& d) {
    Json row;
    row["angle_degrees"] = d.angle < 0 ? Json() : Json(rounded(d.angle));
    row["gradient_sign_agreement_percent"] = percent_of(d.gradient_signs);
    row["sign_concordance_percent"] = percent_of(d.synapse_signs);
    return row;
}

Json epoch_row(const EpochRecord& record, std::uint64_t synapses) {
    Json row;
    row["epoch"] = record.epoch;
    row["train_error_percent"] = error_of(record.train);
    row["train_loss"] = loss_of(record.train);
    row["test_error_percent"] = error_of(record.test);
    row["test_loss"] = loss_of(record.test);
    row["train_seconds"] = rounded(record.seconds);
    row["pulses_per_synapse"] =
        ratio(static_cast<double>(record.pulses), static_cast<double>(synapses), 1);
    for (const LayerDiagnosis& layer : record.layers)
        row["layers"].push_back(diagnosis_row(layer));
    return row;
}

Json layer_row(const LayerReport& layer, bool fixed) {
    const auto size = static_cast<double>(layer.synapses);
    Json row;
    row["name"] = layer.text;
    row["synapses"] = layer.synapses;
    row["pulses_per_synapse"] = fixed ? ratio(static_cast<double>(layer.pulses), size, 1) : Json();
    row["sign_copies_per_synapse"] =
        fixed ? ratio(static_cast<double>(layer.copies), size, 1) : Json();
    row["refreshes_per_synapse"] =
        fixed ? ratio(static_cast<double>(layer.refreshes), size, 1) : Json();
    row["saturated_synapses"] = fixed ? Json(layer.saturated) : Json();
    row["weight_bits"] = fixed ? Json(layer.weight_bits) : Json();
    row["target"] = layer.target;
    row["saturated_percent"] =
        fixed ? ratio(static_cast<double>(layer.saturated), size, 100) : Json();
    row["sign_concordance_percent"] = percent_of(layer.concordance);
    return row;
}

Json reading_row(const Reading& reading) {
    Json row;
    row["seconds"] = reading.seconds;
    row["error_percent"] = error_of(reading.evaluation.metrics);
    row["loss"] = loss_of(reading.evaluation.metrics);
    return row;
}

Json confusion_of(const Evaluation& evaluation, int classes) {
    Json rows = Json::array();
    const auto n = static_cast<std::ptrdiff_t>(classes);
    for (std::ptrdiff_t label = 0; label < n; ++label) {
        const auto first = evaluation.confusion.begin() + label * n;
        rows.push_back(std::vector<std::uint64_t>(first, first + n));
    }
    return rows;
}

// The first layer's levels, a list for each of its filters: height x width x channels.
Json filters_of(const Filters& filters) {
    Json record;
    record["height"] = filters.height;
    record["width"] = filters.width;
    record["channels"] = filters.channels;
    record["levels"] = filters.levels;
    return record;
}

// What it was trained on; where it is tested under other hardware, the test's command.
void add_training(Json& record, const Run& e) {
    const RunSettings& s = e.trained_on ? e.trained_on->settings : e.settings;
    record["laid_under"] = e.trained_on.has_value();
    for (const char* name : {"target", "device", "layer", "weight-bits", "seed"})
        record["trained_" + column_of(*find_setting(name))] = value_of(*find_setting(name), s);
    record["trained_state"] = e.trained_on ? fmt::format("{:016x}", e.trained_on->state) : "";
    if (e.trained_on) record["command"] = command_of(*e.trained_on);
}

// Settings; where the program knows better than the option ("auto", "all"), what it came to.
Json settings_of(const Run& e) {
    Json record;
    record["version"] = CROSSBAR_VERSION;
    for (const Setting& option : settings_table())
        if (option.kept != Kept::no) record[column_of(option)] = value_of(option, e.settings);
    record["task"] = e.task.name;
    record["target"] = e.target.name;
    for (const auto& [name, number] : {std::pair{"task_fingerprint", e.task.fingerprint},
                                       {"target_fingerprint", e.target.fingerprint},
                                       {"revision", arithmetic_revision}})
        record[name] = fmt::format("{:016x}", number);
    record["data"] = e.data.kind;
    record["data_label"] = e.data.label;
    record["train_images"] = e.data.train.count();
    record["test_images"] = e.data.test.count();
    if (!e.data.class_names.empty()) record["class_names"] = e.data.class_names;
    if (!e.data.passed_over.empty()) record["passed_over"] = e.data.passed_over;
    if (!e.data.notices.empty()) record["data_notices"] = e.data.notices;
    record["threads"] = e.settings.threads;
    record["isa"] = isa_of(e);
    record["cpu"] = cpu_model();
    record["cores"] = cpu_count();
    record["date"] = date_now();
    RunSettings shown = e.settings;
    shown.data = e.data.kind;  // a folder is of this machine alone
    record["command"] = command_of(shown);
    add_training(record, e);
    return record;
}

// What the writing of the network took that [inference] asks for; nothing without it.
void add_writing(Json& record, const Outcome& outcome) {
    const WriteCounts c = outcome.readings.empty() ? WriteCounts{} : outcome.readings[0].writing;
    const auto devices = static_cast<double>(c.devices);
    record["writings_per_device"] = ratio(static_cast<double>(c.writings), devices, 1);
    record["verify_reads_per_device"] = ratio(static_cast<double>(c.readings), devices, 1);
    record["missed_devices_percent"] =
        c.readings == 0 ? Json() : ratio(static_cast<double>(c.missed), devices, 100);
}

void add_results(Json& record, const Outcome& outcome, std::uint64_t synapses) {
    const Run& e = outcome.experiment;
    Metrics train = e.progress.train;
    double seconds = e.progress.seconds;
    double images = static_cast<double>(train.images);
    for (const EpochRecord& epoch : e.progress.history) {
        seconds += epoch.seconds;
        images += static_cast<double>(epoch.train.images);
        train = epoch.train;
    }
    record["reported_on"] = e.settings.holdout != 0 ? "holdout" : "test";
    record["epochs_done"] = e.progress.epoch;
    record["train_error_percent"] = error_of(train);
    record["train_loss"] = loss_of(train);
    record["test_error_percent"] = error_of(test_tally(outcome));
    record["test_loss"] = loss_of(test_tally(outcome));
    record["train_images_per_second"] = ratio(images, seconds, 1);
    record["train_seconds"] = rounded(seconds);
    record["seconds"] = rounded(outcome.wall_seconds);
    record["synapses"] = synapses;
    record["pulses_per_synapse"] =
        ratio(static_cast<double>(pulses_of(e)), static_cast<double>(synapses), 1);
    const auto mean_of = [&](std::uint64_t LayerReport::*count) {
        if (e.settings.training.arithmetic != Arithmetic::fixed) return Json();
        std::uint64_t sum = 0;
        for (const LayerReport& layer : outcome.layers)
            sum += layer.*count;
        return ratio(static_cast<double>(sum), static_cast<double>(synapses), 1);
    };
    record["sign_copies_per_synapse"] = mean_of(&LayerReport::copies);
    record["refreshes_per_synapse"] = mean_of(&LayerReport::refreshes);
    add_writing(record, outcome);
    record["signature"] = fmt::format("{:016x}", signature_of(e));
}

// What became of another tool's weights: null where there are none.
Json weights_record(const Run& e) {
    if (!e.weights) return {};
    Json record;
    record["reference_error_percent"] = error_of(e.weights->reference);
    record["file_readout_gain"] = e.weights->gain > 0 ? Json(rounded(e.weights->gain)) : Json();
    for (const CarriedLayer& layer : e.weights->layers) {
        const auto synapses = static_cast<double>(layer.synapses);
        Json row;
        row["name"] = layer.text;
        row["tensor"] = layer.from;
        row["synapses"] = layer.synapses;
        row["clipped_percent"] = ratio(static_cast<double>(layer.clipped), synapses, 100);
        row["zeros_percent"] = ratio(static_cast<double>(layer.zeros), synapses, 100);
        row["rms_error_percent"] = rounded(100 * layer.rms_error);
        record["layers"].push_back(row);
    }
    return record;
}

Json record_of(const Outcome& outcome) {
    const Run& e = outcome.experiment;
    const Outputs& o = outcome.outputs;
    std::uint64_t synapses = 0;
    for (const LayerReport& layer : outcome.layers)
        synapses += layer.synapses;
    Json record = settings_of(e);
    add_results(record, outcome, synapses);
    record["bn_few_batches"] = few_statistics(e);
    add_memory(record, e, o.diagnose);
    record["layers"] = Json::array();
    const bool fixed = e.settings.training.arithmetic == Arithmetic::fixed;
    for (const LayerReport& layer : outcome.layers)
        record["layers"].push_back(layer_row(layer, fixed));
    record["history"] = Json::array();
    for (const EpochRecord& epoch : e.progress.history)
        record["history"].push_back(epoch_row(epoch, synapses));
    for (const LayerDiagnosis& layer : outcome.diagnosis)
        record["diagnosis"].push_back(diagnosis_row(layer));
    record["inference"] = Json::array();
    for (const Reading& reading : outcome.readings)
        record["inference"].push_back(reading_row(reading));
    const Filters filters = first_filters(e);
    const std::size_t most = o.filters || o.diagnose ? 16384 : 1000;
    if (filters.synapses() <= most) record["filters"] = filters_of(filters);
    if (o.cost) record["cost"] = cost_record(e);
    if (const Json weights = weights_record(e); !weights.is_null())
        record["starting_weights"] = weights;
    if (const Json exchange = exchange_of(e); !exchange.is_null()) record["exchange"] = exchange;
    if (o.confusion && outcome.evaluation)
        record["confusion"] = confusion_of(*outcome.evaluation, e.task.classes);
    return record;
}

// Indented; a path that is no valid UTF-8 must not cost the record.
std::string text_of(const Json& record) {
    return record.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string plain(const Json& value) {
    if (value.is_null()) return "";
    return value.is_string() ? value.get<std::string>() : value.dump();
}

// The record as columns and fields. A list becomes its elements with ';' between; a list of rows, a
// column for each key of a row ("history_test_error_percent").
struct Flat {
    std::string header, row;

    void add(const std::string& column, const std::string& field) {
        const char* comma = header.empty() ? "" : ",";
        header.append(comma).append(column);
        row.append(comma).append(csv_field(field));
    }
    void add_list(const std::string& column, const Json& list, const char* key) {
        std::vector<std::string> items;
        for (const Json& item : list)
            items.push_back(plain(key ? item.at(key) : item));
        add(column, fmt::format("{}", fmt::join(items, ";")));
    }
};

Flat flatten(const Json& record) {
    Flat flat;
    for (const auto& [name, value] : record.items()) {
        // Matrices and tables are no columns, nor is what only some data have.
        static const std::set<std::string> no_columns = {
            "confusion",   "filters",      "cost",     "diagnosis",       "class_names",
            "passed_over", "data_notices", "exchange", "starting_weights"};
        if (no_columns.contains(name)) continue;
        if (name == "history" || name == "layers" || name == "inference") {
            const Json sample = name == "history"  ? epoch_row({}, 1)
                                : name == "layers" ? layer_row({}, true)
                                                   : reading_row({});
            for (const auto& [key, ignored] : sample.items())
                flat.add_list(fmt::format("{}_{}", name, key), value, key.c_str());
        } else if (value.is_array()) {
            flat.add_list(name, value, nullptr);
        } else {
            flat.add(name, plain(value));
        }
    }
    return flat;
}

}  // namespace

void check_outputs(const Outcome& outcome) {
    const Outputs& o = outcome.outputs;
    if (!o.csv.empty()) check_csv(o.csv, flatten(record_of(outcome)).header);
    if (!o.json.empty() && o.json != "-") rehearse_replacing(o.json, text_of(record_of(outcome)));
}

void write_json(const Outcome& outcome) {
    const std::string& file = outcome.outputs.json;
    if (file == "-")
        put(text_of(record_of(outcome)));
    else if (!file.empty())
        replace_file(file, text_of(record_of(outcome)));
}

void write_csv(const Outcome& outcome) {
    const std::string& file = outcome.outputs.csv;
    if (file.empty()) return;
    const Flat flat = flatten(record_of(outcome));
    append_csv(file, flat.header, flat.row);
}

}  // namespace crossbar::sim
