// Strokes through cairo, fonts found by fontconfig.
#include "pictures/paper.hpp"

#include <cairo/cairo-pdf.h>
#include <cairo/cairo-svg.h>
#include <cairo/cairo.h>
#include <fontconfig/fontconfig.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numbers>

#include "base/check.hpp"
#include "pictures/escaped.hpp"

namespace crossbar::sim {
namespace {

constexpr const char* family = "DejaVu Sans";

struct Suffix {
    const char* text;
    PaperFormat format;
};
constexpr Suffix suffixes[] = {
    {".svg", PaperFormat::svg}, {".pdf", PaperFormat::pdf}, {".png", PaperFormat::png}};

cairo_status_t append(void* to, const unsigned char* bytes, unsigned int count) try {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), count);
    return CAIRO_STATUS_SUCCESS;
} catch (const std::bad_alloc&) {
    return CAIRO_STATUS_NO_MEMORY;
}

void check(cairo_status_t status) {
    if (status != CAIRO_STATUS_SUCCESS)
        fail("cannot draw a figure: {}", cairo_status_to_string(status));
}

// Bytes of the letter that begins there; 0 where none does.
std::size_t letter_at(const std::string& text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const unsigned first = byte(at);
    if (first < 0x80) return first >= 32 && first != 127 ? 1 : 0;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(at + i) & 0xc0) != 0x80) return 0;
    const unsigned second = byte(at + 1);
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
        return 0;
    return length;
}

// Shapes of letters as they are, so that they are as wide in each format.
void set_font(cairo_t* pen, const TextLook& look) {
    cairo_select_font_face(pen, family, CAIRO_FONT_SLANT_NORMAL,
                           look.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(pen, look.size);
    cairo_font_options_t* options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(pen, options);
    cairo_font_options_destroy(options);
}

void set_ink(cairo_t* pen, Colour ink) {
    cairo_set_source_rgb(pen, ink[0] / 255.0, ink[1] / 255.0, ink[2] / 255.0);
}

void set_stroke(cairo_t* pen, const Stroke& stroke) {
    set_ink(pen, stroke.ink);
    cairo_set_line_width(pen, stroke.width);
    cairo_set_dash(pen, stroke.dashes.data(), static_cast<int>(stroke.dashes.size()), 0);
    cairo_set_line_join(pen, CAIRO_LINE_JOIN_ROUND);
}

void trace(cairo_t* pen, const Path& path) {
    for (std::size_t i = 0; i < path.size(); ++i)
        (i == 0 ? cairo_move_to : cairo_line_to)(pen, path[i].first, path[i].second);
}

// A sheet of no size, to measure letters on.
cairo_t* ruler() {
    static cairo_surface_t* surface =
        cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, nullptr);
    static cairo_t* pen = cairo_create(surface);
    return pen;
}

}  // namespace

struct PaperFile::Surface {
    PaperFormat format;
    std::string title, description, bytes;
    cairo_surface_t* surface = nullptr;
    cairo_t* pen = nullptr;

    ~Surface() {
        cairo_destroy(pen);
        cairo_surface_destroy(surface);
    }
};

PaperFormat paper_format_of(const std::string& option, const std::string& file) {
    std::string name = file;
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    for (const Suffix& suffix : suffixes)
        if (name.ends_with(suffix.text) && name != suffix.text) return suffix.format;
    fail("{} {}: expected a name that ends in .svg, .pdf or .png, the formats of figures", option,
         file.empty() ? "''" : file);
}

namespace {

bool find_font() {
    FcPattern* pattern = FcNameParse(reinterpret_cast<const FcChar8*>(family));
    FcConfigSubstitute(nullptr, pattern, FcMatchPattern);
    FcDefaultSubstitute(pattern);
    FcResult result = FcResultNoMatch;
    FcPattern* found = FcFontMatch(nullptr, pattern, &result);
    FcChar8* file = nullptr;
    const bool there =
        found && FcPatternGetString(found, FC_FILE, 0, &file) == FcResultMatch && file;
    if (found) FcPatternDestroy(found);
    FcPatternDestroy(pattern);
    return there;
}

bool has_font() {
    static const bool found = find_font();
    return found;
}

}  // namespace

