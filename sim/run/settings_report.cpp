// One row per setting: its value, who said it, and what it took the place of.
#include "run/settings_report.hpp"

#include <algorithm>
#include <array>

#include "array/target.hpp"
#include "base/format.hpp"

namespace crossbar::sim {
namespace {

constexpr std::size_t widest = 24;  // of a value that moves those beside it

std::string shown(const std::string& text) {
    return text.empty() ? "-" : text;
}

// "10 (task mnist: [plan]), 1 (built in)": the latest first.
std::string overridden(const std::vector<Said>& said, const std::string& built_in) {
    std::string text;
    for (std::size_t i = said.size() - 1; i-- > 0;)
        text += fmt::format("{} ({}), ", shown(said[i].text), said[i].origin);
    return text + fmt::format("{} (built in)", shown(built_in));
}

// Of one of several changes that make up a value: who said it first of those behind whom it stayed.
std::string origin_of(const std::vector<Said>& said, const std::string& change, char separator) {
    std::size_t first = said.size() - 1;
    const auto has = [&](std::size_t i) {
        return fmt::format("{0}{1}{0}", separator, said[i].text)
                   .find(fmt::format("{0}{1}{0}", separator, change)) != std::string::npos;
    };
    while (first > 0 && has(first - 1))
        --first;
    return said[first].origin;
}

// A row for each change of the target or of layers, which add up.
void add_changes(std::vector<std::array<std::string, 4>>& rows, const RunSettings& settings,
                 const char* name) {
    const auto said = settings.said.find(name);
    if (said == settings.said.end() || said->second.back().text.empty()) return;
    for (const std::string& change : target_changes(said->second.back().text))
        rows.push_back(
            {fmt::format("  {}", name), change, origin_of(said->second, change, ';'), ""});
}

}  // namespace

std::string settings_report(const RunSettings& settings) {
    std::vector<std::array<std::string, 4>> rows = {{"setting", "value", "from", "in place of"}};
    for (const Setting& setting : settings_table()) {
        const auto said = settings.said.find(setting.name);
        const bool built_in = said == settings.said.end();
        rows.push_back({setting.name, shown(text_of(setting, settings)),
                        built_in ? "built in" : said->second.back().origin,
                        built_in ? "" : overridden(said->second, text_of(setting, RunSettings{}))});
        for (const char* name : {"device", "layer"})
            if (setting.name == std::string_view(name)) add_changes(rows, settings, name);
    }
    std::array<std::size_t, 3> widths{};
    for (const auto& row : rows)
        for (std::size_t c = 0; c < widths.size(); ++c)
            if (c != 1 || row[c].size() <= widest) widths[c] = std::max(widths[c], row[c].size());
    std::string text;
    for (const auto& row : rows) {
        std::string line = fmt::format("{:<{}}  {:<{}}  {:<{}}  {}", row[0], widths[0], row[1],
                                       widths[1], row[2], widths[2], row[3]);
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

}  // namespace crossbar::sim
