// What makes a run: the texts of --network and --device, and checkpoints whose sums are right. What
// is not refused trains a few batches, is tested and written out. And the table a run is added to.
#include <array>

#include "fuzz/fuzz.hpp"
#include "network/notation.hpp"
#include "npz_testing.hpp"
#include "run/cost_report.hpp"
#include "session/run.hpp"
#include "session/settings_text.hpp"
#include "terminal/csv.hpp"

namespace crossbar::fuzz {
namespace {

using namespace testing;

constexpr std::uint64_t enough_batches = 5;

constexpr const char* image_task = R"(title = "t"
home = "-"
licence = "-"
reader = "idx"
folder = "none"
shape = [9, 8, 2]
classes = 3
train_count = 12
test_count = 5
network = "fc 3"
[plan]
epochs = 2
batch = 5
)";

std::string text_of(const Set& set) {
    const Bytes bytes = read_whole(set.path());
    return {bytes.begin(), bytes.end()};
}

// Whether synapses and sums of the network stay below a million: no file is that large, but a text
// may ask for it. True for texts that are no network: they are refused soon enough.
bool is_small(const std::string& network, const Shape& input) {
    constexpr double most = 1e6;
    bool small = true;
    error_of([&] {
        for (const StageShapes& stage : shapes_of(parse_network(network), input)) {
            const Window& w = stage.window;
            const Shape& shape = stage.out;
            const double sums = 1.0 * shape.height * shape.width * shape.channels;
            const double inputs = 1.0 * w.kernel_height * w.kernel_width * w.channels;
            small = small && sums < most && sums * w.kernel_height * w.kernel_width < 1e2 * most &&
                    inputs * shape.channels < most && inputs * w.out_height * w.out_width < most;
            if (!small) return;
        }
    });
    return small;
}

// A run of one thread: to start more takes longer than these trainings.
Run run_of(Values given, const std::string& resume = "", const std::string& evaluate = "") {
    given.emplace_back("threads", "1");
    if (!resume.empty()) return prepare(resumed_run({given}, resume));
    return prepare(evaluate.empty() ? new_run({given}) : evaluation({given}, evaluate));
}

void train_some(Run& e, bool diagnose = false) {
    const std::uint64_t last = e.progress.step + enough_batches;
    Callbacks callbacks;
    callbacks.epoch = [](const Progress&) {};
    callbacks.stop = [&] { return e.progress.step >= last; };
    train(e, callbacks, diagnose);
}

// What is wrong may be refused before training; behind it nothing that a run ends with may fail.
void try_run(const Values& given, const std::string& resume = "",
             const std::string& evaluate = "") {
    Run e;
    std::string error = error_of([&] { e = run_of(given, resume, evaluate); });
    if (error != "no error") return;
    error = error_of([&] {
        train_some(e);
        assess(e);
        assess_deployed(e);
        if (error_of([&] { sim::check_cost(e); }) == "no error") ENSURE(!sim::cost_text(e).empty());
        for (const sim::Exported what : {sim::Exported::network, sim::Exported::state})
            ENSURE(!npz_testing::exported_by(e, what).empty());
        ENSURE(!npz_testing::checkpoint_of(e).empty());
    });
    ENSURE_EQUAL(error, "no error");
}

AnySet network_files() {
    std::vector<Bytes> good;
    for (const char* text :
         {"fc 3", "conv 1x1x4, bn, relu, dwconv 3x3/2 pad 1, bn, relu, conv 1x1x5, fc 3",
          "conv 3x3x4/2 pad 1, bn, max 2x2/2, relu, fc 9, bn, relu, fc 3, bn",
          "conv 3x3x4 pad 1, bn as a, relu as b, conv 3x3x4 pad 1, add a, add b, max 2x2/2, fc 3",
          "conv 2x2x3 stride 2, relu, avg 3x3/2 pad 1, conv 4x4x5 pad 3, bn, relu, fc 3"})
        good.push_back(bytes_of(text));
    auto set = set_of({{"network.txt", good}});
    set->folder.write("task.toml", std::string(image_task));
    return set;
}

void read_network(const Set& set) {
    const std::string network = text_of(set);
    if (!is_small(network, {9, 8, 2})) return;
    try_run({{"task", set.folder.file("task.toml")}, {"data", "synthetic"}, {"network", network}});
}

AnySet device_files() {
    std::vector<Bytes> good;
    for (const char* text :
         {"stuck_random=0.1;step_spread=0.3;cycle_noise=0.02;bound_spread=[0.1,0.2]",
          "cells=\"carry\";refresh_every=2;verify_tries=3;endurance=30",
          "step=\"label\";label=[1.5,-2];states=40;lifetime=9;rest=0.1",
          "step=\"table\";set=[[0,0.1],[1,0.01]];reset=[[0,0.01],[1,0.1]]",
          "tiles.adc_bits=5;tiles.rows=4;tiles.slice_bits=3;feedback_tiles.dac_bits=3",
          "feedback_device.endurance=5;inference.seconds=[0,9];cost.on_ohm=1e5;cost.on_off=10"})
        good.push_back(bytes_of(text));
    return set_of({{"device.txt", good}});
}

void read_device(const Set& set) {
    constexpr std::array targets = {"ideal", "pcm", "array128"};
    const std::string text = text_of(set), target = targets[text.size() % targets.size()];
    try_run({{"task", "letters"}, {"target", target}, {"device", text}});
}

// Runs that stand in the middle of their second epoch, of every kind of state.
AnySet run_files() {
    const std::string net = "fc 5, bn, relu, fc 3";
    const std::vector<Values> runs = {
        {{"bn", "affine"}, {"rule", "bm1"}, {"rate", "0.02"}},
        {{"target", "array128"}, {"rule", "bm3"}},
        {{"target", "pcm"}},
        {{"device", "cells=\"carry\";endurance=9;lifetime=20"}, {"rule", "bm2"}},
        {{"rule", "bm4"}, {"counter-share", "3"}, {"weight-bits", "2"}},
        {{"device", "feedback_device.endurance=3"}, {"feedback", "brsf"}},
        {{"arithmetic", "float"}, {"bn", "affine"}, {"rate", "0.02"}},
        {{"rule", "sgd"}, {"weight-bits", "16"}, {"feedback", "frsf-p"}, {"rate", "0.02"}}};
    std::vector<Bytes> good;
    for (Values given : runs) {
        given.insert(given.end(), {{"task", "letters"}, {"network", net}, {"batch", "10"}});
        Run e = run_of(given);
        train_some(e, good.empty());
        good.push_back(bytes_of(npz_testing::checkpoint_of(e)));
    }
    return set_of({{"run.ckpt", good}});
}

// Goes on from a checkpoint, unless it asks for other images than the letters: those of a task as
// large as MNIST, or of a file that happens to be there.
void read_run(const Set& set) {
    attempt(set.path(), [&] {
        const Checkpoint checkpoint = load_checkpoint(set.path());
        const std::size_t line = checkpoint.settings.find('\n');
        if (line == checkpoint.settings.npos) return;
        RunSettings options;
        const std::string error =
            error_of([&] { options = parse_settings(checkpoint.settings.substr(line + 1), ""); });
        if (error != "no error" || options.task != "letters") return;
        if (!is_small(options.training.network, {1, 10, 1})) return;
        const bool evaluates = checkpoint.settings.size() % 4 == 0;
        try_run({}, evaluates ? "" : set.path(), evaluates ? set.path() : "");
    });
}

AnySet table_file() {
    return set_of({{"rows.csv", {bytes_of("a,b\n1,\"2\n3\"\n"), bytes_of("a,b\n1"), Bytes{}}}});
}

// A row is added behind the header that the file has, or the file stays as it is.
void read_table(const Set& set) {
    const std::string before = text_of(set), header = "a,b";
    attempt(set.path(), [&] { sim::check_csv(set.path(), header); });
    const std::string error = error_of([&] { sim::append_csv(set.path(), header, "5,6"); });
    const std::string after = text_of(set);
    if (error != "no error") {
        ENSURE(after == before);
        ENSURE(error.find(set.path()) != error.npos);
        return;
    }
    ENSURE(after.starts_with(before.empty() ? header + "\n" : before));
    ENSURE(after.ends_with("\n5,6\n"));
}

constexpr Row rows[] = {
    {"network", network_files, read_network},
    {"device", device_files, read_device},
    {"run", run_files, read_run, mend_checkpoint},
    {"table", table_file, read_table},
};

}  // namespace

std::span<const Row> run_rows() {
    return rows;
}

}  // namespace crossbar::fuzz
