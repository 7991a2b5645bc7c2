// Completion of words for bash and zsh: what may follow, by the command and by the word before.
#include <map>
#include <set>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "commands/help.hpp"
#include "data/task.hpp"
#include "session/columns.hpp"
#include "study/experiments.hpp"

namespace crossbar::sim {
namespace {

// The words that an option or argument takes; nothing where a file or any text will do.
std::vector<std::string> values_of(const Option& option) {
    std::vector<std::string> names;
    if (option.choices) return option.choices();
    const std::string_view name = option.name;
    if (name == "task") return task_names();
    if (name == "target") return target_names();
    if (name == "data") return {"auto", "real", "synthetic"};
    if (name == "experiment")
        for (const PaperExperiment& experiment : paper_experiments())
            names.emplace_back(experiment.name);
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

// Whether what help calls a value may be the name of a file or folder.
bool takes_files(std::string_view usage) {
    for (const std::string_view word : {"FILE", "DIR", "CKPT", "STORE"})
        if (usage.find(word) != std::string_view::npos) return true;
    return false;
}

// A case of the shell: words, and status 1 where nothing else may follow.
std::string branch(const std::string& pattern, const std::vector<std::string>& words, bool files) {
    return fmt::format("    {}) echo '{}'; return {} ;;\n", pattern, fmt::join(words, " "),
                       files ? 0 : 1);
}

// What follows an option with a value.
std::string value_branches() {
    std::string text;
    std::set<std::string> seen;
    for (const Command* command : commands())
        for (const Option* option : options_of(*command))
            if (!option->flag() && seen.insert(option->name).second)
                text += branch(fmt::format("--{}", option->name), values_of(*option),
                               takes_files(option->value));
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
    std::string text = branch("'1 '*", first, false);
    for (const auto& [name, words] : second)
        if (!words.empty()) text += branch(fmt::format("'2 {}'", name), words, false);
    return text;
}

// What follows a command. One that begins with an option is train, the first of the table.
std::string command_branches() {
    std::string text;
    for (const Command* command : commands()) {
        std::vector<std::string> words{"--help"};
        for (const Option* option : options_of(*command))
            words.push_back(fmt::format("--{}", option->name));
        bool files = false;
        for (const Argument& argument : command->arguments) {
            for (const std::string& word : values_of({argument.name, "", "", ""}))
                words.push_back(word);
            files = files || takes_files(argument.usage);
        }
        const char* pattern = text.empty() ? "-*|'{} '*" : "'{} '*";
        text += branch(fmt::format(fmt::runtime(pattern), command->name), words, files);
    }
    return text;
}

// For bash an '=' is a word of its own.
constexpr const char* bash_script =
    R"(_crossbar_sim() {
    local word=$2 before=$3 number=$COMP_CWORD words
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    words=$(_crossbar_sim_words "$number" "${COMP_WORDS[1]}" "${COMP_WORDS[2]-}" "$before") ||
        compopt +o default
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _crossbar_sim crossbar_sim
)";

constexpr const char* zsh_script =
    R"(local before=$words[CURRENT-1] only=0 text
local -a list
if [[ $PREFIX == --*=* ]] before=${PREFIX%%=*}
compset -P 1 '*='
text=$(_crossbar_sim_words $((CURRENT - 1)) "$words[2]" "$words[3]" "$before") || only=1
list=(${=text})
compadd -a list
(( only )) || _files
)";

}  // namespace

std::string completion(const std::string& shell) {
    const std::string words = fmt::format(
        "# Prints the words that may follow, by the number of the word, the first two words and "
        "the "
        "word\n# before; status 1 where nothing else may follow, such as a file.\n"
        "_crossbar_sim_words() {{\n"
        "    case $4 in\n{}    esac\n    case \"$1 $2\" in\n{}    esac\n    case \"$2 $3 \" in\n{}"
        "    esac\n}}\n",
        value_branches(), word_branches(), command_branches());
    return shell == "bash" ? words + bash_script : "#compdef crossbar_sim\n" + words + zsh_script;
}

}  // namespace crossbar::sim
