// The one place that knows libzip.
#include "export/npz.hpp"

#include <zip.h>

#include <algorithm>
#include <exception>
#include <memory>

#include "base/check.hpp"

namespace crossbar::sim {
namespace {

// The header fills whole blocks of 64 bytes, so that arrays start aligned.
std::string header_of(const NpzArray& array) {
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
    return npy + header;
}

[[noreturn]] void give_up(const char* what) {
    fail("cannot make a .npz file: {}", what);
}

void check(const std::vector<NpzArray>& arrays) {
    std::vector<std::string_view> names;
    for (const NpzArray& array : arrays) {
        std::size_t size = std::stoul(array.type.substr(2));
        for (const std::size_t n : array.shape)
            size *= n;
        if (size != array.bytes.size())
            fail("cannot make a .npz file: '{}' has {} bytes, but its shape {}", array.name,
                 array.bytes.size(), size);
        names.push_back(array.name);
    }
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end()) fail("cannot make a .npz file: '{}' comes twice", *twice);
}

// A file that libzip writes: bytes go on to `put`, whose exceptions wait until libzip is done.
struct Sink {
    const PutBytes& put;
    std::uint64_t at = 0, end = 0;
    std::exception_ptr failure = {};
    zip_error_t error = {};

    zip_int64_t write(const char* data, zip_uint64_t n) try {
        put(at, {data, n});
        at += n;
        end = std::max(end, at);
        return static_cast<zip_int64_t>(n);
    } catch (...) {
        failure = std::current_exception();
        zip_error_set(&error, ZIP_ER_WRITE, 0);
        return -1;
    }
    zip_int64_t seek(void* data, zip_uint64_t n) {
        const zip_int64_t to = zip_source_seek_compute_offset(at, end, data, n, &error);
        if (to < 0) return -1;
        at = static_cast<std::uint64_t>(to);
        return 0;
    }
};

// What libzip asks of a file that is to be written from its beginning.
zip_int64_t serve(void* user, void* data, zip_uint64_t n, zip_source_cmd_t command) {
    Sink& sink = *static_cast<Sink*>(user);
    switch (command) {
        case ZIP_SOURCE_SUPPORTS:
            return ZIP_SOURCE_SUPPORTS_WRITABLE;
        case ZIP_SOURCE_STAT:
            zip_stat_init(static_cast<zip_stat_t*>(data));
            return 0;
        case ZIP_SOURCE_ERROR:
            return zip_error_to_data(&sink.error, data, n);
        case ZIP_SOURCE_WRITE:
            return sink.write(static_cast<const char*>(data), n);
        case ZIP_SOURCE_SEEK_WRITE:
            return sink.seek(data, n);
        case ZIP_SOURCE_TELL_WRITE:
            return static_cast<zip_int64_t>(sink.at);
        default:  // there is nothing to open, to read, to begin or to commit
            return 0;
    }
}

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
};

// libzip reads header and bytes when the archive is closed.
void add(zip_t* archive, const NpzArray& array, const std::string& header, Packing packing) {
    // libzip takes what it only reads as what it may change.
    const auto bytes_at = [](std::string_view bytes) {
        return reinterpret_cast<zip_uint8_t*>(const_cast<char*>(bytes.data()));
    };
    const zip_buffer_fragment_t pieces[] = {{bytes_at(header), header.size()},
                                            {bytes_at(array.bytes), array.bytes.size()}};
    zip_source_t* source = zip_source_buffer_fragment(archive, pieces, std::size(pieces), 0);
    if (!source) give_up(zip_strerror(archive));
    const std::string name = array.name + ".npy";
    const zip_int64_t added = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (added < 0) {
        zip_source_free(source);
        give_up(zip_strerror(archive));
    }
    const auto place = static_cast<zip_uint64_t>(added);
    constexpr zip_uint16_t first_of_1980 = 33;  // no time of its own: equal arrays, equal files
    zip_file_set_dostime(archive, place, 0, first_of_1980, 0);
    if (packing == Packing::stored) zip_set_file_compression(archive, place, ZIP_CM_STORE, 0);
}

}  // namespace

NpzArray npz_text(std::string name, std::string_view text) {
    const auto kept = std::make_shared<const std::string>(text);
    return {std::move(name), fmt::format("|S{}", text.size()), {}, *kept, kept};
}

NpzArray npz_texts(std::string name, const std::vector<std::string>& texts) {
    std::size_t longest = 1;
    for (const std::string& text : texts)
        longest = std::max(longest, text.size());
    std::string bytes;
    for (const std::string& text : texts)
        bytes += text + std::string(longest - text.size(), '\0');
    const auto kept = std::make_shared<const std::string>(std::move(bytes));
    return {std::move(name), fmt::format("|S{}", longest), {texts.size()}, *kept, kept};
}

void write_npz(const std::vector<NpzArray>& arrays, Packing packing, const PutBytes& put) {
    check(arrays);
    std::vector<std::string> headers;
    for (const NpzArray& array : arrays)
        headers.push_back(header_of(array));
    Sink sink{put};
    zip_error_init(&sink.error);
    zip_source_t* file = zip_source_function_create(serve, &sink, nullptr);
    if (!file) give_up("not enough memory");
    std::unique_ptr<zip_t, Discard> archive(zip_open_from_source(file, ZIP_TRUNCATE, nullptr));
    if (!archive) {
        zip_source_free(file);
        give_up("libzip does not open it");
    }
    for (std::size_t i = 0; i < arrays.size(); ++i)
        add(archive.get(), arrays[i], headers[i], packing);
    const bool closed = zip_close(archive.get()) == 0;
    if (sink.failure) std::rethrow_exception(sink.failure);
    if (!closed) give_up(zip_strerror(archive.get()));
    (void)archive.release();  // closed
}

}  // namespace crossbar::sim
