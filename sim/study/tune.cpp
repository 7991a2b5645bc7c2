// Goes through rates by decades, then closer around the best, and writes the file of tuned rates.
#include "study/tune.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "array/rule.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "base/replace_file.hpp"
#include "crossbar/version.hpp"
#include "run/data_places.hpp"
#include "session/idle.hpp"
#include "session/resolve.hpp"
#include "study/runner.hpp"
#include "study/study.hpp"
#include "terminal/machine.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;

constexpr double decades = 4;  // tried at first
constexpr int short_epochs = 3;
constexpr std::uint64_t held_out = 10000;

// Two digits: as exact as a rate needs to be, and the same text everywhere.
double rounded(double rate) {
    return std::stod(fmt::format("{:.2g}", rate));
}

// How far to go into a gap between two rates, as a factor; 1 for a gap that is narrow enough.
double step_into(double gap) {
    if (gap > 5) return 3;
    return gap > 2 ? 1.8 : 1;
}

// The file beside the task that its rates are written to.
std::string file_for(const std::string& task) {
    if (task.ends_with(".toml")) return tuned_path(task);
    const std::string path = fmt::format("datasets/{}.toml", task);
    if (!fs::exists(path))
        fail(
            "crossbar_sim tune: {} is not below this folder, so there is no place for the rates; "
            "call the "
            "program from the project's folder, or give --task FILE.toml",
            path);
    return tuned_path(path);
}

// One column of one task and arithmetic, on its way to a rate.
struct Search {
    std::vector<const StudyRun*> seeds;  // the runs to be tuned
    double lowest = 0, highest = 0;
    std::vector<RateScore> tried;
    bool failed = false;

    const StudyRun& run() const { return *seeds.front(); }
};

// Of columns that have a rate; others are left out, and told.
std::vector<Search> searches_of(const Study& study) {
    std::map<std::pair<std::size_t, std::size_t>, Search> cells;
    for (const StudyRun& run : study.runs)
        cells[{run.row, run.column}].seeds.push_back(&run);
    std::vector<Search> searches;
    for (auto& [place, search] : cells) {
        const StudyRun& run = search.run();
        if (const std::string why = why_idle(*find_setting("rate"), run.settings); !why.empty()) {
            if (cells.size() == 1) fail("{}: there is no rate to tune: {}", run.labels.label, why);
            tell("left out: {}: there is no rate to tune: {}", run.labels.label, why);
            continue;
        }
        const bool signs = make_plan(run.settings.training).rule->sign_only;
        search.lowest = signs ? 1e-6 : 1e-5;
        search.highest = signs ? 0.1 : 1;
        searches.push_back(std::move(search));
    }
    if (searches.empty()) fail("crossbar_sim tune: none of these columns has a rate");
    return searches;
}

// Those that there are, which may be fewer than the task's.
std::size_t training_images(const StudyRun& run) {
    RunSettings asked;
    asked.data = run.line.value("data");
    return data_identity(load_task(run.line.value("task")), asked, data_places()).train;
}

// The line of a short run: its rate falls as much as in the whole one, only faster.
Given short_line(const StudyRun& run, double rate) {
    Given line = run.line;
    const auto add = [&](const char* name, const std::string& value) {
        if (!run.line.has(name)) line.values.emplace_back(name, value);
    };
    const Settings& whole = run.settings.training;
    const int epochs = line.has("epochs") ? whole.epochs : std::min(whole.epochs, short_epochs);
    const std::size_t images = training_images(run);
    add("rate", fmt::format("{}", rate));
    add("epochs", fmt::format("{}", epochs));
    add("holdout", fmt::format("{}", std::min<std::uint64_t>(held_out, images / 6)));
    if (epochs < 2 || epochs >= whole.epochs) return line;
    const double decay = std::pow(whole.rate_decay, (whole.epochs - 1.0) / (epochs - 1.0));
    add("rate-decay", fmt::format("{:.3g}", std::max(decay, 0.01)));
    std::vector<int> falls;
    for (const int step : whole.rate_steps)
        falls.push_back(std::max(1, step * epochs / whole.epochs));
    if (!falls.empty()) add("rate-steps", fmt::format("{}", fmt::join(falls, ",")));
    return line;
}

