// Pieces of text that C sources are made of: tables, windows, and files of template/ and runtime/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/format.hpp"
#include "kernels/kernels.hpp"

namespace crossbar::sim {

// "a, b, c," in lines of a bearable length.
template <typename Values>
std::string listed(const Values& values) {
    std::string text, line = "   ";
    for (const auto value : values) {
        const std::string word = fmt::format(" {},", value);
        if (line.size() + word.size() > 118) {
            text += line + "\n";
            line = "   ";
        }
        line += word;
    }
    return text + line + "\n";
}

template <typename Values>
std::string table(const std::string& type, const std::string& name, const Values& values) {
    return fmt::format("static const {} {}[] = {{\n{}}};\n", type, name, listed(values));
}

std::string window_text(const Window& window);
std::string upper(std::string text);
// 12345 as 12,345.
std::string group(std::uint64_t n);

// A file that the program holds.
std::string_view embedded_text(const std::string& path);

// A file of template/ with @words@ replaced.
using Fillings = std::vector<std::pair<std::string, std::string>>;
std::string filled(const std::string& file, const Fillings& fillings);

}  // namespace crossbar::sim
