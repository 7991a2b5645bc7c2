// Tables, windows and templates.
#include "chip/chip_text.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/embedded.hpp"

namespace crossbar::sim {

std::string window_text(const Window& w) {
    return fmt::format("{{{}, {}, {}, {}, {}, {}, {}, {}, {}}}", w.in_height, w.in_width,
                       w.channels, w.out_height, w.out_width, w.kernel_height, w.kernel_width,
                       w.stride, w.pad);
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return text;
}

std::string filled(const std::string& file, const Fillings& fillings) {
    std::string text(embedded_text("sim/chip/template/" + file));
    for (const auto& [word, value] : fillings) {
        const std::string mark = "@" + word + "@";
        for (std::size_t at = text.find(mark); at != text.npos; at = text.find(mark, at)) {
            text.replace(at, mark.size(), value);
            at += value.size();
        }
    }
    return text;
}

std::string group(std::uint64_t n) {
    std::string text = std::to_string(n);
    for (std::size_t i = text.size(); i > 3; i -= 3)
        text.insert(i - 3, ",");
    return text;
}

std::string_view embedded_text(const std::string& path) {
    for (const EmbeddedFile& file : embedded_files())
        if (file.path == path) return file.text;
    ENSURE(false);
    return {};
}

}  // namespace crossbar::sim