struct Trial {
    std::size_t search;
    double rate;
    std::vector<std::size_t> runs;  // of the stage
};

// The runs of the next stage of all searches.
std::vector<Trial> plan_stage(std::vector<Search>& searches, std::vector<StudyRun>& runs) {
    std::vector<Trial> trials;
    for (std::size_t s = 0; s < searches.size(); ++s) {
        const Search& search = searches[s];
        if (search.failed) continue;
        for (const double rate : next_rates(search.tried, search.lowest, search.highest)) {
            trials.push_back({s, rate, {}});
            for (const StudyRun* run : search.seeds) {
                trials.back().runs.push_back(runs.size());
                runs.push_back(plan_run(short_line(*run, rate),
                                        fmt::format("{}, rate {}", run->labels.label, rate)));
            }
        }
    }
    return trials;
}

void score(std::vector<Search>& searches, const std::vector<Trial>& trials,
           const std::vector<StudyRun>& runs, const Store& store) {
    for (const Trial& trial : trials) {
        RateScore sum{trial.rate, 0, 0};
        for (const std::size_t r : trial.runs) {
            const StoredRun* stored = stored_for(runs[r], store);
            searches[trial.search].failed |= stored == nullptr;
            if (!stored) break;
            sum.error += stored->error / static_cast<double>(trial.runs.size());
            sum.loss += stored->loss / static_cast<double>(trial.runs.size());
        }
        if (!searches[trial.search].failed) searches[trial.search].tried.push_back(sum);
    }
}

Table table_of(const std::vector<Search>& searches) {
    Table table{{"column", "rate", "held-out error %"}, {}, {}};
    for (const Search& search : searches) {
        if (search.tried.empty()) continue;
        std::vector<RateScore> tried = search.tried;
        std::sort(tried.begin(), tried.end(),
                  [](const RateScore& a, const RateScore& b) { return a.rate < b.rate; });
        for (const RateScore& s : tried) {
            const bool best = s.rate == best_of(tried).rate;
            table.rows.push_back({search.run().labels.label, fmt::format("{}", s.rate),
                                  fmt::format("{:.2f}{}", s.error, best ? " *" : "  ")});
        }
    }
    table.notes.emplace_back("* the best");
    return table;
}

std::string text_of(const Given& line) {
    std::string text = "crossbar_sim tune";
    for (const auto& [name, value] : line.values)
        text += fmt::format(" --{}", name) + (value == "true" ? "" : " " + shell_word(value));
    return text;
}

Tuned tuned_of(const Search& search, const Given& line) {
    const RateScore best = best_of(search.tried);
    const StudyRun run = plan_run(short_line(search.run(), best.rate), "");
    const RunSettings& o = run.settings;
    const std::uint64_t most = training_images(run) - o.holdout;
    Tuned tuned;
    tuned.column = o.column;
    tuned.arithmetic = text_of("arithmetic", o);
    tuned.data = o.data;
    tuned.rate = best.rate;
    tuned.held_out_error_percent = std::round(best.error * 100) / 100;
    tuned.held_out_images = static_cast<std::int64_t>(o.holdout);
    tuned.train_images =
        static_cast<std::int64_t>(o.train_images == 0 ? most : std::min(o.train_images, most));
    tuned.epochs = o.training.epochs;
    tuned.seed = static_cast<std::int64_t>(o.training.seed);
    tuned.seeds = static_cast<std::int64_t>(search.seeds.size());
    tuned.date = date_now();
    tuned.version = CROSSBAR_VERSION;
    tuned.command = text_of(line);
    return tuned;
}

