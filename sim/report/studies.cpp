// Sorts runs into studies by what they were made for, and takes grids and stars out of the settings
// that vary.
#include "report/studies.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/check.hpp"
#include "base/format.hpp"
#include "study/experiments.hpp"

namespace crossbar::sim {
namespace {

using Members = std::vector<const Group*>;

// Order and title of the study that a run belongs to.
using Origin = std::pair<int, std::string>;

Origin origin_of(const Result& run, const std::map<std::string, std::string>& names) {
    int rank = 1;
    for (const PaperExperiment& experiment : paper_experiments()) {
        if (run.experiment == experiment.name)
            return experiment.rows.empty()
                       ? Origin{0, "The paper's experiments"}
                       : Origin{rank, fmt::format("{}: {}", experiment.name, experiment.title)};
        rank += !experiment.rows.empty();
    }
    const std::string store = run.where.substr(0, run.where.rfind(':'));
    const bool own = run.experiment.empty() || run.experiment == "sweep";
    return {100, own ? names.at(store) : fmt::format("{}: {}", names.at(store), run.experiment)};
}

// That of most of its runs.
Origin origin_of(const Group& group, const std::map<std::string, std::string>& names) {
    std::map<Origin, std::size_t> counts;
    for (const Result* run : group.runs)
        ++counts[origin_of(*run, names)];
    return std::max_element(counts.begin(), counts.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

// "shard-3", "7": one of several stores of a study, whose name is that of their folder.
bool is_shard(std::string stem) {
    const std::size_t digits = stem.find_last_not_of("0123456789") + 1;
    if (digits == stem.size()) return false;
    stem.resize(digits);
    while (!stem.empty() && std::string("-_. ").find(stem.back()) != std::string::npos)
        stem.pop_back();
    return stem.empty() || stem == "shard" || stem == "part";
}

std::string study_name(const std::filesystem::path& store) {
    const std::string stem = store.stem().string();
    if (!is_shard(stem)) return stem;
    const std::string folder = store.parent_path().filename().string();
    return folder.empty() || folder == "." ? "shards" : folder;
}

// Stores by their file's name; by the path where two have the same.
std::map<std::string, std::string> store_names(const std::vector<Group>& groups) {
    std::map<std::string, std::string> names;
    std::map<std::string, std::set<std::string>> by_stem;
    for (const Group& group : groups)
        for (const Result* run : group.runs) {
            const std::string store = run->where.substr(0, run->where.rfind(':'));
            by_stem[study_name(store)].insert(store);
        }
    for (const auto& [stem, stores] : by_stem)
        for (const std::string& store : stores)
            names[store] =
                stores.size() == 1 || is_shard(std::filesystem::path(store).stem().string())
                    ? stem
                    : store;
    return names;
}

bool of_one_task(const Members& groups) {
    return std::all_of(groups.begin(), groups.end(),
                       [&](const Group* g) { return g->task() == groups.front()->task(); });
}

template <typename Key>
std::vector<Members> split_by(const Members& groups, Key key) {
    std::map<decltype(key(*groups.front())), Members> by_key;
    for (const Group* group : groups)
        by_key[key(*group)].push_back(group);
    std::vector<Members> parts;
    parts.reserve(by_key.size());
    for (auto& [name, members] : by_key)
        parts.push_back(std::move(members));
    return parts;
}

// Groups that differ from the usual value of every axis but `across` in one axis at most.
struct Star {
    std::size_t across;
    Members base, rest;
    std::map<std::size_t, Members> arms;  // by axis

    std::size_t covered() const {
        std::size_t sum = 0;
        for (const auto& [axis, members] : arms)
            sum += members.size();
        return sum;
    }
};

std::size_t usual_place(const SettingAxis& axis) {
    std::vector<std::size_t> counts(axis.values.size());
    for (const std::size_t place : axis.places)
        ++counts[place];
    return static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) -
                                    counts.begin());
}

Star star_of(const Axes& axes, const Members& groups, std::size_t across) {
    Star star{across, {}, {}, {}};
    std::vector<std::size_t> usual;
    for (const SettingAxis& axis : axes.axes)
        usual.push_back(usual_place(axis));
    for (std::size_t g = 0; g < groups.size(); ++g) {
        std::size_t off = 0, arm = 0;
        for (std::size_t a = 0; a < axes.axes.size(); ++a)
            if (a != across && axes.axes[a].places[g] != usual[a]) ++off, arm = a;
        (off == 0 ? star.base : off == 1 ? star.arms[arm] : star.rest).push_back(groups[g]);
    }
    return star;
}

Star best_star(const Axes& axes, const Members& groups) {
    Star best = star_of(axes, groups, axes.axes.size());
    for (std::size_t a = 0; a < axes.axes.size(); ++a)
        if (Star star = star_of(axes, groups, a); star.covered() > best.covered())
            best = std::move(star);
    return best;
}

void add_parts(const Members& groups, std::vector<Comparison>& parts);

// The base without what an arm has nothing to set beside.
Members base_beside(const Star& star, const Members& arm, const std::string& across) {
    Members base;
    for (const Group* group : star.base)
        if (across.empty() || std::any_of(arm.begin(), arm.end(), [&](const Group* other) {
                return setting_value(*other, across) == setting_value(*group, across);
            }))
            base.push_back(group);
    return base;
}

// Arms of two groups and more, each beside the base; what is left over together.
void add_star(const Star& star, const std::string& across, std::vector<Comparison>& parts) {
    Members single;
    for (const auto& [axis, members] : star.arms) {
        if (members.size() < 2) {
            single.insert(single.end(), members.begin(), members.end());
            continue;
        }
        Members arm = base_beside(star, members, across);
        arm.insert(arm.end(), members.begin(), members.end());
        parts.push_back({arm, axes_of(arm)});
    }
    if (!single.empty()) {
        single.insert(single.begin(), star.base.begin(), star.base.end());
        parts.push_back({single, axes_of(single)});
    }
    if (!star.rest.empty()) add_parts(star.rest, parts);
}

void add_parts(const Members& groups, std::vector<Comparison>& parts) {
    Axes axes = axes_of(groups);
    const std::size_t count = axes.axes.size();
    if (count <= 1 || (count == 2 && axes.crossed())) {
        parts.push_back({groups, std::move(axes)});
        return;
    }
    if (!of_one_task(groups)) {
        for (const Members& task : split_by(groups, [](const Group& g) { return g.task(); }))
            add_parts(task, parts);
        return;
    }
    if (count > 2 && axes.crossed() && axes.axes.back().values.size() <= 6) {
        const std::string name = axes.axes.back().name;
        for (const Members& same :
             split_by(groups, [&](const Group& g) { return setting_value(g, name); }))
            add_parts(same, parts);
        return;
    }
    if (const Star star = best_star(axes, groups);
        count > 2 && 2 * star.covered() >= groups.size() && star.arms.size() > 1) {
        add_star(star, star.across < count ? axes.axes[star.across].name : "", parts);
        return;
    }
    parts.push_back({groups, std::move(axes)});
}

}  // namespace

std::vector<Comparison> comparisons_of(const std::vector<const Group*>& groups) {
    std::vector<Comparison> parts;
    for (const Members& kind : split_by(groups, [](const Group& g) {
             return std::pair(!g.first().real(), g.first().held_out);
         }))
        add_parts(kind, parts);
    return parts;
}

namespace {

// A part for each experiment and task that runs were made for, with the columns that it shares with
// other experiments.
std::vector<Comparison> paper_parts(const std::vector<Group>& groups) {
    std::vector<Comparison> parts;
    for (const PaperExperiment& experiment : paper_experiments()) {
        std::set<std::string> tasks;
        for (const Group& group : groups)
            for (const Result* run : group.runs)
                if (run->experiment == experiment.name) tasks.insert(group.task());
        const auto& columns = experiment.columns;
        if (!experiment.rows.empty()) continue;
        for (const std::string& task : tasks) {
            Members members;
            for (const Group& group : groups)
                if (group.task() == task &&
                    std::find(columns.begin(), columns.end(), group.column()) != columns.end())
                    members.push_back(&group);
            for (Comparison& part : comparisons_of(members)) {
                part.title = fmt::format("{}: {}", experiment.name, experiment.title);
                parts.push_back(std::move(part));
            }
        }
    }
    return parts;
}

}  // namespace

std::vector<StudyResults> studies_of(const std::vector<Group>& groups) {
    const std::map<std::string, std::string> names = store_names(groups);
    std::map<Origin, StudyResults> by_origin;
    for (const Group& group : groups)
        by_origin[origin_of(group, names)].groups.push_back(group);
    std::vector<StudyResults> studies;
    for (auto& [origin, study] : by_origin) {
        study.title = origin.second;
        study.id = fmt::format("study-{}", studies.size() + 1);
        studies.push_back(std::move(study));
        Members members;
        for (const Group& group : studies.back().groups)
            members.push_back(&group);
        const std::vector<Group>& own = studies.back().groups;
        studies.back().parts = origin.first == 0 ? paper_parts(own) : comparisons_of(members);
    }
    return studies;
}

std::string kind_text(const Comparison& part) {
    const Result& run = part.groups.front()->first();
    return fmt::format("{} images{}", run.real() ? "real" : "SYNTHETIC stand-in",
                       run.held_out ? ", held out of training" : "");
}

}  // namespace crossbar::sim
