// The layers from built-in values to the command line, applied in order.
#include "session/resolve.hpp"

#include <algorithm>
#include <filesystem>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"
#include "network/notation.hpp"
#include "session/columns.hpp"
#include "session/idle.hpp"
#include "session/layer_settings.hpp"
#include "session/settings_text.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

const std::string augment_prefix = "augment-";

// Synapses of few bits learn best from counted votes, with a budget of pulses: chosen on held-out
// images (docs/results.md).
bool has_few_bits(const Settings& s) {
    return s.weight_bits <= 4 && s.arithmetic == Arithmetic::fixed;
}

// bm4's budget of pulses where neither it nor a quorum is given.
double usual_budget(const Settings& s) {
    return s.rule == "bm4" && has_few_bits(s) && s.quorum.empty() ? 3 : 0;
}

// bm4's votes by epoch where neither they nor a budget are given; the last goes on.
std::vector<int> usual_quorum(const Settings& s) {
    std::vector<int> quorum = quorum_schedule(s.weight_bits, s.epochs, most_votes(s));
    while (quorum.size() > 1 && quorum.back() == quorum[quorum.size() - 2])
        quorum.pop_back();
    return quorum;
}

// The settings of one run on their way from the built-in ones to those that are given.
class Resolution {
  public:
    Resolution(const Task& task, const Given& given, const Given& stored)
        : task_(task), given_(given), stored_(stored), column_(chosen_column()) {}

    RunSettings resolved() {
        find_basis();
        say("network", task_.network, Source::task, "task " + task_.name);
        if (!usual_rule().empty()) say("rule", usual_rule(), Source::usual, "usual for few bits");
        // sgd sees how large errors are, and misses the small ones that the nearest makes 0; signs
        // do not mind (docs/results.md).
        if (rule_ == "sgd")
            say("error-rounding", "stochastic", Source::usual, "usual for the rule sgd");
        say_plan("");
        say_plan(rule_);
        say_augmentation();
        if (column_) say_column();
        if (target_bits_ != 0)
            say("weight-bits", fmt::format("{}", target_bits_), Source::target, target_);
        say_usual_votes();
        if (!normalises(with_all_given().training))
            say("bn-images", "0", Source::usual, "usual without normalisation");
        for (const auto& [name, text] : stored_.values)
            if (text_of(name, settings_) != text) say(name, text, Source::stored, stored_.by);
        for (const auto& [name, text] : given_.values)
            say(name, text, Source::given, given_.by);
        if (schedule_given_ && source_of(settings_, "pulse-budget") == Source::usual)
            say("pulse-budget", "0", Source::given, given_.by);
        if (given_.has("column")) check_column();
        if (given_.has("layer")) layer_settings(settings_);
        return std::move(settings_);
    }

  private:
    const Column* chosen_column() const {
        if (given_.has("column")) return &column_named(given_.value("column"));
        for (const Column& column : columns())
            if (stored_.value("column") == column.name) return &column;
        return nullptr;
    }

    // What the task's [plan] says for every rule; empty for nothing.
    std::string planned(const std::string& name) const { return Given{task_.plan}.value(name); }

    // That of a person, else the column's, else the task's, else the last of these.
    std::string last_word(const std::string& name, const std::string& otherwise) const {
        const Given made{column_ ? values_of(*column_) : Values{}};
        for (const Given* values : {&given_, &made, &stored_})
            if (values->has(name)) return values->value(name);
        return planned(name).empty() ? otherwise : planned(name);
    }

    // Those that the target says. A checkpoint's run has bits already: there they tell whether a
    // person chose others, and a target whose file is gone is refused where it is needed.
    void find_target_bits(const RunSettings& basis) {
        std::string name = given_.has("target") ? given_.value("target") : stored_.value("target");
        if (name.empty()) name = planned("target");
        const std::string device =
            given_.has("device") ? given_.value("device") : stored_.value("device");
        try {
            const Target target = load_target(name.empty() ? basis.target : name, device);
            target_bits_ = target.weight_bits;
            target_ = "target " + target.name;
        } catch (const Error&) {
            if (stored_.values.empty()) throw;
        }
    }

    // What other values depend on: the target's bits, those of layers, the rule.
    void find_basis() {
        RunSettings basis;
        find_target_bits(basis);
        set(basis, "network", on_one_line(last_word("network", task_.network)));
        for (const char* name : {"target", "device", "layer"})
            set(basis, name, last_word(name, text_of(name, basis)));
        const std::string bits = text_of("weight-bits", basis);
        set(basis, "arithmetic", last_word("arithmetic", text_of("arithmetic", basis)));
        set(basis, "weight-bits",
            target_bits_ != 0 && !given_.has("weight-bits") && !stored_.has("weight-bits")
                ? fmt::format("{}", target_bits_)
                : last_word("weight-bits", bits));
        basis_ = basis.training;
        basis_.weight_bits = fewest_bits(basis);
        rule_ = last_word("rule", usual_rule().empty() ? basis_.rule : usual_rule());
    }