// Puts rates into the file in place of those for the same column and arithmetic. One that was
// chosen on stand-in images does not replace one that was chosen on real ones.
void write_rates(const std::string& file, const std::vector<Tuned>& rates) {
    std::ifstream in(file, std::ios::binary);
    const std::string old(std::istreambuf_iterator<char>(in), {});
    std::vector<Tuned> all = in ? parse_tuned(file, old) : std::vector<Tuned>{};
    for (const Tuned& rate : rates) {
        const auto same = std::find_if(all.begin(), all.end(), [&](const Tuned& t) {
            return t.column == rate.column && t.arithmetic == rate.arithmetic;
        });
        if (same == all.end())
            all.push_back(rate);
        else if (same->data != "real" || rate.data == "real")
            *same = rate;
        else
            tell("{}: {} keeps the rate that was chosen on real images", file, rate.column);
    }
    replace_file(file, crossbar::text_of(all));
    print("rates written to {}; built-in tasks use them after the next make\n", file);
}

void check_tune_line(const Given& line) {
    if (!line.has("experiment") && !line.has("column"))
        fail("crossbar_sim tune: which columns? Give --column NAME or --experiment NAME");
    for (const char* name : {"sweep", "rate"})
        if (line.has(name)) fail("--{}: the rate is what tune looks for; leave it out", name);
}

}  // namespace

const RateScore& best_of(const std::vector<RateScore>& tried) {
    return *std::min_element(tried.begin(), tried.end(),
                             [](const RateScore& a, const RateScore& b) {
                                 return std::pair(a.error, a.loss) < std::pair(b.error, b.loss);
                             });
}

std::vector<double> next_rates(const std::vector<RateScore>& tried, double lowest, double highest) {
    std::vector<double> rates;
    if (tried.empty()) {
        for (int decade = 0; decade < decades; ++decade)
            rates.push_back(rounded(highest / std::pow(10, decade)));
        return rates;
    }
    const double best = best_of(tried).rate;
    double below = 0, above = 0;  // the best's neighbours
    for (const RateScore& s : tried) {
        if (s.rate < best) below = std::max(below, s.rate);
        if (s.rate > best) above = above == 0 ? s.rate : std::min(above, s.rate);
    }
    const auto add = [&](double rate) {
        if (rounded(rate) >= lowest && rounded(rate) <= highest) rates.push_back(rounded(rate));
    };
    if (below == 0) add(best / 10);
    if (const double step = step_into(best / below); below != 0 && step != 1) add(best / step);
    if (const double step = step_into(above / best); above != 0 && step != 1) add(best * step);
    return rates;
}

int run_tune(const Given& line, StudyOptions options) {
    check_tune_line(line);
    if (!line.has("store")) options.store = "tuning.jsonl";
    const Study study = plan_study(line, options.seeds);
    std::map<std::string, std::vector<Tuned>> chosen;  // by file
    for (const Variant& row : study.rows)
        chosen[file_for(row.values.front().second)];
    std::vector<Search> searches = searches_of(study);
    Runner runner(line, options);
    RunnerEnd all;
    while (all.signal == 0) {
        std::vector<StudyRun> runs;
        const std::vector<Trial> trials = plan_stage(searches, runs);
        if (trials.empty()) break;
        const RunnerEnd end = runner.run(
            "tune", runs, [&] { return plain_text(table_of(searches), terminal_width()); });
        all = {all.made + end.made, all.failed + end.failed, end.saved, end.signal};
        if (end.signal == 0) score(searches, trials, runs, runner.store());
    }
    print("\n{}", plain_text(table_of(searches), terminal_width()));
    if (all.signal != 0) return exit_status(all);
    for (const Search& search : searches)
        if (!search.failed)
            chosen[file_for(search.run().line.value("task"))].push_back(tuned_of(search, line));
    for (const auto& [file, rates] : chosen)
        if (!rates.empty()) write_rates(file, rates);
    return exit_status(all);
}

}  // namespace crossbar::sim
