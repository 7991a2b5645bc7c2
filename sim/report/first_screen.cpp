// Chooses the table and the chart, and looks for the best, the spread and the largest step.
#include "report/first_screen.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/check.hpp"
#include "base/format.hpp"
#include "report/report.hpp"
#include "study/experiments.hpp"

namespace crossbar::sim {
namespace {

constexpr std::size_t most_compared = 10;
constexpr std::size_t few_published = 3;  // fewer are no table of the paper
constexpr std::size_t most_curves = 6;

using Members = std::vector<const Group*>;

Members all_groups(const std::vector<StudyResults>& studies) {
    Members all;
    for (const StudyResults& study : studies)
        for (const Group& group : study.groups)
            all.push_back(&group);
    return all;
}

// Whether a stands for its column rather than b.
bool better_known(const Group& a, const Group& b) {
    const auto rank = [](const Group& g) {
        return std::pair(-static_cast<std::ptrdiff_t>(g.runs.size()), g.departures.size());
    };
    return rank(a) < rank(b);
}

// Groups beside published values, one a column: of the study and task with the most of them.
Members beside_paper(const std::vector<StudyResults>& studies) {
    Members most;
    for (const StudyResults& study : studies) {
        std::map<std::string, std::map<std::string, const Group*>> columns;  // by task
        for (const Group& group : study.groups) {
            std::string mark;
            if (published_for(group, mark) == missing || mean_error(group) == missing ||
                group.first().arithmetic() != "fixed")
                continue;
            const Group*& kept = columns[group.task()][group.column()];
            if (!kept || better_known(group, *kept)) kept = &group;
        }
        for (const auto& [task, groups] : columns)
            if (groups.size() > most.size() && groups.size() >= few_published) {
                most.clear();
                for (const auto& [column, group] : groups)
                    most.push_back(group);
            }
    }
    return most;
}

// Places of columns in the paper's experiments.
std::size_t paper_place(const std::string& column) {
    std::size_t place = 0;
    for (const PaperExperiment& experiment : paper_experiments())
        for (const std::string& name : experiment.columns) {
            if (name == column) return place;
            ++place;
        }
    return place;
}

PageTable paper_table(Members groups) {
    // What has batch normalisation and the sign-only rule is what a crossbar does.
    const auto rank = [](const Group* g) {
        const bool crossbar = g->column().find("+bn+bm") != std::string::npos;
        return std::pair(!crossbar, paper_place(g->column()));
    };
    std::stable_sort(groups.begin(), groups.end(),
                     [&](const Group* a, const Group* b) { return rank(a) < rank(b); });
    const std::size_t count = groups.size();
    groups.resize(std::min(count, most_compared));
    PageTable t{fmt::format("Test error in percent, mean ± standard deviation (seeds), beside the "
                            "paper's. Real images; {}",
                            shared_text(axes_of(groups))),
                {{"column", "here", "paper", "difference", "pulses per synapse"}, {}, {}},
                1,
                groups};
    for (const Group* group : groups) {
        std::string mark;
        const double pulses = group->spread(&Result::pulses).mean;
        t.table.rows.push_back(
            {group->column(), cell_text(*group), paper_text(*group),
             fmt::format("{:+.2f}", mean_error(*group) - published_for(*group, mark)),
             pulses == missing ? "-" : fmt::format("{:.0f}", pulses)});
    }
    t.table.notes = {
        "Paper: Liao, Leibo, Poggio, arXiv 1510.05067; (r): its value is from memory."};
    if (count > most_compared)
        t.table.notes.push_back(fmt::format("{} more columns are below.", count - most_compared));
    return t;
}

std::string scheme_of(const Group& group) {
    const RunSettings& o = group.first().settings;
    return fmt::format("{} {} {}", o.training.feedback, text_of("bn", o),
                       text_of("train-layers", o));
}

// Of ideal synapses on all images alone, with the feedback that was tried with the most bits.
Members with_bits(const Members& all, const std::string& task) {
    std::map<std::string, std::set<int>> bits;
    std::map<std::string, Members> members;
    for (const Group* group : all) {
        if (group->task() != task || !compares_with_published(*group) ||
            group->spread(&Result::pulses).mean <= 0 || group->first().arithmetic() != "fixed" ||
            mean_error(*group) == missing)
            continue;
        bits[scheme_of(*group)].insert(group->first().settings.training.weight_bits);
        members[scheme_of(*group)].push_back(group);
    }
    if (bits.empty()) return {};
    return members[std::max_element(bits.begin(), bits.end(), [](const auto& a, const auto& b) {
                       return a.second.size() < b.second.size();
                   })->first];
}

// Error against pulses, a line for each number of bits.
ErrorChart bits_and_pulses(const Members& all, const std::string& task) {
    ErrorChart chart{"Test error against pulses per synapse, by bits of a synapse",
                     fmt::format("{}, real images, ideal synapses: test error against the pulses "
                                 "sent to a synapse in the whole training; each point is a group "
                                 "of runs that differ in the seed alone",
                                 task),
                     "pulses per synapse",
                     Scale::logarithmic,
                     {},
                     false,
                     {}};
    std::map<int, ErrorLine> lines;
    double least = INFINITY, most = 0;
    for (const Group* group : with_bits(all, task)) {
        least = std::min(least, group->spread(&Result::pulses).mean);
        most = std::max(most, group->spread(&Result::pulses).mean);
        lines[group->first().settings.training.weight_bits].points.push_back(
            {group->spread(&Result::pulses).mean, group});
    }
    if (most < 2 * least) return chart;  // they tell nothing apart
    for (auto& [bits, line] : lines) {
        line.name = fmt::format("{} bit{}", bits, bits == 1 ? "" : "s");
        std::stable_sort(line.points.begin(), line.points.end(),
                         [](const ErrorPoint& a, const ErrorPoint& b) { return a.x < b.x; });
        chart.lines.push_back(std::move(line));
    }
    return chart;
}

ErrorChart curves_of(const Comparison& part) {
    ErrorChart chart{"Learning curves",
                     "Test error in percent after each epoch, seed by seed",
                     "epoch",
                     Scale::linear,
                     {},
                     true,
                     {}};
    for (std::size_t g = 0; g < part.groups.size() && chart.lines.size() < most_curves; ++g) {
        const Result& run = part.groups[g]->first();
        ErrorLine line{part.axes.axes.empty() ? run.column : own_text(part.axes, g), {}};
        for (const EpochState& epoch : run.history)
            if (epoch.test_error != missing)
                line.points.push_back(
                    {static_cast<double>(epoch.epoch), nullptr, epoch.test_error});
        if (line.points.size() > 1) chart.lines.push_back(std::move(line));
    }
    return chart;
}

const Comparison& largest_part(const std::vector<StudyResults>& studies, std::string& title) {
    const Comparison* largest = nullptr;
    for (const StudyResults& study : studies)
        for (const Comparison& part : study.parts) {
            const auto weight = [](const Comparison& c) {
                return std::pair(!c.groups.front()->first().held_out, c.groups.size());
            };
            if (largest && weight(part) <= weight(*largest)) continue;
            largest = &part;
            title = study.title;
        }
    return *largest;
}

void cut(PageTable& t) {
    const std::size_t count = t.table.rows.size();
    if (count <= most_compared) return;
    t.table.rows.resize(most_compared);
    if (!t.groups.empty()) t.groups.resize(most_compared);
    t.table.notes.push_back(fmt::format("The first {} of {} rows.", most_compared, count));
}

std::string what_it_is(const Group& group) {
    std::vector<std::string> words;
    for (const auto& [name, value] : group.departures)
        words.push_back(name + " " + brief(value));
    return words.empty() ? group.column()
                         : fmt::format("{} with {}", group.column(), fmt::join(words, ", "));
}

std::string task_text(const Group& group) {
    return group.task() + (group.first().real() ? "" : " (SYNTHETIC images)");
}

std::string best_sentence(const Members& members) {
    const Group& best = **std::min_element(
        members.begin(), members.end(),
        [](const Group* a, const Group* b) { return mean_error(*a) < mean_error(*b); });
    std::string mark;
    const double published = published_for(best, mark);
    return fmt::format(
        "Best: {} % test error on {}, {}{}.", text_of(best.spread(&Result::test_error), 2),
        task_text(best), what_it_is(best),
        published == missing ? "" : fmt::format("; the paper's column has {}", paper_text(best)));
}

std::string spread_sentence(const Members& members) {
    std::vector<double> deviations, errors;
    for (const Group* group : members) {
        const Group::Spread error = group->spread(&Result::test_error);
        if (error.count > 1) deviations.push_back(error.deviation);
        errors.push_back(error.mean);
    }
    const auto [low, high] = std::minmax_element(errors.begin(), errors.end());
    if (errors.size() == 1 && !deviations.empty())
        return fmt::format("Spread: seeds differ by {:.2f} points (standard deviation).",
                           deviations.front());
    if (errors.size() == 1) return "Spread: a single run; chance is not known.";
    std::string text = fmt::format("Spread: {} groups of runs reach from {:.2f} to {:.2f} %",
                                   errors.size(), *low, *high);
    if (deviations.empty()) return text + ", each with one seed, so that chance is not known.";
    const auto middle = deviations.begin() + static_cast<std::ptrdiff_t>(deviations.size() / 2);
    std::nth_element(deviations.begin(), middle, deviations.end());
    return text + fmt::format(
                      "; seeds of one group differ by {:.2f} points (median standard "
                      "deviation of {} groups).",
                      *middle, deviations.size());
}

// The largest step between neighbours on a line of a chart of numbers.
struct Step {
    double factor = 1;
    std::string text;
};

void look_for_step(const Comparison& part, Step& largest) {
    for (const ErrorChart& chart : charts_of(part)) {
        if (chart.scale == Scale::words || !chart.joined) continue;
        for (const ErrorLine& line : chart.lines)
            for (std::size_t i = 1; i < line.points.size(); ++i) {
                const ErrorPoint &a = line.points[i - 1], &b = line.points[i];
                const bool up = error_of(b) > error_of(a);
                const ErrorPoint &low = up ? a : b, &high = up ? b : a;
                const double factor = error_of(high) / std::max(error_of(low), 0.1);
                if (factor <= largest.factor || error_of(high) - error_of(low) < 1) continue;
                largest = {factor, fmt::format("{} from {:g} ({:.2f} %) to {:g} ({:.2f} %){}{}; {}",
                                               chart.x_label, low.x, error_of(low), high.x,
                                               error_of(high), line.name.empty() ? "" : ", ",
                                               line.name, shared_text(part.axes))};
            }
    }
}

std::string break_sentence(const std::vector<StudyResults>& studies, const Members& members) {
    Step step;
    for (const StudyResults& study : studies)
        for (const Comparison& part : study.parts)
            if (!part.groups.front()->first().held_out) look_for_step(part, step);
    if (step.factor >= 2) return "Breaks: the largest step is that of " + step.text + ".";
    const Group& worst = **std::max_element(
        members.begin(), members.end(),
        [](const Group* a, const Group* b) { return mean_error(*a) < mean_error(*b); });
    return fmt::format(
        "Breaks: nothing, along an axis of numbers; the highest error is {:.2f} %, on {}, {}.",
        mean_error(worst), task_text(worst), what_it_is(worst));
}

std::string images_sentence(const Members& all) {
    std::map<bool, std::pair<std::set<std::string>, std::size_t>> kinds;  // by real
    for (const Group* group : all) {
        auto& [tasks, runs] = kinds[group->first().real()];
        tasks.insert(group->task());
        runs += group->runs.size();
    }
    std::string text;
    for (const bool real : {true, false})
        if (kinds.contains(real))
            text += fmt::format("{}{}: {} runs ({}).", text.empty() ? "" : " ",
                                real ? "Real images" : "SYNTHETIC stand-in images",
                                kinds[real].second, fmt::join(kinds[real].first, ", "));
    return kinds.contains(false) ? text + " Stand-ins say nothing about the real task." : text;
}

}  // namespace

FirstScreen first_screen_of(const std::vector<StudyResults>& studies) {
    FirstScreen first;
    const Members all = all_groups(studies);
    first.images = images_sentence(all);
    const Members papers = beside_paper(studies);
    const Comparison& part = largest_part(studies, first.title);
    const Group& lead = papers.empty() ? *part.groups.front() : *papers.front();
    if (papers.empty()) {
        first.table = table_of(part);
        cut(first.table);
    } else {
        first.title = lead.task() + " beside the paper";
        first.table = paper_table(papers);
        first.chart = bits_and_pulses(all, lead.task());
    }
    if (first.chart.lines.size() < 2) {
        std::vector<ErrorChart> charts = charts_of(part);
        first.chart = charts.empty() ? curves_of(part) : std::move(charts.front());
    }
    Members alike;
    for (const Group* group : papers.empty() ? part.groups : all)
        if (papers.empty() ||
            (group->task() == lead.task() && group->first().real() && !group->first().held_out))
            alike.push_back(group);
    std::erase_if(alike, [](const Group* group) { return mean_error(*group) == missing; });
    if (alike.empty()) return first;
    first.findings = {best_sentence(alike), spread_sentence(alike), break_sentence(studies, alike)};
    return first;
}

}  // namespace crossbar::sim
