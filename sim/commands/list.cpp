// The commands task list and target list: what is built in.
#include "array/target.hpp"
#include "base/format.hpp"
#include "chip/chip_fit.hpp"
#include "commands/help.hpp"
#include "data/task.hpp"
#include "run/data_places.hpp"
#include "session/images.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

int list_tasks(const CommandLine& line) {
    if (line.has("fits")) {
        list_fits(parse_board(line.value("fits")));
        return 0;
    }
    HelpBlock block{"Tasks"};
    for (const std::string& name : task_names()) {
        const Task task = load_task(name);
        block.rows.push_back({name, fmt::format("{}: {}", task.title, images_text(task))});
        block.rows.push_back({"", files_text(task, data_places())});
    }
    put_page({block});
    return 0;
}

int list_targets(const CommandLine&) {
    HelpBlock block{"Targets"};
    for (const std::string& name : target_names()) {
        const Target target = load_target(name);
        block.rows.push_back({name, fmt::format("{} ({})", target.title, target.citation)});
    }
    put_page({block});
    return 0;
}

constexpr Option own[] = {
    {"fits", "", "SIZES",
     "which of them fit on a microcontroller of so much memory, as in ram=256K,flash=1M"}};
constexpr OptionGroup groups[] = {{"Microcontrollers", "fits"}};

}  // namespace

extern const Command task_list_command{.name = "task list",
                                       .summary = "List built-in tasks, and where their images are",
                                       .examples =
                                           "crossbar_sim task list\n"
                                           "crossbar_sim task list --fits ram=64K,flash=256K",
                                       .run = list_tasks,
                                       .groups = groups,
                                       .own = own};

extern const Command target_list_command{.name = "target list",
                                         .summary = "List the built-in targets",
                                         .examples = "crossbar_sim target list",
                                         .run = list_targets};

}  // namespace crossbar::sim
