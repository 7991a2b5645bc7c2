// Runs put together that differ in the seed alone, and what sets their settings apart.
#include <algorithm>
#include <set>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "report/results.hpp"
#include "session/columns.hpp"
#include "session/idle.hpp"
#include "session/layer_settings.hpp"
#include "session/resolve.hpp"
#include "terminal/table.hpp"

namespace crossbar::sim {
namespace {

// Whether another value would make another run. Records hold the defaults of their day for settings
// that play no part, and would be set apart by them from runs that are the same.
bool plays_a_part(const Setting& setting, const RunSettings& settings) {
    return why_idle(setting, settings).empty();
}

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

void tell_settings(Group& group) {
    RunSettings settings = group.first().settings;
    settings.column = is_column(group.column()) ? group.column() : "";
    settings = resolve(task_of(settings), {}, stored_values(settings));
    if (const std::string& other = group.first().trained_on; !other.empty()) {
        group.settings = "(trained on " + other + ")";
        group.departures.emplace_back("trained on", other);
    }
    for (const auto& [name, value] : departures(settings)) {
        if (told_elsewhere(name) || !plays_a_part(*find_setting(name), settings)) continue;
        group.settings += fmt::format("{}--{} {}", group.settings.empty() ? "" : " ", name, value);
        if (name != "device") group.departures.emplace_back(name, value.empty() ? "none" : value);
    }
    for (const std::string& change : target_changes(settings.device))
        if (const std::size_t at = change.find('='); at != change.npos)
            group.departures.emplace_back("device." + change.substr(0, at), change.substr(at + 1));
}

// A record from before files were recorded is taken to be of the built-in file of that name.
std::string task_digits(const Result& run) {
    if (!run.task_fingerprint.empty()) return run.task_fingerprint;
    const Task& task = task_of(run.settings);
    return task.fingerprint == 0 ? "" : fmt::format("{:016x}", task.fingerprint);
}

std::string target_text(const Result& run) {
    if (!run.target_fingerprint.empty()) return run.target_fingerprint;
    const std::string digits = target_digits(run.settings);
    if (!digits.empty()) return digits;
    const RunSettings& o = run.settings;
    return fmt::format("{} {} {}", o.target, o.device, o.layer);
}

// All but the seed, and but what the data were and with which arithmetic.
std::string key_of(const Result& run) {
    const RunSettings& o = run.settings;
    std::string key =
        fmt::format("{}\n{} {}\n{}\n{}\n{}\n{}{}\n", run.task(), o.data, run.data_label, run.column,
                    task_digits(run), target_text(run), run.trained_on, run.trained_state);
    for (const Setting& option : settings_table())
        if (const std::string name = option.name; option.kept != Kept::no && name != "seed" &&
                                                  name != "column" && name != "device" &&
                                                  name != "layer" && plays_a_part(option, o))
            key += text_of(option, o) + "\n";
    return key;
}

// The data and the arithmetic of each run's key. Where all records that tell them tell the same,
// those that do not are taken to be of these.
class Origins {
  public:
    explicit Origins(const Results& results) {
        for (const Result& run : results.runs) {
            keys_[&run] = sim::key_of(run);
            if (!run.data_fingerprint.empty()) known_[keys_[&run]].insert(own(run));
        }
    }
    std::string key_of(const Result& run) const {
        const std::string& key = keys_.at(&run);
        if (!run.data_fingerprint.empty()) return key + own(run);
        const auto found = known_.find(key);
        const bool one = found != known_.end() && found->second.size() == 1;
        return one ? key + *found->second.begin() : key;
    }

  private:
    static std::string own(const Result& run) { return run.data_fingerprint + " " + run.revision; }
    std::map<std::string, std::set<std::string>> known_;
    std::map<const Result*, std::string> keys_;
};

// The run that counts of those with the same settings and seed, and what the first of them was made
// for.
struct Kept {
    const Result* run = nullptr;
    std::string experiment;
};

// By all but the seed, then by seed.
using BySeed = std::map<std::uint64_t, Kept>;
std::map<std::string, BySeed> sorted(const Results& results) {
    const Origins origins(results);
    std::map<std::string, BySeed> by_key;
    for (const Result& run : results.runs) {
        Kept& kept = by_key[origins.key_of(run)][run.settings.training.seed];
        if (!kept.run) kept.experiment = run.experiment;
        const bool fuller = kept.run && kept.run->line.parts != run.line.parts &&
                            includes(kept.run->line.parts, run.line.parts);
        if (!fuller) kept.run = &run;
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
            if (members.size() > 1) {
                groups[i].settings =
                    fmt::format("(files {}){}{}", marks[i], groups[i].settings.empty() ? "" : " ",
                                groups[i].settings);
                groups[i].departures.emplace_back("files", marks[i]);
            }
}

}  // namespace

const Task& task_of(const RunSettings& settings) {
    static thread_local std::map<std::pair<std::string, std::string>, Task> known;
    static const std::vector<std::string> names = task_names();
    const bool built_in = std::find(names.begin(), names.end(), settings.task) != names.end();
    const auto [found, fresh] =
        known.try_emplace({settings.task, built_in ? "" : settings.training.network});
    Task& task = found->second;
    if (fresh && built_in) task = load_task(settings.task);
    if (fresh && !built_in) {
        task.name = settings.task;
        task.network = settings.training.network;
    }
    return task;
}

std::string target_digits(const RunSettings& settings) {
    static thread_local std::map<std::array<std::string, 4>, std::string> known;
    const auto [found, fresh] = known.try_emplace(
        {settings.target, settings.device, settings.layer,
         settings.layer.empty()
             ? ""
             : fmt::format("{} {}", settings.training.weight_bits, settings.training.network)});
    if (!fresh) return found->second;
    if (settings.target.ends_with(".toml") || settings.layer.find(".toml") != std::string::npos)
        return "";  // no file that a record names is read
    try {
        found->second = fmt::format("{:016x}", target_of(settings).fingerprint);
    } catch (const Error&) {  // of a program that knows more, or fewer
        return "";
    }
    return found->second;
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
        for (const auto& [seed, kept] : by_seed)
            group.runs.push_back(kept.run);
        tell_settings(group);
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
    std::map<const Result*, std::string> counted;
    for (const auto& [key, by_seed] : sorted(results))
        for (const auto& [seed, kept] : by_seed)
            counted[kept.run] = kept.experiment;
    std::vector<Result> runs;
    for (Result& run : results.runs)
        if (const auto found = counted.find(&run); found != counted.end()) {
            run.experiment = found->second;
            runs.push_back(std::move(run));
        }
    results.runs = std::move(runs);
}

std::string text_of(const Group::Spread& spread, int decimals) {
    if (spread.count == 0) return "-";
    if (spread.count == 1) return fmt::format("{:.{}f} (1 seed)", spread.mean, decimals);
    return fmt::format("{:.{}f} ± {:.{}f} ({} seeds)", spread.mean, decimals, spread.deviation,
                       decimals, spread.count);
}

}  // namespace crossbar::sim
