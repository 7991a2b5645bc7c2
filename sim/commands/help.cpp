// The command help, and the pages that it shows.
#include "commands/help.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"
#include "commands/program_options.hpp"
#include "crossbar/version.hpp"
#include "run/data_places.hpp"
#include "session/images.hpp"
#include "session/resolve.hpp"
#include "session/settings.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

std::string default_of(const Option& option) {
    ProgramOptions defaults;
    if (option.flag()) return {};
    if (const Setting* setting = find_setting(option.name)) return text_of(*setting, RunSettings{});
    const ProgramOption* own = find_program_option(option.name);
    return own == &option ? text_of(option, own->field(defaults)) : "";
}

std::string values_of(const Option& option) {
    if (option.choices) return fmt::format(" ({})", fmt::join(option.choices(), ", "));
    if (option.high == 0 || option.high > 1e5) return {};
    return fmt::format(" ({} to {})", option.low, option.high);
}

// All that is said of an option; or, where that is more than a line, what stands before the first
// semicolon.
HelpRow row_of(const Option& option, bool whole) {
    constexpr std::size_t line = 48;
    const std::string preset = default_of(option), values = values_of(option);
    HelpRow row{fmt::format("--{}", option.name), option.help};
    if (!option.flag()) row.name += fmt::format(" {}", option.value);
    if (!preset.empty()) row.name += fmt::format(" [{}]", preset);
    const bool fits = row.text.size() + values.size() <= line;
    if (!whole && !fits) row.text.resize(std::min(row.text.find(';'), row.text.size()));
    if (whole || row.text.size() + values.size() <= line) row.text += values;
    return row;
}

std::string usage_of(const Command& command) {
    std::string usage = fmt::format("crossbar_sim {}", command.name);
    for (const Argument& argument : command.arguments)
        usage += fmt::format(" {}", argument.usage);
    return usage + (command.groups.empty() ? "" : " [OPTION...]");
}

// What stands in no group, under the headings of its table.
void add_other_settings(const Command& command, HelpPage& page) {
    std::vector<std::string> shown;
    for (const OptionGroup& group : command.groups)
        for (const std::string& name : words_of(group.names))
            shown.push_back(name);
    for (const Setting& setting : settings_table()) {
        if (std::find(shown.begin(), shown.end(), setting.name) != shown.end()) continue;
        const std::string heading = fmt::format("{}, further settings", setting.group);
        if (page.back().heading != heading) page.push_back({heading});
        page.back().rows.push_back(row_of(setting, true));
    }
}

HelpRow row_of(const Command& command) {
    return {command.name, command.summary};
}

// What the program does where nothing else is said.
HelpBlock what_train_would_do() {
    const RunSettings settings = resolve(load_task(RunSettings{}.task), {});
    const Task task = load_task(settings.task);
    return {"", fmt::format(
                    "crossbar_sim train: without options, task {} ({}) on target {} for {} epochs. "
                    "Images: {}.",
                    task.name, task.title, settings.target, settings.training.epochs,
                    files_text(task, data_places()))};
}

void show(const CommandLine& line) {
    std::string name;
    for (const auto& [key, word] : line.values)
        if (key == "topic") name += (name.empty() ? "" : " ") + word;
    HelpPage page{{"Commands"}};
    std::vector<std::string> names;
    for (const Command* command : commands()) {
        names.emplace_back(command->name);
        if (name == command->name) page = page_of(*command, line.has("all"));
        if (names.back().starts_with(name + " ")) page.back().rows.push_back(row_of(*command));
    }
    for (const Topic& topic : topics()) {
        names.emplace_back(topic.name);
        if (name == topic.name) page = topic.page();
    }
    if (name.empty()) page = overview();
    if (name.empty()) page.insert(page.begin(), what_train_would_do());
    if (page.size() == 1 && page.back().rows.empty())
        fail("help {}: no such command or topic{}; 'crossbar_sim help' lists them", name,
             suggestion(name, names));
    put_page(page);
}

