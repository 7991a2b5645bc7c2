// Makes pictures through libjpeg and libpng.
#include "picture_testing.hpp"

#include <jpeglib.h>
#include <png.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>

#include "base/check.hpp"

namespace crossbar {

namespace fs = std::filesystem;

TestFolder::TestFolder() {
    static int number = 0;
    path = fs::temp_directory_path() / fmt::format("crossbar_test_{}_{}", ::getpid(), number++);
    fs::create_directories(path);
}

TestFolder::~TestFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
}

std::string TestFolder::write(const std::string& name, const Bytes& bytes) const {
    return write(name, std::string(bytes.begin(), bytes.end()));
}

std::string TestFolder::write(const std::string& name, const std::string& text) const {
    fs::create_directories((path / name).parent_path());
    fs::remove(path / name);  // some file systems flush a file that is cut to nothing
    std::ofstream(path / name, std::ios::binary) << text;
    return file(name);
}

// 16 bits are v * 257.
static Bytes row_of(const Encoding& encoding, const Shade& shade, int y) {
    Bytes row;
    for (int x = 0; x < encoding.width; ++x)
        for (int c = 0; c < encoding.components; ++c)
            row.insert(row.end(), encoding.bits == 16 ? 2 : 1,
                       static_cast<std::uint8_t>(shade(y, x, c)));
    return row;
}

Bytes encode_jpeg(const Encoding& encoding, const Shade& shade) {
    jpeg_compress_struct jpeg{};
    jpeg_error_mgr errors{};
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    unsigned char* out = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&jpeg, &out, &size);
    jpeg.image_width = static_cast<JDIMENSION>(encoding.width);
    jpeg.image_height = static_cast<JDIMENSION>(encoding.height);
    jpeg.input_components = encoding.components;
    jpeg.in_color_space = encoding.components == 1   ? JCS_GRAYSCALE
                          : encoding.components == 3 ? JCS_RGB
                                                     : JCS_CMYK;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 98, TRUE);
    if (encoding.progressive) jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    Bytes row;
    for (int y = 0; y < encoding.height; ++y) {
        if (y == 0 || !encoding.one_row) row = row_of(encoding, shade, y);
        std::uint8_t* start = row.data();
        jpeg_write_scanlines(&jpeg, &start, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    Bytes bytes(out, out + size);
    std::free(out);
    return bytes;
}

Bytes encode_png(const Encoding& encoding, const Shade& shade) {
    constexpr int types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                             PNG_COLOR_TYPE_RGB_ALPHA};
    png_struct* png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_info* info = png_create_info_struct(png);
    Bytes bytes;
    const auto append = [](png_struct* to, png_byte* data, std::size_t size) {
        auto& all = *static_cast<Bytes*>(png_get_io_ptr(to));
        all.insert(all.end(), data, data + size);
    };
    png_set_write_fn(png, &bytes, append, nullptr);
    png_set_IHDR(png, info, static_cast<png_uint_32>(encoding.width),
                 static_cast<png_uint_32>(encoding.height), encoding.bits,
                 types[encoding.components - 1],
                 encoding.progressive ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    std::vector<Bytes> rows(static_cast<std::size_t>(encoding.height));
    std::vector<png_byte*> starts;
    for (int y = 0; y < encoding.height; ++y) {
        Bytes& row = rows[encoding.one_row ? 0 : static_cast<std::size_t>(y)];
        if (y == 0 || !encoding.one_row) row = row_of(encoding, shade, y);
        starts.push_back(row.data());
    }
    png_write_info(png, info);
    png_write_image(png, starts.data());
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return bytes;
}

Bytes bmp_of(const Bmp& bmp, const Bytes& pixels) {
    Bytes bytes = {'B', 'M'};
    const auto put = [&](std::int64_t value, int size) {
        for (int i = 0; i < size; ++i)
            bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    };
    const auto start = static_cast<std::int64_t>(54 + bmp.tables.size());
    put(start + static_cast<std::int64_t>(pixels.size()), 4);
    put(0, 4);
    put(start, 4);
    put(40, 4);
    put(bmp.width, 4);
    put(bmp.height, 4);
    put(1, 2);
    put(bmp.bits, 2);
    put(bmp.packing, 4);
    for (int i = 0; i < 5; ++i)
        put(0, 4);
    bytes.insert(bytes.end(), bmp.tables.begin(), bmp.tables.end());
    bytes.insert(bytes.end(), pixels.begin(), pixels.end());
    return bytes;
}

Bytes encode_bmp(int height, int width, const Shade& shade) {
    Bytes pixels;
    for (int y = height - 1; y >= 0; --y) {
        for (int x = 0; x < width; ++x)
            for (int c = 2; c >= 0; --c)
                pixels.push_back(static_cast<std::uint8_t>(shade(y, x, c)));
        while (pixels.size() % 4 != 0)
            pixels.push_back(0);
    }
    return bmp_of({height, width}, pixels);
}

Bytes netpbm_of(const std::string& header, const Bytes& samples) {
    Bytes bytes(header.begin(), header.end());
    bytes.insert(bytes.end(), samples.begin(), samples.end());
    return bytes;
}

std::string error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

Damage damage(const Bytes& good, const std::function<void(const Bytes&)>& call, std::size_t tries) {
    Damage seen;
    const std::size_t step = good.size() / tries + 1;
    for (std::size_t size = 0; size < good.size(); size += step) {
        const Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
        seen.refused += error_of([&] { call(cut); }) != "no error";
        ++seen.tried;
    }
    std::mt19937 random(1);
    for (std::size_t i = 0; i < 2 * tries; ++i) {
        // The first bytes one by one, where headers are; then any.
        const std::size_t at = i < tries && i < good.size() ? i : random() % good.size();
        Bytes changed = good;
        changed[at] = static_cast<std::uint8_t>(random());
        error_of([&] { call(changed); });
    }
    return seen;
}

std::string real_folder(const std::string& name) {
    const char* root = std::getenv("CROSSBAR_DATA");
    const fs::path folder = fs::path(root ? root : "") / name;
    std::error_code ignored;
    return root && fs::exists(folder, ignored) ? folder.string() : "";
}

}  // namespace crossbar
