// The command train: a new run, or one that goes on from a checkpoint.
#include "base/check.hpp"
#include "chip/chip_fit.hpp"
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
    if (line.has("fits")) {
        if (line.has("resume"))
            fail(
                "--fits: a checkpoint's training has begun; give its settings in place of "
                "--resume");
        return report_fit(new_run(settings).settings, parse_board(line.value("fits"))) ? 0 : 1;
    }
    return run_once(
        line, line.has("resume") ? resumed_run(settings, checkpoint) : new_run(settings), outputs);
}

constexpr Option own[] = {{"fits", "", "SIZES",
                           "say what the run would need on a microcontroller of so much memory, as "
                           "in ram=256K,flash=1M, and train nothing; exit "
                           "status 1 where it does not fit"}};
constexpr OptionGroup groups[] = {
    {"Task and data", "task network data train-images test-images holdout target device"},
    {"Training", "column rule feedback weight-bits epochs batch rate bn arithmetic seed"},
    {"Results",
     "json csv epoch-csv tensorboard save save-every resume export dump-state map trace "
     "predictions cost confusion "
     "diagnose filters progress "
     "show-settings fits quiet"},
    {"Machine", "threads"}};

}  // namespace

extern const Command train_command{.name = "train",
                                   .summary = "Train a network and test it (the default)",
                                   .examples =
                                       "crossbar_sim --task mnist --target pcm --json run.json\n"
                                       "crossbar_sim --task mnist --weight-bits 2 --save run.ckpt",
                                   .run = run,
                                   .groups = groups,
                                   .own = own,
                                   .settings = true,
                                   .shared = true};

}  // namespace crossbar::sim
