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

template <typename Logit>
std::string rows(const Outcome& outcome, const std::vector<Logit>& logits) {
    const Dataset& data = outcome.experiment.data.test;
    const std::vector<std::string>& names = outcome.experiment.data.class_names;
    const auto classes = static_cast<std::ptrdiff_t>(outcome.experiment.task.classes);
    std::string text;
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
    return text;
}

}  // namespace

void check_predictions(const Outcome& outcome) {
    const std::string& file = outcome.outputs.predictions;
    if (!file.empty()) rehearse_replacing(file, header(outcome));
}

void write_predictions(const Outcome& outcome) {
    const std::string& file = outcome.outputs.predictions;
    if (file.empty()) return;
    const Evaluation& test = *outcome.evaluation;
    replace_file(file, header(outcome) + (test.logits.empty() ? rows(outcome, test.float_logits)
                                                              : rows(outcome, test.logits)));
}

}  // namespace crossbar::sim
