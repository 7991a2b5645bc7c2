#include "commands/listing.hpp"

#include <functional>

#include "array/feedback.hpp"
#include "array/rule.hpp"
#include "array/target.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "base/revision.hpp"
#include "commands/program_options.hpp"
#include "data/task.hpp"
#include "kernels/kernels.hpp"
#include "run/data_places.hpp"
#include "session/columns.hpp"
#include "study/experiments.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

void print_row(const std::string& name, const std::string& text) {
    print("  {:<12} {}\n", name, text);
}

void print_tasks() {
    for (const std::string& name : task_names()) {
        const Task task = load_task(name);
        print_row(name, fmt::format("{}: {}x{}x{}, {} classes, {} + {} images", task.title,
                                    task.shape.height, task.shape.width, task.shape.channels,
                                    task.classes, task.train_count, task.test_count));
        print_row("", task.network);
        print_row("", files_text(task, data_places()));
    }
}

void print_targets() {
    for (const std::string& name : target_names()) {
        const Target target = load_target(name);
        print_row(name, fmt::format("{} ({})", target.title, target.citation));
    }
}

void print_feedback() {
    for (const FeedbackScheme& scheme : feedback_schemes())
        print_row(scheme.name, scheme.summary);
}

void print_rules() {
    for (const Rule& rule : rules())
        print_row(rule.name, rule.summary);
}

void print_columns() {
    for (const Column& column : columns())
        print_row(column.name, column.options);
}

void print_experiments() {
    for (const PaperExperiment& experiment : paper_experiments()) {
        std::string text =
            fmt::format("{}: {}", experiment.title, fmt::join(experiment.columns, ", "));
        for (const RowAxis& axis : experiment.rows)
            text += fmt::format("; {}", axis.sweep);
        print_row(experiment.name, text);
    }
}

void print_isa() {
    for (const Kernels* set : all_kernels())
        print_row(set->name, fmt::format("{}{}", set->summary,
                                         set->available() ? "" : " (not on this machine)"));
}

struct Kind {
    const char* name;
    void (*print)();
};
constexpr Kind kinds[] = {
    {"tasks", print_tasks}, {"targets", print_targets}, {"feedback", print_feedback},
    {"rules", print_rules}, {"columns", print_columns}, {"experiments", print_experiments},
    {"isa", print_isa}};

void print_list(const std::string& which) {
    for (const Kind& kind : kinds) {
        if (which != "all" && which != kind.name) continue;
        if (which == "all") print("{}:\n", kind.name);
        kind.print();
    }
}

}  // namespace

bool print_information(const CommandLine& line) {
    if (!line.help.empty()) {
        put(line.help);
    } else if (line.has("version")) {
        print("crossbar_sim {}\n", version);
    } else if (line.has("list")) {
        print_list(program_options_of(line).list);
    } else {
        return false;
    }
    return true;
}

}  // namespace crossbar::sim
