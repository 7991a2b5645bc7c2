// The table of keys: a row for each. How rows are read is in target.cpp, how they are shown in
// target_text.cpp.
#include "array/target_keys.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/format.hpp"

namespace crossbar {
namespace {

Member kept(std::string& value) {
    return &value;
}
Member kept(double& value) {
    return &value;
}
Member kept(int& value) {
    return &value;
}
Member kept(Points& value) {
    return &value;
}
Member kept(std::vector<double>& value) {
    return &value;
}
Member kept(Curve& curve) {  // its pulse
    return NumberOr{&curve.pulse, &curve.one_level};
}
template <std::size_t n>
Member kept(std::array<double, n>& values) {
    return std::span<double>(values);
}
template <typename Word>  // an enumeration, or a flag of which the second word is true
Member kept(Word& value) {
    return Choice{
        &value,
        [](const void* at) { return static_cast<std::size_t>(*static_cast<const Word*>(at)); },
        [](void* at, std::size_t i) { *static_cast<Word*>(at) = static_cast<Word>(i); }};
}

constexpr TargetKey must(TargetKey key) {
    key.required = true;
    return key;
}
constexpr TargetKey told_only(TargetKey key) {
    key.identity = false;
    return key;
}
constexpr TargetKey swept(const char* values, TargetKey key) {
    key.sweep = values;
    return key;
}
constexpr TargetKey or_else(double value, TargetKey key) {
    key.otherwise = value;
    return key;
}

#define OF(value) [](Target& t) -> Member { return kept(t.value); }
#define DEVICE(field) OF(hardware.device->field)

constexpr const char* sides = "[of SET, of RESET]";
constexpr const char* points = "an array of pairs [position 0..1, step of the range]";
constexpr const char* line = "an array of 4 numbers";
constexpr const char* pulse_form = "[volts, seconds]";
constexpr const char* bounded = "step = constant, linear, soft-bounds, exponential, power";
constexpr const char* normals = "normal, log-normal";

// Name, where it is kept, range, unit, what it needs, help.
// clang-format off
constexpr TargetKey top_keys[] = {
    told_only(must({"title", OF(title), {}, "", "", "what it is, in a line"})),
    told_only(must({"citation", OF(citation), {}, "", "", "where its figures come from"})),
    {"weight_bits", OF(weight_bits), {1, 8}, "bits", "",
     "width of the synapses that the device is made for; replaces the task's, and is itself "
     "replaced by `--weight-bits`"},
    told_only({"expected_error_percent", OF(expected), {0, 100, "[lowest, highest]"}, "%", "",
     "test error on MNIST that is expected of `--task mnist --epochs 3 --rate-decay 0.3 "
     "--bn-images 2000`"}),
};

constexpr TargetKey device_keys[] = {
    {"cells", DEVICE(cells), {.words = "one, pair, one-sided, carry"}, "", "",
     "devices that make up a synapse"},
    {"step", DEVICE(curve.family),
     {.words = "constant, linear, soft-bounds, exponential, power, label, table"}, "", "",
     "family of the curve: how the step of a pulse depends on where the device stands"},
    {"pulse", DEVICE(curve), {1e-6, 20, "", "level"}, "w", bounded,
     "mean step at w = 0; \"level\": as far as a pulse moves the ideal synapse of the same bits"},
    {"bounds", DEVICE(curve.bounds), {-10, 10, "[lowest weight, highest weight]"}, "w", bounded,
     "0 must lie between them; for pairs it need not, where the family does not divide by them"},
    must({"gamma", DEVICE(curve.gamma), {0, 20, sides}, "", "step = linear, power",
     "how fast steps become smaller"}),
    must({"gamma", DEVICE(curve.gamma), {-50, 50, sides}, "", "step = exponential",
     "the exponent's factor"}),
    must({"A", DEVICE(curve.scale), {-50, 50, sides}, "", "step = exponential",
     "the factor of the exponential"}),
    {"a", DEVICE(curve.stretch), {-10, 10}, "", "step = exponential",
     "factor of the weight in the exponent"},
    {"b", DEVICE(curve.offset), {-10, 10}, "", "step = exponential", "added in the exponent"},
    must({"label", DEVICE(curve.label), {-9, 9, sides}, "", "step = label",
     "NeuroSim's nonlinearity"}),
    {"states", DEVICE(curve.states), {2, 1e5}, "pulses", "step = label",
     "pulses from one bound to the other"},
    must({"set", DEVICE(curve.points[0]), {0, 1, points}, "", "step = table",
     "mean steps of SET, by rising position"}),
    must({"reset", DEVICE(curve.points[1]), {0, 1, points}, "", "step = table",
     "the same of RESET"}),
    swept("0.1,0.3,0.6", {"asymmetry", DEVICE(curve.asymmetry), {-1, 1}, "", "",
     "SET steps are multiplied by 1 + this, RESET steps by 1 - this"}),
    swept("0.1,0.3,1", {"step_spread", DEVICE(step_spread), {0, 3}, "of the step", "",
     "standard deviation between devices, of SET and RESET steps alike"}),
    {"step_distribution", DEVICE(log_normal), {.words = normals}, "", "",
     "distribution of `step_spread`; log-normal: `step_spread` is that of the logarithm, and the "
     "median factor is 1"},
    {"asymmetry_spread", DEVICE(asymmetry_spread), {0, 1}, "of the step", "",
     "standard deviation between devices of z: SET steps are multiplied by 1 + z, RESET steps by "
     "1 - z"},
    {"bound_spread", DEVICE(bound_spread), {0, 1, "[of the lower, of the upper bound]"},
     "of the bound", "", "standard deviation between devices"},
    {"bound_distribution", DEVICE(log_normal_bounds), {.words = normals}, "", "",
     "distribution of `bound_spread`; log-normal: `bound_spread` is that of the logarithm of the "
     "distance from 0, and the median factor is 1"},
    swept("0.3,1,3", {"cycle_spread", DEVICE(cycle_spread), {0, 10}, "of the step", "",
     "standard deviation between pulses, in proportion to the step"}),
    {"cycle_noise", DEVICE(cycle_noise), {0, 1}, "of the range", "",
     "standard deviation between pulses, the same at any step"},
    {"stuck_low", DEVICE(stuck_low), {0, 1}, "share", "",
     "devices that never move and are at the lowest level"},
    {"stuck_high", DEVICE(stuck_high), {0, 1}, "share", "",
     "devices that never move and are at the highest level"},
    swept("0,0.01,0.03,0.1,0.3", {"stuck_random", DEVICE(stuck_random), {0, 1}, "share", "",
     "devices that never move and are at a random level"}),
    swept("3,10,30,100,300,1000", {"endurance", DEVICE(endurance), {1, 65000}, "pulses", "",
     "pulses after which the median device never moves again; none: devices do not wear out"}),
    {"endurance_spread", DEVICE(endurance_spread), {0, 3}, "", "",
     "between devices, standard deviation of the logarithm of `endurance`"},
    {"refresh_at", DEVICE(refresh_at), {0.1, 1}, "of the range", "cells = one-sided, carry",
     "share of its range above which a device counts as full"},
    {"refresh_every", DEVICE(refresh_every), {1, 1000000}, "batches", "cells = one-sided",
     "batches between two refreshes of pairs that have a full device"},
    or_else(10, {"refresh_every", DEVICE(refresh_every), {0, 1000000}, "batches", "cells = carry",
     "batches between two carries of full low digits; 0: a low digit is carried when a pulse "
     "meets it full"}),
    {"carry_base", DEVICE(carry_base), {2, 126}, "levels", "cells = carry",
     "levels of the low digit that one level of the high digit is worth; none: the base that gives "
     "most levels without a gap"},
    {"verify_tries", DEVICE(verify_tries), {1, 1000}, "trains", "",
     "most trains of pulses that one verified writing takes; none: writing is exact"},
    {"verify_within", DEVICE(verify_within), {0, 0.5}, "of the range", "verify_tries",
     "largest distance from the wanted level that is accepted"},
    swept("30,300,1000,3000,10000,30000", {"lifetime", DEVICE(lifetime), {0.1, 1e9}, "batches", "",
     "batches in which a level loses all but 1/e of its distance to `rest`; none: levels stay"}),
    {"lifetime_spread", DEVICE(lifetime_spread), {0, 3}, "", "lifetime",
     "between devices, standard deviation of the logarithm of `lifetime`"},
    {"rest", DEVICE(rest), {-10, 10}, "w", "lifetime",
     "weight that levels decay to, held within a device's bounds"},
};

template <std::optional<TileSpec> Hardware::*tiles>
constexpr auto tile_keys = std::to_array<TargetKey>({
#define TILES(field) [](Target& t) -> Member { return kept((t.hardware.*tiles)->field); }
    {"rows", TILES(rows), {1, 512}, "", "", "inputs of a tile"},
    {"columns", TILES(columns), {1, 65536}, "", "", "outputs of a tile"},
    {"slice_bits", TILES(slice_bits), {1, 7}, "bits", "",
     "part of a synapse's magnitude that one device holds; none: all of it"},
    {"dac", TILES(serial), {.words = "levels, serial"}, "", "",
     "how inputs are applied: as voltage levels, or bit after bit, each bit read by the ADC and "
     "multiplied by its place value"},
    {"dac_bits", TILES(dac_bits), {2, 8}, "bits", "",
     "width of an input, sign included; inputs are rounded to the nearest; none: exact"},
    {"adc_bits", TILES(adc_bits), {2, 14}, "bits", "",
     "width of a partial sum, sign included; none: exact"},
    {"adc_range", TILES(range), {.words = "fixed, calibrated, following"}, "", "adc_bits",
     "where an ADC saturates: at `adc_limit`, at the largest sum of the first batches, or at the "
     "largest of the batch before"},
    must({"adc_limit", TILES(adc_limit), {0.001, 1e6}, "", "adc_range = fixed",
     "the sum at which an ADC saturates, in full inputs times full weights"}),
    {"adc_headroom", TILES(headroom), {0.01, 16}, "", "adc_range = calibrated, following",
     "range of an ADC divided by the largest sum seen"},
    {"adc_calibration", TILES(calibration), {1, 1000000}, "batches", "adc_range = calibrated",
     "number of first batches from which the range is taken"},
    {"gain_spread", TILES(gain_spread), {0, 0.3}, "", "adc_bits",
     "standard deviation of the gain between ADCs"},
    {"offset_spread", TILES(offset_spread), {0, 0.3}, "of the range", "adc_bits",
     "standard deviation of the zero between ADCs"},
    {"read_noise", TILES(read_noise), {0, 100}, "", "",
     "standard deviation of a reading, in full inputs times full weights"},
    {"wire_loss", TILES(wire_loss), {0, 0.9, "[of row wires, of column wires]"}, "share", "",
     "signal that is lost at the far end of a wire"},
});

#define FEEDBACK(field) OF(hardware.feedback_device->field)
constexpr TargetKey feedback_device_keys[] = {
    swept("0.03,0.1,0.3", {"stuck", FEEDBACK(stuck), {0, 1}, "share", "",
     "synapses that never change; each has a random sign and a random magnitude"}),
    {"lost", FEEDBACK(lost), {0, 1}, "share", "", "synapses that are always 0"},
    {"magnitude_spread", FEEDBACK(magnitude_spread), {0, 3}, "of the magnitude", "",
     "standard deviation between devices; magnitudes are held between 1 and the largest level"},
    {"copy_pulses", FEEDBACK(copy_pulses), {1, 1000}, "pulses", "",
     "pulses that one sign copy takes, half of them SET; the default is one on each device of a "
     "pair"},
    {"endurance", FEEDBACK(endurance), {1, 65000}, "pulses", "",
     "pulses after which the median synapse keeps its sign for good; none: synapses do not wear "
     "out"},
    {"endurance_spread", FEEDBACK(endurance_spread), {0, 3}, "", "",
     "between devices, standard deviation of the logarithm of `endurance`"},
};

#define COST(field) OF(hardware.cost->field)
constexpr TargetKey cost_keys[] = {
    must({"on_ohm", COST(on_ohm), {1, 1e12}, "ohm", "", "resistance at the highest level"}),
    must({"on_off", COST(on_off), {1, 1e9}, "", "", "highest conductance divided by the lowest"}),
    must({"set", COST(set), {-20, 20, pulse_form}, "V, s", "",
     "one SET pulse, at most 1 s long"}),
    must({"reset", COST(reset), {-20, 20, pulse_form}, "V, s", "", "one RESET pulse"}),
    {"read_volt", COST(read_volt), {0.001, 10}, "V", "", "voltage that reads a row (NeuroSim)"},
    {"read_ns", COST(read_ns), {0.01, 1e9}, "ns", "", "time to read a row (NeuroSim)"},
    {"node", COST(node), {.words = "65 nm, 45 nm, 32 nm, 22 nm, 14 nm, 7 nm"}, "", "",
     "technology node, for ADCs and areas"},
    {"adc_bits", COST(adc_bits), {1, 14}, "bits", "",
     "width of an ADC where `[tiles]` has none (NeuroSim)"},
    {"columns_per_adc", COST(columns_per_adc), {1, 65536}, "columns", "",
     "columns that share an ADC in turn (NeuroSim)"},
    {"cell", COST(crossbar_cells), {.words = "1t1r, crossbar"}, "", "",
     "a cell of 16 F^2 with a transistor, or of 4 F^2 (NeuroSim)"},
    {"programming", COST(by_column), {.words = "array, column"}, "", "",
     "order of pulses in a tile: all columns at once, in four phases, or column after column, in "
     "two phases each"},
    {"dac_pj", COST(dac_pj), {0, 1e6}, "pJ", "",
     "energy to drive one row for one bit; the sources have no figure for it"},
    {"mac_pj", COST(mac_pj), {0, 1e6}, "pJ", "",
     "energy of a digital 8-bit multiply-accumulate (0.2 + 0.1: Horowitz, ISSCC 2014, 45 nm)"},
    {"sram_pj_per_bit", COST(sram_pj_per_bit), {0, 1e6}, "pJ", "",
     "energy to access one bit of an 8 KB SRAM (10 pJ / 64: the same source)"},
    {"clock_ns", COST(clock_ns), {0.01, 1e6}, "ns", "",
     "clock cycle of the digital design, which reads one row of weights per cycle; an assumption"},
};

#define INFERENCE(field) OF(hardware.inference->field)
constexpr TargetKey inference_keys[] = {
    {"g_max", INFERENCE(g_max), {1e-6, 1e9}, "uS", "", "conductance of the highest level"},
    {"write_spread", INFERENCE(write_spread), {-1e9, 1e9, "an array of 3 numbers"}, "uS", "",
     "c0, c1, c2: a written conductance has the standard deviation c0 + c1 g + c2 g^2, where g is "
     "a share of `g_max`"},
    {"drift", INFERENCE(drift), {-10, 10, line}, "", "",
     "a, b, lowest, highest: the mean of the exponent nu is a + b ln g, held between lowest and "
     "highest"},
    {"drift_spread", INFERENCE(drift_spread), {-10, 10, line}, "", "",
     "the same for the standard deviation of nu between devices"},
    {"t0", INFERENCE(t0), {1e-9, 1e9}, "s", "",
     "a conductance falls as g (t / t0)^-nu, with t = t0 + `seconds`"},
    {"verify_tries", INFERENCE(verify_tries), {1, 1000}, "writings", "",
     "most writings of a device, each followed by a reading; none: one writing, which is not read"},
    {"verify_within", INFERENCE(verify_within), {0, 0.5}, "of `g_max`", "verify_tries",
     "largest distance from the wanted conductance that is accepted"},
    {"read_spread", INFERENCE(read_spread), {0, 1e9}, "uS", "verify_tries",
     "standard deviation of such a reading"},
    {"compensation", INFERENCE(compensation), {.words = "none, layer"}, "", "",
     "layer: one digital factor per layer makes up for the mean drift"},
    {"seconds", INFERENCE(seconds), {0, 1e11}, "s", "",
     "times after writing at which the network is tested: one, or an array"},
};

// clang-format on

#define TABLE(field)                                              \
    [](const Target& t) { return t.hardware.field.has_value(); }, \
        [](Target& t) { t.hardware.field.emplace(); }

constexpr TargetTable tables[] = {
    {"", "what the target is", top_keys, [](const Target&) { return true; }, [](Target&) {}},
    {"device", "what a pulse does to a synapse; without it a pulse moves one level", device_keys,
     TABLE(device)},
    {"tiles", "how the forward array is cut into tiles and read; without it reading is exact",
     tile_keys<&Hardware::tiles>, TABLE(tiles)},
    {"feedback_tiles", "how errors are read through the feedback array",
     tile_keys<&Hardware::feedback_tiles>, TABLE(feedback_tiles)},
    {"cost", "figures that --cost needs; only devices that were built have them", cost_keys,
     TABLE(cost)},
    {"feedback_device", "what feedback synapses are made of; without it they are ideal",
     feedback_device_keys, TABLE(feedback_device)},
    {"inference", "devices that the trained network is written into; without it it is not written",
     inference_keys, TABLE(inference)},
};

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(", "), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 2, text.size()));
    }
    return words;
}

