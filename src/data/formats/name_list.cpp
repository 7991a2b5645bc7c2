// Lines, commas, tabs, quotes, headings, labels before or behind: as people write lists.
#include "data/formats/name_list.hpp"

#include <algorithm>
#include <filesystem>

#include "base/check.hpp"
#include "data/formats/file_bytes.hpp"
#include "data/formats/picture.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view blanks = " \t";

std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// A name may have blanks in it, so what ends as a picture does is a name as a whole.
ListedName name_of(const std::string& line, std::size_t number) {
    std::string text = line;
    if (text.starts_with('"')) std::erase(text, '"');
    ListedName listed{number, text, {}};
    for (std::size_t end = text.size(); !is_picture_name(listed.name);) {
        end = end == 0 ? text.npos : text.find_last_of(" \t,;", end - 1);
        if (end == text.npos) {
            listed.name = text;
            break;
        }
        listed.name = trimmed(text.substr(0, end));
        listed.label = trimmed(text.substr(end + 1));
    }
    if (listed.name == text) listed.label.clear();
    std::replace(listed.name.begin(), listed.name.end(), '\\', '/');
    while (listed.name.starts_with("./"))
        listed.name.erase(0, 2);
    return listed;
}

}  // namespace

std::vector<std::string> lines_of(const std::string& path) {
    const std::vector<std::uint8_t> bytes = file_bytes(path);
    std::string text(bytes.begin(), bytes.end());
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
        fail("{}: byte 0: this is UTF-16, expected a list in UTF-8 or ASCII; save it as such",
             path);
    if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find_first_of("\r\n", at), text.size());
        lines.push_back(trimmed(text.substr(at, end - at)));
        at = end + (text.compare(end, 2, "\r\n") == 0 ? 2 : 1);
    }
    return lines;
}

std::vector<ListedName> listed_names(const std::string& list) {
    std::vector<ListedName> names;
    std::size_t number = 0;
    for (const std::string& line : lines_of(list))
        if (++number; !line.empty()) names.push_back(name_of(line, number));
    return names;
}

void strip_folder(const std::string& folder, std::vector<ListedName>& names) {
    if (names.empty()) return;
    const std::string own =
        (fs::absolute(folder) / "").lexically_normal().parent_path().filename().string() + '/';
    const std::string whole = '/' + names.front().name;
    const std::size_t at = whole.rfind('/' + own);
    if (at == whole.npos || own.size() < 2) return;
    const std::string prefix = names.front().name.substr(0, at + own.size());
    std::error_code ignored;
    if (!prefix.starts_with('/') && fs::is_directory(fs::path(folder) / prefix, ignored)) return;
    for (const ListedName& listed : names)
        if (!listed.name.starts_with(prefix) ||
            listed.name.find('/', prefix.size()) == listed.name.npos)
            return;
    for (ListedName& listed : names)
        listed.name.erase(0, prefix.size());
}

}  // namespace crossbar
