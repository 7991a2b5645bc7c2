// A command of the program: what its help says, which options it takes, what it does. To add one: a
// file that defines it, and its rows in command.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "commands/command_line.hpp"
#include "session/option.hpp"

namespace crossbar::sim {

// What is given without a name: what the command's code calls it, and how usage shows it: "CKPT",
// "[NAME]" where it may be left out, "STORE..." where there may be several.
struct Argument {
    const char* name;
    const char* usage;
    bool required() const { return *usage != '['; }
    bool repeats() const { return std::string_view(usage).find("...") != std::string_view::npos; }
};

// A heading in help, and the names of the options below it, between blanks.
struct OptionGroup {
    const char* heading;
    const char* names;
};

struct Command {
    const char* name;  // one word or two: "target fit"
    const char* summary;
    const char* examples;  // a line each
    int (*run)(const CommandLine&);
    std::span<const Argument> arguments = {};
    std::span<const OptionGroup> groups = {};
    std::span<const Option> own = {};  // options that no other command has
    bool settings = false;             // takes all settings of a run, beside those in the groups
    bool shared = false;               // several processes work on it together
    bool dealt = false;                // several processes each do a part of it
};

std::span<const Command* const> commands();

// Null when there is none of that name.
const Command* find_command(std::string_view name);

// The option of this name that the command takes, or null.
const Option* option_of(const Command& command, std::string_view name);

// All that it takes: those of its groups, then the other settings.
std::vector<const Option*> options_of(const Command& command);

// The value of an option of the line's command, checked; `value` where it is not given. Throws
// Error.
template <typename T>
T value_of(const CommandLine& line, const char* name, T value) {
    if (line.has(name)) set_field(*option_of(*line.command, name), &value, line.value(name), "");
    return value;
}

// Throws Error for a word that begins with dashes and is no option of the command: whose it is, or
// what is meant.
[[noreturn]] void refuse_option(const Command& command, const std::string& word);

// The words between blanks.
std::vector<std::string> words_of(std::string_view text);

}  // namespace crossbar::sim
