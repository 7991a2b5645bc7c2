// What is explained beside commands: notations, data, and lists of what there is.
#include "array/feedback.hpp"
#include "array/rule.hpp"
#include "array/target_keys.hpp"
#include "base/format.hpp"
#include "commands/help.hpp"
#include "kernels/kernels.hpp"
#include "session/columns.hpp"
#include "study/experiments.hpp"

namespace crossbar::sim {
namespace {

HelpPage network_page() {
    return {
        {"For example",
         "crossbar_sim --task mnist --network \"conv 5x5x20, max 2x2/2, fc 100, bn, relu, fc 10\"",
         {},
         true},
        {"",
         "A network is a text of stages, separated by commas, from the image to the logits. The "
         "last stage has as many outputs as the task has classes. The text of a task is shown by "
         "'crossbar_sim task show NAME'."},
        {"Stages",
         "",
         {{"conv 5x5x20", "convolution: 20 maps, windows of 5 by 5 values"},
          {"conv 5x5x20/2", "the same, the window moved by 2 (also: conv 5x5x20 stride 2)"},
          {"conv 5x5x20 pad 2", "the same, with 2 zeros around the input; less than the window"},
          {"dwconv 3x3/2 pad 1",
           "depthwise convolution: each map has a window and synapses of its own, and as many maps "
           "come out as go in; with 'conv 1x1x64' behind it the block of MobileNet"},
          {"max 2x2, avg 3x3/2",
           "the largest or the mean value of each window, of up to 15x15; moved by its own size "
           "where no stride is given. Windows may reach beyond the far edges, so that no value is "
           "left out; 'pad 1' may follow"},
          {"avg all", "the mean of each map, of up to 15x15 values"},
          {"fc 500", "fully connected: 500 outputs"},
          {"bn", "batch normalisation, right after a conv, dwconv or fc"},
          {"relu", "the larger of the value and 0; not after the last stage"},
          {"relu as a", "any stage: its output is named a, so that later stages can read it"},
          {"conv 1x1x32/2 from a", "any stage: reads the stage named a, not the one before it"},
          {"add a",
           "the sum of the outputs of the stage before and of the stage named a, which have the "
           "same shape"},
          {"shortcut 32/2",
           "every second value of every second row, and maps of zeros up to 32: what a residual "
           "block adds where maps become smaller, without synapses"},
          {"3 x [relu, fc 20]", "what stands in brackets, three times; names may come again"}}},
        {"",
         "Only conv, dwconv and fc have synapses; each of them is an array, counted from 1 (--map, "
         "--trace). Windows are square."}};
}

HelpPage device_page() {
    HelpPage page{
        {"For example",
         "crossbar_sim --task mnist --target pcm --device \"stuck_random=0.1; endurance=1000\"\n"
         "crossbar_sim --task mnist --device tiles.adc_bits=6",
         {},
         true},
        {"",
         "A target says what a pulse does to a synapse and how arrays are read: a name of "
         "'crossbar_sim target list', or a file of your own. --device changes its keys; what "
         "they do to training is in docs/devices.md."}};
    for (const TargetTable& target_table : target_tables()) {
        if (*target_table.name == '\0') continue;
        page.push_back({fmt::format("[{}], {}", target_table.name, target_table.help)});
        for (const TargetKey& key : target_table.keys)
            page.back().rows.push_back(
                {option_key(target_table, key), fmt::format("{}: {}", range_text(key), key.help)});
    }
    return page;
}

HelpPage data_page() {
    return {
        {"For example",
         "datasets/fetch.sh mnist && crossbar_sim --task mnist --data real\n"
         "crossbar_sim --task mnist --data ~/mnist",
         {},
         true},
        {"--data",
         "",
         {{"auto", "real files where they are found, else a rendered stand-in, with a notice"},
          {"real", "real files, or an error that tells where they were looked for"},
          {"synthetic", "the stand-in: images of the same size and number"},
          {"DIR", "the files in this folder, or an error"}}},
        {"Real files are looked for in",
         "",
         {{"1. DIR", "alone, where --data names a folder"},
          {"2. $CROSSBAR_DATA", "the folder that this variable names"},
          {"3. datasets/data", "below the working folder; datasets/fetch.sh TASK fills it"},
          {"4. ~/.cache/crossbar", "$XDG_CACHE_HOME/crossbar, where that is set"}}},
        {"",
         "In each as DIR/TASK, DIR/TASK-small (for smaller sets) and DIR itself. 'crossbar_sim "
         "task list' shows what was found; a file of your own, NAME.toml, describes a task with "
         "its files (datasets/README.md)."},
        {"Augmentation",
         "Training sees each image otherwise in every epoch; tests see it as it is. Each of these "
         "is an option, and a key of [augment] in a task file without 'augment-'; 'crossbar_sim "
         "task show NAME --augmented FILE.png' draws what they do.",
         {{"--augment-crop 4", "padded by 4 zeros on each side; a window of the image's size"},
          {"--augment-flip", "mirrored or not, left for right"},
          {"--augment-cutout 8", "a square of 8 x 8 zeros anywhere"},
          {"--augment-rotate 15", "turned by up to 15 degrees either way"},
          {"--augment-shift 0.1", "moved by up to a tenth of height and width"}}}};
}

HelpPage feedback_page() {
    HelpBlock block{"--feedback"};
    for (const FeedbackScheme& scheme : feedback_schemes())
        block.rows.push_back({scheme.name, scheme.summary});
    return {block};
}

HelpPage rules_page() {
    HelpBlock block{"--rule"};
    for (const Rule& rule : rules())
        block.rows.push_back({rule.name, rule.summary});
    return {block};
}

HelpPage columns_page() {
    HelpBlock block{"--column"};
    for (const Column& column : columns())
        block.rows.push_back({column.name, column.options});
    return {block};
}

HelpPage experiments_page() {
    HelpBlock block{"--experiment (crossbar_sim study)"};
    for (const PaperExperiment& experiment : paper_experiments()) {
        std::string text =
            fmt::format("{}: {}", experiment.title, fmt::join(experiment.columns, ", "));
        for (const RowAxis& axis : experiment.rows)
            text += fmt::format("; {}", axis.sweep);
        block.rows.push_back({experiment.name, text});
    }
    return {block};
}

HelpPage isa_page() {
    HelpBlock block{"--isa"};
    for (const Kernels* set : all_kernels())
        block.rows.push_back(
            {set->name,
             fmt::format("{}{}", set->summary, set->available() ? "" : " (not on this machine)")});
    return {block};
}

constexpr Topic table[] = {
    {"network", "the text of a network: --network", network_page},
    {"device", "keys of devices and arrays: --device", device_page},
    {"data", "where images are looked for: --data", data_page},
    {"feedback", "how errors are carried back: --feedback", feedback_page},
    {"rules", "learning rules: --rule", rules_page},
    {"columns", "columns of the paper's tables: --column", columns_page},
    {"experiments", "tables of the paper, and ablations: --experiment", experiments_page},
    {"isa", "instruction sets of the integer kernels: --isa", isa_page, false}};

}  // namespace

std::span<const Topic> topics() {
    return table;
}

}  // namespace crossbar::sim
