// What can be set, by name: the settings of `crossbar_sim help train`, without dashes, with the
// same ranges, the same defaults and the same errors.
//
//     crossbar::Values values{{"epochs", "3"}, {"weight-bits", "4"}, {"target", "pcm"}};
//     crossbar::check_setting("weigth-bits", "4");  // Error: did you mean 'weight-bits'?
//     for (const crossbar::SettingHelp& setting : crossbar::setting_list())
//         std::cout << setting.name << " = " << setting.value << ": " << setting.help << '\n';
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "crossbar/export.hpp"

namespace crossbar {

// Names and values, as the command line would hold them. Of a name that stands twice the last
// counts.
using Values = std::vector<std::pair<std::string, std::string>>;

struct SettingHelp {
    std::string name;
    std::string value;                 // the default, before a task has a say
    std::string help;                  // one sentence
    std::string kind;                  // "integer", "number", "flag", "word", "text", "integers"
    double low = 0, high = 0;          // of numbers; 0 and 0 where there is no range
    std::vector<std::string> choices;  // the words allowed; empty where any will do
};
CROSSBAR_API std::vector<SettingHelp> setting_list();

// Throws Error unless there is such a setting and the value lies in its range.
CROSSBAR_API void check_setting(const std::string& name, const std::string& value);

}  // namespace crossbar
