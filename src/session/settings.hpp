// What a run depends on, in one table: it drives parsing, help, the line that a run begins with,
// the columns of results and the settings in checkpoints. To add a setting: a field and a row.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "network/plan.hpp"
#include "session/given.hpp"
#include "session/option.hpp"

namespace crossbar {

// Who says what a setting is; the later ones count before the earlier.
enum class Source { built_in, usual, task, column, tuned, target, stored, given };

struct Said {
    Source source;
    std::string origin;  // "task mnist: [plan]", "command line"
    std::string text;    // the value
};

struct RunSettings {
    Settings training;  // its network is empty until the task fills it
    std::string task = "mnist";
    std::string column;  // of an experiment; empty for none
    std::string data = "auto";
    std::uint64_t train_images = 0, test_images = 0, holdout = 0;  // 0: all, all, none
    bool skip_bad = false;
    int threads = 0;  // 0: all of the machine
    std::string isa = "auto";
    std::string weights;  // file whose synapses the network begins with; empty: drawn
    std::string weights_map, weights_clip;  // of tensors: a .toml file; how they are clipped
    bool weights_by_output = false;         // of tensors: a step for each output
    std::string target = "ideal", device;   // device: "KEY=VALUE;..", changes of the target
    std::string layer;                      // of single layers: layer_settings.hpp
    std::map<std::string, std::vector<Said>> said;  // by setting, in turn; of none: built in
};

// What a checkpoint makes of a setting: the course of training depends on it, so that a resumed run
// must keep it; or only what is reported; or nothing but the time it takes does.
enum class Kept { course, report, no };

struct Setting : Option {
    Kept kept;
    OptionField (*field)(RunSettings&);
};

std::span<const Setting> settings_table();
std::span<const Synonyms> setting_synonyms();

// Null when there is none.
const Setting* find_setting(const std::string& name);

// What is given for settings; options of other tables are left out.
Given settings_in(const Given& given);

// False for the formats of integers when the baseline in floats has none of them: what a setting
// says of those makes no other run.
bool read_by(Arithmetic arithmetic, const Setting& setting);

// " (did you mean '--x'?)" or nothing.
std::string setting_suggestion(const std::string& name);

// The value as the command line would hold it.
std::string text_of(const Setting& setting, const RunSettings& settings);
std::string text_of(const std::string& name, const RunSettings& settings);

Source source_of(const RunSettings& settings, const std::string& name);

// Throws Error naming setting, value and what was expected, and for a name that is none. `origin`
// comes before it in the message ("datasets/mnist.toml: [plan] ").
void set(RunSettings& settings, const std::string& name, const std::string& text,
         const std::string& origin = "");

}  // namespace crossbar
