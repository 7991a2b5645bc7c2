// The one place that knows CLI11.
#include "run/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <string_view>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "run/columns.hpp"
#include "run/settings_text.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

constexpr const char* about =
    "Trains convolutional networks on memristive crossbars in integer arithmetic, with sign-only "
    "local updates and asymmetric feedback.";

constexpr const char* footer =
    "A task's [plan] replaces defaults; the command line replaces both.\n"
    "Exit status: 0 done; 2 an error; 130, 143 interrupted by SIGINT (Ctrl-C), SIGTERM: the batch "
    "at hand is finished and, with --save, a checkpoint written. A second Ctrl-C ends at once.";

// How --help is laid out: the left column holds most names; where there is no room for two columns,
// what an option does stands below its name.
struct HelpLayout {
    std::size_t width, names;
};
HelpLayout help_layout() {
    const std::size_t width = std::max<std::size_t>(terminal_width(80), 20);
    return {width, width >= 100 ? 42U : width >= 72 ? 32U : 6U};
}

std::string help_of(const Option& option, const HelpLayout& layout) {
    std::string text = option.help;
    if (option.choices)
        text += fmt::format(" ({})", fmt::join(option.choices(), ", "));
    else if (option.high != 0 && option.high <= 1e5)
        text += fmt::format(" ({} to {})", option.low, option.high);
    return wrapped(text, layout.width - layout.names);
}

// CLI11's values of each row of the table, in its order.
struct Collected {
    std::vector<std::string> texts;
    std::vector<CLI::Option*> options;
};

void add_options(CLI::App& app, const HelpLayout& layout, Collected& collected) {
    const Options defaults;
    collected.texts.resize(option_table().size());
    std::size_t place = 0;
    for (const Option& option : option_table()) {
        const std::string dashed = fmt::format("--{}", option.name);
        const std::string help = help_of(option, layout);
        CLI::Option* added = nullptr;
        if (option.flag()) {
            added = app.add_flag(dashed, help);
        } else {
            added = app.add_option(dashed, collected.texts[place], help);
            const std::string preset = text_of(option, defaults);
            added->type_name(preset.empty() ? option.value
                                            : fmt::format("{} [{}]", option.value, preset));
        }
        if (*option.value == '[') added->expected(0, 1);
        if (option.repeats())
            added->multi_option_policy(CLI::MultiOptionPolicy::Join)->delimiter(option.joint());
        added->group(option.group);
        collected.options.push_back(added);
        ++place;
    }
}

void refuse_extras(const CLI::App& app) {
    const std::vector<std::string> extras = app.remaining();
    if (extras.empty()) return;
    std::string name = extras.front();
    if (!name.starts_with('-')) fail("unexpected argument '{}'; options start with --", name);
    name = name.substr(name.find_first_not_of('-') == name.npos ? 0 : name.find_first_not_of('-'));
    name = name.substr(0, name.find('='));
    fail("unknown option {}{}; --help lists all", extras.front(), option_suggestion(name));
}

// Option values of a table of the task's file.
void apply_value(const std::string& origin, const std::string& name, const std::string& text,
                 Options& options) {
    const Option* option = find_option(name);
    const bool plannable =
        option && option->kept != Kept::no && name != "task" && name != "data" && name != "column";
    if (!plannable) fail("{}{}: no such option{}", origin, name, option_suggestion(name));
    set_option(*option, options, text, origin);
}

// The options of a task's plan that hold for `rule`, or for every rule when it is empty.
void apply_plan(const Task& task, const std::string& rule, Options& options) {
    const std::string origin = fmt::format("task {}: [plan] ", task.name);
    for (const auto& [key, text] : task.plan) {
        const std::size_t dot = key.find('.');
        const std::string whose = dot == key.npos ? "" : key.substr(0, dot);
        Options scratch;
        if (!whose.empty()) set_option(*find_option("rule"), scratch, whose, origin);
        apply_value(origin, dot == key.npos ? key : key.substr(dot + 1), text,
                    whose == rule ? options : scratch);
    }
}

