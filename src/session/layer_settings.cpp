// Takes entries apart, finds the layers that they name, and loads what those are made of.
#include "session/layer_settings.hpp"

#include <algorithm>
#include <charconv>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"
#include "network/notation.hpp"
#include "network/ranges.hpp"

namespace crossbar {
namespace {

const std::vector<std::string> own_keys = {"weight-bits", "target"};

// At separators that stand neither in brackets nor in quotes.
std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts(1);
    int depth = 0;
    bool quoted = false;
    for (const char c : text) {
        quoted = quoted != (c == '"');
        depth += quoted ? 0 : c == '[' ? 1 : c == ']' ? -1 : 0;
        if (c == separator && depth == 0 && !quoted)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

[[noreturn]] void no_entry(const std::string& entry) {
    fail("--layer {}: expected LAYER:KEY=VALUE,.., such as 1:weight-bits=8,target=pcm",
         entry.empty() ? "''" : entry);
}

void check_bits(const std::string& entry, const std::string& value) {
    constexpr Range range = range_of("weight-bits");
    int bits = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, bits);
    if (error != std::errc() || stop != end || bits < range.low || bits > range.high)
        fail("--layer {}: weight-bits is '{}', expected {} to {}", entry, value, range.low,
             range.high);
}

void check_key(const std::string& entry, const LayerChange& change) {
    if (change.key == "weight-bits") return check_bits(entry, change.value);
    if (change.key == "target") return;
    if (find_setting(change.key))
        fail(
            "--layer {}: {} is a setting of the whole network; of a layer expected weight-bits, "
            "target, or a key of the target (crossbar_sim help device)",
            entry, change.key);
    std::string dashed = change.key;
    std::replace(dashed.begin(), dashed.end(), '_', '-');
    const std::string near = dashed == "bits" ? "weight-bits" : nearest(dashed, own_keys);
    if (!near.empty())
        fail("--layer {}: '{}' is no key of a layer (did you mean '{}'?)", entry, change.key, near);
    check_target_change(change.key + "=" + change.value, fmt::format("--layer {}:", change.which));
}

void parse_entry(const std::string& entry, std::vector<LayerChange>& changes) {
    const std::size_t colon = entry.find(':');
    if (colon == entry.npos || colon == 0 || colon + 1 == entry.size()) no_entry(entry);
    for (const std::string& part : split(std::string_view(entry).substr(colon + 1), ',')) {
        const std::size_t equals = part.find('=');
        if (equals == part.npos || equals == 0 || equals + 1 == part.size()) no_entry(entry);
        changes.push_back(
            {entry.substr(0, colon), part.substr(0, equals), part.substr(equals + 1)});
        check_key(entry, changes.back());
    }
}

std::size_t layer_number(const std::string& which, std::string_view word, std::size_t count) {
    if (word == "first") return 1;
    if (word == "last") return count;
    std::size_t number = 0;
    const char* end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, number);
    if (error != std::errc() || stop != end || number < 1 || number > count)
        fail("--layer {}: '{}' is no layer; the network has layers 1 (first) to {} (last)", which,
             word, count);
    return number;
}

// The layers that "1,3..last" names, from 0.
std::vector<std::size_t> layers_named(const std::string& which, std::size_t count) {
    std::vector<std::size_t> layers;
    for (const std::string& item : split(which, ',')) {
        const std::size_t dots = item.find("..");
        const std::string_view text = item;
        const std::size_t first = layer_number(which, text.substr(0, dots), count);
        const std::size_t last =
            dots == item.npos ? first : layer_number(which, text.substr(dots + 2), count);
        if (last < first) fail("--layer {}: '{}' names no layer", which, item);
        for (std::size_t number = first; number <= last; ++number)
            layers.push_back(number - 1);
    }
    return layers;
}

void apply(const LayerChange& change, LayerSettings& layer) {
    if (change.key == "weight-bits")
        layer.weight_bits = std::stoi(change.value);
    else if (change.key == "target")
        layer.target = change.value;
    else
        layer.device = added_up(layer.device, change.key + "=" + change.value);
}

LayerHardware hardware_of(const LayerSettings& own, const RunSettings& settings) try {
    const bool named = !own.target.empty();
    const Target target = load_target(named ? own.target : settings.target,
                                      named ? own.device : added_up(settings.device, own.device));
    const int made_for = named ? target.weight_bits : 0;
    return {own.layer,
            own.weight_bits != 0 ? own.weight_bits
            : made_for != 0      ? made_for
                                 : settings.training.weight_bits,
            target.name,
            target.weight_bits,
            target.hardware,
            target.fingerprint};
} catch (const Error& error) {
    fail("--layer {}: {}", own.layer + 1, error.what());
}

// A written network is read as a whole.
void check_seconds(const Target& target) {
    const LayerHardware* first = nullptr;
    const InferenceSpec* before = target.hardware.inference ? &*target.hardware.inference : nullptr;
    for (const LayerHardware& layer : target.layers) {
        if (!layer.hardware.inference) continue;
        if (before && before->seconds != layer.hardware.inference->seconds)
            fail(
                "--layer {}: [inference] has seconds = [{}], and {} [{}]; all layers are read at "
                "the same times: give inference.seconds",
                layer.layer + 1, fmt::join(layer.hardware.inference->seconds, ","),
                first ? fmt::format("layer {}", first->layer + 1) : "the network",
                fmt::join(before->seconds, ","));
        if (before) continue;
        before = &*layer.hardware.inference;
        first = &layer;
    }
}

}  // namespace

