// Settings drawn at random, each trained on several threads and instruction sets and through a
// checkpoint: signature, record and state are the same, and what is refused is refused in the same
// words. Ten combinations always; tests "[random]" tries COUNT=200 that train, drawn by SEED=1.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "array/rule.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "base/random_address.hpp"
#include "base/replace_file.hpp"
#include "commands/command_line.hpp"
#include "commands/program_options.hpp"
#include "npz_testing.hpp"
#include "picture_testing.hpp"
#include "run/record.hpp"
#include "session/run.hpp"

using namespace crossbar;
using namespace crossbar::sim;

namespace {

using Words = std::vector<std::string>;

// The numbers of one combination, by its address: those of another do not change them.
class Draw {
  public:
    Draw(std::uint64_t seed, std::uint64_t combination) : stream_{seed, combination, 0xffff0000u} {}
    int below(int bound) {
        return static_cast<int>(
            random_below(random_word(stream_, next_++), static_cast<std::uint32_t>(bound)));
    }
    int between(int low, int high) { return low + below(high - low + 1); }
    bool one_in(int n) { return below(n) == 0; }
    const std::string& of(const Words& words) {
        return words[static_cast<std::size_t>(below(static_cast<int>(words.size())))];
    }

  private:
    Stream stream_;
    std::uint64_t next_ = 0;
};

// Small coloured images that need no file.
constexpr const char* image_task = R"(title = "t"
home = "-"
licence = "-"
reader = "idx"
folder = "none"
shape = [8, 9, 2]
classes = 4
train_count = 52
test_count = 40
network = "fc 4"
[plan]
epochs = 2
)";

const Words device_changes = {
    "stuck_random=0.1",
    "stuck_low=0.05;stuck_high=0.05",
    "step_spread=0.3",
    "step_spread=0.4;step_distribution=\"log-normal\"",
    "asymmetry=0.2",
    "asymmetry_spread=0.2",
    "bound_spread=[0.1,0.2]",
    "cycle_spread=0.5",
    "cycle_noise=0.02",
    "endurance=12",
    "endurance=20;endurance_spread=0.5",
    "lifetime=30",
    "lifetime=9;lifetime_spread=0.5;rest=0.2",
    "cells=\"pair\"",
    "cells=\"pair\";step_spread=0.3;bound_spread=[0.1,0.1]",
    "cells=\"one-sided\"",
    "cells=\"one-sided\";refresh_every=3;refresh_at=0.6",
    "cells=\"carry\";refresh_every=2",
    "cells=\"carry\";refresh_every=0",
    "verify_tries=4",
    "step=\"soft-bounds\";pulse=0.05",
    "step=\"label\";label=[1.5,-2];states=40",
    "step=\"power\";gamma=[1.5,2];pulse=0.02",
    "feedback_device.stuck=0.1;feedback_device.magnitude_spread=0.3",
    "feedback_device.endurance=5;feedback_device.copy_pulses=2",
    "feedback_device.lost=0.2",
    "inference.seconds=[0,1000];inference.write_spread=[0.3,2,-1]",
};

const Words tile_keys = {
    "rows=16",
    "rows=5;{}.columns=3",
    "adc_bits=6",
    "adc_bits=5;{}.adc_range=\"following\"",
    "adc_bits=7;{}.adc_range=\"fixed\";{}.adc_limit=3",
    "adc_bits=6;{}.adc_calibration=2;{}.gain_spread=0.1;{}.offset_spread=0.05",
    "dac_bits=4",
    "dac=\"serial\";{}.adc_bits=5",
    "read_noise=0.3",
    "wire_loss=[0.1,0.2]",
    "slice_bits=3;{}.adc_bits=6",
};

void replace_all(std::string& text, const std::string& what, const std::string& with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size())
        text.replace(at, what.size(), with);
}

std::string changes_of(Draw& draw) {
    Words changes;
    if (draw.one_in(2)) changes.push_back(draw.of(device_changes));
    if (draw.one_in(4)) changes.push_back(draw.of(device_changes));
    for (const std::string table : {"tiles", "feedback_tiles"})
        for (int more = draw.one_in(3) ? draw.between(1, 2) : 0; more > 0; --more) {
            changes.push_back("{}." + draw.of(tile_keys));
            replace_all(changes.back(), "{}", table);
        }
    return fmt::format("{}", fmt::join(changes, ";"));
}

