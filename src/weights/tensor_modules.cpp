// By order: the n-th tensor of weights is the n-th layer's; a normalisation is that of the weights
// before it, or, where names are sorted, the n-th one that of the n-th layer that has one.
#include "weights/tensor_modules.hpp"

#include <algorithm>
#include <cctype>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"

namespace crossbar {
namespace {

// "fc10" behind "fc9".
bool in_natural_order(const std::string& a, const std::string& b) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    std::size_t i = 0, k = 0;
    while (i < a.size() && k < b.size()) {
        if (is_digit(a[i]) && is_digit(b[k])) {
            const auto number = [&](const std::string& text, std::size_t& at) {
                const std::size_t first = text.find_first_not_of('0', at);
                at = std::min(text.find_first_not_of("0123456789", at), text.size());
                return first >= at ? std::string() : text.substr(first, at - first);
            };
            const std::string one = number(a, i), other = number(b, k);
            if (one.size() != other.size()) return one.size() < other.size();
            if (one != other) return one < other;
        } else if (a[i] != b[k]) {
            return a[i] < b[k];
        } else {
            ++i, ++k;
        }
    }
    return a.size() - i < b.size() - k;
}

// What stands together in a file.
struct Module {
    std::string name;
    std::vector<const NamedTensor*> tensors;

