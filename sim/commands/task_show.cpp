// The command task show: what a task is.
#include "base/format.hpp"
#include "base/replace_file.hpp"
#include "commands/help.hpp"
#include "data/task.hpp"
#include "pictures/drawing.hpp"
#include "pictures/network_graph.hpp"
#include "run/data_places.hpp"
#include "session/images.hpp"
#include "terminal/messages.hpp"

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
    if (line.has("draw")) check_drawing_name(line.value("draw"));
    const Task task = load_task(line.value("task"));
    if (line.has("graph") || line.has("draw")) {
        const std::vector<GraphRow> rows = graph_of(task.network, task.shape);
        if (line.has("draw"))
            replace_file(line.value("draw"), graph_svg(task.title, rows, task.shape));
        if (line.has("graph")) put(graph_text(rows, task.shape, terminal_width()));
        return 0;
    }
    HelpPage page{facts_of(task)};
    for (const HelpBlock& block : {settings_of(task), published_of(task)})
        if (!block.rows.empty()) page.push_back(block);
    put_page(page);
    return 0;
}

constexpr Argument task[] = {{"task", "NAME|FILE.toml"}};
constexpr OptionGroup groups[] = {{"Options", "graph draw"}};
constexpr Option own[] = {
    {"graph", "", "",
     "list its network stage by stage: what each reads and gives, and how errors come back"},
    {"draw", "", "FILE.svg", "draw its network as a graph into a file"}};

}  // namespace

extern const Command task_show_command{
    .name = "task show",
    .summary = "Show a task: images, network, settings",
    .examples = "crossbar_sim task show mnist\ncrossbar_sim task show cifar10-resnet20 --graph",
    .run = run,
    .arguments = task,
    .groups = groups,
    .own = own};

}  // namespace crossbar::sim