std::string drawn_network(Draw& draw, bool images) {
    std::string text;
    for (int stages = images ? draw.below(3) : 0; stages > 0; --stages) {
        const int side = draw.between(1, 4);
        const std::string maps = draw.one_in(3) ? "" : fmt::format("x{}", draw.between(1, 9));
        text += fmt::format("{} {}x{}{}/{} pad {}, ", maps.empty() ? "dwconv" : "conv", side, side,
                            maps, draw.between(1, 2), draw.below(side));
        if (!draw.one_in(3)) text += "bn, ";
        if (draw.one_in(2)) text += draw.of({"max 2x2/2, ", "avg 3x3/2, ", "max 3x3/2 pad 1, "});
        text += "relu, ";
        if (draw.one_in(4)) {
            text.insert(text.size() - 2, fmt::format(" as s{}", stages));
            text += fmt::format("avg 3x3/1 pad 1, add s{}, ", stages);
        }
    }
    for (int stages = draw.below(3); stages > 0; --stages)
        text += fmt::format("fc {}, {}relu, ", draw.between(1, 40), draw.one_in(3) ? "" : "bn, ");
    return text + (images ? "fc 4" : "fc 3") + (draw.one_in(40) ? ", bn" : "");
}

// RunSettings that all rules have: their values.
const std::vector<std::pair<std::string, Words>> common = {
    {"weight-bits", {"1", "2", "3", "4", "5", "6", "7", "8", "8", "12", "16"}},
    {"activation-bits", {"2", "3", "4", "5", "6", "7"}},
    {"error-bits", {"2", "3", "4", "5", "6", "7"}},
    {"feedback-bits", {"1", "2", "4", "6"}},
    {"sign-of-zero", {"keep", "zero"}},
    {"batch", {"1", "3", "7", "16", "30", "40"}},
    {"bn", {"none", "plain", "affine"}},
    {"bn-images", {"5", "20"}},
    {"train-layers", {"all", "last", "all-but-last"}},
    {"error-rounding", {"nearest", "stochastic"}},
    {"update-rounding", {"nearest", "stochastic"}},
    {"momentum", {"0", "0.5", "0.9"}},
    {"label-smoothing", {"0.1", "0.9"}},
    {"rate", {"0.0024", "0.02", "0.14", "0.5"}},
    {"rate-decay", {"0.5", "0.9"}},
    {"readout-gain", {"0.1", "2"}},
    {"readout-rate", {"0.07", "1"}},
    {"bn-rate", {"0.1", "1"}},
    {"bn-bound", {"1", "1.5", "7.9375"}},
    {"holdout", {"9"}},
    {"augment-crop", {"1", "3", "8"}},
    {"augment-flip", {"true"}},
    {"augment-cutout", {"1", "4"}},
    {"augment-rotate", {"3", "45"}},
    {"augment-shift", {"0.1", "0.5"}},
    {"seed", {"2", "18446744073709551615"}},
};

// Those of bm4; others refuse them.
const std::vector<std::pair<std::string, Words>> vote_settings = {
    {"quorum", {"1", "2,4", "1,3,9"}}, {"pulse-budget", {"0.5", "3", "20"}},
    {"counting", {"all", "sampled"}},  {"counter-bits", {"2", "3", "5", "16"}},
    {"counter-leak", {"1", "3"}},      {"counter-share", {"2", "7", "64"}},
    {"at-bound", {"send", "spare"}},
};

Words choices_of(const char* option) {
    return find_setting(option)->choices();
}