    const NamedTensor* find(std::string_view part) const {
        for (const NamedTensor* tensor : tensors)
            if (tensor->part == part) return tensor;
        return nullptr;
    }
    bool is_norm() const { return find("running_mean") || find("running_var"); }
};

bool is_weights(const NamedTensor& tensor) {
    const std::string& part = tensor.part;
    return tensor.shape.size() >= 2 && (part.empty() || part == "weight" || part == "kernel");
}

std::vector<Module> modules_of(const NamedTensors& all) {
    std::vector<Module> modules;
    for (const NamedTensor& tensor : all.tensors) {
        if (!tensor.text.empty()) continue;
        auto place = std::find_if(modules.begin(), modules.end(),
                                  [&](const Module& m) { return m.name == tensor.module; });
        if (place == modules.end()) place = modules.insert(place, {tensor.module, {}});
        place->tensors.push_back(&tensor);
    }
    if (all.sorted)
        std::stable_sort(modules.begin(), modules.end(), [](const Module& a, const Module& b) {
            return in_natural_order(a.name, b.name);
        });
    return modules;
}

std::string layers_text(const Network& network) {
    std::vector<std::string> texts;
    for (const Layer& layer : network.layers)
        texts.push_back(fmt::format("'{}'", layer.text));
    return fmt::format("{}", fmt::join(texts, ", "));
}

[[noreturn]] void refuse_left_over(const NamedTensors& all, const NamedTensor& tensor) {
    fail(
        "--weights {}: tensor '{}' ({}) is neither a layer's weights or bias nor of a "
        "normalisation with running_mean and running_var; say by --weights-map which tensors are "
        "whose. The file has: {}",
        all.file, tensor.name, shape_text(tensor.shape), list_of(all));
}

NormTensors norm_of(const NamedTensors& all, const Module& module) {
    NormTensors norm{module.find("weight"), module.find("bias"), module.find("running_mean"),
                     module.find("running_var")};
    if (const NamedTensor* eps = module.find("eps"); eps && eps->values.size() == 1)
        norm.eps = eps->values.front();
    for (const NamedTensor* tensor : module.tensors)
        if (tensor->part.empty() || tensor->part == "kernel") refuse_left_over(all, *tensor);
    if (!norm.mean || !norm.variance)
        fail(
            "--weights {}: '{}' has no {}; a normalisation needs both running_mean and running_var",
            all.file, module.name, norm.mean ? "running_var" : "running_mean");
    return norm;
}

// Weights, or a vector that is the bias of those before.
void add_module(const NamedTensors& all, const Module& module, std::vector<LayerTensors>& layers) {
    for (const NamedTensor* tensor : module.tensors) {
        if (is_weights(*tensor))
            layers.push_back({tensor, nullptr, {}, {}});
        else if (tensor->part == "num_batches_tracked")
            continue;
        else if (!layers.empty() && !layers.back().bias && tensor->shape.size() == 1 &&
                 (tensor->part.empty() || tensor->part == "bias"))
            layers.back().bias = tensor;
        else
            refuse_left_over(all, *tensor);
    }
}

std::vector<LayerTensors> by_order(const NamedTensors& all, const Network& network) {
    std::vector<LayerTensors> layers;
    std::vector<NormTensors> norms;
    std::vector<Module> modules = modules_of(all);
    // A bias that is sorted before its weights.
    for (Module& module : modules)
        std::stable_partition(module.tensors.begin(), module.tensors.end(),
                              [](const NamedTensor* tensor) { return is_weights(*tensor); });
    for (const Module& module : modules) {
        if (!module.is_norm()) {
            add_module(all, module, layers);
            continue;
        }
        norms.push_back(norm_of(all, module));
        if (all.sorted) continue;
        if (layers.empty() || layers.back().norm.mean)
            fail(
                "--weights {}: the normalisation '{}' follows no layer's weights; say by "
                "--weights-map whose it is",
                all.file, module.name);
        layers.back().norm = norms.back();
    }
    if (layers.size() != network.layers.size())
        fail("--weights {}: it has weights of {} layers, and the network {}: {}. The file has: {}",
             all.file, layers.size(), network.layers.size(), layers_text(network), list_of(all));
    if (!all.sorted || norms.empty()) return layers;
    std::size_t next = 0;
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (network.layers[i].norm.mode != BatchNormMode::none && next < norms.size())
            layers[i].norm = norms[next++];
        else if (network.layers[i].norm.mode != BatchNormMode::none)
            next = norms.size() + 1;
    if (next != norms.size())
        fail(
            "--weights {}: it has {} normalisations, sorted by name, and not one for each bn of "
            "the network; say by --weights-map which is whose. The file has: {}",
            all.file, norms.size(), list_of(all));
    return layers;
}

const NamedTensor& named(const NamedTensors& all, const WeightsMap& map, int layer,
                         const std::string& name) {
    std::vector<std::string> names;
    for (const NamedTensor& tensor : all.tensors) {
        if (tensor.name == name && tensor.text.empty()) return tensor;
        names.push_back(tensor.name);
    }
    fail("{}: [layer.{}]: {} has no tensor '{}'{}; it has: {}", map.file, layer, all.file, name,
         suggestion(name, names), list_of(all));
}

// By the parts of the module where the file's names have them, else by what is appended.
NormTensors norm_named(const NamedTensors& all, const WeightsMap& map, int number,
                       const LayerMap& layer) {
    NormTensors norm;
    norm.eps = layer.eps;
    const auto part = [&](const char* name) -> const NamedTensor* {
        for (const NamedTensor& tensor : all.tensors)
            if (tensor.module == layer.norm && tensor.part == name) return &tensor;
        return nullptr;
    };
    norm.weight = part("weight");
    norm.bias = part("bias");
    norm.mean = part("running_mean");
    norm.variance = part("running_var");
    if (!norm.mean) norm.mean = &named(all, map, number, layer.norm + ".running_mean");
    if (!norm.variance) norm.variance = &named(all, map, number, layer.norm + ".running_var");
    return norm;
}

std::vector<LayerTensors> by_map(const NamedTensors& all, const WeightsMap& map,
                                 const Network& network) {
    std::vector<LayerTensors> layers(network.layers.size());
    const auto count = static_cast<int>(layers.size());
    if (const int last = map.layers.rbegin()->first; last > count)
        fail("{}: [layer.{}]: the network has {} layers: {}", map.file, last, count,
             layers_text(network));
    for (int number = 1; number <= count; ++number) {
        const auto found = map.layers.find(number);
        if (found == map.layers.end())
            fail("{}: [layer.{}], '{}', is missing; a map names the tensors of every layer",
                 map.file, number, network.layers[static_cast<std::size_t>(number - 1)].text);
        const LayerMap& how = found->second;
        LayerTensors& layer = layers[static_cast<std::size_t>(number - 1)];
        layer.how = how;
        layer.weight = &named(all, map, number, how.weight);
        if (!how.bias.empty()) layer.bias = &named(all, map, number, how.bias);
        if (!how.norm.empty()) layer.norm = norm_named(all, map, number, how);
    }
    return layers;
}

}  // namespace

std::vector<LayerTensors> tensors_of_layers(const NamedTensors& tensors, const WeightsMap& map,
                                            const Network& network) {
    return map.layers.empty() ? by_order(tensors, network) : by_map(tensors, map, network);
}

std::string list_of(const NamedTensors& all) {
    constexpr std::size_t most = 40;
    std::vector<std::string> names;
    for (const NamedTensor& tensor : all.tensors)
        if (tensor.text.empty() && names.size() < most)
            names.push_back(fmt::format("{} ({})", tensor.name, shape_text(tensor.shape)));
    if (names.empty()) return "no tensors";
    if (all.tensors.size() > most) names.push_back("..");
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace crossbar
