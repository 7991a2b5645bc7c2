// The command tune: the choice of rates.
#include "study/tune.hpp"

#include "commands/command.hpp"
#include "commands/program_options.hpp"

namespace crossbar::sim {
namespace {

int run(const CommandLine& line) {
    return run_tune(line, program_options_of(line).study);
}

constexpr OptionGroup groups[] = {{"Which columns", "column experiment task arithmetic seeds"},
                                  {"How runs are made", "store jobs threads save-every quiet"},
                                  {"Each run", "data holdout train-images epochs"}};

}  // namespace

extern const Command tune_command{
    .name = "tune",
    .summary = "Choose rates on held-out training images",
    .examples =
        "crossbar_sim tune --task mnist --experiment A --train-images 20000\n"
        "crossbar_sim tune --task my_task.toml --column usf+bn --seeds 3",
    .run = run,
    .groups = groups,
    .settings = true};

}  // namespace crossbar::sim
