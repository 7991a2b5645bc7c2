// Names taken apart, and what every tensor has to keep.
#include "weights/named_tensors.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/check.hpp"
#include "base/format.hpp"

namespace crossbar {
namespace {

// What PyTorch, and Flax for kernels, call the tensors of a layer.
constexpr std::string_view parts[] = {
    "weight", "kernel", "bias", "running_mean", "running_var", "eps", "num_batches_tracked"};

}  // namespace

NamedTensor named_tensor(std::string name, std::vector<std::size_t> shape,
                         std::vector<double> values, bool integers) {
    NamedTensor tensor{std::move(name), {}, {}, std::move(shape), std::move(values), integers};
    const std::string_view all = tensor.name;
    for (const std::string_view part : parts) {
        if (!all.ends_with(part)) continue;
        const std::string_view before = all.substr(0, all.size() - part.size());
        if (!before.empty() && std::string_view("._/").find(before.back()) == before.npos) continue;
        tensor.module = before.substr(0, before.size() - (before.empty() ? 0 : 1));
        tensor.part = part;
        return tensor;
    }
    tensor.module = tensor.name;
    return tensor;
}

std::string shape_text(const std::vector<std::size_t>& shape) {
    return shape.empty() ? "a number" : fmt::format("{}", fmt::join(shape, " x "));
}

void check_tensors(const NamedTensors& all) {
    std::set<std::string> names;
    for (const NamedTensor& tensor : all.tensors) {
        if (!names.insert(tensor.name).second)
            fail("{}: tensor '{}' comes twice", all.file, tensor.name);
        if (!tensor.text.empty()) continue;
        std::size_t size = 1;
        for (const std::size_t n : tensor.shape)
            size *= n;
        if (size != tensor.values.size())
            fail("{}: tensor '{}' of {} has {} values", all.file, tensor.name,
                 shape_text(tensor.shape), tensor.values.size());
        const auto bad = std::find_if(tensor.values.begin(), tensor.values.end(),
                                      [](double value) { return !std::isfinite(value); });
        if (bad != tensor.values.end())
            fail("{}: tensor '{}' holds {} at place {}; expected finite numbers", all.file,
                 tensor.name, *bad, bad - tensor.values.begin());
    }
}

}  // namespace crossbar
