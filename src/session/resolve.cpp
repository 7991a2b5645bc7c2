#include "session/resolve.hpp"

#include <algorithm>
#include <filesystem>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "session/columns.hpp"
#include "session/settings_text.hpp"

namespace crossbar {
namespace {

// Values of a table of the task's file.
void apply_value(const std::string& origin, const std::string& name, const std::string& text,
                 RunSettings& options) {
    const Setting* option = find_setting(name);
    const bool plannable =
        option && option->kept != Kept::no && name != "task" && name != "data" && name != "column";
    if (!plannable) fail("{}{}: no such setting{}", origin, name, setting_suggestion(name));
    set(options, name, text, origin);
}

// The options of a task's plan that hold for `rule`, or for every rule when it is empty.
void apply_plan(const Task& task, const std::string& rule, RunSettings& options) {
    const std::string origin = fmt::format("task {}: [plan] ", task.name);
    for (const auto& [key, text] : task.plan) {
        const std::size_t dot = key.find('.');
        const std::string whose = dot == key.npos ? "" : key.substr(0, dot);
        RunSettings scratch;
        if (!whose.empty()) set(scratch, "rule", whose, origin);
        apply_value(origin, dot == key.npos ? key : key.substr(dot + 1), text,
                    whose == rule ? options : scratch);
    }
}

// The rate tuned for this column, arithmetic and data; where there is none for the arithmetic, that
// of the other one.
const Tuned* tuned_for(const Task& task, const std::string& column, const RunSettings& options) {
    const std::string arithmetic = text_of("arithmetic", options);
    const Tuned* found = nullptr;
    for (const Tuned& tuned : task.tuned) {
        if (tuned.column != column) continue;
        if (!found || tuned.arithmetic == arithmetic) found = &tuned;
    }
    return found;
}

// What the task sets for a column, by hand and by tuning.
void apply_column(const Task& task, const std::string& column, RunSettings& options) {
    for (const ColumnPlan& plan : task.columns) {
        const std::string origin = fmt::format("task {}: [column.\"{}\"] ", task.name, plan.column);
        RunSettings scratch;
        column_named(plan.column);  // every table of the file has to be right
        for (const auto& [name, text] : plan.values)
            apply_value(origin, name, text, plan.column == column ? options : scratch);
    }
    if (const Tuned* tuned = tuned_for(task, column, options)) options.training.rate = tuned->rate;
}

// bm4's schedule, which a run writes down as a setting, is the one that follows from its bits and
// epochs.
bool has_own_schedule(const Settings& s) {
    if (s.quorum.empty()) return false;
    const std::vector<int> own = quorum_schedule(s.weight_bits, s.epochs, most_votes(s));
    for (std::size_t i = 0; i < own.size(); ++i)
        if (s.quorum[std::min(i, s.quorum.size() - 1)] != own[i]) return false;
    return true;
}

// Synapses of few bits learn best from counted votes, with a budget of pulses: chosen on held-out
// images (docs/results.md).
bool has_few_bits(const Settings& s) {
    return s.weight_bits <= 4 && s.arithmetic == Arithmetic::fixed;
}

// bm4's budget of pulses where neither it nor a quorum is given.
double usual_budget(const Settings& s) {
    return s.rule == "bm4" && has_few_bits(s) && s.quorum.empty() ? 3 : 0;
}

bool is_planned(const Task& task, const std::string& option) {
    return std::any_of(task.plan.begin(), task.plan.end(),
                       [&](const auto& value) { return value.first == option; });
}

// The rule where neither the line, nor a column, nor the task says one.
std::string usual_rule(const Given& line, const Task& task, const Target& target,
                       RunSettings options) {
    if (is_planned(task, "rule") || line.has("rule") || line.has("column"))
        return options.training.rule;
    if (target.weight_bits != 0) options.training.weight_bits = target.weight_bits;
    if (line.has("weight-bits")) set(options, "weight-bits", line.value("weight-bits"));
    return has_few_bits(options.training) ? "bm4" : options.training.rule;
}

// How errors are rounded where the task does not say: sgd sees how large they are, and misses the
// small ones that the nearest makes 0; signs do not mind (docs/results.md).
Rounding usual_error_rounding(const Task& task, const Settings& s) {
    if (is_planned(task, "error-rounding")) return s.error_rounding;
    return s.rule == "sgd" ? Rounding::stochastic : Rounding::nearest;
}

void apply(const Given& line, RunSettings& options) {
    for (const auto& [name, text] : line.values)
        set(options, name, text);
    options.training.network = on_one_line(options.training.network);
}

// Changes of the target of the line behind those of a checkpoint: a key that is given again counts
// as it is given last.
std::string added_up(const std::string& before, const std::string& line) {
    std::vector<std::string> changes = target_changes(before);
    const auto key = [](const std::string& change) {
        const std::string name = change.substr(0, change.find('='));
        return name.starts_with("device.") ? name.substr(7) : name;
    };
    for (const std::string& change : target_changes(line)) {
        std::erase_if(changes, [&](const std::string& old) { return key(old) == key(change); });
        changes.push_back(change);
    }
    return fmt::format("{}", fmt::join(changes, ";"));
}

// The command line may not bend what makes the column.
void check_column(const Given& line, const Column& column, const RunSettings& options) {
    for (const auto& [name, text] : values_of(column)) {
        const std::string now = text_of(name, options);
        RunSettings scratch;
        set(scratch, name, text);
        if (now != text_of(name, scratch))
            fail("--{} {} contradicts --column {}, which is: {}", name, line.value(name),
                 column.name, column.options);
    }
}

}  // namespace

RunSettings settings_for(const Given& line, const Task& task) {
    RunSettings options;
    options.training.network = task.network;
    apply_plan(task, "", options);
    const Column* column = line.has("column") ? &column_named(line.value("column")) : nullptr;
    const Values made_of = column ? values_of(*column) : Values{};
    // The rule's own values follow the rule that is chosen in the end.
    for (const auto& [name, text] : made_of)
        set(options, name, text);
    for (const char* name : {"rule", "arithmetic"})
        if (line.has(name)) set(options, name, line.value(name));
    const Target target = load_target(line.has("target") ? line.value("target") : options.target,
                                      line.value("device"));
    options.training.rule = usual_rule(line, task, target, options);
    options.training.error_rounding = usual_error_rounding(task, options.training);
    apply_plan(task, options.training.rule, options);
    for (const std::string& name : column ? lineage(*column) : std::vector<std::string>{})
        apply_column(task, name, options);
    for (const auto& [name, text] : made_of)
        set(options, name, text);
    if (target.weight_bits != 0) options.training.weight_bits = target.weight_bits;
    apply(line, options);
    if (options.training.pulse_budget == 0 && !line.has("pulse-budget"))
        options.training.pulse_budget = usual_budget(options.training);
    if (column) check_column(line, *column, options);
    return options;
}

RunSettings settings_for(const Given& line, const std::string& settings, const std::string& file,
                         bool evaluating) {
    const RunSettings stored = parse_settings(settings, file);
    RunSettings options = stored;
    apply(line, options);
    if (evaluating && line.has("device"))
        options.device = added_up(stored.device, line.value("device"));
    for (const auto& [name, text] : line.values) {
        const Setting& option = *find_setting(name);
        // Where the network does not fit the target, its state tells.
        const bool free = evaluating && (name == "task" || name == "holdout" || name == "target" ||
                                         name == "device");
        if (option.kept != Kept::course || free) continue;
        if (text_of(option, options) != text_of(option, stored))
            fail(
                "--{} {} contradicts the checkpoint {}, whose value is {}; leave the option out, "
                "or start a new run",
                name, text, file, text_of(option, stored));
    }
    return options;
}

Departures departures(const RunSettings& options, const Task& task) {
    Given line;
    line.values = {{"task", options.task}};
    const Settings plain = settings_for(line, task).training;
    line.values.emplace_back("arithmetic", text_of("arithmetic", options));
    Given bits = line;
    bits.values.emplace_back("weight-bits", text_of("weight-bits", options));
    const std::string rule = settings_for(bits, task).training.rule;
    if (options.column.empty())
        line.values.emplace_back("rule", options.training.rule);
    else
        line.values.emplace_back("column", options.column);
    RunSettings usual = settings_for(line, task);
    if (options.column.empty()) usual.training.rule = rule;
    usual.column.clear();
    usual.data.clear();
    usual.training.arithmetic = plain.arithmetic;
    Settings asked = options.training;  // without the schedule that a run wrote down
    if (has_own_schedule(asked)) asked.quorum.clear();
    if (usual.training.quorum.empty() && asked.quorum.empty())
        usual.training.quorum = options.training.quorum;
    if (usual.training.pulse_budget == 0) usual.training.pulse_budget = usual_budget(asked);
    Departures found;
    for (const Setting& option : settings_table()) {
        const std::string name = option.name, text = text_of(option, options);
        if (option.kept != Kept::no && name != "task" && text != text_of(option, usual))
            found.emplace_back(name, text);
    }
    return found;
}

std::string shell_word(const std::string& word) {
    const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    if (!word.empty() && word.find_first_not_of(plain) == word.npos) return word;
    std::string text = "'";
    for (const char c : word)
        text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

std::string command_of(const RunSettings& options, const Task& task) {
    const std::string& task_name = options.task;
    std::string command = "crossbar_sim --task " +
                          shell_word(task_name.ends_with(".toml")
                                         ? std::filesystem::path(task_name).filename().string()
                                         : task_name);
    for (const auto& [name, text] : departures(options, task))
        command += find_setting(name)->flag()
                       ? fmt::format(" --{}", name)
                       : fmt::format(" --{}{}{}", name, text.starts_with('-') ? "=" : " ",
                                     shell_word(text));
    return command;
}

}  // namespace crossbar
