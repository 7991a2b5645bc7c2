// Completion of words for bash and zsh: what may follow, by the command and by the word before.
#include <map>
#include <set>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "commands/help.hpp"
#include "data/task.hpp"
#include "session/columns.hpp"

namespace crossbar::sim {
namespace {

// The words that an option or argument takes; nothing where a file or any text will do.
std::vector<std::string> values_of(const Option& option) {
    std::vector<std::string> names;
    if (option.choices) return option.choices();
    const std::string_view name = option.name;
    if (name == "task") return task_names();
    if (name == "target") return target_names();
    if (name == "topic")
        for (const Topic& topic : topics())
            names.emplace_back(topic.name);
    if (name == "topic")
        for (const Command* command : commands())
            names.emplace_back(command->name);
    if (name == "column")
        for (const Column& column : columns())
            names.emplace_back(column.name);
    return names;
}

std::string branch(const std::string& pattern, const std::vector<std::string>& words) {
    return fmt::format("    {}) echo '{}'; return ;;\n", pattern, fmt::join(words, " "));
}

// What follows an option with a value.
std::string value_branches() {
    std::string text;
    std::set<std::string> seen;
    for (const Command* command : commands())
        for (const Option* option : options_of(*command))
            if (!option->flag() && seen.insert(option->name).second)
                text += branch(fmt::format("--{}", option->name), values_of(*option));
    return text;
}

// First words, and second words of commands that have two.
std::string word_branches() {
    std::map<std::string, std::vector<std::string>> second;
    std::vector<std::string> first{"--help", "--version"};
    for (const Command* command : commands()) {
        const std::vector<std::string> name = words_of(command->name);
        if (name.size() == 1 || second[name.front()].empty()) first.push_back(name.front());
        if (name.size() == 2) second[name.front()].push_back(name.back());
    }
    for (const Option* option : options_of(*commands().front()))
        first.push_back(fmt::format("--{}", option->name));
    std::string text = branch("'1 '*", first);
    for (const auto& [name, words] : second)
        if (!words.empty()) text += branch(fmt::format("'2 {}'", name), words);
    return text;
}

// What follows a command. One that begins with an option is train, the first of the table.
std::string command_branches() {
    std::string text;
    for (const Command* command : commands()) {
        std::vector<std::string> words{"--help"};
        for (const Option* option : options_of(*command))
            words.push_back(fmt::format("--{}", option->name));
        for (const Argument& argument : command->arguments)
            for (const std::string& word : values_of({argument.name, "", "", ""}))
                words.push_back(word);
        const char* pattern = text.empty() ? "-*|'{} '*" : "'{} '*";
        text += branch(fmt::format(fmt::runtime(pattern), command->name), words);
    }
    return text;
}

}  // namespace

std::string completion(const std::string& shell) {
    const std::string words = fmt::format(
        "_crossbar_sim_words() {{ # number of the word, first word, second word, word before\n"
        "    case $4 in\n{}    esac\n    case \"$1 $2\" in\n{}    esac\n    case \"$2 $3 \" in\n{}"
        "    esac\n}}\n",
        value_branches(), word_branches(), command_branches());
    if (shell == "bash")
        return words +
               "_crossbar_sim() {\n"
               "    local number=$COMP_CWORD\n"
               "    COMPREPLY=($(compgen -W \"$(_crossbar_sim_words \"$number\" "
               "\"${COMP_WORDS[1]}\" \"${COMP_WORDS[2]-}\" \"$3\")\" -- \"$2\"))\n"
               "}\n"
               "complete -o default -F _crossbar_sim crossbar_sim\n";
    return "#compdef crossbar_sim\n" + words +
           "local -a list\n"
           "list=(${=$(_crossbar_sim_words $((CURRENT - 1)) \"$words[2]\" \"$words[3]\" "
           "\"$words[CURRENT-1]\")})\n"
           "compadd -a list\n"
           "_files\n";
}

}  // namespace crossbar::sim
