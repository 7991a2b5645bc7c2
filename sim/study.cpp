#include "study.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "crossbar/check.hpp"
#include "crossbar/fingerprint.hpp"
#include "crossbar/plan.hpp"
#include "crossbar/target.hpp"
#include "images.hpp"
#include "messages.hpp"
#include "runner.hpp"
#include "sweep.hpp"

namespace crossbar::sim {
namespace {

constexpr std::size_t most_runs = 100'000;

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t first = 0; first <= text.size();) {
        const std::size_t end = std::min(text.find(separator, first), text.size());
        parts.push_back(text.substr(first, end - first));
        first = end + 1;
    }
    return parts;
}

// Refuses an option of an axis that the line gives as well.
void check_free(const CommandLine& line, const std::string& option, const std::string& origin) {
    if (line.has(option)) fail("{}: --{} is given as well", origin, option);
    if (!option.starts_with(device_axis)) return;
    const std::string key = option.substr(device_axis.size()) + "=";
    for (const std::string& change : target_changes(line.value("device")))
        if (change.starts_with(key)) fail("{}: --device {} is given as well", origin, change);
}

// Gives an option of an axis to a run; a key of the target joins those that are there.
void give(CommandLine& line, const std::string& option, const std::string& value) {
    if (!option.starts_with(device_axis)) {
        line.given.emplace_back(option, value);
        return;
    }
    const std::string change = option.substr(device_axis.size()) + "=" + value;
    for (auto& [name, text] : line.given)
        if (name == "device") {
            text += ";" + change;
            return;
        }
    line.given.emplace_back("device", change);
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
std::vector<Variant> rows_of_experiment(const CommandLine& line, const Variant& plain) {
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

std::vector<Variant> rows_of(const CommandLine& line, const std::vector<Axis>& axes) {
    std::vector<Variant> rows;
    const Options defaults;
    for (const std::string& task :
         split(line.has("task") ? line.value("task") : defaults.task, ',')) {
        const Variant plain = {load_task(task).name, {{"task", task}}};
        std::vector<Variant> own = rows_of_experiment(line, plain);
        if (own.empty()) own.push_back(plain);
        rows.insert(rows.end(), own.begin(), own.end());
    }
    if (const std::string kinds = line.value("arithmetic"); kinds.find(',') != kinds.npos)
        rows = crossed(rows, {"arithmetic", split(kinds, ',')});
    for (const Axis& axis : axes)
        rows = crossed(rows, axis);
    return rows;
}

std::vector<Variant> columns_of(const CommandLine& line, std::vector<Axis>& axes) {
    std::vector<std::string> names;
    if (line.has("experiment")) {
        if (line.has("column"))
            fail("--experiment {} brings its own columns; leave --column out",
                 line.value("experiment"));
        names = experiment_named(line.value("experiment")).columns;
    } else if (line.has("column")) {
        names = split(line.value("column"), ',');
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

std::vector<Axis> axes_of(const CommandLine& line) {
    std::vector<Axis> axes;
    if (!line.has("sweep")) return axes;
    for (const std::string& text : split(line.value("sweep"), '\n')) {
        axes.push_back(parse_axis(text));
        const std::string& option = axes.back().option;
        check_free(line, option, "--sweep " + text);
        for (std::size_t i = 0; i + 1 < axes.size(); ++i)
            if (axes[i].option == option) fail("--sweep {}: this option is swept twice", text);
    }
    return axes;
}

void check_line(const CommandLine& line) {
    for (const char* name :
         {"json", "csv", "save", "resume", "evaluate", "export", "dump-state", "trace", "map"})
        if (line.has(name))
            fail("--{}: belongs to one run; many runs leave their records in --store", name);
}

// What every run has of the line: all but what chooses and runs the many.
CommandLine common_part(const CommandLine& line) {
    constexpr std::array<const char*, 10> own = {"experiment", "sweep", "seeds",        "tune",
                                                 "store",      "jobs",  "table-format", "task",
                                                 "column",     "seed"};
    CommandLine common;
    for (const auto& given : line.given) {
        if (std::find(own.begin(), own.end(), given.first) != own.end()) continue;
        if (given.first == "arithmetic" && given.second.find(',') != given.second.npos) continue;
        common.given.push_back(given);
    }
    return common;
}

// Task, data, column and seed in words; all else in 16 digits. Options that are at the program's
// default do not count, so that a run from before an option was added keeps its key.
std::string key_of(const Options& options, const std::string& task, const std::string& data) {
    std::uint64_t hash = fingerprint_start;
    const Options defaults;
    for (const Option& option : option_table()) {
        const std::string name = option.name, text = text_of(option, options);
        if (option.kept == Kept::no || name == "data" || text == text_of(option, defaults) ||
            !read_by(options.settings.arithmetic, option))
            continue;
        const std::string setting = fmt::format("{} = {}\n", name, text);
        hash = fingerprint(setting.data(), setting.size(), hash);
    }
    return fmt::format("{} {} {} seed {} {:016x}", task, data,
                       options.column.empty() ? "-" : options.column, options.settings.seed, hash);
}

// Looked at once: to count the images of a large set takes a while.
const std::string& kind_of(const Task& task, const Options& options) {
    static std::map<std::pair<std::string, std::string>, std::string> known;
    std::string& kind = known[{options.task, options.data}];
    if (kind.empty()) kind = data_kind(task, options);
    return kind;
}

// Why the settings of a run cannot be; empty where they can.
std::string refusal(const CommandLine& line) {
    const Options options = options_for(line, load_task(line.value("task")));
    try {
        make_plan(options.settings);
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

// Settings that cannot be are a mistake of the line, unless the experiment brings them.
void add_run(Study& study, const CommandLine& line, std::size_t row, std::size_t column) {
    std::string label = study.rows[row].label;
    if (!study.columns[column].label.empty()) label += " " + study.columns[column].label;
    if (const std::string why = refusal(line); !why.empty()) {
        const std::string whose = fmt::format("{}: {}", label, why);
        if (!study.ablation) fail("{}", study.runs.empty() ? why : whose);
        if (study.left_out.empty() || study.left_out.back() != whose)
            study.left_out.push_back(whose);
        return;
    }
    study.runs.push_back(plan_run(line, label));
    study.runs.back().row = row;
    study.runs.back().column = column;
}

}  // namespace

bool asks_for_study(const CommandLine& line) {
    for (const char* name : {"experiment", "sweep", "seeds", "tune", "store", "jobs"})
        if (line.has(name)) return true;
    return false;
}

StudyRun plan_run(CommandLine line, const std::string& label) {
    const Task task = load_task(line.value("task"));
    const Options options = options_for(line, task);
    make_plan(options.settings);
    const std::string kind = kind_of(task, options);
    if (options.data == "auto") {
        std::erase_if(line.given, [](const auto& given) { return given.first == "data"; });
        line.given.emplace_back("data", kind == "synthetic" ? kind : "real");
    }
    StudyRun run{line, options, key_of(options, task.name, kind), label};
    run.options.data = kind;
    return run;
}

Study plan_study(const CommandLine& line) {
    check_line(line);
    Study study;
    study.experiment = line.has("experiment") ? line.value("experiment") : "sweep";
    std::vector<Axis> axes = axes_of(line);
    study.columns = columns_of(line, axes);
    study.rows = rows_of(line, axes);
    Options asked;
    for (const char* name : {"seeds", "seed"})
        if (line.has(name)) set_option(*find_option(name), asked, line.value(name));
    study.ablation =
        line.has("experiment") && !experiment_named(line.value("experiment")).rows.empty();
    study.seeds = static_cast<std::uint64_t>(asked.seeds);
    if (study.rows.size() * study.columns.size() * study.seeds > most_runs)
        fail("{} rows x {} columns x {} seeds are more than {} runs", study.rows.size(),
             study.columns.size(), study.seeds, most_runs);
    const CommandLine common = common_part(line);
    for (std::size_t row = 0; row < study.rows.size();) {
        const std::size_t before = study.runs.size();
        for (std::size_t column = 0; column < study.columns.size(); ++column)
            for (std::uint64_t seed = 0; seed < study.seeds; ++seed) {
                const Variant &a = study.rows[row], &b = study.columns[column];
                if (!a.only.empty() && b.label != a.only) continue;
                CommandLine own = common;
                for (const Variant& variant : {a, b})
                    for (const auto& [option, value] : variant.values)
                        give(own, option, value);
                own.given.emplace_back("seed", fmt::format("{}", asked.settings.seed + seed));
                add_run(study, own, row, column);
            }
        if (study.runs.size() != before)
            ++row;
        else  // all left out
            study.rows.erase(study.rows.begin() + static_cast<std::ptrdiff_t>(row));
    }
    if (study.runs.empty()) fail("{}", study.left_out.front());
    return study;
}

int run_study(const CommandLine& line) {
    const Study study = plan_study(line);
    Options asked;
    if (line.has("table-format"))
        set_option(*find_option("table-format"), asked, line.value("table-format"));
    for (const std::string& why : study.left_out)
        tell("left out: {}", why);
    Runner runner(line, asked.store);
    const auto as_text = [](const Table& table) { return plain_text(table, terminal_width()); };
    const auto tables = [&](const auto& format) {
        std::string text;
        for (const Table& table : tables_of(study, runner.store()))
            text += (text.empty() ? "" : "\n") + format(table);
        return text;
    };
    const RunnerEnd end = runner.run(study.experiment, study.runs, [&] { return tables(as_text); });
    if (asked.table_format == "markdown")
        put(tables(markdown));
    else if (asked.table_format == "csv")
        put(tables(csv));
    else
        print("\n{}", tables(as_text));
    return exit_status(end);
}

}  // namespace crossbar::sim