// Of one combination, without what the result may not depend on.
Words arguments_of(Draw& draw, const std::string& task_file) {
    const bool images = draw.below(5) < 3;
    const std::string rule = draw.one_in(4) ? "bm4" : draw.of(choices_of("rule"));
    Words line = {"--task=" + (images ? task_file : "letters"), "--rule=" + rule,
                  "--network=" + drawn_network(draw, images),
                  fmt::format("--epochs={}", draw.between(2, 3))};
    if (images) line.emplace_back("--data=synthetic");
    const auto give = [&](const std::string& name, const std::string& value) {
        line.push_back("--" + name + "=" + value);
    };
    const std::string feedback = draw.of(choices_of("feedback"));
    give("feedback", feedback);
    if (feedback.ends_with("-p")) give("concordance", draw.of({"0", "0.25", "0.9"}));
    for (const auto& [name, values] : common)
        if (draw.one_in(name.ends_with("-bits") ? 2 : 4) &&
            (images || !name.starts_with("augment-")))  // letters are rows, and refuse it
            give(name, draw.of(values));
    for (const auto& [name, values] : vote_settings)
        if (rule == "bm4" ? draw.one_in(3) : draw.one_in(200)) give(name, draw.of(values));
    if (draw.one_in(rule == "bm4" ? 200 : 4)) give("decay", draw.of({"0.001", "0.1", "1"}));
    const bool floats = draw.one_in(10);
    if (floats) give("arithmetic", "float");
    if (draw.one_in(floats ? 20 : 2)) give("target", draw.of(target_names()));
    const std::string changes = draw.one_in(floats ? 20 : 2) ? changes_of(draw) : "";
    if (!changes.empty()) give("device", changes);
    if (draw.one_in(floats ? 20 : 3))
        give("layer", draw.of({"first:weight-bits=2", "last:weight-bits=12", "1:target=pcm",
                               "first,last:tiles.adc_bits=6", "2:weight-bits=4,stuck_low=0.1"}));
    if (draw.one_in(5)) line.emplace_back("--diagnose");
    if (draw.one_in(5)) line.emplace_back("--confusion");
    return line;
}

// What the result may not depend on.
Words machine_of(Draw& draw) {
    Words names;
    for (const Kernels* set : all_kernels())
        if (set->available()) names.emplace_back(set->name);
    return {fmt::format("--threads={}", draw.between(1, 3)), "--isa=" + draw.of(names)};
}

// What is left of a run, or why there was none.
struct Seen {
    std::string refusal, signature, record, state;
};

// The record's lines without times, dates and what is of the machine.
std::string lasting(const std::string& path) {
    static const std::set<std::string> passing = {
        "threads", "isa", "cpu", "cores", "date", "seconds", "train_images_per_second"};
    std::ifstream in(path);
    std::string text;
    for (std::string line; std::getline(in, line);) {
        const std::string name =
            line.starts_with("  \"") ? line.substr(3, line.find('"', 3) - 3) : "";
        if (passing.contains(name) || name.starts_with("memory_")) continue;
        if (line.find("\"train_seconds\"") == line.npos) text += line + "\n";
    }
    return text;
}

