// Texts: tasks, targets, measured curves, stores of results.
#include <array>
#include <filesystem>
#include <sstream>

#include "commands/command.hpp"
#include "data/task.hpp"
#include "fuzz/fuzz.hpp"
#include "network/notation.hpp"
#include "pulse_response/pulse_response_csv.hpp"
#include "report/figures.hpp"
#include "report/page.hpp"
#include "report/report.hpp"
#include "session/resolve.hpp"
#include "study/store.hpp"
#include "study/stored_line.hpp"
#include "watch/status.hpp"

namespace crossbar::fuzz {
namespace {

namespace fs = std::filesystem;
using namespace testing;

constexpr const char* task_text = R"(title = "t"
home = "h"
licence = "l"
reader = "cifar"
folder = ["one", "two"]
shape = [32, 32, 3]
classes = 10
train_count = 20
test_count = 11
network = "conv 5x5x20/2 pad 1, bn, max 3x3/2, relu, fc 10, bn"
[plan]
rate = 0.3
"bm4.quorum" = "2,4"
diagnose = true
[column."sgd"]
epochs = 3
[split]
train_per_class = 3
[[archive]]
name = "a.tar.gz"
urls = ["https://localhost/a"]
unpack = true
[[file]]
role = "train"
name = "images/"
archive = "a.tar.gz"
optional = true
[[published]]
column = "sgd"
error_percent = 1.5
mark = "paper"
source = "a book"
)";

constexpr const char* target_text = R"(title = "t"
citation = "c"
weight_bits = 6
expected_error_percent = [0.5, 2]
[device]
cells = "one-sided"
step = "exponential"
pulse = 0.01
gamma = [-5, 5]
A = [1.5, -1.5]
bounds = [-1, 1]
step_spread = 0.1
step_distribution = "log-normal"
cycle_spread = 0.3
stuck_low = 0.1
endurance = 5000
refresh_at = 0.9
[tiles]
rows = 8
columns = 8
dac = "serial"
dac_bits = 4
adc_bits = 5
adc_range = "fixed"
adc_limit = 3
gain_spread = 0.1
read_noise = 0.5
wire_loss = [0.1, 0.2]
[cost]
on_ohm = 1e5
on_off = 10
set = [1.5, 1e-7]
reset = [-1.5, 1e-7]
)";

constexpr const char* run_text =
    R"({"key":"k","experiment":"A","label":"l","task":"mnist","network":"fc 10","data":"real",)"
    R"("train_images":60000,"test_images":10000,"epochs":2,"rate":0.14,"rate_steps":[1,2],)"
    R"("feedback":"frsf","bn":"plain","rule":"bm1","arithmetic":"fixed","weight_bits":2,)"
    R"("target":"pcmo","test_error_percent":1.5,"train_error_percent":1,"test_loss":0.1,)"
    R"("pulses_per_synapse":9,"seconds":3,"version":"0","layers":[{"name":"fc 10","synapses":20,)"
    R"("pulses_per_synapse":3,"saturated_percent":1,"sign_concordance_percent":50}],"history":)"
    R"([{"epoch":1,"test_error_percent":2,"train_loss":0.5,"layers":[{"angle_degrees":45}]},)"
    R"({"epoch":2,"test_error_percent":1.5}],"confusion":[[5,1],[0,6]],"filters":{"height":2,)"
    R"("width":1,"channels":1,"levels":[[1,-1]]}})"
    "\n";

AnySet task_files() {
    const Tuned tuned = {"sgd", "float", "real", 0.3, 1.5, 10, 20, 3, 1, 2, "now", "0", "a \"b\""};
    return set_of({{"own.toml", {bytes_of(task_text)}},
                   {"own.tuned.toml", {bytes_of(text_of({tuned, tuned}))}}});
}

void read_task(const Set& set) {
    attempt(set.folder.path, [&] {
        const Task task = load_task(set.path());
        attempt("", [&] { parse_network(task.network); });
        attempt("", [&] { make_plan(resolve(task, {}).training); });
    });
}

AnySet target_file() {
    return set_of({{"own.toml", {bytes_of(target_text)}}});
}

void read_target(const Set& set) {
    attempt(set.path(), [&] {
        const Target target = load_target(set.path());
        Settings settings;
        if (target.weight_bits != 0) settings.weight_bits = target.weight_bits;
        attempt("", [&] { make_plan(settings, target.hardware); });
    });
}

// Eight pulses up and eight down, in layouts that people have.
std::vector<Bytes> measured_texts() {
    constexpr std::array up = {2.0, 4.5, 6.5, 8.0, 9.0, 9.7, 10.2, 10.5, 10.7};
    constexpr std::array down = {10.7, 8.0, 6.2, 4.9, 3.9, 3.2, 2.7, 2.3, 2.1};
    std::string plain = "pulse,conductance\n# SET\n", sided = "step;side;G (uS)\n",
                columns = "pulse\tLTP\tLTD\n", ohms = "Date: today\n\"R (kOhm)\"\n", two = plain,
                rows = "0 ", cycles = "cycle,device,pulse,I (uA),V read (V)\n";
    for (std::size_t i = 0; i < up.size(); ++i) {
        plain += fmt::format("{},{}\n", i, up[i]);
        sided += fmt::format("{};potentiation;{:.0f},{:.0f}\n", i, up[i], 10 * up[i]);
        columns += fmt::format("{}\t{}e-06\t+{}E-06\n", i, up[i], down[i]);
        ohms += fmt::format("\"{:.1f}\"\n", 1e3 / up[i]);
        two += fmt::format("{},{},set\n{},{},set\n", i, up[i], i, up[i] + 0.1);
        rows += fmt::format("{} ", up[i]);
    }
    rows += "\n1 ";
    for (std::size_t i = 0; i < down.size(); ++i) {
        plain += fmt::format("{},{}\n", i, down[i]);
        sided += fmt::format("{};depression;{:.0f},{:.0f}\n", i, down[i], 10 * down[i]);
        ohms += fmt::format("\"{:.1f}\"\n", 1e3 / down[i]);
        two += fmt::format("{},{},reset\n", i, down[i]);
        rows += fmt::format("{} ", down[i]);
    }
    for (std::size_t i = 0; i < 4 * up.size(); ++i)
        cycles += fmt::format("{},{},{},{},0.2\n", i / 18, i / 9 % 2, i,
                              i / 9 % 2 == 0 ? up[i % 9] : down[i % 9]);
    std::string wide = "\xff\xfe";  // UTF-16
    for (const char c : plain)
        wide += std::string{c, '\0'};
    std::vector<Bytes> texts;
    for (const std::string& text : {plain, sided, columns, ohms, two, rows, cycles, wide})
        texts.push_back(bytes_of(text));
    return texts;
}

