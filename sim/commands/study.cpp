// The command study: experiments of the paper, ablations, and grids.
#include "study/study.hpp"

#include "commands/command.hpp"
#include "commands/program_options.hpp"

namespace crossbar::sim {
namespace {

int run(const CommandLine& line) {
    StudyOptions options = program_options_of(line).study;
    options.alone = line.alone;
    options.first = line.first;
    return run_study(line, options);
}

constexpr OptionGroup groups[] = {
    {"Which runs", "experiment sweep evaluate seeds task column arithmetic"},
    {"How they are made", "store jobs threads save-every table-format quiet"},
    {"On many machines (docs/cluster.md)", "shard slurm dry-run status"},
    {"What they record beside errors", "cost confusion diagnose filters"},
    {"Each run", "data target device epochs rate rule feedback weight-bits train-images holdout"}};

}  // namespace

extern const Command study_command{
    .name = "study",
    .summary = "Make many runs and a table: experiments, sweeps",
    .examples =
        "crossbar_sim study --experiment A --task mnist --seeds 3 --jobs 2\n"
        "crossbar_sim study --sweep weight-bits=1,2,4..8 --sweep rule=bm1,bm3\n"
        "crossbar_sim study --evaluate run.ckpt --sweep device.tiles.adc_bits=3,4,6",
    .run = run,
    .groups = groups,
    .settings = true,
    .dealt = true};

}  // namespace crossbar::sim