// What a key needs, taken apart: the other key, and its words.
std::pair<const TargetKey*, std::vector<std::string>> need_of(const TargetTable& table,
                                                              const TargetKey& key) {
    const std::string_view text = key.need;
    const std::size_t equals = std::min(text.find(" = "), text.size());
    for (const TargetKey& other : table.keys)
        if (other.name == text.substr(0, equals))
            return {&other, split(text.substr(std::min(equals + 3, text.size())))};
    return {};
}

}  // namespace

std::span<const TargetTable> target_tables() {
    return tables;
}

const TargetTable& table_named(std::string_view name) {
    const auto* found = std::find_if(std::begin(tables), std::end(tables),
                                     [&](const TargetTable& table) { return table.name == name; });
    ENSURE(found != std::end(tables));
    return *found;
}

std::vector<std::string> words_of(const TargetKey& key) {
    return split(key.allowed.words);
}

bool belongs(const TargetTable& table, const TargetKey& key, Target& target) {
    if (*key.need == '\0') return true;
    const auto [other, words] = need_of(table, key);
    ENSURE(other != nullptr);
    if (!belongs(table, *other, target)) return false;
    if (words.empty()) return value_text(*other, target) != default_text(table, *other);
    const Choice choice = std::get<Choice>(other->member(target));
    const std::string word = words_of(*other)[choice.get(choice.at)];
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::string needs_text(const TargetTable& table, const TargetKey& key) {
    if (*key.need == '\0') return {};
    const auto [other, words] = need_of(table, key);
    std::string text = other->name;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? " = \"" : i + 1 < words.size() ? ", \"" : " or \"") + words[i] + "\"";
    const std::string more = needs_text(table, *other);
    return more.empty() ? text : text + ", and " + more;
}

std::string option_key(const TargetTable& table, const TargetKey& key) {
    const std::string name = table.name;
    return name == "device" ? key.name : fmt::format("{}.{}", name, key.name);
}

std::vector<std::string> fault_sweeps() {
    std::vector<std::string> sweeps;
    for (const TargetTable& table : target_tables())
        for (const TargetKey& key : table.keys)
            if (*key.sweep != '\0')
                sweeps.push_back(fmt::format("device.{}={}", option_key(table, key), key.sweep));
    return sweeps;
}

}  // namespace crossbar
