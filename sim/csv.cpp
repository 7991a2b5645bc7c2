#include "csv.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "append_file.hpp"
#include "crossbar/check.hpp"

namespace crossbar::sim {
namespace {

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
    const AppendFile file("--csv " + path, path, O_RDWR | O_APPEND);
    if (file.open()) return check_header(file, path, header);
    if (errno != ENOENT) file.give_up(errno, "");
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
    if (::access(folder.c_str(), W_OK) != 0) file.give_up(errno, "");
}

void append_csv(const std::string& path, const std::string& header, const std::string& row) {
    AppendFile file("--csv " + path, path, O_RDWR | O_APPEND | O_CREAT);
    if (!file.open()) file.give_up(errno, "");
    check_header(file, path, header);
    const std::int64_t size = file.size();
    std::string bytes = size == 0 ? header + "\n" : "";
    if (size > 0 && file.read(size - 1, 1) != "\n") bytes += "\n";  // a row that broke off
    file.append(bytes + row + "\n");
}

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == text.npos) return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

}  // namespace crossbar::sim