std::vector<LayerChange> parse_layer_changes(const std::string& text) {
    std::vector<LayerChange> changes;
    if (text.empty()) return changes;
    for (const std::string& entry : split(text, ';'))
        parse_entry(entry, changes);
    return changes;
}

std::string text_of(const std::vector<LayerChange>& changes) {
    std::string text;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const LayerChange& c = changes[i];
        if (i == 0 || changes[i - 1].which != c.which)
            text += fmt::format("{}{}:", i == 0 ? "" : ";", c.which);
        else
            text += ",";
        text += fmt::format("{}={}", c.key, c.value);
    }
    return text;
}

std::string with_targets(const std::string& text,
                         const std::function<std::string(const std::filesystem::path&)>& name) {
    std::vector<LayerChange> changes = parse_layer_changes(text);
    for (LayerChange& change : changes)
        if (change.key == "target" && change.value.ends_with(".toml"))
            change.value = name(change.value);
    return text_of(changes);
}

std::vector<LayerSettings> layer_settings(const RunSettings& settings) {
    const std::vector<LayerChange> changes = parse_layer_changes(settings.layer);
    if (changes.empty()) return {};
    std::vector<LayerSettings> layers(layer_count(settings.training.network));
    for (std::size_t i = 0; i < layers.size(); ++i)
        layers[i].layer = i;
    for (const LayerChange& change : changes)
        for (const std::size_t layer : layers_named(change.which, layers.size()))
            apply(change, layers[layer]);
    std::erase_if(layers, [](const LayerSettings& layer) { return !layer.any(); });
    return layers;
}

Target target_of(const RunSettings& settings) {
    Target target = load_target(settings.target, settings.device);
    for (const LayerSettings& layer : layer_settings(settings)) {
        LayerHardware own = hardware_of(layer, settings);
        const std::string told =
            fmt::format("layer {} bits {} {:016x}", own.layer, own.weight_bits, own.fingerprint);
        target.fingerprint = fingerprint(told.data(), told.size(), target.fingerprint);
        target.layers.push_back(std::move(own));
    }
    check_seconds(target);
    return target;
}

int fewest_bits(const RunSettings& settings) try {
    const int bits = settings.training.weight_bits;
    if (settings.layer.empty()) return bits;
    const Target target = target_of(settings);
    const bool all = target.layers.size() == layer_count(settings.training.network);
    int fewest = all ? 16 : bits;
    for (const LayerHardware& layer : target.layers)
        fewest = std::min(fewest, layer.weight_bits);
    return fewest;
} catch (const Error&) {
    return settings.training.weight_bits;
}

std::size_t layer_count(const std::string& network) {
    const std::vector<StageSpec> stages = parse_network(network);
    return static_cast<std::size_t>(
        std::count_if(stages.begin(), stages.end(),
                      [](const StageSpec& stage) { return traits_of(stage.kind).synapses; }));
}

std::string added_up(const std::string& before, const std::string& line) {
    std::vector<std::string> changes = target_changes(before);
    const auto key = [](const std::string& change) {
        const std::string name = change.substr(0, change.find('='));
        return name.starts_with("device.") ? name.substr(7) : name;
    };
    for (const std::string& change : target_changes(line)) {
        std::erase_if(changes, [&](const std::string& old) { return key(old) == key(change); });
        changes.push_back(change);
    }
    return fmt::format("{}", fmt::join(changes, ";"));
}

}  // namespace crossbar