int run(const CommandLine& line) {
    if (line.has("version"))
        print("crossbar_sim {}\n", CROSSBAR_VERSION);
    else if (line.has("man"))
        put(manual());
    else if (line.has("completion"))
        put(completion(value_of(line, "completion", std::string())));
    else
        show(line);
    return 0;
}

constexpr Argument topic[] = {{"topic", "[COMMAND|TOPIC...]"}};
constexpr OptionGroup groups[] = {{"Options", "all version"}};
std::vector<std::string> shells() {
    return {"bash", "zsh"};
}
constexpr Option own[] = {
    {"version", "", "", "the version of the program"},
    {"all", "", "", "every option of the command, with its full description"},
    {"man", "", "", "the whole help as a manual page, in roff"},
    {"completion", "", "SHELL", "a script for completion in a shell", 0, 0, shells}};

}  // namespace

extern const Command help_command{
    .name = "help",
    .summary = "Explain a command or a topic",
    .examples = "crossbar_sim help train --all\ncrossbar_sim help network",
    .run = run,
    .arguments = topic,
    .groups = groups,
    .own = own};

HelpPage page_of(const Command& command, bool whole) {
    HelpPage page{{"For example", command.examples, {}, true},
                  {"", fmt::format("{}.", command.summary)},
                  {"Usage", usage_of(command)}};
    for (const OptionGroup& group : command.groups) {
        page.push_back({group.heading});
        for (const std::string& name : words_of(group.names))
            page.back().rows.push_back(row_of(*option_of(command, name), whole));
    }
    if (command.settings && whole) add_other_settings(command, page);
    if (command.settings && !whole)
        page.push_back({"", fmt::format("All settings of a run, and more on each option: "
                                        "crossbar_sim help {} --all",
                                        command.name)});
    return page;
}

HelpPage overview() {
    HelpPage page{
        {"For example",
         "crossbar_sim --task mnist --json run.json\n"
         "crossbar_sim study --experiment A --task mnist --seeds 3 --jobs 2",
         {},
         true},
        {"",
         "Trains convolutional networks on memristive crossbars in integer arithmetic, with "
         "sign-only local updates and asymmetric feedback."},
        {"Usage", "crossbar_sim [COMMAND] [ARGUMENT...] [OPTION...]; without COMMAND: train"},
        {"Commands (crossbar_sim help COMMAND)"}};
    for (const Command* command : commands())
        page.back().rows.push_back(row_of(*command));
    page.push_back({"Topics (crossbar_sim help TOPIC)"});
    for (const Topic& topic : topics())
        page.back().rows.push_back({topic.name, topic.summary});
    page.push_back(
        {"Exit status",
         "0 done; 2 an error; 130, 143 interrupted by SIGINT (Ctrl-C), SIGTERM: the batch at hand "
         "is finished and, with --save, a checkpoint written. A second Ctrl-C ends at once."});
    return page;
}

void put_page(const HelpPage& page) {
    put(text_of(page, std::max<std::size_t>(terminal_width(80), 20)));
}

std::string text_of(const HelpPage& page, std::size_t width) {
    // Where there is no room for two columns, texts stand below names.
    const std::size_t names = width >= 100 ? 42 : width >= 72 ? 32 : 6;
    std::string text;
    for (const HelpBlock& block : page) {
        if (!text.empty()) text += '\n';
        const bool title = block.literal || !block.rows.empty();
        std::string head = block.heading + (block.heading.empty() ? "" : title ? ":\n" : ": ");
        for (const char c : block.literal ? "  " + block.text : block.text)
            head += c == '\n' && block.literal ? "\n  " : std::string(1, c);
        text += wrapped(head, width, block.literal ? 4 : 0);
        if (!text.ends_with('\n')) text += '\n';
        for (const HelpRow& row : block.rows) {
            const std::string name = "  " + row.name;
            const bool beside = name.size() < names;
            if (!beside) text += name + '\n';
            text +=
                wrapped(fmt::format("{:{}}{}", beside ? name : "", names, row.text), width, names) +
                '\n';
        }
    }
    return text;
}

}  // namespace crossbar::sim