AnySet measured_file() {
    return set_of({{"a.csv", measured_texts()}});
}

void read_measured(const Set& set) {
    const Bytes bytes = read_whole(set.path());
    attempt(set.path(), [&] {
        const std::string text(bytes.begin(), bytes.end());
        const sim::Measured measured = sim::parse_response(set.path(), text);
        for (const auto& trains : measured.response.trains)
            for (const Train& train : trains)
                ENSURE(train.points.size() > 3);
    });
}

// What is fitted is a target that can be read again.
void read_fitted(const Set& set) {
    if (fs::file_size(set.path()) > 1500) return;  // these take long
    const std::string target = set.folder.file("fitted.toml");
    fs::remove(target);
    attempt(set.path(), [&] {
        const sim::Command* fit = sim::find_command("target fit");
        fit->run({{{{"curve", set.path()}, {"out", target}}}, fit});
    });
    if (!fs::exists(target)) return;
    Target read;
    const std::string error = error_of([&] { read = load_target(target); });
    ENSURE_EQUAL(error, "no error");
    attempt("", [&] { make_plan({}, read.hardware); });  // steps may be too coarse
}

AnySet store_file() {
    const std::string line = run_text, end = "\n";
    const std::string object = line.substr(0, line.size() - 1);
    const std::string store = sim::sealed(object) + end + line;
    return set_of({{"runs.jsonl", {bytes_of(store), bytes_of(store + "{\"ta")}}});
}

// Lines that end with a checksum get the one that fits.
void mend_store(Bytes& file) {
    std::istringstream in(std::string(file.begin(), file.end()));
    std::string mended;
    for (std::string line; std::getline(in, line); mended += line + "\n")
        if (const std::size_t at = line.rfind(",\"check\":\""); at != line.npos)
            line = sim::sealed(line.substr(0, at) + "}");
    file = bytes_of(mended);
}

// What was opened once, and so set right, is opened and read without a word.
void read_store(const Set& set) {
    attempt(set.path(), [&] {
        const sim::Results results = sim::read_results({set.path()});
        html_of(sim::page_of(results));
        plain_text_of(sim::page_of(results), 80, true);
        sim::report_table(results);
    });
    bool opened = false;
    attempt(set.path(), [&] {
        sim::Store(set.path()).find("k");
        opened = true;
    });
    const std::string error = error_of([&] {
        if (opened) ENSURE(sim::Store(set.path()).notices().empty());
    });
    ENSURE_EQUAL(error, "no error");
    fs::remove(set.path() + ".bad");
}

// Every figure of the runs, drawn.
void read_figures(const Set& set) {
    attempt(set.path(), [&] {
        const sim::Results results = sim::read_results({set.path()});
        const std::vector<sim::Group> groups = sim::groups_of(results);
        for (const sim::ReportFigure& figure : sim::report_figures())
            attempt("", [&] {
                drawn(report_figure(figure, groups), sim::FigureWidth::page, sim::PaperFormat::svg);
            });
    });
}

AnySet progress_file() {
    const std::string lines =
        R"({"line":"run","task":"mnist","epochs":4,"train_images":100,"seed":1})"
        "\n"
        R"({"line":"epoch","epoch":1,"train_error_percent":2,"test_error_percent":3})"
        "\n"
        R"({"line":"batch","epoch":2,"image":50,"seconds_left":7})"
        "\n";
    return set_of({{"a.progress", {bytes_of(lines), bytes_of(lines + "{\"line\":\"end\"}\n")}}});
}

// Beside a store that is only being made: whatever it holds, its folder is told.
void read_progress(const Set& set) {
    sim::Status status;
    const std::string error = error_of(
        [&] { status = sim::StatusReader(fs::path(set.path()).parent_path().string()).read(); });
    ENSURE_EQUAL(error, "no error");
    for (const sim::JobStatus& job : status.alone) {
        ENSURE(job.run.share() >= 0);
        ENSURE(job.run.share() <= 1);
    }
    ENSURE(!json_of(status).empty());
}

constexpr Row rows[] = {
    {"task", task_files, read_task},
    {"target", target_file, read_target},
    {"measured", measured_file, read_measured},
    {"fitted", measured_file, read_fitted},
    {"store", store_file, read_store, mend_store},
    {"figures", store_file, read_figures, mend_store},
    {"progress", progress_file, read_progress},
};

}  // namespace

std::span<const Row> text_rows() {
    return rows;
}

}  // namespace crossbar::fuzz
