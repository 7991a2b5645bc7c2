// Weights that another tool wrote: .npz (NumPy), .onnx, .safetensors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "weights/named_tensors.hpp"

namespace crossbar::sim {

// What a file, or all that is packed in it, may have.
inline constexpr std::uint64_t most_tensor_bytes = std::uint64_t{1} << 30;

// By the suffix of its name. With `by_name` the tensors of an ONNX file are its initialisers as
// they are, for a map; otherwise those of its layers in their order, laid out as PyTorch's. Throws
// Error naming the file for what is missing, damaged or of a kind that is not read.
NamedTensors read_tensors(const std::string& path, bool by_name);

// Of a file's bytes, which are not believed. `file` is for messages; what is packed unpacks to
// `most` bytes at most.
NamedTensors npz_tensors(const std::string& file, std::string_view bytes,
                         std::uint64_t most = most_tensor_bytes);
NamedTensors onnx_tensors(const std::string& file, std::string_view bytes, bool by_name);
NamedTensors safetensors(const std::string& file, std::string_view bytes);

}  // namespace crossbar::sim
