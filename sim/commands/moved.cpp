// Options that became commands, with the command to type in their place.
#include "commands/moved.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/format.hpp"
#include "session/resolve.hpp"

namespace crossbar::sim {
namespace {

// What becomes of the option's words in the command: they stay, the value alone does, or neither.
enum class Rest { option, value, nothing };

struct Moved {
    const char* option;
    const char* command;
    Rest rest;
};

// The first of these that a line has says which command is meant.
constexpr Moved table[] = {{"tune", "tune", Rest::nothing},
                           {"evaluate", "eval", Rest::value},
                           {"report", "report", Rest::value},
                           {"fit-device", "target fit", Rest::value},
                           {"describe-target", "target show", Rest::value},
                           {"list", "help", Rest::value},
                           {"experiment", "study", Rest::option},
                           {"sweep", "study", Rest::option},
                           {"seeds", "study", Rest::option},
                           {"jobs", "study", Rest::option},
                           {"store", "study", Rest::option},
                           {"table-format", "study", Rest::option}};

// The command with its argument, then all other words of the line.
std::string translated(std::vector<std::string> words, std::size_t place, const Moved& moved) {
    std::string result = fmt::format("crossbar_sim {}", moved.command), value;
    const auto at = words.begin() + static_cast<std::ptrdiff_t>(place);
    if (moved.rest != Rest::option) {
        const std::size_t equals = at->find('=');
        const bool next =
            moved.rest == Rest::value && equals == at->npos && place + 1 < words.size();
        if (equals != at->npos) value = at->substr(equals + 1);
        if (next) value = at[1];
        words.erase(at, at + (next ? 2 : 1));
    }
    if (value == "tasks") result = "crossbar_sim task list";
    if (value == "targets") result = "crossbar_sim target list";
    if (!value.empty() && value != "tasks" && value != "targets" && value != "all")
        words.insert(words.begin(), value);
    for (const std::string& word : words)
        result += " " + shell_word(word);
    return result;
}

}  // namespace

void refuse_moved(const std::vector<std::string>& words) {
    for (const Moved& moved : table) {
        const std::string dashed = std::string("--") + moved.option;
        const auto found = std::find_if(words.begin(), words.end(), [&](const std::string& word) {
            return word == dashed || word.starts_with(dashed + "=");
        });
        if (found == words.end()) continue;
        fail("{} belongs to 'crossbar_sim {}'; type: {}", dashed, moved.command,
             translated(words, static_cast<std::size_t>(found - words.begin()), moved));
    }
}

}  // namespace crossbar::sim
