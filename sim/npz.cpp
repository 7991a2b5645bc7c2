// The one place that knows libzip.
#include "npz.hpp"

#include <zip.h>

#include <memory>

#include "crossbar/check.hpp"

namespace crossbar::sim {
namespace {

// The header fills whole blocks of 64 bytes, so that arrays start aligned.
std::string npy_of(const NpzArray& array) {
    std::string shape;
    for (const std::size_t n : array.shape)
        shape += fmt::format("{}, ", n);
    if (array.shape.size() > 1) shape.resize(shape.size() - 2);
    std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                     array.type, shape);
    constexpr std::size_t before = 10;  // magic, version, length
    header.append(63 - (before + header.size()) % 64, ' ');
    header += '\n';
    std::string npy = "\x93NUMPY";
    npy.append(
        {1, 0, static_cast<char>(header.size() & 255u), static_cast<char>(header.size() >> 8)});
    return npy + header + array.bytes;
}

[[noreturn]] void give_up(const char* what) {
    fail("cannot make a .npz file: {}", what);
}

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
};

// What libzip wrote to memory.
std::string bytes_of(zip_source_t* memory) {
    zip_stat_t status;
    if (zip_source_stat(memory, &status) != 0 || zip_source_open(memory) != 0)
        give_up(zip_error_strerror(zip_source_error(memory)));
    std::string bytes(status.size, '\0');
    const zip_int64_t n = zip_source_read(memory, bytes.data(), bytes.size());
    zip_source_close(memory);
    if (n != static_cast<zip_int64_t>(bytes.size())) give_up("its bytes cannot be read back");
    return bytes;
}

void add(zip_t* archive, const std::string& name, const std::string& content) {
    zip_source_t* source = zip_source_buffer(archive, content.data(), content.size(), 0);
    if (!source) give_up(zip_strerror(archive));
    const zip_int64_t place = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (place < 0) {
        zip_source_free(source);
        give_up(zip_strerror(archive));
    }
    constexpr zip_uint16_t first_of_1980 = 33;  // no time of its own: equal arrays, equal files
    zip_file_set_dostime(archive, static_cast<zip_uint64_t>(place), 0, first_of_1980, 0);
}

}  // namespace

NpzArray npz_text(std::string name, std::string_view text) {
    return {std::move(name), fmt::format("|S{}", text.size()), {}, std::string(text)};
}

std::string npz_of(const std::vector<NpzArray>& arrays) {
    std::vector<std::string> contents;  // libzip reads them when the archive is closed
    contents.reserve(arrays.size());
    for (const NpzArray& array : arrays)
        contents.push_back(npy_of(array));
    const std::unique_ptr<zip_source_t, void (*)(zip_source_t*)> memory(
        zip_source_buffer_create(nullptr, 0, 0, nullptr), zip_source_free);
    if (!memory) give_up("not enough memory");
    zip_source_keep(memory.get());
    std::unique_ptr<zip_t, Discard> archive(
        zip_open_from_source(memory.get(), ZIP_TRUNCATE, nullptr));
    if (!archive) {
        zip_source_free(memory.get());
        give_up(zip_error_strerror(zip_source_error(memory.get())));
    }
    for (std::size_t i = 0; i < arrays.size(); ++i)
        add(archive.get(), arrays[i].name + ".npy", contents[i]);
    if (zip_close(archive.get()) != 0) give_up(zip_strerror(archive.get()));
    (void)archive.release();  // closed
    return bytes_of(memory.get());
}

}  // namespace crossbar::sim
