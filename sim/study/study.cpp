// From a command line to rows, columns and seeds, and to a run for each that is checked before the
// first one starts.
#include "study/study.hpp"

#include <algorithm>
#include <array>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "base/split.hpp"
#include "data/task.hpp"
#include "session/columns.hpp"
#include "session/idle.hpp"
#include "session/run.hpp"
#include "study/experiments.hpp"
#include "study/overview.hpp"
#include "study/runner.hpp"
#include "study/shard.hpp"
#include "study/slurm.hpp"
#include "study/sweep.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

constexpr std::size_t most_runs = 100'000;

// Refuses an option of an axis that the line gives as well.
void check_free(const Given& line, const std::string& option, const std::string& origin) {
    if (line.has(option)) fail("{}: --{} is given as well", origin, option);
    if (!option.starts_with(device_axis)) return;
    const std::string key = option.substr(device_axis.size()) + "=";
    for (const std::string& change : target_changes(line.value("device")))
        if (change.starts_with(key)) fail("{}: --device {} is given as well", origin, change);
}

// Gives an option of an axis to a run; a key of the target joins those that are there.
void give(Given& line, const std::string& option, const std::string& value) {
    if (!option.starts_with(device_axis)) {
        line.values.emplace_back(option, value);
        return;
    }
    const std::string change = option.substr(device_axis.size()) + "=" + value;
    for (auto& [name, text] : line.values)
        if (name == "device") {
            text += ";" + change;
            return;
        }
    line.values.emplace_back("device", change);
}

// All of `before`, each with every value of the axis.
std::vector<Variant> crossed(const std::vector<Variant>& before, const Axis& axis) {
    std::vector<Variant> product;
    for (const Variant& variant : before)
        for (const std::string& value : axis.values) {
            Variant next = variant;
            next.label +=
                fmt::format("{}{} {}", next.label.empty() ? "" : ", ", axis.option, value);
            next.values.emplace_back(axis.option, value);
            product.push_back(std::move(next));
        }
    return product;
}

