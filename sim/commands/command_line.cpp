// The one place that knows CLI11.
#include "commands/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "base/check.hpp"
#include "base/format.hpp"
#include "commands/program_options.hpp"
#include "session/settings.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

constexpr const char* about =
    "Trains convolutional networks on memristive crossbars in integer arithmetic, with sign-only "
    "local updates and asymmetric feedback.";

constexpr const char* footer =
    "A task's [plan] replaces defaults; the command line replaces both.\n"
    "Exit status: 0 done; 2 an error; 130, 143 interrupted by SIGINT (Ctrl-C), SIGTERM: the batch "
    "at hand is finished and, with --save, a checkpoint written. A second Ctrl-C ends at once.";

// How --help is laid out: the left column holds most names; where there is no room for two columns,
// what an option does stands below its name.
struct HelpLayout {
    std::size_t width, names;
};
HelpLayout help_layout() {
    const std::size_t width = std::max<std::size_t>(terminal_width(80), 20);
    return {width, width >= 100 ? 42U : width >= 72 ? 32U : 6U};
}

std::string help_of(const Option& option, const HelpLayout& layout) {
    std::string text = option.help;
    if (option.choices)
        text += fmt::format(" ({})", fmt::join(option.choices(), ", "));
    else if (option.high != 0 && option.high <= 1e5)
        text += fmt::format(" ({} to {})", option.low, option.high);
    return wrapped(text, layout.width - layout.names);
}

// All that the line may say: settings, then what belongs to the program.
std::vector<const Option*> all_options() {
    std::vector<const Option*> all;
    for (const Setting& setting : settings_table())
        all.push_back(&setting);
    for (const ProgramOption& option : program_options())
        all.push_back(&option);
    return all;
}

std::string default_of(const Option& option) {
    if (const Setting* setting = find_setting(option.name)) return text_of(*setting, RunSettings{});
    ProgramOptions defaults;
    return text_of(option, find_program_option(option.name)->field(defaults));
}

// CLI11's values of each option, in their order.
struct Collected {
    std::vector<std::string> texts;
    std::vector<CLI::Option*> options;
};

void add_options(CLI::App& app, const HelpLayout& layout, Collected& collected) {
    const std::vector<const Option*> all = all_options();
    collected.texts.resize(all.size());
    std::size_t place = 0;
    for (const Option* each : all) {
        const Option& option = *each;
        const std::string dashed = fmt::format("--{}", option.name);
        const std::string help = help_of(option, layout);
        CLI::Option* added = nullptr;
        if (option.flag()) {
            added = app.add_flag(dashed, help);
        } else {
            added = app.add_option(dashed, collected.texts[place], help);
            const std::string preset = default_of(option);
            added->type_name(preset.empty() ? option.value
                                            : fmt::format("{} [{}]", option.value, preset));
        }
        if (*option.value == '[') added->expected(0, 1);
        if (option.repeats())
            added->multi_option_policy(CLI::MultiOptionPolicy::Join)
                ->delimiter(find_setting(option.name) ? ';' : '\n');
        added->group(option.group);
        collected.options.push_back(added);
        ++place;
    }
}

void refuse_extras(const CLI::App& app) {
    const std::vector<std::string> extras = app.remaining();
    if (extras.empty()) return;
    std::string name = extras.front();
    if (!name.starts_with('-')) fail("unexpected argument '{}'; options start with --", name);
    name = name.substr(name.find_first_not_of('-') == name.npos ? 0 : name.find_first_not_of('-'));
    name = name.substr(0, name.find('='));
    fail("unknown option {}{}; --help lists all", extras.front(), option_suggestion(name));
}

}  // namespace

bool asks_for_study(const Given& line) {
    for (const char* name : {"experiment", "sweep", "seeds", "tune", "store", "jobs"})
        if (line.has(name)) return true;
    return false;
}

CommandLine parse_command_line(int argc, const char* const* argv) {
    const HelpLayout layout = help_layout();
    CLI::App app(wrapped(about, layout.width), "crossbar_sim");
    app.allow_extras();
    app.footer(wrapped(footer, layout.width));
    app.get_formatter()->column_width(layout.names);
    app.get_option("--help")->group(program_options().back().group);
    Collected collected;
    add_options(app, layout, collected);
    CommandLine line;
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        line.help = app.help();
        return line;
    } catch (const CLI::ParseError& error) {
        for (const CLI::Option* option : collected.options)
            if (option->count() > 1 &&
                option->get_multi_option_policy() != CLI::MultiOptionPolicy::Join)
                fail("{} is given twice", option->get_name());
        fail("{}", error.what());
    }
    refuse_extras(app);
    std::size_t place = 0;
    for (const Option* each : all_options()) {
        const Option& option = *each;
        const std::string& text = collected.texts[place];
        const CLI::Option& found = *collected.options[place++];
        if (found.count() == 0) continue;
        if (option.flag())
            line.values.emplace_back(option.name, found.results().back());
        else if (text.empty() && *option.value == '[')
            line.values.emplace_back(option.name, "all");
        else
            line.values.emplace_back(option.name, text);
    }
    return line;
}

}  // namespace crossbar::sim