    // Where neither a column nor the task says one; empty where the built-in one is usual.
    std::string usual_rule() const {
        return column_ || !planned("rule").empty() || !has_few_bits(basis_) ? "" : "bm4";
    }

    void say(const std::string& name, const std::string& text, Source source,
             const std::string& origin) {
        const bool file = source == Source::task || source == Source::column;
        set(settings_, name, name == "network" ? on_one_line(text) : text,
            file ? origin + " " : "");
        settings_.said[name].push_back({source, origin, text_of(name, settings_)});
    }

    // A value of a table of the task's file; checked even where it does not count.
    void say_value(const std::string& origin, const std::string& name, const std::string& text,
                   bool counts) {
        const Setting* setting = find_setting(name);
        const bool plannable = setting && setting->kept != Kept::no && name != "task" &&
                               name != "data" && name != "column";
        if (setting && name.starts_with(augment_prefix) && !origin.ends_with("[augment]"))
            fail("{} {}: augmentation is the task's; say {} in [augment]", origin, name,
                 name.substr(augment_prefix.size()));
        if (!plannable) fail("{} {}: no such option{}", origin, name, setting_suggestion(name));
        RunSettings scratch;
        set(scratch, name, text, origin + " ");
        if (counts) say(name, text, Source::task, origin);
    }

    // The part of the task's plan that holds for the rule, or for every rule when it is empty.
    void say_plan(const std::string& rule) {
        const std::string origin = fmt::format("task {}: [plan]", task_.name);
        for (const auto& [key, text] : task_.plan) {
            const std::size_t dot = key.find('.');
            const std::string whose = dot == key.npos ? "" : key.substr(0, dot);
            RunSettings scratch;
            if (!whose.empty()) set(scratch, "rule", whose, origin + " ");
            say_value(origin, dot == key.npos ? key : key.substr(dot + 1), text, whose == rule);
        }
    }

    // The task's [augment]: crop = 4 is --augment-crop 4.
    void say_augmentation() {
        const std::string origin = fmt::format("task {}: [augment]", task_.name);
        for (const auto& [key, text] : task_.augment) {
            const std::string name = augment_prefix + key;
            if (!find_setting(name)) {
                std::vector<std::string> keys;
                for (const Setting& setting : settings_table())
                    if (std::string_view(setting.name).starts_with(augment_prefix))
                        keys.push_back(std::string(setting.name).substr(augment_prefix.size()));
                fail("{} {}: no such key{}; expected one of: {}", origin, key,
                     suggestion(key, keys), fmt::join(keys, ", "));
            }
            say_value(origin, name, text, true);
        }
    }

    // The rate tuned for this column and arithmetic; where there is none for the arithmetic, that
    // of the other one.
    void say_tuned(const std::string& column) {
        const std::string arithmetic = basis_.arithmetic == Arithmetic::fixed ? "fixed" : "float";
        const Tuned* found = nullptr;
        for (const Tuned& tuned : task_.tuned)
            if (tuned.column == column && (!found || tuned.arithmetic == arithmetic))
                found = &tuned;
        if (found)
            say("rate", fmt::format("{}", found->rate), Source::tuned,
                fmt::format("tuned for {} on {} held-out images", column, found->held_out_images));
    }

    // What the task sets for the column and those it is like, by hand and by tuning; what makes it.
    void say_column() {
        for (const std::string& name : lineage(*column_)) {
            for (const ColumnPlan& plan : task_.columns) {
                column_named(plan.column);  // every table of the file has to be right
                for (const auto& [option, text] : plan.values)
                    say_value(fmt::format("task {}: [column.\"{}\"]", task_.name, plan.column),
                              option, text, plan.column == name);
            }
            say_tuned(name);
        }
        for (const auto& [name, text] : values_of(*column_))
            say(name, text, Source::column, fmt::format("column {}", column_->name));
    }

    // With all that is stored and given: what is usual follows from it, and comes before it.
    RunSettings with_all_given() const {
        RunSettings last = settings_;
        for (const Given* values : {&stored_, &given_})
            for (const auto& [name, text] : values->values)
                set(last, name, text);
        return last;
    }

