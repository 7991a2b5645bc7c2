// NumPy arrays from what the library holds, and images from NumPy arrays.
#include <utility>

#include "crossbar/error.hpp"
#include "python/bindings.hpp"

namespace crossbar::python {
namespace {

std::vector<py::ssize_t> sides_of(const std::vector<std::size_t>& shape) {
    return {shape.begin(), shape.end()};
}

}  // namespace

Dataset dataset_of(const Pixels& images, const Labels& labels, int classes) {
    if (images.ndim() != 4)
        throw Error("images have " + std::to_string(images.ndim()) +
                    " dimensions; expected 4: images, height, width, channels");
    if (labels.ndim() != 1 || labels.shape(0) != images.shape(0))
        throw Error(std::to_string(images.shape(0)) + " images and " +
                    std::to_string(labels.size()) + " labels; expected one label for each image");
    const auto side = [&](int axis) { return static_cast<int>(images.shape(axis)); };
    return {{side(1), side(2), side(3)},
            classes,
            {images.data(), images.data() + images.size()},
            {labels.data(), labels.data() + labels.size()}};
}

Weights weights_of(const std::string& name, const py::list& arrays) {
    using Reals = py::array_t<double, py::array::c_style | py::array::forcecast>;
    Weights weights{name};
    for (const py::handle& pair : arrays) {
        const auto [key, array] = pair.cast<std::pair<std::string, py::array>>();
        WeightTensor tensor{key, {array.shape(), array.shape() + array.ndim()}, {}};
        const char kind = array.dtype().kind();
        if (kind == 'S') {
            tensor = {key, {}, {}, false, std::string(py::bytes(array.attr("tobytes")()))};
        } else {
            if (std::string("fiu").find(kind) == std::string::npos)
                throw Error(name + ": tensor '" + key + "' is of " +
                            std::string(py::str(array.dtype())) + "; expected numbers");
            const Reals reals(array);
            tensor.values.assign(reals.data(), reals.data() + reals.size());
            tensor.integers = kind != 'f';
        }
        weights.tensors.push_back(std::move(tensor));
    }
    return weights;
}

py::object array_of(const FieldView& field, const py::handle& owner) {
    return std::visit(
        [&](const auto& values) -> py::object {
            using T = std::remove_const_t<typename std::decay_t<decltype(values)>::element_type>;
            if (field.shape.empty()) return py::cast(values[0]);
            py::array array(py::dtype::of<T>(), sides_of(field.shape), values.data(), owner);
            array.attr("setflags")(py::arg("write") = false);
            return array;
        },
        field.values);
}

py::array array_of(StageView&& stage, std::size_t images) {
    auto* const values = new std::vector<std::int8_t>(std::move(stage.values));
    const py::capsule owner(
        values, [](void* pointer) { delete static_cast<std::vector<std::int8_t>*>(pointer); });
    const auto side = [](auto value) { return static_cast<py::ssize_t>(value); };
    const std::vector<py::ssize_t> shape{side(images), side(stage.shape.height),
                                         side(stage.shape.width), side(stage.shape.channels)};
    return py::array(py::dtype::of<std::int8_t>(), shape, values->data(), owner);
}

}  // namespace crossbar::python
