// Quotes fields, defuses what a spreadsheet would compute, and checks the heading of a file that
// is there.
#include "terminal/csv.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <string_view>

#include "base/check.hpp"
#include "terminal/append_file.hpp"

namespace crossbar::sim {
namespace {

// What errors call the file.
std::string name_of(const std::string& path) {
    std::error_code ignored;
    const auto status = std::filesystem::status(path, ignored);
    const bool other = std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
    return fmt::format("--csv {}{}", path,
                       !other                                  ? ""
                       : std::filesystem::is_directory(status) ? " (a folder)"
                                                               : " (a device)");
}

// One number, or several with ';' between.
bool is_numeric(std::string_view text) {
    for (std::size_t first = 0; first <= text.size();) {
        const std::size_t end = std::min(text.find(';', first), text.size());
        double value = 0;
        const auto [stop, error] = std::from_chars(text.data() + first, text.data() + end, value);
        if (end != first && (error != std::errc() || stop != text.data() + end)) return false;
        first = end + 1;
    }
    return true;
}

// Spreadsheets take what begins with these for a formula; a dash alone stands for no value.
bool is_formula(std::string_view text) {
    const std::size_t first = text.find_first_not_of('\'');
    return text != "-" && first != text.npos &&
           std::string_view("=+-@\t\r").find(text[first]) != text.npos && !is_numeric(text);
}

void check_header(const AppendFile& file, const std::string& path, const std::string& header) {
    if (file.size() == 0 || file.read(0, header.size() + 1) == header + "\n") return;
    const std::string line = file.read(0, 65536).substr(0, file.read(0, 65536).find('\n'));
    std::size_t same = 0;
    while (same < std::min(line.size(), header.size()) && line[same] == header[same])
        ++same;
    const std::size_t start = same == 0 ? 0 : header.rfind(',', same - 1) + 1;
    fail(
        "--csv {}: the file has other columns than this program writes: the first difference is "
        "'{}', expected '{}'; append to another file",
        path, line.substr(std::min(start, line.size())).substr(0, 40), header.substr(start, 40));
}

}  // namespace

void check_csv(const std::string& path, const std::string& header) {
    // What reads from a pipe would see its end when the check is over.
    if (std::error_code ignored; std::filesystem::is_fifo(path, ignored))
        fail("--csv {}: this is a pipe; rows are appended to files, and --json - is for pipes",
             path);
    const AppendFile file(name_of(path), path, O_RDWR | O_APPEND);
    if (file.open()) return check_header(file, path, header);
    if (errno != ENOENT) file.give_up(errno, "");
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
    if (::access(folder.c_str(), W_OK) != 0) file.give_up(errno, "");
}

void append_csv(const std::string& path, const std::string& header, const std::string& row) {
    AppendFile file(name_of(path), path, O_RDWR | O_APPEND | O_CREAT);
    if (!file.open()) file.give_up(errno, "");
    check_header(file, path, header);
    const std::int64_t size = file.size();
    std::string bytes = size == 0 ? header + "\n" : "";
    if (size > 0 && file.read(size - 1, 1) != "\n") bytes += "\n";  // a row that broke off
    file.append(bytes + row + "\n");
}

std::string csv_field(const std::string& value) {
    const std::string text = is_formula(value) ? "'" + value : value;
    if (text.find_first_of(",\"\r\n") == text.npos) return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

}  // namespace crossbar::sim
