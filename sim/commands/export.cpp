// The command export: the arrays of a checkpoint as files, without training or testing it.
#include "base/check.hpp"
#include "commands/command.hpp"
#include "commands/program_options.hpp"
#include "commands/single_run.hpp"

namespace crossbar::sim {
namespace {

int run(const CommandLine& line) {
    const Outputs outputs = program_options_of(line).outputs;
    if (outputs.exported.empty() && outputs.dumped.empty() && outputs.map.empty())
        fail("crossbar_sim export: nothing to write; give FILE.npz, --dump-state or --map");
    const Run run = prepared(line, evaluation(settings_in(line), line.value("checkpoint")));
    write_network_files(run, outputs);
    return 0;
}

constexpr Argument arguments[] = {{"checkpoint", "CKPT"}, {"export", "[FILE.npz]"}};
constexpr OptionGroup groups[] = {
    {"Other files, besides FILE.npz", "dump-state map"},
    {"Images, if the checkpoint's are not found", "task data target"}};

}  // namespace

extern const Command export_command{
    .name = "export",
    .summary = "Write a saved network's arrays, or draw them",
    .examples =
        "crossbar_sim export run.ckpt run.npz\n"
        "crossbar_sim export run.ckpt --map 3:0:1=tile.png --dump-state all.npz",
    .run = run,
    .arguments = arguments,
    .groups = groups};

}  // namespace crossbar::sim
