// The small functions of the public headers: version, settings, targets, and what a checkpoint says
// of itself.
#include <algorithm>

#include "array/target.hpp"
#include "crossbar/checkpoint.hpp"
#include "crossbar/settings.hpp"
#include "crossbar/target.hpp"
#include "crossbar/version.hpp"
#include "session/session_state.hpp"

namespace crossbar {

const char* version() {
    return CROSSBAR_VERSION;
}

namespace {

std::string kind_of(const Setting& setting) {
    RunSettings scratch;
    const OptionField field = setting.field(scratch);
    if (std::holds_alternative<EnumField>(field) || setting.choices) return "word";
    if (std::holds_alternative<double*>(field)) return "number";
    if (std::holds_alternative<bool*>(field)) return "flag";
    if (std::holds_alternative<std::string*>(field)) return "text";
    return std::holds_alternative<std::vector<int>*>(field) ? "integers" : "integer";
}

}  // namespace

std::vector<SettingHelp> setting_list() {
    std::vector<SettingHelp> list;
    for (const Setting& setting : settings_table())
        list.push_back({setting.name, text_of(setting, RunSettings{}), setting.help,
                        kind_of(setting), setting.low, setting.high,
                        setting.choices ? setting.choices() : std::vector<std::string>{}});
    return list;
}

void check_setting(const std::string& name, const std::string& value) {
    RunSettings scratch;
    set(scratch, name, value);
}

void check_target(const std::string& target, const std::string& changes) {
    load_target(target, changes);
}

Values values_of(const RunSettings& settings) {
    Values values;
    for (const Setting& setting : settings_table())
        values.emplace_back(setting.name, text_of(setting, settings));
    return values;
}

CheckpointSummary read_checkpoint(const std::string& path) {
    const RunRequest request = resumed_run({}, path);
    const Progress& progress = request.checkpoint->progress;
    CheckpointSummary summary{values_of(request.settings), progress.epoch, progress.step, -1};
    if (progress.history.empty()) return summary;
    const Metrics& test = progress.history.back().test;
    summary.test_error_percent = 100.0 * static_cast<double>(test.wrong) /
                                 static_cast<double>(std::max<std::uint64_t>(test.images, 1));
    return summary;
}

}  // namespace crossbar
