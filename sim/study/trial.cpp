// Trains a few batches of each kind of run, and tests a few images.
#include "study/trial.hpp"

#include <algorithm>
#include <ctime>
#include <map>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "network/ranges.hpp"
#include "run/memory_report.hpp"
#include "session/run.hpp"
#include "terminal/machine.hpp"

namespace crossbar::sim {
namespace {

constexpr double train_for = 0.4, test_for = 0.1;  // seconds of a trial
constexpr double all_for = 20;                     // of all; kinds beyond that are reckoned
constexpr double process_bytes = 11e6, process_seconds = 0.1;  // of a program without a network
constexpr double read_byte = 6e-9;  // seconds to read a byte of real images, packed as they come

// Of equal kinds, runs differ in the number of epochs and images, and in what takes no time.
std::string kind_of(const StudyRun& run) {
    std::string kind = run.labels.task_fingerprint + run.labels.target_fingerprint;
    for (const Setting& setting : settings_table()) {
        const std::string name = setting.name;
        const bool free = name == "seed" || name == "column" || name == "epochs" ||
                          name == "rate" || name == "rate-decay" || name == "rate-steps" ||
                          name == "train-images" || name == "test-images" || name == "holdout" ||
                          name == "data";
        if (!free && setting.kept != Kept::no) kind += "\n" + text_of(setting, run.settings);
    }
    return kind;
}

// What a kind takes of each image.
struct Speed {
    double train = 0, test = 0;  // seconds
    Dataset tested;              // images to be tested on
    double images = 0;           // seconds to draw a stand-in; of real images, to read all
};

// A run of this kind on as many images as a few batches have.
Run trial_run(const StudyRun& run, int threads, Speed& speed) {
    RunRequest request = run.evaluates()
                             ? evaluation(settings_in(run.line), run.line.value("evaluate"))
                             : RunRequest{settings_in(run.line), run.settings, {}, false, {}, {}};
    request.settings.threads = threads;
    request.settings.training.epochs = static_cast<int>(range_of("epochs").high);
    // With which weights it begins takes no time of a batch.
    for (std::string RunSettings::*text :
         {&RunSettings::weights, &RunSettings::weights_map, &RunSettings::weights_clip})
        (request.settings.*text).clear();
    request.settings.weights_by_output = false;
    Task task = load_task(run.line.value("task"));
    const auto batch = static_cast<std::size_t>(run.settings.training.batch);
    const std::size_t count = std::min(std::max<std::size_t>(4 * batch, 64), task.train_count);
    const Clock::time_point start = Clock::now();
    TaskData data = synthetic_data(task, count, std::min<std::size_t>(200, task.test_count));
    speed.tested = std::exchange(data.test, first_images(data.test, 1));
    speed.images = run.settings.data != "synthetic"
                       ? read_byte * static_cast<double>((task.train_count + task.test_count) *
                                                         task.shape.size())
                       : seconds_since(start) / threads /
                             static_cast<double>(data.train.count() + speed.tested.count());
    request.own = OwnImages{std::move(task), std::move(data)};
    return prepare(std::move(request));
}

// A network that is wrong in itself is found here.
Run checked_trial(const StudyRun& run, int threads, Speed& speed) try {
    return trial_run(run, threads, speed);
} catch (const Error& error) {
    fail("{} cannot be made: {}", run.labels.label, error.what());
}

// Processor and wall time of one piece of work after the other.
class Laps {
  public:
    void start() {
        cpu_ = cpu_seconds();
        wall_ = Clock::now();
    }
    void lap(double images) {
        cpus_.push_back((cpu_seconds() - cpu_) / images);
        walls_.push_back(seconds_since(wall_) / images);
        start();
    }
    std::size_t count() const { return walls_.size(); }
    // Wall seconds per image on a machine without others.
    double per_image(int threads) {
        if (walls_.empty()) return 0;
        const auto half = static_cast<std::ptrdiff_t>(cpus_.size() / 2);
        std::nth_element(cpus_.begin(), cpus_.begin() + half, cpus_.end());
        const double cpu = cpus_[static_cast<std::size_t>(half)];
        if (threads == 1) return cpu;
        // Parts that one thread does alone.
        return std::max(cpu / threads, *std::min_element(walls_.begin(), walls_.end()));
    }