// The rows of an ablation: all values of one axis, then those of the next.
std::vector<Variant> rows_of_experiment(const Given& line, const Variant& plain) {
    std::vector<Variant> rows;
    if (!line.has("experiment")) return rows;
    for (const RowAxis& axis : experiment_named(line.value("experiment")).rows) {
        const Axis parsed = parse_axis(axis.sweep);
        check_free(line, parsed.option, "--experiment " + line.value("experiment"));
        std::vector<Variant> start = {plain};
        if (axis.beside) {
            const Axis beside = parse_axis(axis.beside);
            if (line.has(beside.option)) continue;
            start = crossed(start, beside);
        }
        for (Variant& row : crossed(start, parsed)) {
            row.only = axis.column ? axis.column : "";
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

// The settings that runs have where nothing is said: those of the network that they test.
RunSettings basis_of(const Given& line) {
    return line.has("evaluate") ? evaluation({}, line.value("evaluate")).settings : RunSettings{};
}

std::vector<Variant> rows_of(const Given& line, const std::vector<Axis>& axes) {
    std::vector<Variant> rows;
    for (const std::string& task :
         split(line.has("task") ? line.value("task") : basis_of(line).task, ",")) {
        const Variant plain = {load_task(task).name, {{"task", task}}};
        std::vector<Variant> own = rows_of_experiment(line, plain);
        if (own.empty()) own.push_back(plain);
        rows.insert(rows.end(), own.begin(), own.end());
    }
    if (const std::string kinds = line.value("arithmetic"); kinds.find(',') != kinds.npos)
        rows = crossed(rows, {"arithmetic", split(kinds, ",")});
    for (const Axis& axis : axes)
        rows = crossed(rows, axis);
    return rows;
}

std::vector<Variant> columns_of(const Given& line, std::vector<Axis>& axes) {
    std::vector<std::string> names;
    if (line.has("experiment")) {
        if (line.has("column"))
            fail("--experiment {} brings its own columns; leave --column out",
                 line.value("experiment"));
        names = experiment_named(line.value("experiment")).columns;
    } else if (line.has("column")) {
        names = split(line.value("column"), ",");
    }
    std::vector<Variant> columns;
    columns.reserve(names.size());
    for (const std::string& name : names)
        columns.push_back({column_named(name).name, {{"column", name}}});
    if (!columns.empty()) return columns;
    if (axes.size() < 2) return {{"error %", {}}};
    // A grid: its last axis goes to the right.
    columns = crossed({{"", {}}}, axes.back());
    axes.pop_back();
    return columns;
}

std::vector<Axis> axes_of(const Given& line) {
    std::vector<Axis> axes;
    if (!line.has("sweep")) return axes;
    for (const std::string& text : split(line.value("sweep"), "\n")) {
        axes.push_back(parse_axis(text));
        const std::string& option = axes.back().option;
        check_free(line, option, "--sweep " + text);
        for (std::size_t i = 0; i + 1 < axes.size(); ++i)
            if (axes[i].option == option) fail("--sweep {}: this option is swept twice", text);
    }
    return axes;
}

// What every run has of the line: all but what chooses and runs the many.
Given common_part(const Given& line) {
    constexpr std::array<const char*, 15> own = {
        "dry-run", "status",       "slurm", "experiment", "sweep", "seeds",      "tune", "store",
        "jobs",    "table-format", "task",  "column",     "seed",  "save-every", "shard"};
    Given common;
    for (const auto& given : line.values) {
        if (std::find(own.begin(), own.end(), given.first) != own.end()) continue;
        if (given.first == "arithmetic" && given.second.find(',') != given.second.npos) continue;
        common.values.push_back(given);
    }
    return common;
}

// Settings that cannot be are a mistake of the line, unless the experiment brings them: then they
// are left out.
void add_run(Study& study, const Given& line, std::size_t row, std::size_t column) {
    std::string label = study.rows[row].label;
    if (!study.columns[column].label.empty()) label += " " + study.columns[column].label;
    try {
        study.runs.push_back(plan_run(line, label));
        study.runs.back().row = row;
        study.runs.back().column = column;
    } catch (const Error& error) {
        Refusal refusal{label, error.what()};
        if (study.left_out.empty() || study.left_out.back() != refusal)
            study.left_out.push_back(std::move(refusal));
    }
}

// Numbers of images beyond all that there are would make the same run.
void check_images(const Study& study, const Axis& axis) {
    const bool train = axis.option == "train-images";
    if (!train && axis.option != "test-images") return;
    for (const StudyRun& run : study.runs) {
        const RunSettings& s = run.settings;
        const std::uint64_t asked = train ? s.train_images : s.test_images;
        const std::size_t there = train ? run.images.train : run.images.test;
        if (asked > there)
            fail("--sweep {}: {} are asked for, and there are {}", axis.option, asked, there);
    }
}

// An axis whose values all make the same run would be told as if it had been measured.
void check_axes(const Study& study, const std::vector<Axis>& axes) {
    for (const Axis& axis : axes) {
        check_images(study, axis);
        const Setting* setting = find_setting(axis.option);
        if (!setting) continue;
        std::string why;
        const auto idle = [&](const StudyRun& run) {
            return !(why = why_idle(*setting, run.settings)).empty();
        };
        if (std::all_of(study.runs.begin(), study.runs.end(), idle))
            fail(
                "--sweep {}={}: it plays no part, so that these runs would be one and the same: {}",
                axis.option, fmt::join(axis.values, ","), why);
    }
}

// Tells of every run whether it could be made, or only why not where the reason is that of all.
[[noreturn]] void refuse(const Study& study) {
    constexpr std::size_t most = 8;
    const std::vector<Refusal>& refused = study.left_out;
    const bool alike = std::all_of(refused.begin(), refused.end(),
                                   [&](const Refusal& r) { return r.why == refused.front().why; });
    if (study.runs.empty() && alike) fail("{}", refused.front().why);
    std::string text = "no run was started, because some cannot be made:";
    for (std::size_t i = 0; i < std::min(most, refused.size()); ++i)
        text += fmt::format("\n  {}: {}", refused[i].label, refused[i].why);
    if (refused.size() > most) text += fmt::format("\n  and {} more", refused.size() - most);
    for (std::size_t i = 0; i < std::min(most, study.runs.size()); ++i)
        if (i == 0 || study.runs[i].labels.label != study.runs[i - 1].labels.label)
            text += fmt::format("\n  {}: could be made", study.runs[i].labels.label);
    if (study.runs.size() > most)
        text += fmt::format("\n  and so could {} more", study.runs.size() - most);
    fail("{}", text);
}

// What makes no run does one thing.
void check_options(const StudyOptions& options) {
    std::vector<std::string> asked;
    if (options.dry_run) asked.emplace_back("--dry-run");
    if (options.status) asked.emplace_back("--status");
    if (options.slurm != 0) asked.emplace_back("--slurm");
    if (asked.size() > 1) fail("{} and {}: give one of them", asked[0], asked[1]);
    if (options.slurm != 0 && !options.shard.empty())
        fail("--slurm {} deals the runs out itself; leave --shard out", options.slurm);
}

// The part of a process whose fellow tells how far the study is.
int make_quietly(Given line, const StudyOptions& options, const std::vector<StudyRun>& runs,
                 const Study& study) {
    if (options.slurm != 0 || options.dry_run || options.status) return 0;
    if (!line.has("quiet")) line.values.emplace_back("quiet", "true");
    return exit_status(Runner(line, options).run(study.experiment, runs, [] { return ""; }));
}

}  // namespace

Study plan_study(const Given& line, int seeds) {
    Study study;
    study.experiment = line.has("experiment") ? line.value("experiment") : "sweep";
    std::vector<Axis> axes = axes_of(line);
    study.columns = columns_of(line, axes);
    study.rows = rows_of(line, axes);
    RunSettings asked = basis_of(line);
    if (line.has("seed")) set(asked, "seed", line.value("seed"));
    study.ablation =
        line.has("experiment") && !experiment_named(line.value("experiment")).rows.empty();
    study.seeds = static_cast<std::uint64_t>(seeds);
    if (study.rows.size() * study.columns.size() * study.seeds > most_runs)
        fail("{} rows x {} columns x {} seeds are more than {} runs", study.rows.size(),
             study.columns.size(), study.seeds, most_runs);
    const Given common = common_part(line);
    for (std::size_t row = 0; row < study.rows.size();) {
        const std::size_t before = study.runs.size();
        for (std::size_t column = 0; column < study.columns.size(); ++column)
            for (std::uint64_t seed = 0; seed < study.seeds; ++seed) {
                const Variant &a = study.rows[row], &b = study.columns[column];
                if (!a.only.empty() && b.label != a.only) continue;
                Given own = common;
                for (const Variant& variant : {a, b})
                    for (const auto& [option, value] : variant.values)
                        give(own, option, value);
                own.values.emplace_back("seed", fmt::format("{}", asked.training.seed + seed));
                add_run(study, own, row, column);
            }
        if (study.runs.size() != before)
            ++row;
        else  // all left out
            study.rows.erase(study.rows.begin() + static_cast<std::ptrdiff_t>(row));
    }
    if (study.runs.empty() || (!study.ablation && !study.left_out.empty())) refuse(study);
    check_axes(study, axes_of(line));
    return study;
}

int run_study(const Given& line, const StudyOptions& options) {
    check_options(options);
    const Shard shard = parse_shard(options.shard);
    const Study study = plan_study(line, options.seeds);
    if (!options.first) return make_quietly(line, options, runs_of(study.runs, shard), study);
    for (const Refusal& refusal : study.left_out)
        tell("left out: {}: {}", refusal.label, refusal.why);
    if (options.slurm != 0) {
        put(slurm_script(line, options, study));
        return 0;
    }
    if (options.dry_run || options.status) {
        put_overview(overview_of(line, options, study, options.dry_run), options.table_format);
        return 0;
    }
    Runner runner(line, options);
    const auto as_text = [](const Table& table) { return plain_text(table, terminal_width()); };
    const auto tables = [&](const auto& format) {
        std::string text;
        for (const Table& table : tables_of(study, runner.store()))
            text += (text.empty() ? "" : "\n") + format(table);
        return text;
    };
    const RunnerEnd end =
        runner.run(study.experiment, runs_of(study.runs, shard), [&] { return tables(as_text); });
    if (options.table_format == "markdown")
        put(tables(markdown));
    else if (options.table_format == "csv")
        put(csv(cells_of(study, runner.store())));
    else if (options.table_format == "json")
        put(json_of(study, runner.store()));
    else
        print("\n{}", tables(as_text));
    return exit_status(end);
}

}  // namespace crossbar::sim
