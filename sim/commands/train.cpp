// The command train: a new run, or one that goes on from a checkpoint.
#include "commands/command.hpp"
#include "commands/program_options.hpp"
#include "commands/single_run.hpp"

namespace crossbar::sim {
namespace {

int run(const CommandLine& line) {
    const std::string checkpoint = line.value("resume");
    Outputs outputs = program_options_of(line).outputs;
    if (outputs.save.empty()) outputs.save = checkpoint;
    const Given settings = settings_in(line);
    return run_once(
        line, line.has("resume") ? resumed_run(settings, checkpoint) : new_run(settings), outputs);
}

constexpr OptionGroup groups[] = {
    {"Task and data", "task network data train-images test-images holdout target device"},
    {"Training", "column rule feedback weight-bits epochs batch rate bn arithmetic seed"},
    {"Results",
     "json csv save save-every resume export dump-state map trace cost confusion diagnose filters "
     "show-settings quiet"},
    {"Machine", "threads"}};

}  // namespace

extern const Command train_command{.name = "train",
                                   .summary = "Train a network and test it (the default)",
                                   .examples =
                                       "crossbar_sim --task mnist --target pcm --json run.json\n"
                                       "crossbar_sim --task mnist --weight-bits 2 --save run.ckpt",
                                   .run = run,
                                   .groups = groups,
                                   .settings = true,
                                   .shared = true};

}  // namespace crossbar::sim