void check_fonts() {
    if (!has_font())
        fail(
            "this machine has no font to write a figure's labels with; install one, such as "
            "Debian's fonts-dejavu-core");
}

PaperFile::PaperFile(PaperFormat format, double width, double height, const std::string& title,
                     const std::string& description, double dots)
    : surface_(new Surface{format, readable(title), readable(description), {}}) {
    check_fonts();
    Surface& s = *surface_;
    if (format == PaperFormat::svg) {
        s.surface = cairo_svg_surface_create_for_stream(append, &s.bytes, width, height);
        cairo_svg_surface_set_document_unit(s.surface, CAIRO_SVG_UNIT_PT);
    } else if (format == PaperFormat::pdf) {
        s.surface = cairo_pdf_surface_create_for_stream(append, &s.bytes, width, height);
        cairo_pdf_surface_set_metadata(s.surface, CAIRO_PDF_METADATA_TITLE, s.title.c_str());
        cairo_pdf_surface_set_metadata(s.surface, CAIRO_PDF_METADATA_SUBJECT,
                                       s.description.c_str());
        // The day does not belong to what is drawn.
        cairo_pdf_surface_set_metadata(s.surface, CAIRO_PDF_METADATA_CREATE_DATE, "");
    } else {
        s.surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24,
                                               static_cast<int>(std::lround(width * dots / 72)),
                                               static_cast<int>(std::lround(height * dots / 72)));
    }
    check(cairo_surface_status(s.surface));
    s.pen = cairo_create(s.surface);
    if (format == PaperFormat::png) cairo_scale(s.pen, dots / 72, dots / 72);
    set_ink(s.pen, {255, 255, 255});
    cairo_paint(s.pen);
}

PaperFile::~PaperFile() = default;

void PaperFile::text(double x, double y, const std::string& text, const TextLook& look) {
    cairo_t* pen = surface_->pen;
    set_font(pen, look);
    set_ink(pen, look.ink);
    const double width = width_of(text, look);
    const double back = look.anchor == Anchor::start    ? 0
                        : look.anchor == Anchor::middle ? width / 2
                                                        : width;
    cairo_save(pen);
    cairo_translate(pen, x, y);
    if (look.upright) cairo_rotate(pen, -std::numbers::pi / 2);
    cairo_move_to(pen, -back, 0);
    cairo_show_text(pen, readable(text).c_str());
    cairo_restore(pen);
    cairo_new_path(pen);
}

double Paper::width_of(const std::string& text, const TextLook& look) {
    if (!has_font()) {
        // As wide as most letters of a wide font.
        const std::string letters = readable(text);
        const auto count = std::count_if(letters.begin(), letters.end(),
                                         [](char c) { return (c & 0xc0) != 0x80; });
        return 0.62 * look.size * static_cast<double>(count);
    }
    set_font(ruler(), look);
    cairo_text_extents_t extents;
    cairo_text_extents(ruler(), readable(text).c_str(), &extents);
    return extents.x_advance;
}

void PaperFile::line(const Path& path, const Stroke& stroke) {
    set_stroke(surface_->pen, stroke);
    trace(surface_->pen, path);
    cairo_stroke(surface_->pen);
}

void PaperFile::area(const Path& path, Colour fill, const Stroke& edge) {
    trace(surface_->pen, path);
    cairo_close_path(surface_->pen);
    set_ink(surface_->pen, fill);
    cairo_fill_preserve(surface_->pen);
    set_stroke(surface_->pen, edge);
    if (edge.width > 0) cairo_stroke_preserve(surface_->pen);
    cairo_new_path(surface_->pen);
}

void PaperFile::circle(double x, double y, double radius, Colour fill, const Stroke& edge) {
    cairo_new_sub_path(surface_->pen);
    cairo_arc(surface_->pen, x, y, radius, 0, 2 * std::numbers::pi);
    area({}, fill, edge);
}

void PaperFile::cell(double x, double y, double width, double height, Colour fill) {
    cairo_set_antialias(surface_->pen, CAIRO_ANTIALIAS_NONE);
    cairo_rectangle(surface_->pen, x, y, width, height);
    set_ink(surface_->pen, fill);
    cairo_fill(surface_->pen);
    cairo_set_antialias(surface_->pen, CAIRO_ANTIALIAS_DEFAULT);
}

