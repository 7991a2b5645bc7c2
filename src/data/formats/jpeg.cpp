// JPEG through libjpeg-turbo. The exact integer DCT (JDCT_ISLOW) with fancy upsampling, so that
// every machine decodes to the same bytes. libjpeg calls what it can patch over (a scan cut short,
// a bad Huffman code) a warning; here it is an error like the others.
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>

// These two lean on what stands above them.
#include <jpeglib.h>
//
#include <jerror.h>

#include "base/check.hpp"
#include "data/formats/picture.hpp"
#include "data/formats/scanlines.hpp"

namespace crossbar {
namespace {

// A progressive file is held as a whole, in libjpeg's own form of 3 to 8 bytes per pixel.
constexpr long most_memory = 1L << 29;

// What libjpeg and this file know of one decoding. libjpeg leaves by longjmp, which skips
// destructors: whatever has one lives in decode_jpeg, outside of the jump.
struct JpegDecoder {
    jpeg_decompress_struct jpeg{};
    jpeg_error_mgr errors{};
    std::jmp_buf escape{};
    std::array<char, JMSG_LENGTH_MAX> message{};
    std::size_t left = 0;  // bytes of the file not yet looked at when it failed
    std::vector<std::uint8_t> row, rgb;
    std::optional<Scanlines> lines;
};

[[noreturn]] void leave(j_common_ptr common) {
    auto& decoder = *static_cast<JpegDecoder*>(common->client_data);
    common->err->format_message(common, decoder.message.data());
    decoder.left = decoder.jpeg.src ? decoder.jpeg.src->bytes_in_buffer : 0;
    std::longjmp(decoder.escape, 1);
}

void hear(j_common_ptr common, int level) {
    if (level >= 0) return;  // a trace
    const int code = common->err->msg_code;
    // Bytes between segments and odd version numbers harm no pixel.
    if (code != JWRN_EXTRANEOUS_DATA && code != JWRN_JFIF_MAJOR && code != JWRN_ADOBE_XFORM)
        leave(common);
}

void keep_quiet(j_common_ptr) {}

// One row of the decoder's colours to RGB. Adobe writes CMYK inverted.
void add_row(JpegDecoder& decoder) {
    if (decoder.jpeg.out_color_space == JCS_RGB) {
        decoder.lines->add_rgb(decoder.row);
        return;
    }
    decoder.rgb.clear();
    const unsigned flip = decoder.jpeg.saw_Adobe_marker ? 0 : 255;
    for (std::size_t i = 0; i < decoder.row.size(); i += 4) {
        const unsigned light = decoder.row[i + 3] ^ flip;
        for (std::size_t c = 0; c < 3; ++c)
            decoder.rgb.push_back(
                static_cast<std::uint8_t>(((decoder.row[i + c] ^ flip) * light + 127) / 255));
    }
    decoder.lines->add_rgb(decoder.rgb);
}

void begin_jpeg(JpegDecoder& decoder) {
    jpeg_decompress_struct& jpeg = decoder.jpeg;
    jpeg_read_header(&jpeg, TRUE);
    const bool four = jpeg.num_components == 4;
    jpeg.out_color_space = four ? JCS_CMYK : JCS_RGB;
    jpeg.dct_method = JDCT_ISLOW;
    jpeg.do_fancy_upsampling = TRUE;
    jpeg.do_block_smoothing = FALSE;
    if (std::uint64_t{jpeg.image_width} * jpeg.image_height > most_file_pixels)
        ERREXIT1(&jpeg, JERR_IMAGE_TOO_BIG, static_cast<int>(most_file_pixels));
    jpeg_start_decompress(&jpeg);
}

// False when libjpeg gave up.
bool decode(JpegDecoder& decoder, std::span<const std::uint8_t> file) {
    jpeg_decompress_struct& jpeg = decoder.jpeg;
    if (setjmp(decoder.escape) != 0) return false;
    jpeg_create_decompress(&jpeg);
    jpeg.mem->max_memory_to_use = most_memory;
    jpeg_mem_src(&jpeg, file.data(), file.size());
    begin_jpeg(decoder);
    decoder.lines.emplace(jpeg.output_height, jpeg.output_width);
    decoder.row.resize(std::size_t{jpeg.output_width} *
                       static_cast<std::size_t>(jpeg.output_components));
    while (jpeg.output_scanline < jpeg.output_height) {
        std::uint8_t* row = decoder.row.data();
        jpeg_read_scanlines(&jpeg, &row, 1);
        add_row(decoder);
    }
    jpeg_finish_decompress(&jpeg);  // to the end of the image, which has to be there
    return true;
}

}  // namespace

Picture decode_jpeg(std::span<const std::uint8_t> file, const std::string& name) {
    JpegDecoder decoder;
    decoder.jpeg.err = jpeg_std_error(&decoder.errors);
    decoder.errors.error_exit = leave;
    decoder.errors.emit_message = hear;
    decoder.errors.output_message = keep_quiet;
    decoder.jpeg.client_data = &decoder;
    const bool good = decode(decoder, file);
    jpeg_destroy_decompress(&decoder.jpeg);
    if (!good)
        fail("{}: byte {}: damaged JPEG, or one that this program cannot read: {}", name,
             file.size() - decoder.left, decoder.message.data());
    return decoder.lines->picture();
}

}  // namespace crossbar
