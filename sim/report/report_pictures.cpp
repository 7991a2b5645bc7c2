// Confusion matrices and first-layer filters of a report.
#include <algorithm>

#include "base/check.hpp"
#include "pictures/png.hpp"
#include "report/report.hpp"

namespace crossbar::sim {
namespace {

constexpr std::size_t most_classes = 25;  // of a matrix that can be read

// "3", or "3 accordion" where the class has a name.
std::vector<std::string> labels_of(const Result& run) {
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < run.confusion.size(); ++i)
        labels.push_back(i < run.class_names.size() ? fmt::format("{} {}", i, run.class_names[i])
                                                    : fmt::format("{}", i));
    return labels;
}

// Beyond that, the confusions that happen most often.
PageTable worst_confusions(const std::string& caption, const Result& run) {
    const std::vector<std::vector<double>>& counts = run.confusion;
    const std::vector<std::string> labels = labels_of(run);
    struct Pair {
        std::size_t label, taken_for;
        double count;
    };
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < counts.size(); ++i)
        for (std::size_t k = 0; k < counts.size(); ++k)
            if (i != k && counts[i][k] > 0) pairs.push_back({i, k, counts[i][k]});
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const Pair& a, const Pair& b) { return a.count > b.count; });
    pairs.resize(std::min<std::size_t>(pairs.size(), 20));
    PageTable t{caption + ": the 20 most frequent confusions",
                {{"label", "taken for", "images"}, {}, {}},
                {}};
    for (const Pair& p : pairs)
        t.table.rows.push_back(
            {labels[p.label], labels[p.taken_for], fmt::format("{:.0f}", p.count)});
    return t;
}

// Filters side by side: level 0 is mid-grey, the largest white, its negative black; three channels
// are red, green, blue, of others the mean is shown.
Canvas draw(const FilterLevels& f) {
    const std::size_t count = f.levels.size(), across = std::min<std::size_t>(count, 10);
    const std::size_t down = (count + across - 1) / across;
    Canvas canvas(across * (f.width + 1) + 1, down * (f.height + 1) + 1, {128, 128, 128});
    int largest = 1;
    for (const auto& filter : f.levels)
        for (const int level : filter)
            largest = std::max(largest, std::abs(level));
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t p = 0; p < f.height * f.width; ++p)
            for (std::size_t c = 0; c < 3; ++c) {
                const int* pixel = f.levels[i].data() + p * f.channels;
                double level = 0;
                for (std::size_t k = 0; k < f.channels; ++k)
                    level += static_cast<double>(pixel[k]) / static_cast<double>(f.channels);
                if (f.channels == 3) level = pixel[c];
                canvas.at(i % across * (f.width + 1) + 1 + p % f.width,
                          i / across * (f.height + 1) + 1 + p / f.width)[c] =
                    static_cast<std::uint8_t>(128 + 127 * level / largest);
            }
    return canvas;
}

}  // namespace

Section confusion_section(const Groups& groups) {
    Section section{"confusion", "Confusion matrices", {}, {}};
    for (const Group& group : groups)
        for (const Result* run : group.runs) {
            if (run->confusion.size() < 2) continue;
            const std::string name = fmt::format("{}: {}, seed {}", title_of(group), name_of(group),
                                                 run->settings.training.seed);
            Block block =
                Matrix{"Rows are labels, columns predictions", run->confusion, labels_of(*run)};
            if (run->confusion.size() > most_classes) block = worst_confusions(name, *run);
            section.parts.push_back({"", name, {std::move(block)}, {}});
            break;  // one seed is enough to look at
        }
    return section;
}

Section filter_section(const Groups& groups) {
    Section section{"filters", "First-layer filters", {}, {}};
    for (const Group& group : groups)
        for (const Result* run : group.runs) {
            const FilterLevels& f = run->filters;
            // A dense first layer has no windows to look at.
            if (f.levels.empty() || f.height * f.width < 4 || f.height > 32 || f.width > 32)
                continue;
            const Canvas canvas = draw(f);
            const std::string name = fmt::format("{}: {}, seed {}", title_of(group), name_of(group),
                                                 run->settings.training.seed);
            section.parts.push_back(
                {"",
                 name,
                 {Pictures{
                     fmt::format("{} filters of {}x{}x{}", f.levels.size(), f.height, f.width,
                                 f.channels),
                     "Small pictures of the first layer's synapses: mid-grey is level 0, white the "
                     "largest level, black its negative",
                     png_of(canvas), canvas.width, canvas.height}},
                 {}});
            break;
        }
    return section;
}

}  // namespace crossbar::sim
