// The tensors of a network that another program trained, as its file or its memory has them: a
// name, a shape, numbers. Files are read elsewhere; a caller with arrays in memory makes them
// itself.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace crossbar {

struct NamedTensor {
    std::string name;                // as errors quote it: "conv1.weight"
    std::string module;              // what belongs together: "conv1"
    std::string part;                // "weight", "bias", "running_mean", ..; empty: not told
    std::vector<std::size_t> shape;  // in C order; empty for a single number
    std::vector<double> values;      // finite, as many as the shape says
    bool integers = false;           // of an integer type
    std::string text = {};           // where it is a text, which has no values
};

// In the order of the file. Where its format sorts them by name, modules are taken in the order of
// their names, numbers in these as numbers.
struct NamedTensors {
    std::string file;  // for messages
    std::vector<NamedTensor> tensors;
    bool sorted = false;
};

// Module and part by the name: "conv1.weight" is the part weight of conv1, as is "conv1/weight".
NamedTensor named_tensor(std::string name, std::vector<std::size_t> shape,
                         std::vector<double> values, bool integers = false);

// "20 x 1 x 5 x 5"; "a number" for none.
std::string shape_text(const std::vector<std::size_t>& shape);

// Whether the values are there and finite: throws Error naming file and tensor.
void check_tensors(const NamedTensors& tensors);

}  // namespace crossbar
