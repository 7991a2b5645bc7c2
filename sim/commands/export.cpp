// The command export: a checkpoint's arrays as files, or its network as C sources, without
// training.
#include "export/export.hpp"

#include "base/check.hpp"
#include "base/replace_file.hpp"
#include "chip/chip_folder.hpp"
#include "commands/command.hpp"
#include "commands/program_options.hpp"
#include "commands/single_run.hpp"
#include "export/onnx_model.hpp"
#include "export/onnx_qdq.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

void write_onnx(const Run& run, const std::string& file, const std::string& form) {
    const auto* network = std::get_if<Network>(&run.network);
    if (network == nullptr)
        fail(
            "--onnx {}: the model is of integers, and this network was trained in floats; train it "
            "with --arithmetic fixed",
            file);
    const DeployedNetwork deployed = deploy(*network);
    replace_file(file, form == "qdq" ? onnx_qdq(deployed, run.task.name)
                                     : onnx_model(deployed, run.task.name));
}

void write_images(const Run& run, const std::string& file) {
    Replacement replacement(file);
    write_test_images(run, [&](std::uint64_t place, std::string_view bytes) {
        replacement.write_at(place, bytes);
    });
    replacement.commit();
}

int run(const CommandLine& line) {
    const Outputs outputs = program_options_of(line).outputs;
    const bool sources = line.has("c");
    if (outputs.exported.empty() && outputs.dumped.empty() && outputs.map.empty() && !sources &&
        !line.has("onnx") && !line.has("images"))
        fail(
            "crossbar_sim export: nothing to write; give FILE.npz, --onnx, --c, --images, "
            "--dump-state or --map");
    for (const char* name : {"name", "vectors", "trainable"})
        if (line.has(name) && !sources) fail("--{} is of C sources: give --c DIR as well", name);
    for (const char* name : {"batches", "tests", "epochs"})
        if (line.has(name) && !line.has("trainable"))
            fail("--{} is of C sources that learn: give --trainable as well", name);
    if (line.has("onnx-form") && !line.has("onnx"))
        fail("--onnx-form is of ONNX models: give --onnx FILE as well");
    const auto form = value_of(line, "onnx-form", std::string("integer"));
    const auto name = value_of(line, "name", std::string("net"));
    const int vectors = value_of(line, "vectors", 100);
    const Run run = prepared(line, line.has("trainable")
                                       ? resumed_run(settings_in(line), line.value("checkpoint"))
                                       : evaluation(settings_in(line), line.value("checkpoint")));
    std::optional<LearnCounts> learning;
    if (line.has("trainable") && run.progress.epoch >= run.plan.epochs && run.plan.epochs > 0)
        tell(
            "notice: this training is at its end, and goes on by the rates or quorums of its last "
            "epoch; give more --epochs, or begin anew with crossbar_sim --weights CKPT");
    if (line.has("trainable"))
        learning = {static_cast<std::size_t>(value_of(line, "batches", 50)),
                    static_cast<std::size_t>(value_of(line, "tests", 200))};
    if (sources)
        write_c_folder(run, line.value("c"), name, static_cast<std::size_t>(vectors), learning);
    if (line.has("images")) write_images(run, line.value("images"));
    if (line.has("onnx")) write_onnx(run, line.value("onnx"), form);
    write_network_files(run, outputs);
    return 0;
}

constexpr Argument arguments[] = {{"checkpoint", "CKPT"}, {"export", "[FILE.npz]"}};
std::vector<std::string> onnx_forms() {
    return {"integer", "qdq"};
}
constexpr Option own[] = {
    {"onnx", "", "FILE",
     "write the network as an ONNX model of integer operators, with the program's logits"},
    {"images", "", "FILE.npz", "write the test images and their labels as arrays"},
    {"onnx-form", "", "FORM",
     "integer: the program's logits; qdq: floats with QuantizeLinear and DequantizeLinear, for "
     "tools that quantise in floats [integer]",
     0, 0, onnx_forms},
    {"c", "", "DIR",
     "write the network as C99 sources for a microcontroller; with an example "
     "(docs/microcontroller.md)"},
    {"name", "", "NAME", "what the network is called in C [net]"},
    {"vectors", "", "N", "test images whose logits are written with the sources [100]", 1, 1e6},
    {"trainable", "", "", "C sources that go on learning where they are"},
    {"batches", "", "N",
     "batches that are written with them, and what the program learns of them [50]", 0, 1e6},
    {"tests", "", "N", "test images that follow, with logits [200]", 0, 1e6}};
constexpr OptionGroup groups[] = {
    {"C sources", "c name vectors"},
    {"C sources that learn", "trainable batches tests epochs"},
    {"Other files, besides FILE.npz", "onnx onnx-form images dump-state map"},
    {"Images, if the checkpoint's are not found", "task data"},
    {"On other hardware, as in eval", "target device layer weight-bits seed bn-images"}};

}  // namespace

extern const Command export_command{
    .name = "export",
    .summary = "Write a saved network as arrays, ONNX or C sources, or draw it",
    .examples =
        "crossbar_sim export run.ckpt run.npz --onnx run.onnx\n"
        "crossbar_sim export run.ckpt --c chip --name digits --trainable\n"
        "crossbar_sim export run.ckpt --map 3:0:1=tile.png --dump-state all.npz",
    .run = run,
    .arguments = arguments,
    .groups = groups,
    .own = own};

}  // namespace crossbar::sim
