// PNG through libpng: every colour type, bit depth and interlacing to 8-bit RGB, what is
// transparent on white. libpng checks each chunk's CRC; here the end chunk has to be there too.
#include <png.h>

#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <optional>

#include "base/check.hpp"
#include "data/formats/picture.hpp"
#include "data/formats/scanlines.hpp"

namespace crossbar {
namespace {

// libpng leaves by longjmp, which skips destructors: whatever has one lives in decode_png, outside
// of the jump.
struct PngDecoder {
    std::span<const std::uint8_t> file;
    std::size_t used = 0;  // bytes of the file already handed to libpng
    png_struct* png = nullptr;
    png_info* info = nullptr;
    std::array<char, 128> message{};
    std::vector<png_byte> pixels;  // RGBA: a row, or all of them where the file is interlaced
    std::vector<png_byte*> rows;
    std::optional<Scanlines> lines;
};

[[noreturn]] void leave(png_struct* png, const char* message) {
    auto& decoder = *static_cast<PngDecoder*>(png_get_error_ptr(png));
    std::strncpy(decoder.message.data(), message, decoder.message.size() - 1);
    png_longjmp(png, 1);
}

void keep_quiet(png_struct*, const char*) {}

void give_bytes(png_struct* png, png_byte* to, std::size_t size) {
    auto& decoder = *static_cast<PngDecoder*>(png_get_io_ptr(png));
    if (size > decoder.file.size() - decoder.used) png_error(png, "the data end here (truncated)");
    std::memcpy(to, decoder.file.data() + decoder.used, size);
    decoder.used += size;
}

void begin_png(PngDecoder& decoder) {
    png_struct* png = decoder.png;
    png_set_read_fn(png, &decoder, give_bytes);
    png_set_user_limits(png, 1u << 16, 1u << 16);
    png_read_info(png, decoder.info);
    const std::uint64_t pixels = std::uint64_t{png_get_image_width(png, decoder.info)} *
                                 png_get_image_height(png, decoder.info);
    if (pixels > most_file_pixels) png_error(png, "more than 2^30 pixels");
    if (pixels > most_picture_pixels &&
        png_get_interlace_type(png, decoder.info) != PNG_INTERLACE_NONE)
        png_error(png, "more than 2^25 pixels, and interlaced: save it without interlacing");
    // A row of inflate's best case: whoever claims more than the file can hold is not believed.
    if (pixels / 8 > 1100 * std::uint64_t{decoder.file.size()})
        png_error(png, "more pixels than a file of this size can hold");
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
    png_read_update_info(png, decoder.info);
}

bool decode(PngDecoder& decoder) {
    png_struct* png = decoder.png;
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    begin_png(decoder);
    const std::size_t height = png_get_image_height(png, decoder.info);
    const std::size_t stride = png_get_rowbytes(png, decoder.info);
    const std::size_t width = png_get_image_width(png, decoder.info);
    if (stride != 4 * width) png_error(png, "not RGBA after conversion");
    decoder.lines.emplace(height, width);
    const bool whole = png_get_interlace_type(png, decoder.info) != PNG_INTERLACE_NONE;
    decoder.pixels.resize(whole ? height * stride : stride);
    for (std::size_t y = 0; y < height && whole; ++y)
        decoder.rows.push_back(decoder.pixels.data() + y * stride);
    if (whole) png_read_image(png, decoder.rows.data());
    for (std::size_t y = 0; y < height; ++y) {
        if (!whole) png_read_row(png, decoder.pixels.data(), nullptr);
        decoder.lines->add_rgba({decoder.pixels.data() + (whole ? y * stride : 0), stride});
    }
    png_read_end(png, nullptr);
    return true;
}

}  // namespace

Picture decode_png(std::span<const std::uint8_t> file, const std::string& name) {
    PngDecoder decoder;
    decoder.file = file;
    decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, leave, keep_quiet);
    if (decoder.png) decoder.info = png_create_info_struct(decoder.png);
    const bool good = decoder.info && decode(decoder);
    png_destroy_read_struct(&decoder.png, &decoder.info, nullptr);
    if (!good)
        fail("{}: byte {}: damaged PNG, or one that this program cannot read: {}", name,
             decoder.used, decoder.message.data());
    return decoder.lines->picture();
}

}  // namespace crossbar
