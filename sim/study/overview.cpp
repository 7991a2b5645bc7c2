// Puts stores, claims, shards and trials together, as sums and as tables.
#include "study/overview.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/check.hpp"
#include "base/format.hpp"
#include "run/progress.hpp"
#include "study/runner.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

std::string hours(double seconds) {
    return fmt::format("{:.3g} h", seconds / 3600);
}

std::string megabytes(double bytes) {
    return fmt::format("{:.0f} MB", bytes / 1e6);
}

bool foretold(const Overview& o) {
    return !o.trials.runs.empty();
}

bool is_left(const Overview& o, std::size_t i) {
    return o.states[i].stage != RunStage::done;
}

// What of a run's state is worth a person's time.
std::string remark_on(const StudyRun& run, const RunState& state) {
    const int epochs = run.settings.training.epochs;
    const std::string saved =
        state.epochs == 0 ? "" : fmt::format("{} of {} epochs saved", state.epochs, epochs);
    switch (state.stage) {
        case RunStage::running:
            return fmt::format("{} since {}{}{}", state.who, state.since, saved.empty() ? "" : "; ",
                               saved);
        case RunStage::saved:
            return saved.empty() ? "saved within its first epoch" : saved;
        case RunStage::failed:
            return fmt::format("{}: {}", state.since, state.why);
        case RunStage::done:
        case RunStage::missing:
            break;
    }
    return {};
}

// What is done is only counted.
Table run_table(const Overview& o) {
    Table table{{"run", "seed", "state", "remark"}, {}, {}};
    if (foretold(o)) table.head = {"run", "seed", "shard", "state", "time", "memory"};
    for (std::size_t i = 0; i < o.runs.size(); ++i) {
        const StudyRun& run = o.runs[i];
        if (o.shard.count > 1 && o.shards[i] != o.shard.number) continue;
        if (!foretold(o) && !is_left(o, i)) continue;
        std::vector<std::string> row = {run.labels.label,
                                        fmt::format("{}", run.settings.training.seed)};
        const std::string stage = stage_names[static_cast<std::size_t>(o.states[i].stage)];
        if (foretold(o)) {
            row.push_back(fmt::format("{}/{}", o.shards[i], o.shard.count));
            row.push_back(stage);
            row.push_back(duration(o.trials.runs[i].seconds));
            row.push_back(megabytes(o.trials.runs[i].bytes));
        } else {
            row.push_back(stage);
            row.push_back(remark_on(run, o.states[i]));
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

// A line a run: a reason may be longer than a column should be wide.
std::string run_lines(const Overview& o) {
    std::string text;
    for (std::size_t i = 0; i < o.runs.size(); ++i) {
        const StudyRun& run = o.runs[i];
        if ((o.shard.count > 1 && o.shards[i] != o.shard.number) || !is_left(o, i)) continue;
        const std::string remark = remark_on(run, o.states[i]);
        text += fmt::format(
            "{:8} {} seed {}{}{}\n", stage_names[static_cast<std::size_t>(o.states[i].stage)],
            run.labels.label, run.settings.training.seed, remark.empty() ? "" : ": ", remark);
    }
    return text;
}

Table shard_table(const Overview& o) {
    Table table{{"shard", "runs", "left", "time", "longest run", "memory"}, {}, {}};
    for (int number = 1; number <= o.shard.count; ++number) {
        const Sum sum = sum_of(o, number);
        table.rows.push_back({fmt::format("{}/{}", number, o.shard.count),
                              fmt::format("{}", sum.runs), fmt::format("{}", sum.left),
                              duration(sum.seconds), duration(sum.longest), megabytes(sum.bytes)});
    }
    return table;
}

std::string counts_text(const Overview& o) {
    std::array<std::size_t, std::size(stage_names)> counts{};
    std::size_t all = 0;
    for (std::size_t i = 0; i < o.runs.size(); ++i) {
        if (o.shard.count > 1 && o.shards[i] != o.shard.number) continue;
        ++counts[static_cast<std::size_t>(o.states[i].stage)];
        ++all;
    }
    std::vector<std::string> parts;
    for (std::size_t stage = 0; stage < counts.size(); ++stage)
        parts.push_back(fmt::format("{} {}", counts[stage], stage_names[stage]));
    return fmt::format(
        "{} runs{}: {}; {}", all,
        o.shard.count > 1 ? fmt::format(" of shard {}/{}", o.shard.number, o.shard.count) : "",
        fmt::join(parts, ", "), o.store);
}

std::string foretold_text(const Overview& o) {
    const Sum sum = sum_of(o, o.shard.count > 1 ? o.shard.number : 0);
    return fmt::format("to do: {} with --jobs {}, the longest run {}, {} of memory at most; {}\n",
                       hours(sum.seconds), o.jobs, duration(sum.longest), megabytes(sum.bytes),
                       o.trials.told);
}

}  // namespace

Overview overview_of(const Given& line, const StudyOptions& options, const Study& study,
                     bool with_trials) {
    Overview o;
    o.store = options.store;
    o.shard = parse_shard(options.shard);
    o.jobs = options.jobs;
    o.threads = threads_for(line, options);
    std::set<std::string> seen;
    for (const StudyRun& run : study.runs)
        if (seen.insert(run.labels.key).second) o.runs.push_back(run);
    o.states = states_of(o.runs, stores_in(options.store));
    o.shards = shards_of(study.runs, o.runs, o.shard.count);
    if (with_trials) o.trials = foretell(o.runs, o.threads);
    return o;
}

Sum sum_of(const Overview& o, int shard) {
    Sum sum;
    std::vector<double> bytes;
    for (std::size_t i = 0; i < o.runs.size(); ++i) {
        if (shard != 0 && o.shards[i] != shard) continue;
        ++sum.runs;
        if (!is_left(o, i)) continue;
        ++sum.left;
        if (!foretold(o)) continue;
        sum.seconds += o.trials.runs[i].seconds;
        sum.longest = std::max(sum.longest, o.trials.runs[i].seconds);
        bytes.push_back(o.trials.runs[i].bytes);
    }
    sum.seconds = std::max(sum.seconds / o.jobs, sum.longest);
    // The largest of them may be made side by side.
    std::sort(bytes.begin(), bytes.end(), std::greater<>());
    for (std::size_t i = 0; i < std::min(bytes.size(), static_cast<std::size_t>(o.jobs)); ++i)
        sum.bytes += bytes[i];
    return sum;
}

void put_overview(const Overview& o, const std::string& format) {
    if (format == "json") {
        put(json_of(o));
        return;
    }
    const Table runs = run_table(o);
    const bool whole = foretold(o) && o.shard.count > 1;
    if (format == "csv") {
        put(csv(runs));
        return;
    }
    const auto as_text = [&](const Table& table) {
        return format == "markdown" ? markdown(table) : plain_text(table, terminal_width());
    };
    print("{}\n", counts_text(o));
    if (foretold(o)) put(foretold_text(o));
    if (!runs.rows.empty())
        print("\n{}", format == "text" && !foretold(o) ? run_lines(o) : as_text(runs));
    if (whole) print("\n{}", as_text(shard_table(o)));
}

}  // namespace crossbar::sim
