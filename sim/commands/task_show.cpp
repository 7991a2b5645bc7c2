// The command task show: what a task is; its network as a
// graph, its images as training sees them.
#include <algorithm>
#include <thread>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/replace_file.hpp"
#include "commands/figure_output.hpp"
#include "commands/help.hpp"
#include "data/task.hpp"
#include "export/augmented_sheet.hpp"
#include "pictures/network_graph.hpp"
#include "run/data_places.hpp"
#include "session/images.hpp"
#include "session/resolve.hpp"
#include "terminal/messages.hpp"
#include "training/augment.hpp"

namespace crossbar::sim {
namespace {

HelpBlock facts_of(const Task& task) {
    HelpBlock facts{task.name,
                    "",
                    {{"title", task.title},
                     {"images", images_text(task)},
                     {"files", files_text(task, data_places())},
                     {"home", task.home},
                     {"licence", task.licence},
                     {"network", task.network}}};
    if (!task.class_names.empty())
        facts.rows.push_back({"classes", fmt::format("{}", fmt::join(task.class_names, ", "))});
    return facts;
}

HelpBlock settings_of(const Task& task) {
    HelpBlock block{"Settings that replace the program's defaults"};
    for (const auto& [name, value] : task.plan)
        block.rows.push_back({name, value});
    for (const auto& [name, value] : task.augment)
        block.rows.push_back({"augment-" + name, value});
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

// The first training images as the epochs of a run with these settings would see them.
void draw_augmented(const CommandLine& line, const Task& task) {
    RunSettings settings = resolve(task, settings_in(line));
    const Plan plan = make_plan(settings.training);
    check_augmentation(plan.augmentation, task.shape);
    settings.train_images = sheet_images;
    settings.test_images = 1;
    std::vector<std::string> notices;
    Threads threads(static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
    const TaskData data = images_for(task, settings, data_places(), threads, notices);
    for (const std::string& notice : notices)
        tell("{}", notice);
    replace_file(line.value("augmented"),
                 augmented_sheet(data.train, plan.augmentation, plan.seed));
    print(
        "{}: {} training images ({}), a row each: plain, then as epochs 1 to {} of seed {} see "
        "it\n",
        line.value("augmented"), std::min(sheet_images, data.train.count()), data.kind,
        sheet_epochs, plan.seed);
}

void draw_graph(const CommandLine& line, const Task& task) {
    const std::vector<GraphRow> rows = graph_of(task.network, task.shape);
    const auto write = [&](const std::string& file, FigureWidth width, PaperFormat format) {
        replace_file(file, graph_drawing(task.title, rows, task.shape, width, format));
    };
    if (line.has("draw"))
        write(line.value("draw"), FigureWidth::column,
              paper_format_of("--draw", line.value("draw")));
    if (line.has("figure")) {
        const FigureOutput output = figure_output(line);
        write(output.file, output.width, output.format);
    }
    if (line.has("graph")) put(graph_text(rows, task.shape, terminal_width()));
}

constexpr NamedFigure figures[] = {{"network", "its stages, and what each reads"}};

std::vector<std::string> names_of_figures() {
    return {"network"};
}

// What is augmented how, and with which images, is asked for with the picture alone.
void check_options(const CommandLine& line) {
    if (line.has("draw")) paper_format_of("--draw", line.value("draw"));
    for (const char* name : {"width", "out"})
        if (line.has(name) && !line.has("figure"))
            fail("--{} belongs to --figure NAME, which is not given", name);
    if (line.has("figure")) {
        check_figure_name(line.value("figure"), figures);
        figure_output(line);
    }
    for (const auto& [name, text] : line.values)
        if (name != "task" && find_setting(name) && !line.has("augmented"))
            fail("--{} {} belongs to --augmented FILE.png, which is not given", name, text);
}

int run(const CommandLine& line) {
    check_options(line);
    const Task task = load_task(line.value("task"));
    const bool graph = line.has("graph") || line.has("draw") || line.has("figure");
    if (graph) draw_graph(line, task);
    if (line.has("augmented")) draw_augmented(line, task);
    if (graph || line.has("augmented")) return 0;
    HelpPage page{facts_of(task)};
    for (const HelpBlock& block : {settings_of(task), published_of(task)})
        if (!block.rows.empty()) page.push_back(block);
    put_page(page);
    return 0;
}

constexpr Argument task[] = {{"task", "NAME|FILE.toml"}};
constexpr OptionGroup groups[] = {
    {"Options", "graph draw augmented"},
    {"Figures for papers", "figure out width"},
    {"With --augmented, in place of what the task says",
     "augment-crop augment-flip augment-cutout augment-rotate augment-shift data seed"}};
constexpr Option own[] = {
    {"graph", "", "",
     "list its network stage by stage: what each reads and gives, and how errors come back"},
    {"draw", "", "FILE", "draw its network as a graph into a file; .svg, .pdf or .png"},
    {"figure", "", "[NAME]", "network; its stages, and what each reads", 0, 0, names_of_figures},
    {"out", "", "FILE", "the figure's file; .svg, .pdf or .png"},
    {"width", "", "WIDTH", "as wide as a journal's column or page; 88 or 180 mm", 0, 0,
     figure_widths},
    {"augmented", "", "FILE.png", "draw some training images as they are and augmented"}};

}  // namespace

extern const Command task_show_command{
    .name = "task show",
    .summary = "Show a task: images, network, settings",
    .examples =
        "crossbar_sim task show mnist\ncrossbar_sim task show cifar10-resnet20 --graph\n"
        "crossbar_sim task show cifar10 --augment-crop 4 --augment-flip --augmented a.png",
    .run = run,
    .arguments = task,
    .groups = groups,
    .own = own};

}  // namespace crossbar::sim
