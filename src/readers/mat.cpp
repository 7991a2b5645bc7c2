#include "mat.hpp"

#include <matio.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "crossbar/check.hpp"
#include "file_bytes.hpp"
#include "zlib_sum.hpp"

namespace crossbar {
namespace {

constexpr std::size_t header_bytes = 128;
constexpr std::size_t tag_bytes = 8;
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 31;
constexpr std::uint32_t matrix_element = 14;
constexpr std::uint32_t packed_element = 15;

struct FreeVariable {
    void operator()(matvar_t* variable) const { Mat_VarFree(variable); }
};
using Variable = std::unique_ptr<matvar_t, FreeVariable>;

// The tags of a file, all in the byte order that its header tells.
struct Tags {
    const std::string& path;
    std::span<const std::uint8_t> file;
    bool little = true;

    std::uint32_t word(std::size_t at) const {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i)
            value = value << 8 | file[at + (little ? 3 - i : i)];
        return value;
    }
    // The length of the element at a byte, which has to end by `end`.
    std::uint32_t length(std::size_t at, std::size_t end) const {
        if (end - at < tag_bytes)
            fail("{}: byte {}: {} bytes left, expected a tag (truncated)", path, at, end - at);
        const std::uint32_t bytes = word(at + 4);
        if (bytes > end - at - tag_bytes)
            fail("{}: byte {}: an element of {} bytes, but {} are left (truncated)", path, at,
                 bytes, end - at - tag_bytes);
        return bytes;
    }
};

// The elements within a matrix: flags, sides, name, values, each padded to 8 bytes. One of up to 4
// bytes has them in its tag, and its length in the upper half of the tag's first word.
void check_matrix(const Tags& tags, std::size_t at, std::size_t end) {
    while (at < end) {
        const bool small = end - at >= tag_bytes && tags.word(at) >> 16 != 0;
        const std::size_t body = small ? 0 : tags.length(at, end);
        at += tag_bytes + (body + 7) / 8 * 8;
    }
}

Tags tags_of(const std::string& path, std::span<const std::uint8_t> file) {
    if (file.size() < header_bytes)
        fail("{}: byte {}: the data end here, expected the {} bytes of a MATLAB 5 header", path,
             file.size(), header_bytes);
    const bool little = file[126] == 'I' && file[127] == 'M' && file[125] == 1;
    const bool big = file[126] == 'M' && file[127] == 'I' && file[124] == 1;
    if (!little && !big)
        fail("{}: byte 124: not a MATLAB 5 file ({:02x} {:02x} {:02x} {:02x}); save it with -v7",
             path, file[124], file[125], file[126], file[127]);
    return {path, file, little};
}

// The bytes that a file holds once its elements are unpacked; without `sums`, the most they can be.
std::uint64_t check_elements(const std::string& path, std::span<const std::uint8_t> file,
                             bool sums) {
    constexpr std::uint64_t best_packing = 1100;  // deflate's best is 1 : 1032
    const Tags tags = tags_of(path, file);
    std::uint64_t unpacked = 0;
    for (std::size_t at = header_bytes; at < file.size();) {
        const std::size_t size = tags.length(at, file.size()), body = at + tag_bytes;
        const std::uint32_t type = tags.word(at);
        if (type == matrix_element) {
            check_matrix(tags, body, body + size);
            unpacked += size;
        } else if (type == packed_element) {
            unpacked +=
                sums ? unpacked_zlib(file.subspan(body, size), path, body) : best_packing * size;
        } else {
            fail("{}: byte {}: element of type {}, expected 14 (matrix) or 15 (packed)", path, at,
                 type);
        }
        at = body + size;
    }
    return unpacked;
}

template <typename T>
std::vector<double> widened(const matvar_t& variable, std::size_t count) {
    const T* values = static_cast<const T*>(variable.data);
    return std::vector<double>(values, values + count);
}

std::vector<double> numbers_of(const matvar_t& variable, std::size_t count) {
    switch (variable.class_type) {
        case MAT_C_UINT8:
            return widened<std::uint8_t>(variable, count);
        case MAT_C_INT8:
            return widened<std::int8_t>(variable, count);
        case MAT_C_UINT16:
            return widened<std::uint16_t>(variable, count);
        case MAT_C_INT16:
            return widened<std::int16_t>(variable, count);
        case MAT_C_UINT32:
            return widened<std::uint32_t>(variable, count);
        case MAT_C_INT32:
            return widened<std::int32_t>(variable, count);
        case MAT_C_SINGLE:
            return widened<float>(variable, count);
        case MAT_C_DOUBLE:
            return widened<double>(variable, count);
        default:
            return {};
    }
}

}  // namespace

