// Ratios as a record's history has them.
#include "run/epoch_figures.hpp"

#include <cmath>

#include "base/format.hpp"

namespace crossbar::sim {
namespace {

using Value = std::optional<double>;

// With four decimals, as in a record.
Value ratio_value(double part, double whole, double factor) {
    if (!(whole > 0)) return {};
    return std::round(factor * part / whole * 1e4) / 1e4;
}

Value error_value(const Metrics& m) {
    return ratio_value(static_cast<double>(m.wrong), static_cast<double>(m.images), 100);
}

Value loss_value(const Metrics& m) {
    return ratio_value(static_cast<double>(m.loss) / 65536, static_cast<double>(m.images), 1);
}

// In six digits. Counted votes have no rate, but scales and shifts that are learnt beside them do.
Value rate_of(const Run& run, int epoch) {
    const Plan& plan = run.plan;
    const auto place = static_cast<std::size_t>(epoch - 1);
    if (plan.rule->counts_votes && plan.bn != BatchNormMode::affine) return {};
    if (place >= plan.rate.size()) return {};
    return std::stod(fmt::format("{:.6g}", plan.rate[place]));
}

// A tag that every reader takes: "2_conv_5x5x50".
std::string tag_of(std::size_t layer, const std::string& text) {
    std::string tag = fmt::format("{}_{}", layer, text);
    for (char& c : tag) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
        if (!plain) c = '_';
    }
    return tag;
}

}  // namespace

std::vector<EpochFigure> epoch_figures(const Run& run, const EpochRecord& record,
                                       std::span<const LayerReport> layers, bool as_it_ended,
                                       bool diagnose) {
    double synapses = 0, saturated = 0;
    for (const LayerReport& layer : layers) {
        synapses += static_cast<double>(layer.synapses);
        saturated += static_cast<double>(layer.saturated);
    }
    const bool fixed = run.settings.training.arithmetic == Arithmetic::fixed;
    const std::string tested = run.settings.holdout != 0 ? "holdout" : "test";
    std::vector<EpochFigure> figures = {
        {"train_seconds", "seconds/train", ratio_value(record.seconds, 1, 1)},
        {"rate", "rate", rate_of(run, record.epoch)},
        {"train_error_percent", "error_percent/train", error_value(record.train)},
        {"train_loss", "loss/train", loss_value(record.train)},
        {"test_error_percent", "error_percent/" + tested, error_value(record.test)},
        {"test_loss", "loss/" + tested, loss_value(record.test)},
        {"pulses_per_synapse", "pulses_per_synapse",
         ratio_value(static_cast<double>(record.pulses), synapses, 1)},
        {"saturated_percent", "saturated_percent",
         fixed && as_it_ended ? ratio_value(saturated, synapses, 100) : Value()}};
    for (std::size_t i = 0; diagnose && i < layers.size(); ++i) {
        const bool known = i < record.layers.size() && record.layers[i].angle >= 0;
        figures.push_back({fmt::format("angle_degrees_{}", i + 1),
                           "angle_degrees/" + tag_of(i + 1, layers[i].text),
                           known ? ratio_value(record.layers[i].angle, 1, 1) : Value()});
    }
    return figures;
}

}  // namespace crossbar::sim
