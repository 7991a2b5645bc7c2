// The one place that knows CLI11.
#include "commands/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"
#include "commands/command.hpp"
#include "commands/moved.hpp"
#include "data/task.hpp"
#include "session/settings.hpp"

namespace crossbar::sim {
namespace {

using Words = std::vector<std::string>;

[[noreturn]] void refuse_word(const std::string& word) {
    Words names;
    for (const Command* command : commands()) {
        const Words parts = words_of(command->name);
        if (parts.front() == word)
            fail("{}: which of its commands? 'crossbar_sim help {}' lists them", word, word);
        names.emplace_back(command->name);
    }
    for (const std::string& task : task_names())
        if (task == word)
            fail("'{}' is not a command; to train this task: crossbar_sim --task {}", word, word);
    fail("'{}' is not a command{}; 'crossbar_sim help' lists them", word, suggestion(word, names));
}

// The command that the line begins with, whose words are taken off; train where it begins with an
// option.
const Command* take_command(Words& words) {
    if (words.empty() || words.front() == "--version") return find_command("help");
    if (words.front().starts_with('-')) return commands().front();
    for (const std::size_t count : {2U, 1U}) {
        if (count > words.size()) continue;
        const auto end = words.begin() + count;
        const Command* command =
            find_command(fmt::format("{}", fmt::join(words.begin(), end, " ")));
        if (!command) continue;
        words.erase(words.begin(), end);
        return command;
    }
    refuse_word(words.front());
}

// To ask for the help of a command is the command help.
const Command* help_instead(const Command* command, bool named, Words& words) {
    for (const std::string& word : words) {
        const bool all = word == "--help-all";
        if (!all && word != "--help" && word != "-h") continue;
        const bool alone = !named && words.size() == 1 && !all;
        words = alone ? Words{} : words_of(command->name);
        if (all) words.emplace_back("--all");
        return find_command("help");
    }
    return command;
}

// All that a command takes, by name.
using Taken = std::vector<std::pair<std::string, CLI::Option*>>;

Taken add(CLI::App& app, const Command& command) {
    Taken taken;
    for (const Argument& argument : command.arguments) {
        CLI::Option* added = app.add_option(argument.name);
        if (argument.repeats())
            added->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
        taken.emplace_back(argument.name, added);
    }
    for (const Option* option : options_of(command)) {
        const std::string dashed = fmt::format("--{}", option->name);
        CLI::Option* added = option->flag() ? app.add_flag(dashed) : app.add_option(dashed);
        if (option->may_be_bare()) added->expected(0, 1);
        if (option->repeats())
            added->multi_option_policy(CLI::MultiOptionPolicy::Join)
                ->delimiter(find_setting(option->name) ? ';' : '\n');
        taken.emplace_back(option->name, added);
    }
    return taken;
}

void refuse_extras(const CLI::App& app, const Command& command) {
    const Words extras = app.remaining();
    if (extras.empty()) return;
    const std::string& word = extras.front();
    if (!word.starts_with('-')) fail("unexpected argument '{}'; options start with --", word);
    refuse_option(command, word);
}

void parse(CLI::App& app, const Taken& taken, Words words) {
    std::reverse(words.begin(), words.end());  // as CLI11 takes them
    try {
        app.parse(words);
    } catch (const CLI::ParseError& error) {
        for (const auto& [name, option] : taken)
            if (option->count() > 1 &&
                option->get_multi_option_policy() != CLI::MultiOptionPolicy::Join)
                fail("{} is given twice", option->get_name());
        fail("{}", error.what());
    }
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
    Words words(argv + std::min(argc, 1), argv + argc);
    const bool named = !words.empty() && !words.front().starts_with('-');
    CommandLine line;
    line.command = help_instead(take_command(words), named, words);
    if (line.command == commands().front()) refuse_moved(words);
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    const Taken taken = add(app, *line.command);
    parse(app, taken, words);
    refuse_extras(app, *line.command);
    for (const auto& [name, option] : taken)
        if (option->count() != 0)
            for (const std::string& text : option->reduced_results())
                line.values.emplace_back(name, text);
    for (const Argument& argument : line.command->arguments)
        if (argument.required() && !line.has(argument.name))
            fail("crossbar_sim {}: expected {}; 'crossbar_sim help {}' tells more",
                 line.command->name, argument.usage, line.command->name);
    return line;
}

}  // namespace crossbar::sim
