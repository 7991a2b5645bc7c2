// Which reader reads a file.
#include "tensor_files/tensor_file.hpp"

#include "base/check.hpp"
#include "data/formats/file_bytes.hpp"

namespace crossbar::sim {

NamedTensors read_tensors(const std::string& path, bool by_name) {
    const std::vector<std::uint8_t> file = file_bytes(path, most_tensor_bytes);
    const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
    NamedTensors tensors = path.ends_with(".onnx")  ? onnx_tensors(path, bytes, by_name)
                           : path.ends_with(".npz") ? npz_tensors(path, bytes)
                                                    : safetensors(path, bytes);
    check_tensors(tensors);
    return tensors;
}

}  // namespace crossbar::sim
