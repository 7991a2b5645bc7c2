// The command eval: the test of a checkpoint, or of weights that another tool trained.
#include "base/check.hpp"
#include "commands/command.hpp"
#include "commands/program_options.hpp"
#include "commands/single_run.hpp"

namespace crossbar::sim {
namespace {

// A run of no epochs, whose record tells just that.
RunRequest without_training(Given settings) {
    settings.values.emplace_back("epochs", "0");
    return new_run(settings);
}

RunRequest request_of(const CommandLine& line) {
    const bool saved = line.has("checkpoint"), weights = line.has("weights");
    if (saved == weights)
        fail(
            "crossbar_sim eval: {}expected CKPT, a saved network, or --weights FILE, those of "
            "another tool for the --network of --task",
            saved ? "two networks; " : "");
    return saved ? evaluation(settings_in(line), line.value("checkpoint"))
                 : without_training(settings_in(line));
}

int run(const CommandLine& line) {
    return run_once(line, request_of(line), program_options_of(line).outputs);
}

constexpr Argument checkpoint[] = {{"checkpoint", "[CKPT]"}};
constexpr OptionGroup groups[] = {
    {"On other images", "task data test-images holdout"},
    {"On other hardware", "target device layer weight-bits seed bn-images"},
    {"Weights of another tool in place of CKPT",
     "weights weights-map weights-clip weights-by-output network activation-bits bn readout-gain "
     "train-images batch skip-bad"},
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
        "crossbar_sim eval run.ckpt --device 'tiles.adc_bits=5;stuck_random=0.01'\n"
        "crossbar_sim eval --weights net.npz --task lenet5",
    .run = run,
    .arguments = checkpoint,
    .groups = groups,
    .shared = true};

}  // namespace crossbar::sim
