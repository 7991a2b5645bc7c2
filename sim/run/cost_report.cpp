// The cost of a run as tables: energy, time and area by part, and the histogram of wear.
#include "run/cost_report.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.hpp"
#include "base/format.hpp"
#include "terminal/table.hpp"

namespace crossbar::sim {
namespace {

// "1.23 uJ"
std::string with_unit(double value, const char* unit) {
    constexpr std::array<const char*, 9> prefixes = {"f", "p", "n", "u", "m", "", "k", "M", "G"};
    if (value <= 0) return "-";
    const double thousands = std::clamp(std::floor(std::log10(value) / 3), -5.0, 3.0);
    return fmt::format("{:.3g} {}{}", value / std::pow(1000.0, thousands),
                       prefixes[static_cast<std::size_t>(thousands + 5.0)], unit);
}

double trained_images(const Run& e) {
    return static_cast<double>(e.progress.epoch) * static_cast<double>(e.data.train.count()) +
           static_cast<double>(e.progress.image);
}

// Of a number of images: one, an epoch, the run.
void add_rows(Table& table, const std::vector<CostPart>& parts, const char* what, double epoch,
              double run) {
    const auto add = [&](const CostPart& part, const std::string& events) {
        table.rows.push_back({fmt::format("{}: {}", what, part.name), events,
                              with_unit(part.joules, "J"), with_unit(part.joules * epoch, "J"),
                              with_unit(part.joules * run, "J"), with_unit(part.seconds, "s"),
                              with_unit(part.seconds * epoch, "s"),
                              with_unit(part.seconds * run, "s")});
    };
    for (const CostPart& part : parts)
        if (part.events > 0) add(part, fmt::format("{:.4g} {}", part.events, part.event));
    add(total(parts), "");
}

std::string wear_text(const Wear& wear) {
    std::string text = fmt::format("wear: {:.4g} pulses per {} in this training", wear.mean,
                                   wear.counts.empty() ? "synapse" : "device");
    if (!wear.counts.empty()) text += fmt::format(", median {}, most {}", wear.median, wear.most);
    if (wear.endurance > 0)
        text += fmt::format(
            "\n  an endurance of {:.4g} pulses lasts {:.3g} such trainings for the mean device, "
            "{:.3g} for the most worn one",
            wear.endurance, wear.trainings_mean, wear.trainings_most);
    text += fmt::format("\n  sign copies: {:.4g} per feedback synapse", wear.copies);
    if (wear.feedback_most > 0)
        text += fmt::format(", {} pulses on the most worn one", wear.feedback_most);
    text += "\n";
    for (std::size_t i = 0; i < wear.counts.size(); ++i) {
        if (wear.counts[i] == 0) continue;
        const std::string range = i <= 1    ? fmt::format("{}", i)
                                  : i == 17 ? "65535 or more"
                                            : fmt::format("{} to {}", 1 << (i - 1), (1 << i) - 1);
        text += fmt::format("  {:>14} pulses: {} devices\n", range, wear.counts[i]);
    }
    return text;
}

}  // namespace

void check_cost(const Run& e) {
    if (!std::holds_alternative<Network>(e.network))
        fail("--cost: a float network has no crossbar; leave --arithmetic float out");
    if (trained_images(e) == 0 && (e.evaluating || e.plan.epochs == 0))
        fail("--cost: nothing was trained; give --epochs of at least 1");
}

Cost cost_of(const Run& e) {
    check_cost(e);
    return crossbar::cost_of(std::get<Network>(e.network), e.plan, e.target.hardware,
                             static_cast<std::uint64_t>(std::max(trained_images(e), 1.0)),
                             std::max<std::uint64_t>(e.progress.step, 1), e.target.layers);
}

Wear wear_of(const Run& e) {
    check_cost(e);
    return crossbar::wear_of(std::get<Network>(e.network), e.target.hardware, e.target.layers);
}

std::string cost_text(const Run& e) {
    const Cost cost = cost_of(e);
    const auto epoch = static_cast<double>(e.data.train.count());
    const auto test = static_cast<double>(e.data.test.count());
    Table table{
        {"part", "events per image", "energy", "epoch", "run", "time", "epoch", "run"}, {}, {}};
    add_rows(table, cost.inference, "inference", test, test);
    add_rows(table, cost.training, "training", epoch, trained_images(e));
    add_rows(table, cost.sram_inference, "SRAM inference", test, test);
    add_rows(table, cost.sram_training, "SRAM training", epoch, trained_images(e));
    table.notes.emplace_back(
        "energy and time per image, per epoch and for the run; for inference the last two are one "
        "pass over the test images. SRAM: digital, 8-bit weights");
    table.notes.push_back(
        cost.figures
            ? fmt::format("area of cells and memories: {:.4g} mm2; of the SRAM design {:.4g} mm2",
                          cost.square_metres * 1e6, cost.sram_square_metres * 1e6)
            : fmt::format("target {} has no [cost]: only events are counted", e.target.name));
    std::vector<std::string> once;
    for (const CostPart& part : cost.writing)
        if (part.events > 0)
            once.push_back(
                fmt::format("{:.4g} {}, {}", part.events, part.event, with_unit(part.joules, "J")));
    if (!once.empty())
        table.notes.push_back(fmt::format("writing the network once: {}", fmt::join(once, "; ")));
    return plain_text(table, 1000) + wear_text(wear_of(e));
}

}  // namespace crossbar::sim