// The rate tuned for this column, arithmetic and data; where there is none for the arithmetic, that
// of the other one.
const Tuned* tuned_for(const Task& task, const std::string& column, const Options& options) {
    const std::string arithmetic = text_of(*find_option("arithmetic"), options);
    const Tuned* found = nullptr;
    for (const Tuned& tuned : task.tuned) {
        if (tuned.column != column) continue;
        if (!found || tuned.arithmetic == arithmetic) found = &tuned;
    }
    return found;
}

// What the task sets for a column, by hand and by tuning.
void apply_column(const Task& task, const std::string& column, Options& options) {
    for (const ColumnPlan& plan : task.columns) {
        const std::string origin = fmt::format("task {}: [column.\"{}\"] ", task.name, plan.column);
        Options scratch;
        column_named(plan.column);  // every table of the file has to be right
        for (const auto& [name, text] : plan.values)
            apply_value(origin, name, text, plan.column == column ? options : scratch);
    }
    if (const Tuned* tuned = tuned_for(task, column, options)) options.settings.rate = tuned->rate;
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
std::string usual_rule(const CommandLine& line, const Task& task, const Target& target,
                       Options options) {
    if (is_planned(task, "rule") || line.has("rule") || line.has("column"))
        return options.settings.rule;
    if (target.weight_bits != 0) options.settings.weight_bits = target.weight_bits;
    if (line.has("weight-bits"))
        set_option(*find_option("weight-bits"), options, line.value("weight-bits"));
    return has_few_bits(options.settings) ? "bm4" : options.settings.rule;
}

// How errors are rounded where the task does not say: sgd sees how large they are, and misses the
// small ones that the nearest makes 0; signs do not mind (docs/results.md).
Rounding usual_error_rounding(const Task& task, const Settings& s) {
    if (is_planned(task, "error-rounding")) return s.error_rounding;
    return s.rule == "sgd" ? Rounding::stochastic : Rounding::nearest;
}

// A word as a shell reads it.
std::string quoted(const std::string& word) {
    const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    if (!word.empty() && word.find_first_not_of(plain) == word.npos) return word;
    std::string text = "'";
    for (const char c : word)
        text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

void apply(const CommandLine& line, Options& options) {
    for (const auto& [name, text] : line.given)
        set_option(*find_option(name), options, text);
    options.settings.network = on_one_line(options.settings.network);
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
void check_column(const CommandLine& line, const Column& column, const Options& options) {
    for (const auto& [name, text] : values_of(column)) {
        const std::string now = text_of(*find_option(name), options);
        Options scratch;
        set_option(*find_option(name), scratch, text);
        if (now != text_of(*find_option(name), scratch))
            fail("--{} {} contradicts --column {}, which is: {}", name, line.value(name),
                 column.name, column.options);
    }
}

}  // namespace

bool CommandLine::has(const std::string& option) const {
    return std::any_of(given.begin(), given.end(),
                       [&](const auto& g) { return g.first == option; });
}

std::string CommandLine::value(const std::string& option) const {
    for (const auto& [name, text] : given)
        if (name == option) return text;
    return {};
}

bool asks_for_study(const CommandLine& line) {
    for (const char* name : {"experiment", "sweep", "seeds", "tune", "store", "jobs"})
        if (line.has(name)) return true;
    return false;
}

CommandLine parse_command_line(int argc, const char* const* argv) {
    const HelpLayout layout = help_layout();
    CLI::App app(wrapped(about, layout.width), "crossbar_sim");
    app.allow_extras();
    app.footer(wrapped(footer, layout.width));
    app.get_formatter()->column_width(layout.names);
    app.get_option("--help")->group(option_table().back().group);
    Collected collected;
    add_options(app, layout, collected);
    CommandLine line;
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        line.help = app.help();
        return line;
    } catch (const CLI::ParseError& error) {
        for (const CLI::Option* option : collected.options)
            if (option->count() > 1 &&
                option->get_multi_option_policy() != CLI::MultiOptionPolicy::Join)
                fail("{} is given twice", option->get_name());
        fail("{}", error.what());
    }
    refuse_extras(app);
    std::size_t place = 0;
    for (const Option& option : option_table()) {
        const std::string& text = collected.texts[place];
        const CLI::Option& found = *collected.options[place++];
        if (found.count() == 0) continue;
        if (option.flag())
            line.given.emplace_back(option.name, found.results().back());
        else if (text.empty() && *option.value == '[')
            line.given.emplace_back(option.name, "all");
        else
            line.given.emplace_back(option.name, text);
    }
    return line;
}

Options options_for(const CommandLine& line, const Task& task) {
    Options options;
    options.settings.network = task.network;
    apply_plan(task, "", options);
    const Column* column = line.has("column") ? &column_named(line.value("column")) : nullptr;
    const Values made_of = column ? values_of(*column) : Values{};
    // The rule's own values follow the rule that is chosen in the end.
    for (const auto& [name, text] : made_of)
        set_option(*find_option(name), options, text);
    for (const char* name : {"rule", "arithmetic"})
        if (line.has(name)) set_option(*find_option(name), options, line.value(name));
    const Target target = load_target(line.has("target") ? line.value("target") : options.target,
                                      line.value("device"));
    options.settings.rule = usual_rule(line, task, target, options);
    options.settings.error_rounding = usual_error_rounding(task, options.settings);
    apply_plan(task, options.settings.rule, options);
    for (const std::string& name : column ? lineage(*column) : std::vector<std::string>{})
        apply_column(task, name, options);
    for (const auto& [name, text] : made_of)
        set_option(*find_option(name), options, text);
    if (target.weight_bits != 0) options.settings.weight_bits = target.weight_bits;
    apply(line, options);
    if (options.settings.pulse_budget == 0 && !line.has("pulse-budget"))
        options.settings.pulse_budget = usual_budget(options.settings);
    if (column) check_column(line, *column, options);
    return options;
}

Options options_for(const CommandLine& line, const std::string& settings, const std::string& file,
                    bool evaluating) {
    const Options stored = parse_settings(settings, file);
    Options options = stored;
    apply(line, options);
    if (evaluating && line.has("device"))
        options.device = added_up(stored.device, line.value("device"));
    for (const auto& [name, text] : line.given) {
        const Option& option = *find_option(name);
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

Departures departures(const Options& options, const Task& task) {
    CommandLine line;
    line.given = {{"task", options.task}};
    const Settings plain = options_for(line, task).settings;
    line.given.emplace_back("arithmetic", text_of(*find_option("arithmetic"), options));
    CommandLine bits = line;
    bits.given.emplace_back("weight-bits", text_of(*find_option("weight-bits"), options));
    const std::string rule = options_for(bits, task).settings.rule;
    if (options.column.empty())
        line.given.emplace_back("rule", options.settings.rule);
    else
        line.given.emplace_back("column", options.column);
    Options usual = options_for(line, task);
    if (options.column.empty()) usual.settings.rule = rule;
    usual.column.clear();
    usual.data.clear();
    usual.settings.arithmetic = plain.arithmetic;
    Settings asked = options.settings;  // without the schedule that a run wrote down
    if (has_own_schedule(asked)) asked.quorum.clear();
    if (usual.settings.quorum.empty() && asked.quorum.empty())
        usual.settings.quorum = options.settings.quorum;
    if (usual.settings.pulse_budget == 0) usual.settings.pulse_budget = usual_budget(asked);
    Departures found;
    for (const Option& option : option_table()) {
        const std::string name = option.name, text = text_of(option, options);
        if (option.kept != Kept::no && name != "task" && text != text_of(option, usual))
            found.emplace_back(name, text);
    }
    return found;
}

std::string command_of(const Options& options, const Task& task) {
    const std::string& task_name = options.task;
    std::string command =
        "crossbar_sim --task " + quoted(task_name.ends_with(".toml")
                                            ? std::filesystem::path(task_name).filename().string()
                                            : task_name);
    for (const auto& [name, text] : departures(options, task))
        command +=
            find_option(name)->flag()
                ? fmt::format(" --{}", name)
                : fmt::format(" --{}{}{}", name, text.starts_with('-') ? "=" : " ", quoted(text));
    return command;
}

}  // namespace crossbar::sim
