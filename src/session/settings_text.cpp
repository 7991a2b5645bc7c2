// Escapes line breaks; one line per setting.
#include "session/settings_text.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/check.hpp"

namespace crossbar {
namespace {

// A value as one line of a checkpoint's settings: "NAME = VALUE", or "NAME \= VALUE" where VALUE
// has line breaks, which are then escaped.
std::string setting_line(const std::string& name, const std::string& value) {
    if (value.find_first_of("\n\r") == value.npos) return fmt::format("{} = {}\n", name, value);
    std::string line = name + " \\= ";
    for (const char c : value)
        line += c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\\' ? "\\\\" : std::string(1, c);
    return line + "\n";
}

std::string unescaped(const std::string& text) {
    std::string value;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            value += text[i];
            continue;
        }
        const char next = text[++i];
        value += next == 'n' ? '\n' : next == 'r' ? '\r' : next;
    }
    return value;
}

// The name and value of such a line; an empty name where it is none.
std::pair<std::string, std::string> parse_setting(const std::string& line) {
    const std::size_t blank = line.find(' ');
    const std::string_view rest = std::string_view(line).substr(std::min(blank, line.size()));
    const std::string name = line.substr(0, blank);
    if (rest.starts_with(" = ")) return {name, std::string(rest.substr(3))};
    if (rest.starts_with(" \\= ")) return {name, unescaped(std::string(rest.substr(4)))};
    return {};
}

}  // namespace

std::string on_one_line(const std::string& text) {
    std::string result;
    std::istringstream words(text);
    for (std::string word; words >> word;)
        result += (result.empty() ? "" : " ") + word;
    return result;
}

std::string settings_text(const RunSettings& settings) {
    std::string text;
    for (const Setting& setting : settings_table())
        if (setting.kept != Kept::no)
            text += setting_line(setting.name, text_of(setting, settings));
    return text;
}

RunSettings parse_settings(const std::string& text, const std::string& file) {
    RunSettings settings;
    bool bounded = false;
    std::istringstream in(text);
    for (std::string row; std::getline(in, row);) {
        const auto [name, value] = parse_setting(row);
        if (!find_setting(name)) fail("{}: unknown setting '{}' in this checkpoint", file, row);
        set(settings, name, value, file + ": ");
        bounded = bounded || name == "bn-bound";
    }
    // A run from before scales had a bound goes on as it began.
    if (!bounded && settings.training.bn == BatchNormMode::affine)
        settings.training.bn_bound = 7.9375;
    settings.training.network = on_one_line(settings.training.network);
    return settings;
}

}  // namespace crossbar
