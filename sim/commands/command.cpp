// The table of commands, and how a command line finds its row.
#include "commands/command.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/format.hpp"
#include "commands/program_options.hpp"
#include "session/settings.hpp"

namespace crossbar::sim {

extern const Command train_command, eval_command, study_command, tune_command, report_command,
    watch_command, export_command, target_show_command, target_fit_command, target_list_command,
    task_show_command, task_list_command, help_command;

namespace {

constexpr const Command* table[] = {&train_command,       &eval_command,        &study_command,
                                    &tune_command,        &report_command,      &watch_command,
                                    &export_command,      &target_show_command, &target_fit_command,
                                    &target_list_command, &task_show_command,   &task_list_command,
                                    &help_command};

bool is_among(std::string_view word, std::string_view words) {
    return fmt::format(" {} ", words).find(fmt::format(" {} ", word)) != std::string::npos;
}

// "'crossbar_sim study', 'crossbar_sim tune'": the commands that take the option.
std::string takers_of(std::string_view option) {
    std::vector<std::string> takers;
    for (const Command* command : table)
        if (option_of(*command, option))
            takers.push_back(fmt::format("'crossbar_sim {}'", command->name));
    return fmt::format("{}", fmt::join(takers, ", "));
}

}  // namespace

std::span<const Command* const> commands() {
    return table;
}

const Command* find_command(std::string_view name) {
    for (const Command* command : table)
        if (name == command->name) return command;
    return nullptr;
}

const Option* option_of(const Command& command, std::string_view name) {
    for (const Option& option : command.own)
        if (name == option.name) return &option;
    const Setting* setting = find_setting(std::string(name));
    const bool grouped =
        std::any_of(command.groups.begin(), command.groups.end(),
                    [&](const OptionGroup& group) { return is_among(name, group.names); });
    if (setting && (command.settings || grouped)) return setting;
    return grouped ? find_program_option(std::string(name)) : nullptr;
}

std::vector<const Option*> options_of(const Command& command) {
    std::vector<const Option*> options;
    const auto add = [&](const Option* option) {
        if (std::find(options.begin(), options.end(), option) == options.end())
            options.push_back(option);
    };
    for (const OptionGroup& group : command.groups)
        for (const std::string& name : words_of(group.names))
            add(option_of(command, name));
    for (const Option& option : command.own)
        add(&option);
    if (command.settings)
        for (const Setting& setting : settings_table())
            add(&setting);
    return options;
}

void refuse_option(const Command& command, const std::string& word) {
    std::string name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
    name.resize(std::min(name.find('='), name.size()));
    if (const std::string takers = takers_of(name); !takers.empty())
        fail("--{} belongs to {}, not to 'crossbar_sim {}'", name, takers, command.name);
    std::vector<std::string> own{"help"}, others;
    for (const Command* each : table)
        for (const Option* option : options_of(*each))
            (each == &command ? own : others).emplace_back(option->name);
    const std::vector<Synonyms> synonyms = option_synonyms();
    std::string meant = meant_option(name, synonyms, own);
    if (meant.empty()) meant = meant_option(name, {}, others);
    if (const std::string takers = takers_of(meant); !takers.empty() && !option_of(command, meant))
        meant = fmt::format(" (did you mean '--{}' of {}?)", meant, takers);
    else if (takers.empty() && find_command(meant))
        meant = fmt::format(" (did you mean 'crossbar_sim {}'?)", meant);
    else if (!meant.empty())
        meant = fmt::format(" (did you mean '--{}'?)", meant);
    fail("unknown option {}{}; 'crossbar_sim help {}' lists all", word, meant, command.name);
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (std::size_t first = 0; first < text.size();) {
        const std::size_t end = std::min(text.find(' ', first), text.size());
        if (end != first) words.emplace_back(text.substr(first, end - first));
        first = end + 1;
    }
    return words;
}

}  // namespace crossbar::sim
