// Runs put together that differ in the seed alone, and what sets their settings apart.
#include <algorithm>
#include <set>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "report/results.hpp"
#include "session/columns.hpp"
#include "session/layer_settings.hpp"
#include "session/resolve.hpp"
#include "terminal/table.hpp"

namespace crossbar::sim {
namespace {

// What the column's name and the tables' headings tell already.
bool told_elsewhere(const std::string& option) {
    for (const char* name : {"task", "data", "column", "seed", "arithmetic", "feedback", "bn",
                             "rule", "concordance", "train-layers"})
        if (option == name) return true;
    return false;
}

bool is_column(const std::string& name) {
    const auto all = columns();
    return std::any_of(all.begin(), all.end(), [&](const Column& c) { return name == c.name; });
}

std::string settings_of(const Result& run) {
    RunSettings settings = run.settings;
    settings.column = is_column(run.column) ? run.column : "";
    settings = resolve(task_of(settings), {}, stored_values(settings));
    std::string text = run.trained_on.empty() ? "" : "(trained on " + run.trained_on + ")";
    for (const auto& [name, value] : departures(settings))
        if (!told_elsewhere(name) && read_by(settings.training.arithmetic, *find_setting(name)))
            text += fmt::format("{}--{} {}", text.empty() ? "" : " ", name, value);
    return text;
}

// A record from before files were recorded is taken to be of the built-in file of that name.
std::string task_digits(const Result& run) {
    if (!run.task_fingerprint.empty()) return run.task_fingerprint;
    const Task task = task_of(run.settings);
    return task.fingerprint == 0 ? "" : fmt::format("{:016x}", task.fingerprint);
}

std::string target_digits(const Result& run) {
    if (!run.target_fingerprint.empty()) return run.target_fingerprint;
    const RunSettings& o = run.settings;
    try {
        if (o.target.ends_with(".toml")) return o.target + " " + o.device;
        return fmt::format("{:016x}", target_of(o).fingerprint);
    } catch (const Error&) {
        return o.target + " " + o.device;
    }
}

// All but the seed, and but what the data were and with which arithmetic.
std::string key_of(const Result& run) {
    const RunSettings& o = run.settings;
    std::string key =
        fmt::format("{}\n{} {}\n{}\n{}\n{}\n{}{}\n", run.task(), o.data, run.data_label, run.column,
                    task_digits(run), target_digits(run), run.trained_on, run.trained_state);
    for (const Setting& option : settings_table())
        if (const std::string name = option.name;
            option.kept != Kept::no && name != "seed" && name != "column" && name != "device" &&
            name != "layer" && read_by(o.training.arithmetic, option))
            key += text_of(option, o) + "\n";
    return key;
}

// The data and the arithmetic of each run's key. Where all records that tell them tell the same,
// those that do not are taken to be of these.
class Origins {
  public:
    explicit Origins(const Results& results) {
        for (const Result& run : results.runs)
            if (!run.data_fingerprint.empty()) known_[key_of(run)].insert(own(run));
    }
    std::string of(const Result& run) const {
        if (!run.data_fingerprint.empty()) return own(run);
        const auto found = known_.find(key_of(run));
        const bool one = found != known_.end() && found->second.size() == 1;
        return one ? *found->second.begin() : "";
    }

  private:
    static std::string own(const Result& run) { return run.data_fingerprint + " " + run.revision; }
    std::map<std::string, std::set<std::string>> known_;
};

// By all but the seed, then by seed: the run that counts.
using BySeed = std::map<std::uint64_t, const Result*>;
std::map<std::string, BySeed> sorted(const Results& results) {
    const Origins origins(results);
    std::map<std::string, BySeed> by_key;
    for (const Result& run : results.runs) {
        const Result*& kept = by_key[key_of(run) + origins.of(run)][run.settings.training.seed];
        const bool fuller = kept && kept->line.parts != run.line.parts &&
                            includes(kept->line.parts, run.line.parts);
        if (!fuller) kept = &run;
    }
    return by_key;
}

auto order_of(const Group& g) {
    return std::tuple(g.task(), !g.first().real(), g.first().arithmetic() != "fixed", g.column(),
                      g.settings.size(), g.settings);
}

// Groups that look alike are told apart by a mark of what their files held.
void mark_alike(std::vector<Group>& groups, const std::vector<std::string>& marks) {
    std::map<decltype(order_of(groups.front())), std::vector<std::size_t>> alike;
    for (std::size_t i = 0; i < groups.size(); ++i)
        alike[order_of(groups[i])].push_back(i);
    for (const auto& [order, members] : alike)
        for (const std::size_t i : members)
            if (members.size() > 1)
                groups[i].settings =
                    fmt::format("(files {}){}{}", marks[i], groups[i].settings.empty() ? "" : " ",
                                groups[i].settings);
}

}  // namespace

Task task_of(const RunSettings& settings) {
    const std::vector<std::string> names = task_names();
    if (std::find(names.begin(), names.end(), settings.task) != names.end())
        return load_task(settings.task);
    Task task;
    task.name = settings.task;
    task.network = settings.training.network;
    return task;
}

Group::Spread Group::spread(double Result::*number) const {
    std::vector<double> values;
    for (const Result* run : runs)
        if (run->*number != missing) values.push_back(run->*number);
    if (values.empty()) return {};
    return {mean(values), deviation(values), values.size()};
}

std::vector<Group> groups_of(const Results& results) {
    std::vector<Group> groups;
    std::vector<std::string> marks;
    for (const auto& [key, by_seed] : sorted(results)) {
        Group group;
        for (const auto& [seed, run] : by_seed)
            group.runs.push_back(run);
        group.settings = settings_of(group.first());
        groups.push_back(std::move(group));
        const std::uint64_t number = fingerprint(key.data(), key.size(), fingerprint_start);
        marks.push_back(fmt::format("{:04x}", number & 0xffff));
    }
    if (!groups.empty()) mark_alike(groups, marks);
    std::stable_sort(groups.begin(), groups.end(),
                     [](const Group& a, const Group& b) { return order_of(a) < order_of(b); });
    return groups;
}

void drop_repeated(Results& results) {
    std::set<const Result*> counted;
    for (const auto& [key, by_seed] : sorted(results))
        for (const auto& [seed, run] : by_seed)
            counted.insert(run);
    std::vector<Result> runs;
    for (Result& run : results.runs)
        if (counted.contains(&run)) runs.push_back(std::move(run));
    results.runs = std::move(runs);
}

std::string text_of(const Group::Spread& spread, int decimals) {
    if (spread.count == 0) return "-";
    if (spread.count == 1) return fmt::format("{:.{}f} (1 seed)", spread.mean, decimals);
    return fmt::format("{:.{}f} ± {:.{}f} ({} seeds)", spread.mean, decimals, spread.deviation,
                       decimals, spread.count);
}

}  // namespace crossbar::sim
