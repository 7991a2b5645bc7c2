// UTF-8, UTF-16 with and without a mark, and Latin-1, through iconv; and line ends of all kinds.
#include "pulse_response/text_encoding.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/check.hpp"

namespace crossbar::sim {
namespace {

std::optional<std::string> converted(const char* encoding, std::string_view bytes) {
    const iconv_t state = iconv_open("UTF-8", encoding);
    if (state == reinterpret_cast<iconv_t>(-1)) return {};
    std::string in(bytes), out(4 * bytes.size() + 4, '\0');
    char *from = in.data(), *to = out.data();
    std::size_t left = in.size(), room = out.size();
    const bool whole = iconv(state, &from, &left, &to, &room) != static_cast<std::size_t>(-1);
    iconv_close(state);
    if (!whole) return {};
    out.resize(out.size() - room);
    return out;
}

// Zeros among the first bytes at even and at odd places.
std::array<std::size_t, 2> zeros_of(std::string_view bytes) {
    std::array<std::size_t, 2> zeros{};
    for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 1000); ++i)
        if (bytes[i] == '\0') ++zeros[i % 2];
    return zeros;
}

std::string utf8_of(const std::string& file, std::string_view bytes) {
    constexpr std::string_view zip = "PK\3\4", office = "\xD0\xCF\x11\xE0";
    for (const std::string_view mark : {zip, office})
        if (bytes.starts_with(mark))
            fail("{}: this is a spreadsheet or an archive, expected text; save the sheet as CSV",
                 file);
    const std::size_t head = std::min<std::size_t>(bytes.size(), 1000);
    const std::array<std::size_t, 2> zeros = zeros_of(bytes);
    const bool little = bytes.starts_with("\xFF\xFE") || (zeros[1] > head / 5 && zeros[0] == 0);
    const bool big = bytes.starts_with("\xFE\xFF") || (zeros[0] > head / 5 && zeros[1] == 0);
    if (little || big) {
        if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) bytes.remove_prefix(2);
        const auto text = converted(little ? "UTF-16LE" : "UTF-16BE", bytes);
        if (!text)
            fail("{}: this is UTF-16, but not to its end ({} bytes); save it as UTF-8", file,
                 bytes.size());
        return *text;
    }
    if (const std::size_t zero = bytes.find('\0'); zero != std::string_view::npos)
        fail("{}: byte {} is 0, expected text; export the measurement as CSV", file, zero);
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    if (const auto text = converted("UTF-8", bytes)) return *text;
    return converted("ISO-8859-1", bytes).value();
}

}  // namespace

std::vector<std::string> lines_of(const std::string& file, const std::string& bytes) {
    const std::string text = utf8_of(file, bytes);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find_first_of("\r\n", at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + (text.compare(end, 2, "\r\n") == 0 ? 2 : 1);
    }
    return lines;
}

}  // namespace crossbar::sim
