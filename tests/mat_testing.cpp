// Calls matio.
#include "mat_testing.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>

namespace crossbar {

MatVariable bytes_variable(const std::string& name, std::vector<std::size_t> sides,
                           const Bytes& data) {
    return {name, MAT_C_UINT8, MAT_T_UINT8, std::move(sides), data.data()};
}

MatVariable doubles(const std::string& name, const std::vector<double>& data) {
    return {name, MAT_C_DOUBLE, MAT_T_DOUBLE, {1, data.size()}, data.data()};
}

std::string write_mat(const std::string& path, const std::vector<MatVariable>& variables,
                      bool packed) {
    mat_t* mat = Mat_CreateVer(path.c_str(), nullptr, MAT_FT_MAT5);
    for (MatVariable v : variables) {
        matvar_t* variable =
            Mat_VarCreate(v.name.c_str(), v.kind, v.type, static_cast<int>(v.sides.size()),
                          v.sides.data(), const_cast<void*>(v.data), 0);
        Mat_VarWrite(mat, variable, packed ? MAT_COMPRESSION_ZLIB : MAT_COMPRESSION_NONE);
        Mat_VarFree(variable);
    }
    Mat_Close(mat);
    return path;
}

void pack_elements(Bytes& file) {
    constexpr std::size_t header = 128, tag = 8;
    Bytes whole(file.begin(),
                file.begin() + static_cast<std::ptrdiff_t>(std::min(header, file.size())));
    const auto append_word = [&](std::size_t word) {
        for (int shift = 0; shift < 32; shift += 8)
            whole.push_back(static_cast<std::uint8_t>(word >> shift));
    };
    for (std::size_t at = header; at + tag <= file.size();) {
        std::uint32_t length = 0;
        std::memcpy(&length, file.data() + at + 4, 4);
        const std::size_t size = tag + std::min<std::size_t>(length, file.size() - at - tag);
        uLongf room = compressBound(size);
        Bytes element(room);
        compress(element.data(), &room, file.data() + at, size);
        append_word(15);
        append_word(room);
        whole.insert(whole.end(), element.data(), element.data() + room);
        at += size;
    }
    file = whole;
}

}  // namespace crossbar
