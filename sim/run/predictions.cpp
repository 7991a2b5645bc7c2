// Rows in the order of the test set.
#include "run/predictions.hpp"

#include <algorithm>

#include "base/replace_file.hpp"
#include "terminal/csv.hpp"

namespace crossbar::sim {
namespace {

std::string header(const Outcome& outcome) {
    const Run& e = outcome.experiment;
    std::string text = "image,label,predicted";
    if (!e.data.class_names.empty()) text += ",label_name,predicted_name";
    for (int c = 0; c < e.task.classes; ++c)
        text += fmt::format(",logit_{}", c);
    return text + "\n";
}

}  // namespace

void check_predictions(const Outcome& outcome) {
    const std::string& file = outcome.outputs.predictions;
    if (!file.empty()) rehearse_replacing(file, header(outcome));
}

void write_predictions(const Outcome& outcome) {
    const std::string& file = outcome.outputs.predictions;
    if (file.empty()) return;
    const Dataset& data = outcome.experiment.data.test;
    const std::vector<std::string>& names = outcome.experiment.data.class_names;
    const std::vector<double>& logits = outcome.evaluation->logits;
    const auto classes = static_cast<std::ptrdiff_t>(outcome.experiment.task.classes);
    std::string text = header(outcome);
    for (std::size_t i = 0; i < data.count(); ++i) {
        const auto first = logits.begin() + static_cast<std::ptrdiff_t>(i) * classes;
        const auto answer =
            static_cast<std::size_t>(std::max_element(first, first + classes) - first);
        text += fmt::format("{},{},{}", i, data.labels[i], answer);
        if (!names.empty())
            text += "," + csv_field(names[data.labels[i]]) + "," + csv_field(names[answer]);
        for (auto logit = first; logit != first + classes; ++logit)
            text += fmt::format(",{}", *logit);
        text += "\n";
    }
    replace_file(file, text);
}

}  // namespace crossbar::sim
