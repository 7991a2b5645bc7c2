// Target files (TOML) into Target: every key is checked, with its line.
#include "array/target.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "base/check.hpp"
#include "base/embedded.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"
#include "base/text_file.hpp"
#include "base/toml_section.hpp"

namespace crossbar {
namespace {

std::vector<std::pair<double, double>> parse_points(Section& device, std::string_view key) {
    constexpr std::string_view expected = "an array of pairs [position 0..1, step of the range]";
    const toml::node& node = device.need(key, expected);
    if (!node.is_array() || node.as_array()->empty())
        device.wrong(node, "{} is not {}", key, expected);
    std::vector<std::pair<double, double>> points;
    for (const toml::node& item : *node.as_array()) {
        const auto [x, step] = device.two(item, key, expected, 0, 1);
        if (!points.empty() && x <= points.back().first)
            device.wrong(item, "{} holds position {} behind {}, expected them to rise", key, x,
                         points.back().first);
        points.emplace_back(x, step);
    }
    return points;
}

// Weight 0 lies within, but for pairs, whose difference may be 0 anywhere; two families divide by
// the bounds.
void parse_bounds(Section& device, Cells cells, Curve& curve) {
    if (!device.has("bounds")) return;
    const auto [low, high] = device.two("bounds", "[lowest weight, highest weight]", -10, 10);
    const bool around = low < 0 && high > 0;
    const bool sided = curve.family == StepFamily::constant ||
                       curve.family == StepFamily::exponential || curve.family == StepFamily::power;
    if (!around && !(sided && !centred(cells) && low < high))
        device.wrong(*device.find("bounds"), "bounds are {} and {}, expected 0 between them", low,
                     high);
    curve.low = low;
    curve.high = high;
}

void parse_curve(Section& device, Cells cells, Curve& curve) {
    constexpr std::string_view sides = "[of SET, of RESET]";
    curve.family = static_cast<StepFamily>(device.choice(
        "step", {"constant", "linear", "soft-bounds", "exponential", "power", "label", "table"},
        0));
    device.number("asymmetry", -1, 1, curve.asymmetry);
    if (curve.family == StepFamily::table) {
        curve.points = {parse_points(device, "set"), parse_points(device, "reset")};
        return;
    }
    if (curve.family == StepFamily::label) {
        curve.label = device.two("label", sides, -9, 9);
        device.number("states", 2, 1e5, curve.states);
        return;
    }
    parse_bounds(device, cells, curve);
    const toml::node* pulse = device.find("pulse");
    if (pulse && pulse->value<std::string>() == "level")
        curve.one_level = true;
    else
        device.number("pulse", 1e-6, 20, curve.pulse);
    if (curve.family == StepFamily::linear || curve.family == StepFamily::power)
        curve.gamma = device.two("gamma", sides, 0, 20);
    if (curve.family != StepFamily::exponential) return;
    curve.gamma = device.two("gamma", sides, -50, 50);
    curve.scale = device.two("A", sides, -50, 50);
    device.number("a", -10, 10, curve.stretch);
    device.number("b", -10, 10, curve.offset);
}

// Keys that are read only with others.
void say_what_belongs(Section& device) {
    constexpr std::string_view family = "step = \"linear\", \"exponential\" or \"power\"";
    constexpr std::string_view exponential = "step = \"exponential\"";
    constexpr std::string_view sided = "cells = \"one-sided\" or \"carry\"";
    device.belong({{"pulse", "a step that is neither \"label\" nor \"table\""},
                   {"bounds", "a step that is neither \"label\" nor \"table\""},
                   {"gamma", family},
                   {"A", exponential},
                   {"a", exponential},
                   {"b", exponential},
                   {"label", "step = \"label\""},
                   {"states", "step = \"label\""},
                   {"set", "step = \"table\""},
                   {"reset", "step = \"table\""},
                   {"carry_base", "cells = \"carry\""},
                   {"refresh_at", sided},
                   {"refresh_every", sided},
                   {"verify_within", "verify_tries"},
                   {"lifetime_spread", "lifetime"},
                   {"rest", "lifetime"}});
}

DeviceSpec parse_device(Section& device) {
    say_what_belongs(device);
    DeviceSpec m;
    m.cells = static_cast<Cells>(device.choice("cells", {"one", "pair", "one-sided", "carry"}, 0));
    parse_curve(device, m.cells, m.curve);
    device.number("step_spread", 0, 3, m.step_spread);
    m.log_normal = device.choice("step_distribution", {"normal", "log-normal"}, 0) == 1;
    device.number("asymmetry_spread", 0, 1, m.asymmetry_spread);
    if (device.has("bound_spread"))
        m.bound_spread = device.two("bound_spread", "[of the lower, of the upper bound]", 0, 1);
    m.log_normal_bounds = device.choice("bound_distribution", {"normal", "log-normal"}, 0) == 1;
    device.number("cycle_spread", 0, 10, m.cycle_spread);
    device.number("cycle_noise", 0, 1, m.cycle_noise);
    device.number("stuck_low", 0, 1, m.stuck_low);
    device.number("stuck_high", 0, 1, m.stuck_high);
    device.number("stuck_random", 0, 1, m.stuck_random);
    device.number("endurance", 1, 65000, m.endurance);
    device.number("endurance_spread", 0, 3, m.endurance_spread);
    if (m.cells == Cells::carry) {
        m.refresh_every = 10;
        device.integer("carry_base", 2, 126, m.carry_base);
    }
    if (m.cells == Cells::one_sided || m.cells == Cells::carry) {
        device.number("refresh_at", 0.1, 1, m.refresh_at);
        device.integer("refresh_every", m.cells == Cells::carry ? 0 : 1, 1000000, m.refresh_every);
    }
    if (device.has("verify_tries")) {
        device.integer("verify_tries", 1, 1000, m.verify_tries);
        device.number("verify_within", 0, 0.5, m.verify_within);
    }
    if (!device.has("lifetime")) return m;
    device.number("lifetime", 0.1, 1e9, m.lifetime);
    device.number("lifetime_spread", 0, 3, m.lifetime_spread);
    device.number("rest", -10, 10, m.rest);
    return m;
}

FeedbackSpec parse_feedback_device(Section& device) {
    FeedbackSpec m;
    device.number("stuck", 0, 1, m.stuck);
    device.number("lost", 0, 1, m.lost);
    device.number("magnitude_spread", 0, 3, m.magnitude_spread);
    device.integer("copy_pulses", 1, 1000, m.copy_pulses);
    device.number("endurance", 1, 65000, m.endurance);
    device.number("endurance_spread", 0, 3, m.endurance_spread);
    return m;
}

TileSpec parse_tiles(Section& tiles) {
    constexpr std::string_view adc = "adc_bits: without them there is no ADC";
    tiles.belong({{"adc_range", adc},
                  {"gain_spread", adc},
                  {"offset_spread", adc},
                  {"adc_limit", "adc_bits and adc_range = \"fixed\""},
                  {"adc_headroom", "adc_bits and another adc_range than \"fixed\""},
                  {"adc_calibration", "adc_bits and adc_range = \"calibrated\""}});
    TileSpec m;
    tiles.integer("rows", 1, 512, m.rows);
    tiles.integer("columns", 1, 65536, m.columns);
    if (tiles.has("slice_bits")) tiles.integer("slice_bits", 1, 7, m.slice_bits);
    m.serial = tiles.choice("dac", {"levels", "serial"}, 0) == 1;
    if (tiles.has("dac_bits")) tiles.integer("dac_bits", 2, 8, m.dac_bits);
    if (tiles.has("adc_bits")) tiles.integer("adc_bits", 2, 14, m.adc_bits);
    if (m.adc_bits > 0) {
        m.range = static_cast<AdcRange>(
            tiles.choice("adc_range", {"fixed", "calibrated", "following"}, 1));
        if (m.range == AdcRange::fixed) {
            m.adc_limit =
                tiles.number_in(tiles.need("adc_limit", "a number"), "adc_limit", 0.001, 1e6);
        } else {
            tiles.number("adc_headroom", 0.01, 16, m.headroom);
        }
        if (m.range == AdcRange::calibrated)
            tiles.integer("adc_calibration", 1, 1000000, m.calibration);
        tiles.number("gain_spread", 0, 0.3, m.gain_spread);
        tiles.number("offset_spread", 0, 0.3, m.offset_spread);
    }
    tiles.number("read_noise", 0, 100, m.read_noise);
    if (tiles.has("wire_loss"))
        m.wire_loss = tiles.two("wire_loss", "[of row wires, of column wires]", 0, 0.9);
    return m;
}

// A number in other units than SI.
void scaled(Section& cost, std::string_view key, double low, double high, double unit,
            double& value) {
    double shown = value / unit;
    cost.number(key, low, high, shown);
    value = shown * unit;
}

CostFigures parse_cost(Section& cost) {
    CostFigures f;
    f.on_ohm = cost.number_in(cost.need("on_ohm", "a number"), "on_ohm", 1, 1e12);
    f.on_off = cost.number_in(cost.need("on_off", "a number"), "on_off", 1, 1e9);
    for (const auto& [key, pulse] : {std::pair{"set", &f.set}, {"reset", &f.reset}}) {
        *pulse = cost.two(key, "[volts, seconds]", -20, 20);
        if ((*pulse)[1] <= 0 || (*pulse)[1] > 1)
            cost.wrong(*cost.find(key), "{} lasts {} s, expected more than 0 and at most 1", key,
                       (*pulse)[1]);
    }
    cost.number("read_volt", 0.001, 10, f.read_volt);
    scaled(cost, "read_ns", 0.01, 1e9, 1e-9, f.read_s);
    constexpr std::array<int, 6> nodes = {65, 45, 32, 22, 14, 7};
    f.node = nodes[cost.choice("node", {"65 nm", "45 nm", "32 nm", "22 nm", "14 nm", "7 nm"}, 2)];
    cost.integer("adc_bits", 1, 14, f.adc_bits);
    cost.integer("columns_per_adc", 1, 65536, f.columns_per_adc);
    f.transistors = cost.choice("cell", {"1t1r", "crossbar"}, 0) == 0;
    f.by_column = cost.choice("programming", {"array", "column"}, 0) == 1;
    scaled(cost, "dac_pj", 0, 1e6, 1e-12, f.dac_j);
    scaled(cost, "mac_pj", 0, 1e6, 1e-12, f.mac_j);
    scaled(cost, "sram_pj_per_bit", 0, 1e6, 1e-12, f.sram_j);
    scaled(cost, "clock_ns", 0.01, 1e6, 1e-9, f.clock_s);
    return f;
}

// `least` to `most` numbers; one alone may do without brackets.
std::vector<double> parse_numbers(Section& section, std::string_view key, std::size_t least,
                                  std::size_t most, double low, double high) {
    const std::string expected =
        least == most ? fmt::format("an array of {} numbers", most)
                      : fmt::format("a number, or an array of {} to {}", least, most);
    const toml::node& node = section.need(key, expected);
    if (least == 1 && node.is_number()) return {section.number_in(node, key, low, high)};
    const toml::array* items = node.as_array();
    if (!items || items->size() < least || items->size() > most)
        section.wrong(node, "{} is not {}", key, expected);
    std::vector<double> numbers;
    for (const toml::node& item : *items)
        numbers.push_back(section.number_in(item, key, low, high));
    return numbers;
}

void parse_line(Section& inference, std::string_view key, LogLine& line) {
    if (!inference.has(key)) return;
    const std::vector<double> n = parse_numbers(inference, key, 4, 4, -10, 10);
    if (n[2] < 0 || n[3] < n[2])
        inference.wrong(*inference.find(key),
                        "{} is held within {} and {}, expected 0 or more, "
                        "the lower first",
                        key, n[2], n[3]);
    line = {n[0], n[1], n[2], n[3]};
}

InferenceSpec parse_inference(Section& inference) {
    inference.belong({{"verify_within", "verify_tries"}, {"read_spread", "verify_tries"}});
    InferenceSpec m;
    inference.number("g_max", 1e-6, 1e9, m.g_max);
    if (inference.has("write_spread")) {
        const std::vector<double> n = parse_numbers(inference, "write_spread", 3, 3, -1e9, 1e9);
        m.write_spread = {n[0], n[1], n[2]};
    }
    parse_line(inference, "drift", m.drift);
    parse_line(inference, "drift_spread", m.drift_spread);
    inference.number("t0", 1e-9, 1e9, m.t0);
    if (inference.has("verify_tries")) {
        inference.integer("verify_tries", 1, 1000, m.verify_tries);
        inference.number("verify_within", 0, 0.5, m.verify_within);
        inference.number("read_spread", 0, 1e9, m.read_spread);
    }
    m.compensation = inference.choice("compensation", {"none", "layer"}, 0) == 1;
    if (inference.has("seconds")) m.seconds = parse_numbers(inference, "seconds", 1, 100, 0, 1e11);
    return m;
}

template <typename Model>
std::optional<Model> parse_table(Section& top, const std::string& file, const std::string& name,
                                 Model (*parse)(Section&)) {
    const toml::node* node = top.find(name);
    if (node == nullptr) return {};
    if (!node->is_table())
        top.wrong(*node, "{} is {}, expected the table [{}]", name, kind_of(*node), name);
    Section section(file, "[" + name + "] ", *node->as_table());
    Model model = parse(section);
    section.finish();
    return model;
}

void change_target(toml::table& table, const std::string& changes) {
    const std::vector<std::string> lines = target_changes(changes);
    const bool had_device = table.contains("device");
    change_table(table, "device", lines, "--device");
    toml::table* device = table["device"].as_table();
    if (had_device || !device) return;
    // Where the curve is not said, it is the ideal one's.
    for (const char* key : {"pulse", "step"})
        if (device->contains(key)) return;
    device->insert("pulse", "level");
}

Target parse_target(const std::string& file, std::string_view text, const std::string& changes) {
    toml::table table = parse_toml(file, text);
    change_target(table, changes);
    Section top(file, "", table);
    Target target;
    target.name = std::filesystem::path(file).stem().string();
    target.title = top.text("title");
    target.citation = top.text("citation");
    top.integer("weight_bits", 1, 8, target.weight_bits);
    if (top.has("expected_error_percent"))
        target.expected = top.two("expected_error_percent", "[lowest, highest]", 0, 100);
    target.hardware.device = parse_table(top, file, "device", parse_device);
    target.hardware.tiles = parse_table(top, file, "tiles", parse_tiles);
    target.hardware.feedback_tiles = parse_table(top, file, "feedback_tiles", parse_tiles);
    target.hardware.cost = parse_table(top, file, "cost", parse_cost);
    target.hardware.feedback_device =
        parse_table(top, file, "feedback_device", parse_feedback_device);
    target.hardware.inference = parse_table(top, file, "inference", parse_inference);
    if (const auto& device = target.hardware.device;
        device && device->cells == Cells::carry && target.hardware.inference)
        top.wrong(*top.find("inference"),
                  "[inference] writes differences of two devices, expected none with cells = "
                  "\"carry\"");
    top.finish();
    target.fingerprint = fingerprint_of(table, {"title", "citation", "expected_error_percent"});
    return target;
}

std::string target_name_of(const EmbeddedFile& file) {
    if (!file.path.starts_with("targets/")) return {};
    return std::filesystem::path(file.path).stem().string();
}

}  // namespace

Target load_target(const std::string& name_or_path, const std::string& changes) {
    if (name_or_path.ends_with(".toml"))
        return parse_target(name_or_path, text_of_file(name_or_path, "target file"), changes);
    for (const EmbeddedFile& file : embedded_files())
        if (target_name_of(file) == name_or_path)
            return parse_target(std::string(file.path), file.text, changes);
    const std::vector<std::string> names = target_names();
    fail("unknown target '{}'{}; expected one of: {}, or the path of a .toml file", name_or_path,
         suggestion(name_or_path, names), fmt::join(names, ", "));
}

std::vector<std::string> target_changes(const std::string& changes) {
    std::vector<std::string> lines;
    for (std::size_t first = 0; !changes.empty() && first <= changes.size();) {
        const std::size_t end = std::min(changes.find(';', first), changes.size());
        lines.push_back(changes.substr(first, end - first));
        first = end + 1;
    }
    return lines;
}

std::vector<std::string> target_names() {
    std::vector<std::string> names;
    for (const EmbeddedFile& file : embedded_files())
        if (std::string name = target_name_of(file); !name.empty())
            names.push_back(std::move(name));
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace crossbar