CommandLine line_of(const Words& arguments, const Words& more) {
    std::vector<const char*> argv = {"crossbar_sim"};
    for (const Words* words : {&arguments, &more})
        for (const std::string& word : *words)
            argv.push_back(word.c_str());
    return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

// As the program ends a run.
Seen seen_of(Run& e, Outputs outputs, const std::string& json) {
    outputs.json = json;
    Outcome outcome{e, outputs, layer_reports(e), {}, 0};
    if (e.evaluating || outputs.confusion) outcome.evaluation = assess(e);
    outcome.readings = assess_deployed(e);
    if (!outcome.readings.empty()) outcome.evaluation = outcome.readings.back().evaluation;
    write_json(outcome);
    return {"", fmt::format("{:016x}", signature_of(e)), lasting(json),
            npz_testing::export_of(e, Exported::state)};
}

Callbacks quiet_watch() {
    Callbacks callbacks;
    callbacks.epoch = [](const Progress&) {};
    return callbacks;
}

// The first line that differs, of each.
std::string difference(const std::string& a, const std::string& b) {
    std::istringstream left(a), right(b);
    std::string x, y;
    do {
        x.clear(), y.clear();
        std::getline(left, x), std::getline(right, y);
    } while (x == y && (left || right));
    return fmt::format("{} | {}", x, y);
}

std::string compared(const Seen& a, const Seen& b) {
    if (a.refusal != b.refusal)
        return fmt::format("is refused otherwise: {} | {}", a.refusal, b.refusal);
    if (a.signature != b.signature)
        return fmt::format("the signature differs: {} | {}", a.signature, b.signature);
    if (a.record != b.record) return "the record differs: " + difference(a.record, b.record);
    return a.state == b.state ? "" : "the arrays of --dump-state differ";
}

// One combination's runs.
class Trial {
  public:
    Trial(const Words& arguments, const TestFolder& folder)
        : arguments_(arguments), folder_(folder) {}

    Seen whole(const Words& machine) {
        Run e;
        try {
            e = prepare(new_run(settings_in(line_of(arguments_, machine))));
        } catch (const Error& error) {
            return {error.what(), "", "", ""};
        }
        train(e, quiet_watch(), outputs().diagnose);
        batches_ = e.progress.step;
        return seen_of(e, outputs(), folder_.file("run.json"));
    }
    // Stopped after so many batches, 1 at least, saved, and gone on with elsewhere.
    Seen resumed(const Words& first, const Words& second, Draw& draw) {
        const std::uint64_t last =
            static_cast<std::uint64_t>(draw.between(1, static_cast<int>(batches_) - 1));
        const std::string file = folder_.file("half.ckpt");
        Run begun = prepare(new_run(settings_in(line_of(arguments_, first))));
        Callbacks callbacks = quiet_watch();
        callbacks.stop = [&] { return begun.progress.step == last; };
        REQUIRE(train(begun, callbacks, outputs().diagnose) == RunEnd::stopped);
        replace_file(file, npz_testing::checkpoint_of(begun));
        Run e = prepare(resumed_run(settings_in(line_of({}, second)), file));
        train(e, quiet_watch(), outputs().diagnose);
        return seen_of(e, outputs(), folder_.file("resumed.json"));
    }
    std::uint64_t batches() const { return batches_; }

  private:
    Outputs outputs() const { return program_options_of(line_of(arguments_, {})).outputs; }

    const Words& arguments_;
    const TestFolder& folder_;
    std::uint64_t batches_ = 0;
};

struct Verdict {
    bool refused = false;
    std::string wrong;  // empty where all runs agree
};

Verdict verdict_of(Trial& trial, const std::vector<Words>& machines, Draw& draw) {
    try {
        const Seen one = trial.whole(machines[0]);
        std::string wrong = compared(one, trial.whole(machines[1]));
        if (!wrong.empty()) return {false, "on the second machine " + wrong};
        if (!one.refusal.empty() || trial.batches() < 2) return {!one.refusal.empty(), ""};
        wrong = compared(one, trial.resumed(machines[1], machines[2], draw));
        return {false, wrong.empty() ? "" : "gone on with on the third machine, " + wrong};
    } catch (const Error& error) {
        return {false, fmt::format("what was not refused failed: {}", error.what())};
    }
}

// Prints what is wrong, and how to see it again.
Verdict verdict_of(std::uint64_t seed, std::uint64_t number, const TestFolder& folder) {
    Draw draw(seed, number);
    const Words arguments = arguments_of(draw, folder.file("images.toml"));
    const std::vector<Words> machines = {machine_of(draw), machine_of(draw), machine_of(draw)};
    std::string text = fmt::format("SEED={} FIRST={} COUNT=1 bin/tests '[random]'\n{}\nmachines",
                                   seed, number, fmt::join(arguments, "\n"));
    for (const Words& machine : machines)
        text += fmt::format(" ({})", fmt::join(machine, " "));
    INFO(text);
    Trial trial(arguments, folder);
    const Verdict verdict = verdict_of(trial, machines, draw);
    if (!verdict.wrong.empty()) FAIL_CHECK(verdict.wrong);
    return verdict;
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text ? std::stoull(text) : otherwise;
}

void try_settings(std::uint64_t seed, std::uint64_t first, std::uint64_t count) {
    const TestFolder folder;
    folder.write("images.toml", std::string(image_task));
    std::uint64_t trained = 0, refused = 0, wrong = 0, number = first;
    for (; trained + wrong < count && number < first + 20 * count; ++number) {
        const Verdict verdict = verdict_of(seed, number, folder);
        ++(!verdict.wrong.empty() ? wrong : verdict.refused ? refused : trained);
    }
    fmt::print("random settings: {} trained, {} refused, {} wrong\n", trained, refused, wrong);
    REQUIRE(trained == count);
}

}  // namespace

TEST_CASE("ten random settings train to one result wherever they do", "[random_settings]") {
    try_settings(1, 0, 10);
}

TEST_CASE("random settings train to one result wherever they do", "[.random]") {
    try_settings(number_from("SEED", 1), number_from("FIRST", 0), number_from("COUNT", 200));
}