  private:
    static double cpu_seconds() {
        return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
    }
    double cpu_ = 0;
    Clock::time_point wall_;
    std::vector<double> cpus_, walls_;
};

// Per image. The first batches fill caches, and are not counted.
double seconds_of_training(Run& e) {
    constexpr std::uint64_t warm = 2;
    Laps laps;
    std::uint64_t image = 0;
    Callbacks callbacks;
    callbacks.batch = [&](const Progress& p) {
        const std::uint64_t count = p.image > image ? p.image - image : p.image;
        image = p.image;
        if (p.step > warm)
            laps.lap(static_cast<double>(count));
        else
            laps.start();
    };
    const Clock::time_point start = Clock::now();
    callbacks.stop = [&] { return laps.count() > 2 && seconds_since(start) > train_for; };
    train(e, callbacks);
    return laps.per_image(e.settings.threads);
}

double seconds_of_testing(const Run& e, const Dataset& images) {
    assess(e, images);
    Laps laps;
    laps.start();
    const Clock::time_point start = Clock::now();
    do {
        assess(e, images);
        laps.lap(static_cast<double>(images.count()));
    } while (seconds_since(start) < test_for);
    return laps.per_image(e.settings.threads);
}

double bytes_of(const Run& e, const StudyRun& run) {
    const bool diagnose = includes(run.labels.parts, part_named("diagnose"));
    const auto size = static_cast<double>(e.task.shape.size() + sizeof(e.data.train.labels[0]));
    return process_bytes + size * static_cast<double>(run.images.train + run.images.test) +
           static_cast<double>(
               network_memory(e, run.images.train, run.images.test, diagnose).total());
}

double seconds_of(const Speed& speed, const StudyRun& run) {
    const Settings& s = run.settings.training;
    const auto train = static_cast<double>(run.images.train);
    const auto test = static_cast<double>(run.images.test);
    const double drawn = run.settings.data == "synthetic" ? train + test : 1;
    return process_seconds + speed.images * drawn + (run.evaluates() ? test * speed.test : 0) +
           (run.evaluates() ? 0 : s.epochs) *
               (train * speed.train + (test + std::min<double>(s.bn_images, train)) * speed.test);
}

}  // namespace

Trials foretell(const std::vector<StudyRun>& runs, int threads) {
    std::map<std::string, std::vector<std::size_t>> kinds;
    for (std::size_t i = 0; i < runs.size(); ++i)
        kinds[kind_of(runs[i])].push_back(i);
    Trials trials{std::vector<Foretold>(runs.size()), ""};
    const Clock::time_point start = Clock::now();
    double tried_seconds = 0, tried_operations = 0;
    std::size_t tried = 0;
    std::vector<std::size_t> untried;
    for (const auto& [kind, members] : kinds) {
        Speed speed;
        Run e = checked_trial(runs[members.front()], threads, speed);
        for (const std::size_t i : members)
            trials.runs[i].bytes = bytes_of(e, runs[i]);
        if (seconds_since(start) > all_for) {
            untried.insert(untried.end(), members.begin(), members.end());
            continue;
        }
        ++tried;
        if (!e.evaluating) speed.train = seconds_of_training(e);
        speed.test = seconds_of_testing(e, speed.tested);
        for (const std::size_t i : members) {
            trials.runs[i].seconds = seconds_of(speed, runs[i]);
            tried_seconds += trials.runs[i].seconds;
            tried_operations += runs[i].operations;
        }
    }
    for (const std::size_t i : untried)
        trials.runs[i].seconds = runs[i].operations * tried_seconds / tried_operations;
    const std::string cpu = cpu_model();
    trials.told = fmt::format(
        "by short trials of {} of {} kinds of runs on this machine ({}{} thread{} each) as if it "
        "were idle{}",
        tried, kinds.size(), cpu.empty() ? "" : cpu + ", ", threads, threads == 1 ? "" : "s",
        untried.empty() ? "" : "; the others by their operations");
    return trials;
}

}  // namespace crossbar::sim