    // The budget and the schedule of bm4.
    void say_usual_votes() {
        Settings s = with_all_given().training;
        s.weight_bits = basis_.weight_bits;
        // A run writes its schedule down: that is nobody's word. A person who gives the very same
        // says that there is no budget.
        if (!s.quorum.empty() && s.quorum == usual_quorum(s)) {
            schedule_given_ = given_.has("quorum") && !given_.has("pulse-budget");
            s.quorum.clear();
        }
        const bool asked =
            schedule_given_ || given_.has("pulse-budget") || stored_.has("pulse-budget");
        if (const double budget = usual_budget(s);
            budget != 0 && settings_.training.pulse_budget == 0) {
            say("pulse-budget", fmt::format("{}", budget), Source::usual, "usual for few bits");
            if (!asked) s.pulse_budget = budget;
        }
        if (s.rule == "bm4" && s.pulse_budget == 0 && settings_.training.quorum.empty())
            say("quorum", fmt::format("{}", fmt::join(usual_quorum(s), ",")), Source::usual,
                "schedule for these bits and epochs");
    }

    // The command line may not bend what makes the column.
    void check_column() const {
        for (const auto& [name, text] : values_of(*column_)) {
            RunSettings scratch;
            set(scratch, name, text);
            if (text_of(name, settings_) != text_of(name, scratch))
                fail("--{} {} contradicts --column {}, which is: {}", name, given_.value(name),
                     column_->name, column_->options);
        }
    }

    const Task& task_;
    const Given& given_;
    const Given& stored_;
    const Column* column_;
    int target_bits_ = 0;
    bool schedule_given_ = false;  // by a person, and the usual one
    std::string target_, rule_;
    Settings basis_;
    RunSettings settings_;
};

// What a test may have otherwise than the training: images, and hardware with its draws. Networks
// of floats have none.
bool is_free(const std::string& name, const RunSettings& stored) {
    for (const char* free : {"task", "holdout", "target", "device"})
        if (name == free) return true;
    for (const char* free : {"layer", "weight-bits", "seed", "bn-images"})
        if (name == free) return stored.training.arithmetic == Arithmetic::fixed;
    return false;
}

// A checkpoint holds where files and folders are from the root on.
bool is_one_place(const std::string& given, const std::string& stored) {
    std::error_code error;
    return fs::path(stored).is_absolute() && fs::equivalent(given, stored, error) && !error;
}

}  // namespace

RunSettings resolve(const Task& task, const Given& given, const Given& stored) {
    return Resolution(task, given, stored).resolved();
}

Given stored_values(const RunSettings& settings) {
    Given values;
    for (const Setting& setting : settings_table())
        if (setting.kept != Kept::no)
            values.values.emplace_back(setting.name, text_of(setting, settings));
    return values;
}

Given agreeing(Given given, const RunSettings& stored, const std::string& file, bool evaluating) {
    for (auto& [name, text] : given.values) {
        const Setting& setting = *find_setting(name);
        const bool free = evaluating && is_free(name, stored);
        RunSettings asked = stored;
        set(asked, name, text);
        if (setting.kept == Kept::course && !free &&
            text_of(setting, asked) != text_of(setting, stored) &&
            !is_one_place(text, text_of(setting, stored)))
            fail(
                "--{} {} contradicts the checkpoint {}, whose value is {}; leave the option out, "
                "or start a new run",
                name, text, file, text_of(setting, stored));
        if (evaluating && name == "device") text = added_up(stored.device, text);
        if (evaluating && name == "layer" && !stored.layer.empty())
            text = stored.layer + ";" + text;
    }
    return given;
}

bool departs(const RunSettings& settings, const std::string& name) {
    std::string before = text_of(name, RunSettings{});
    if (const auto said = settings.said.find(name); said != settings.said.end())
        for (const Said& each : said->second)
            if (each.source < Source::stored) before = each.text;
    return text_of(name, settings) != before;
}

Values departures(const RunSettings& settings) {
    Values found;
    for (const Setting& setting : settings_table()) {
        const std::string name = setting.name, text = text_of(setting, settings);
        const bool told =
            name == "data" ? !text.empty() : name != "task" && departs(settings, name);
        if (setting.kept != Kept::no && told) found.emplace_back(name, text);
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

std::string command_of(const RunSettings& settings) {
    // A person's own file by its name: the folder is of that machine alone.
    const auto named = [](const std::string& name, const std::string& text) {
        const bool file = name == "weights" || name == "weights-map" ||
                          ((name == "task" || name == "target") && text.ends_with(".toml"));
        if (name == "layer")
            return shell_word(
                with_targets(text, [](const fs::path& path) { return path.filename().string(); }));
        return shell_word(file ? fs::path(text).filename().string() : text);
    };
    std::string command = "crossbar_sim --task " + named("task", settings.task);
    for (const auto& [name, text] : departures(settings)) {
        const bool flag = find_setting(name)->flag();
        command += flag && text == "true"
                       ? fmt::format(" --{}", name)
                       : fmt::format(" --{}{}{}", name, flag || text.starts_with('-') ? "=" : " ",
                                     named(name, text));
    }
    return command;
}

}  // namespace crossbar
