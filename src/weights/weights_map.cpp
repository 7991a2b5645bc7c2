// Reads the map's tables.
#include "weights/weights_map.hpp"

#include <algorithm>
#include <charconv>

#include "base/text_file.hpp"
#include "base/toml_section.hpp"

namespace crossbar {
namespace {

constexpr double most = 1e6;

std::vector<double> numbers(Section& section, const char* key, double low) {
    std::vector<double> values;
    const toml::node* node = section.find(key);
    if (!node) return values;
    const toml::array* list = node->as_array();
    if (!list) return {section.number_in(*node, key, low, most)};
    for (const toml::node& each : *list)
        values.push_back(section.number_in(each, key, low, most));
    if (values.empty()) section.wrong(*node, "{} is empty; expected a number per channel", key);
    return values;
}

std::string word(Section& section, const char* key, const std::vector<std::string>& words) {
    return section.has(key) ? words[section.choice(key, words)] : "";
}

LayerMap layer_of(const std::string& file, const std::string& name, const toml::table& table) {
    Section section(file, "[layer." + name + "] ", table);
    LayerMap layer{section.text("weight"),
                   section.optional_text("bias"),
                   section.optional_text("norm"),
                   1e-5,
                   {},
                   {}};
    if (const toml::node* eps = section.find("eps"))
        layer.eps = section.number_in(*eps, "eps", 0, 1);
    layer.layout = word(section, "layout", {"OIHW", "OHWI", "HWIO", "OI", "IO"});
    layer.flatten = word(section, "flatten", {"CHW", "HWC"});
    section.finish();
    return layer;
}

const toml::table& table_of(Section& section, const toml::node& node, std::string_view what) {
    const toml::table* table = node.as_table();
    if (!table) section.wrong(node, "{} is {}; expected a table", what, kind_of(node));
    return *table;
}

}  // namespace

WeightsMap weights_map(const std::string& file) {
    WeightsMap map;
    if (file.empty()) return map;
    map.file = file;
    const toml::table all = parse_toml(file, text_of_file(file, "map of weights"));
    Section section(file, "", all);
    if (const toml::node* input = section.find("input")) {
        Section own(file, "[input] ", table_of(section, *input, "input"));
        map.mean = numbers(own, "mean", -most);
        map.std = numbers(own, "std", 1e-6);
        own.finish();
    }
    if (const toml::node* layers = section.find("layer"))
        for (const auto& [key, node] : table_of(section, *layers, "layer")) {
            const std::string name(key.str());
            int number = 0;
            const auto [end, error] =
                std::from_chars(name.data(), name.data() + name.size(), number);
            if (error != std::errc() || end != name.data() + name.size() || number < 1)
                section.wrong(node, "[layer.{}]: expected the number of a layer, from 1", name);
            map.layers[number] = layer_of(file, name, table_of(section, node, "layer." + name));
        }
    section.finish();
    return map;
}

}  // namespace crossbar
