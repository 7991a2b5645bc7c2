// Ablations in a report: error against concordance, bits and faults of devices, and a table of
// targets.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "array/target_keys.hpp"
#include "base/check.hpp"
#include "report/report_sweeps.hpp"

namespace crossbar::sim {

using namespace std::string_literals;

namespace {

// A number of bits that error is drawn against.
struct BitsAxis {
    const char* option;
    const char* title;
    int Settings::*bits;
    const char* rule;  // the only one that has it; null: all
};
constexpr std::array<BitsAxis, 5> bits_axes = {{
    {"weight-bits", "a synapse", &Settings::weight_bits, nullptr},
    {"activation-bits", "an activation", &Settings::activation_bits, nullptr},
    {"error-bits", "an error", &Settings::error_bits, nullptr},
    {"feedback-bits", "a feedback synapse", &Settings::feedback_bits, nullptr},
    {"counter-bits", "a vote counter", &Settings::counter_bits, "bm4"},
}};

Section part_of(Section section) {
    section.title = section.title.substr(0, section.title.find(':'));
    return section;
}

void add_part(Section& section, Section part) {
    if (!part.blocks.empty()) section.parts.push_back(part_of(std::move(part)));
}

Chart frame(const std::string& description, const std::string& label, bool log_x) {
    return {"", description, label, "test error %", log_x, true, true, {}};
}

// What sets a run apart from those on other targets; the bits that its target brings do not.
std::string setting_of(const Group& group) {
    const RunSettings& o = group.first().settings;
    std::string text = settings_without(group, "target");
    const std::string bits = fmt::format(" --weight-bits {}", o.training.weight_bits);
    const std::vector<std::string> built_in = target_names();
    const bool known = std::find(built_in.begin(), built_in.end(), o.target) != built_in.end();
    if (const std::size_t at = text.find(bits);
        known && at != text.npos && load_target(o.target).weight_bits == o.training.weight_bits)
        text.erase(at, bits.size());
    return group.column() + text;
}

PageTable target_table(const std::string& caption, std::vector<const Group*> groups) {
    std::stable_sort(groups.begin(), groups.end(), [](const Group* a, const Group* b) {
        return a->spread(&Result::test_error).mean < b->spread(&Result::test_error).mean;
    });
    PageTable t{caption,
                {{"target", "error %", "pulses per synapse", "refreshes", "sign copies"}, {}, {}},
                {},
                1};
    const auto mean = [](const Group* group, double Result::*number, int decimals) {
        const Group::Spread spread = group->spread(number);
        return spread.count == 0 ? "-" : fmt::format("{:.{}f}", spread.mean, decimals);
    };
    for (const Group* group : groups)
        t.table.rows.push_back({group->first().settings.target,
                                text_of(group->spread(&Result::test_error), 2),
                                mean(group, &Result::pulses, 1), mean(group, &Result::refreshes, 2),
                                mean(group, &Result::copies, 2)});
    return t;
}

}  // namespace

Section concordance_section(const Groups& groups) {
    return sweep_section("concordance", "Error against sign-concordance",
                         "Experiment B: the share of feedback synapses whose sign agrees with the "
                         "forward synapse's, "
                         "redrawn after every update (brsf) or fixed (frsf).",
                         {"",
                          "Test error against the share of agreeing feedback signs",
                          "agreeing signs %",
                          "test error %",
                          false,
                          true,
                          true,
                          {}},
                         groups, [](const Group& group) -> std::pair<std::string, double> {
                             const Settings& s = group.first().settings.training;
                             const bool batchwise = s.feedback.starts_with("brsf");
                             if (!batchwise && !s.feedback.starts_with("frsf")) return {};
                             const double p =
                                 s.feedback.ends_with("-p") ? 100 * s.concordance : 100;
                             const std::string name = name_of(group);
                             return {(batchwise ? "brsf" : "frsf") +
                                         name.substr(std::min(name.find('+'), name.size())),
                                     p};
                         });
}

Section bits_section(const Groups& groups) {
    Section section{"bits", "Error against bits", {}, {}};
    for (const BitsAxis& axis : bits_axes)
        add_part(
            section,
            sweep_section(
                "", fmt::format("Bits of {}", axis.title),
                fmt::format("Runs that differ in the bits of {} alone.", axis.title),
                frame(fmt::format("Test error against the bits of {}", axis.title), "bits", false),
                groups, [&](const Group& group) -> std::pair<std::string, double> {
                    const Settings& s = group.first().settings.training;
                    // Changed devices have curves of their own, of faults.
                    if (s.arithmetic != Arithmetic::fixed || !group.first().settings.device.empty())
                        return {};
                    if (axis.rule && s.rule != axis.rule) return {};
                    return {group.column() + settings_without(group, axis.option), s.*axis.bits};
                }));
    return section;
}

// Error against a key of a target. Where faults are shares or spreads, the ideal target has 0 of
// them; what is written into devices after training is another network even then.
Section fault_part(const Groups& groups, const TargetTable& table, const TargetKey& key) {
    const std::string name = option_key(table, key);
    const bool ideal_has_0 = default_text(table, key) == "0" && table.name != "inference"s;
    return sweep_section(
        "", fmt::format("Error against {}", name),
        fmt::format("Runs that differ in {} alone ({}{}{}).", name, key.unit,
                    *key.unit == '\0' ? "" : " ", key.help),
        frame(fmt::format("Test error against {}", name),
              *key.unit == '\0' ? name : fmt::format("{}, {}", name, key.unit), !ideal_has_0),
        groups, [&](const Group& group) -> std::pair<std::string, double> {
            const RunSettings& o = group.first().settings;
            if (o.training.arithmetic != Arithmetic::fixed) return {};
            std::optional<double> value = device_value(group, name);
            if (!value && ideal_has_0 && o.target == "ideal") value = 0;
            if (!value) return {};
            return {group.column() + settings_without(group, fmt::format("device.{}", name)),
                    *value};
        });
}

Section fault_section(const Groups& groups) {
    Section section{"faults", "Error against faults of devices", {}, {}};
    std::string last;
    for (const TargetTable& table : target_tables().subspan(1))
        for (const TargetKey& key : table.keys)
            if (const std::string name = option_key(table, key); std::exchange(last, name) != name)
                add_part(section, fault_part(groups, table, key));
    return section;
}

Section target_section(const Groups& groups) {
    Section section{"targets", "Error and wear by target", {}, {}};
    for (const auto& [title, members] : by_title(groups)) {
        // Groups that differ in the target alone.
        std::map<std::string, std::vector<const Group*>> alike;
        for (const Group* group : members)
            if (const RunSettings& o = group->first().settings;
                o.device.empty() && o.training.arithmetic == Arithmetic::fixed)
                alike[setting_of(*group)].push_back(group);
        for (const auto& [name, same] : alike)
            if (same.size() > 1)
                section.parts.push_back(
                    {"", fmt::format("{}: {}", title, name), {target_table("", same)}, {}});
    }
    if (!section.parts.empty())
        section.blocks.emplace_back(
            Paragraph{"What the network reaches on each target, the best first, and how many "
                      "pulses, refreshes and sign copies a synapse got in the whole training."});
    return section;
}

}  // namespace crossbar::sim