void PaperFile::picture(double x, double y, double width, double height, const Canvas& pixels) {
    const int across = static_cast<int>(pixels.width), down = static_cast<int>(pixels.height);
    cairo_surface_t* image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, across, down);
    check(cairo_surface_status(image));
    unsigned char* bytes = cairo_image_surface_get_data(image);
    const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(image));
    for (std::size_t row = 0; row < pixels.height; ++row)
        for (std::size_t column = 0; column < pixels.width; ++column) {
            const Colour& c = pixels.pixels[row * pixels.width + column];
            const std::uint32_t word = static_cast<std::uint32_t>(c[0]) << 16 |
                                       static_cast<std::uint32_t>(c[1]) << 8 | c[2];
            std::memcpy(bytes + row * stride + column * sizeof word, &word, sizeof word);
        }
    cairo_surface_mark_dirty(image);
    cairo_t* pen = surface_->pen;
    cairo_save(pen);
    cairo_translate(pen, x, y);
    cairo_scale(pen, width / across, height / down);
    cairo_set_source_surface(pen, image, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(pen), CAIRO_FILTER_NEAREST);
    cairo_set_antialias(pen, CAIRO_ANTIALIAS_NONE);
    cairo_rectangle(pen, 0, 0, across, down);
    cairo_fill(pen);
    cairo_restore(pen);
    cairo_surface_destroy(image);
}

void PaperFile::clip(double x, double y, double width, double height) {
    cairo_save(surface_->pen);
    cairo_rectangle(surface_->pen, x, y, width, height);
    cairo_clip(surface_->pen);
}

void PaperFile::unclip() {
    cairo_restore(surface_->pen);
}

std::string PaperFile::bytes() {
    Surface& s = *surface_;
    check(cairo_status(s.pen));
    if (s.format == PaperFormat::png) {
        cairo_surface_flush(s.surface);
        check(cairo_surface_write_to_png_stream(s.surface, append, &s.bytes));
    }
    cairo_surface_finish(s.surface);
    check(cairo_surface_status(s.surface));
    if (s.format == PaperFormat::svg) {
        // A number that counts the sheets of this process says nothing of what is drawn.
        const std::size_t id = s.bytes.find(" id=\"surface");
        if (id != s.bytes.npos) s.bytes.erase(id, s.bytes.find('>', id) - id);
        const std::size_t head = s.bytes.find("<svg");
        const std::size_t end = s.bytes.find('>', head);
        ENSURE(head != s.bytes.npos && end != s.bytes.npos);
        s.bytes.insert(end + 1, fmt::format("\n<title>{}</title>\n<desc>{}</desc>",
                                            escaped(s.title), escaped(s.description)));
    }
    return std::move(s.bytes);
}

std::string readable(const std::string& text) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = letter_at(text, at);
        result += length == 0 ? "?" : text.substr(at, length);
        at += std::max<std::size_t>(length, 1);
    }
    return result;
}

std::vector<std::string> fitted_lines(const std::string& text, double width, const TextLook& look) {
    std::vector<std::string> lines;
    std::string line;
    const auto add = [&](const std::string& word) {
        const std::string longer = line.empty() ? word : line + " " + word;
        if (!line.empty() && Paper::width_of(longer, look) > width) {
            lines.push_back(line);
            line = word;
        } else {
            line = longer;
        }
        while (Paper::width_of(line, look) > width) {
            std::size_t end = 0;  // of the part that fits, a letter at least
            do {
                const std::size_t next = end + std::max<std::size_t>(letter_at(line, end), 1);
                if (end != 0 && Paper::width_of(line.substr(0, next), look) > width) break;
                end = next;
            } while (end < line.size());
            if (end >= line.size()) break;
            lines.push_back(line.substr(0, end));
            line.erase(0, end);
        }
    };
    for (std::size_t first = 0; first < text.size();) {
        const std::size_t end = std::min(text.find(' ', first), text.size());
        if (end != first) add(text.substr(first, end - first));
        first = end + 1;
    }
    if (!line.empty()) lines.push_back(line);
    return lines;
}

}  // namespace crossbar::sim
