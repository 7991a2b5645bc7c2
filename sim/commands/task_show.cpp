// The command task show: what a task is.
#include "base/format.hpp"
#include "commands/help.hpp"
#include "data/task.hpp"
#include "run/data_places.hpp"
#include "session/images.hpp"

namespace crossbar::sim {
namespace {

HelpBlock facts_of(const Task& task) {
    return {task.name,
            "",
            {{"title", task.title},
             {"images", images_text(task)},
             {"files", files_text(task, data_places())},
             {"home", task.home},
             {"licence", task.licence},
             {"network", task.network}}};
}

HelpBlock settings_of(const Task& task) {
    HelpBlock block{"Settings that replace the program's defaults"};
    for (const auto& [name, value] : task.plan)
        block.rows.push_back({name, value});
    for (const ColumnPlan& column : task.columns)
        for (const auto& [name, value] : column.values)
            block.rows.push_back({fmt::format("{}: {}", column.column, name), value});
    for (const Tuned& tuned : task.tuned)
        block.rows.push_back({fmt::format("{}: rate", tuned.column),
                              fmt::format("{}, tuned with {} arithmetic on {} images", tuned.rate,
                                          tuned.arithmetic, tuned.data)});
    return block;
}

HelpBlock published_of(const Task& task) {
    HelpBlock block{"Published test errors, %"};
    for (const Published& each : task.published)
        block.rows.push_back(
            {each.column, fmt::format("{} ({}: {})", each.error_percent, each.mark, each.source)});
    return block;
}

int run(const CommandLine& line) {
    const Task task = load_task(line.value("task"));
    HelpPage page{facts_of(task)};
    for (const HelpBlock& block : {settings_of(task), published_of(task)})
        if (!block.rows.empty()) page.push_back(block);
    put_page(page);
    return 0;
}

constexpr Argument task[] = {{"task", "NAME|FILE.toml"}};

}  // namespace

extern const Command task_show_command{
    .name = "task show",
    .summary = "Show a task: images, network, settings",
    .examples = "crossbar_sim task show mnist\ncrossbar_sim task show my_task.toml",
    .run = run,
    .arguments = task};

}  // namespace crossbar::sim