struct MatFile::State {
    std::string path;
    std::uint64_t unpacked = 0;
    mat_t* mat = nullptr;

    Variable find(const std::string& name) const {
        Mat_Rewind(mat);
        return Variable(Mat_VarReadInfo(mat, name.c_str()));
    }
    Variable need(const std::string& name) const;
    std::size_t load(matvar_t& variable, const std::string& name) const;
};

Variable MatFile::State::need(const std::string& name) const {
    Variable variable = find(name);
    if (!variable) fail("{}: no variable '{}', or a damaged one", path, name);
    if (variable->rank < 1 || !variable->dims) fail("{}: '{}' has no sides", path, name);
    return variable;
}

// Its values; returns how many. Nothing is allocated that the file does not hold.
std::size_t MatFile::State::load(matvar_t& variable, const std::string& name) const {
    std::uint64_t count = 1;
    for (int i = 0; i < variable.rank; ++i) {
        count *= variable.dims[i];
        if (variable.dims[i] > unpacked || count > unpacked)
            fail("{}: '{}' claims {} or more values, but the file holds {} bytes", path, name,
                 count, unpacked);
    }
    if (variable.isComplex) fail("{}: '{}' is complex, expected whole numbers", path, name);
    if (Mat_VarReadDataAll(mat, &variable) != 0 || !variable.data)
        fail("{}: '{}' cannot be read: damaged", path, name);
    if (variable.nbytes != count * Mat_SizeOfClass(variable.class_type))
        fail("{}: '{}' has {} bytes for {} values", path, name, variable.nbytes, count);
    return count;
}

MatFile::MatFile(const std::string& path, bool sums) : state_(std::make_unique<State>()) {
    state_->path = path;
    state_->unpacked = check_elements(path, file_bytes(path, most_bytes), sums);
    state_->mat = Mat_Open(path.c_str(), MAT_ACC_RDONLY);
    if (!state_->mat) fail("{}: cannot be opened as a MATLAB file", path);
}

MatFile::~MatFile() {
    if (state_->mat) Mat_Close(state_->mat);
}

bool MatFile::has(const std::string& name) const {
    return state_->find(name) != nullptr;
}

std::vector<std::size_t> MatFile::sides(const std::string& name) const {
    const Variable variable = state_->need(name);
    return {variable->dims, variable->dims + variable->rank};
}

MatBytes MatFile::bytes(const std::string& name) const {
    const Variable variable = state_->need(name);
    if (variable->class_type != MAT_C_UINT8)
        fail("{}: '{}' is of class {}, expected {} (uint8)", state_->path, name,
             static_cast<int>(variable->class_type), static_cast<int>(MAT_C_UINT8));
    const std::size_t count = state_->load(*variable, name);
    const auto* data = static_cast<const std::uint8_t*>(variable->data);
    return {{variable->dims, variable->dims + variable->rank}, {data, data + count}};
}

std::vector<int> MatFile::integers(const std::string& name, int low, int high) const {
    const Variable variable = state_->need(name);
    const std::size_t count = state_->load(*variable, name);
    const std::vector<double> values = numbers_of(*variable, count);
    if (values.size() != count)
        fail("{}: '{}' is of class {}, expected numbers", state_->path, name,
             static_cast<int>(variable->class_type));
    std::vector<int> whole;
    whole.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (!(values[i] >= low && values[i] <= high) || values[i] != std::floor(values[i]))
            fail("{}: value {} of '{}' is {}, expected a whole number from {} to {}", state_->path,
                 i + 1, name, values[i], low, high);
        whole.push_back(static_cast<int>(values[i]));
    }
    return whole;
}

}  // namespace crossbar
