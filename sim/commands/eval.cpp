// The command eval: the test of a checkpoint.
#include "commands/command.hpp"
#include "commands/program_options.hpp"
#include "commands/single_run.hpp"

namespace crossbar::sim {
namespace {

int run(const CommandLine& line) {
    return run_once(line, evaluation(settings_in(line), line.value("checkpoint")),
                    program_options_of(line).outputs);
}

constexpr Argument checkpoint[] = {{"checkpoint", "CKPT"}};
constexpr OptionGroup groups[] = {
    {"On other images", "task data test-images holdout"},
    {"On other hardware", "target device layer weight-bits seed bn-images"},
    {"Results",
     "json csv predictions cost confusion diagnose filters export dump-state map show-settings "
     "quiet"},
    {"Machine", "threads isa"}};

}  // namespace

extern const Command eval_command{
    .name = "eval",
    .summary = "Test a saved network, on other images or hardware",
    .examples =
        "crossbar_sim eval run.ckpt --data DIR --confusion\n"
        "crossbar_sim eval run.ckpt --device 'tiles.adc_bits=5;stuck_random=0.01'",
    .run = run,
    .arguments = checkpoint,
    .groups = groups,
    .shared = true};

}  // namespace crossbar::sim
