// Task files (TOML) into Task. Every key of the file is checked: a missing, misspelt or impossible
// one is an Error with file and line. task_data.cpp goes from a Task to its images.
#include "data/task.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <string_view>

#include "base/check.hpp"
#include "base/embedded.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"
#include "base/text_file.hpp"
#include "base/toml_section.hpp"
#include "data/readers.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t longest_side = 4096;
constexpr std::int64_t most_classes = 65535;  // labels have 16 bits
constexpr std::int64_t most_images = 10'000'000;

Shape parse_shape(Section& top) {
    constexpr std::string_view expected = "[height, width, channels]";
    const toml::node& node = top.need("shape", expected);
    const toml::array* sides = node.as_array();
    if (!sides) top.wrong(node, "shape is {}, expected {}", kind_of(node), expected);
    if (sides->size() != 3)
        top.wrong(node, "shape has {} numbers, expected {}", sides->size(), expected);
    std::array<int, 3> side{};
    for (std::size_t i = 0; i < side.size(); ++i)
        side[i] = static_cast<int>(top.in_range((*sides)[i], "shape", 1, longest_side));
    return {side[0], side[1], side[2]};
}

// By label. Files whose readers know names themselves have theirs.
std::vector<std::string> parse_class_names(Section& top, const Task& task) {
    std::vector<std::string> names = top.optional_texts("class_names");
    const toml::node* node = top.find("class_names");
    if (!node) return names;
    if (find_reader(task.reader)->has_names)
        top.wrong(*node,
                  "class_names is of a reader that names no classes, but {} takes names from the "
                  "files; leave it out",
                  task.reader);
    if (names.size() != static_cast<std::size_t>(task.classes))
        top.wrong(*node, "class_names has {} names, but there are {} classes", names.size(),
                  task.classes);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const toml::node& item = (*node->as_array())[i];
        if (names[i].empty()) top.wrong(item, "class_names has an empty name, that of label {}", i);
        const auto first = std::find(names.begin(), names.end(), names[i]);
        if (const auto other = static_cast<std::size_t>(first - names.begin()); other != i)
            top.wrong(item, "class_names has '{}' twice, for labels {} and {}", names[i], other, i);
    }
    return names;
}

using Values = std::vector<std::pair<std::string, std::string>>;

// Option values in the order of the file, as the text the command line would hold.
Values parse_values(const std::string& file, std::string_view name, const toml::table& table) {
    std::vector<std::pair<toml::source_index, std::pair<std::string, std::string>>> lines;
    for (const auto& [key, value] : table) {
        std::string text;
        if (const auto i = value.value_exact<std::int64_t>())
            text = fmt::format("{}", *i);
        else if (const auto d = value.value_exact<double>())
            text = fmt::format("{}", *d);
        else if (const auto b = value.value_exact<bool>())
            text = *b ? "true" : "false";
        else if (const auto s = value.value_exact<std::string>())
            text = *s;
        else
            fail_at(file, value.source(), "[{}] {} is {}, expected a number, string or boolean",
                    name, key.str(), kind_of(value));
        lines.emplace_back(key.source().begin.line, std::pair(std::string(key.str()), text));
    }
    std::sort(lines.begin(), lines.end());
    Values values;
    for (auto& line : lines)
        values.push_back(std::move(line.second));
    return values;
}

// [plan] or [augment]. What is in them is the program's to know.
Values parse_table(const std::string& file, Section& top, const char* name) {
    const toml::node* node = top.find(name);
    if (!node) return {};
    const toml::table* table = node->as_table();
    if (!table) top.wrong(*node, "{0} is {1}, expected the table [{0}]", name, kind_of(*node));
    return parse_values(file, name, *table);
}

// The tables [column."NAME"]. That there is such a column is the program's to know.
std::vector<ColumnPlan> parse_columns(const std::string& file, Section& top) {
    constexpr std::string_view expected = "tables [column.\"NAME\"]";
    std::vector<ColumnPlan> columns;
    const toml::node* node = top.find("column");
    if (!node) return columns;
    if (!node->is_table()) top.wrong(*node, "column is {}, expected {}", kind_of(*node), expected);
    for (const auto& [key, value] : *node->as_table()) {
        if (!value.is_table())
            top.wrong(value, "column.{} is {}, expected {}", key.str(), kind_of(value), expected);
        const std::string name = fmt::format("column.\"{}\"", key.str());
        columns.push_back({std::string(key.str()), parse_values(file, name, *value.as_table())});
    }
    return columns;
}

// Calls parse(section) for every table of the array of tables [[key]], which may be absent.
template <typename Parse>
void for_each_table(const std::string& file, Section& top, std::string_view key, Parse parse) {
    const toml::node* node = top.find(key);
    if (!node) return;
    if (!node->is_array_of_tables())
        top.wrong(*node, "{} is {}, expected tables [[{}]]", key, kind_of(*node), key);
    for (const toml::node& item : *node->as_array()) {
        Section section(file, fmt::format("[[{}]] ", key), *item.as_table());
        parse(section, item);
        section.finish();
    }
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

// False where the key is missing.
bool parse_flag(Section& section, std::string_view key) {
    const toml::node* node = section.find(key);
    if (!node) return false;
    if (!node->is_boolean())
        section.wrong(*node, "{} is {}, expected true or false", key, kind_of(*node));
    return *node->value<bool>();
}

Download parse_download(Section& section, const toml::node& node) {
    Download download;
    download.name = section.text("name");
    download.urls = section.optional_texts("urls");
    download.sha256 = section.optional_text("sha256");
    const std::string slashed = "/" + download.name + "/";
    if (download.name.starts_with('/') || slashed.find("/../") != slashed.npos)
        section.wrong(node, "name '{}' leaves the data folder, expected a path inside it",
                      download.name);
    if (!download.sha256.empty() && !is_sha256(download.sha256))
        section.wrong(node, "sha256 '{}', expected 64 hexadecimal digits in lower case",
                      download.sha256);
    return download;
}

void parse_archives(const std::string& file, Section& top, Task& task) {
    for_each_table(file, top, "archive", [&](Section& section, const toml::node& node) {
        task.archives.push_back(parse_download(section, node));
        task.archives.back().unpack = parse_flag(section, "unpack");
    });
}

void parse_file(Section& section, const toml::node& node, Task& task) {
    TaskFile file;
    file.role = section.text("role");
    file.archive = section.optional_text("archive");
    file.optional = parse_flag(section, "optional");
    file.download = parse_download(section, node);
    file.name = file.download.name;
    const std::vector<Role> roles = roles_of(*find_reader(task.reader));
    const auto role = std::find_if(roles.begin(), roles.end(),
                                   [&](const Role& r) { return r.name == file.role; });
    if (role == roles.end())
        section.wrong(node, "the reader {} has no role '{}'; it has: {}", task.reader, file.role,
                      find_reader(task.reader)->roles);
    for (const TaskFile& other : task.files)
        if (other.role == file.role && !role->several)
            section.wrong(node, "role '{}' is given twice, expected once", file.role);
    const auto is_archive = [&](const Download& archive) { return archive.name == file.archive; };
    if (!file.archive.empty() &&
        std::none_of(task.archives.begin(), task.archives.end(), is_archive))
        section.wrong(node, "archive '{}' is not among the tables [[archive]]", file.archive);
    if (!file.archive.empty() && !file.download.urls.empty())
        section.wrong(node, "urls are given, but the file comes in the archive '{}'", file.archive);
    task.files.push_back(std::move(file));
}

Split parse_split(const std::string& file, Section& top) {
    const toml::node* node = top.find("split");
    if (!node) return {};
    if (!node->is_table())
        top.wrong(*node, "split is {}, expected the table [split]", kind_of(*node));
    Section section(file, "[split] ", *node->as_table());
    const auto count = [&](std::string_view key) {
        const toml::node* value = section.find(key);
        return value ? static_cast<int>(section.in_range(*value, key, 0, most_images)) : 0;
    };
    const Split split = {count("train_per_class"), count("test_per_class"),
                         count("least_per_class")};
    section.finish();
    return split;
}

// 16 hex digits; 0 where there are none.
std::uint64_t parse_fingerprint(Section& top) {
    const std::string text = top.optional_text("fingerprint");
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    if (!text.empty() && (error != std::errc() || end != text.data() + text.size() ||
                          text.size() != 16 || number == 0))
        top.wrong(*top.find("fingerprint"), "fingerprint is '{}', expected 16 hex digits", text);
    return number;
}

// Where labels and pixels of IDX files are not as MNIST's are.
void parse_idx_keys(Section& top, Task& task) {
    constexpr std::int64_t most_offset = 65535;
    const toml::node* offset = top.find("label_offset");
    if (offset)
        task.label_offset = static_cast<int>(top.in_range(*offset, "label_offset", 0, most_offset));
    task.transposed = parse_flag(top, "transposed");
    for (const char* key : {"label_offset", "transposed"})
        if (const toml::node* node = top.find(key); node && !task.reader.starts_with("idx"))
            top.wrong(*node, "{} belongs to the readers idx and idx_middle, but the reader is {}",
                      key, task.reader);
}

// One text or several.
std::vector<std::string> parse_folders(Section& top) {
    const toml::node& node = top.need("folder", "a string, or an array of them");
    std::vector<std::string> folders =
        node.is_array() ? top.optional_texts("folder") : std::vector{top.text("folder")};
    if (folders.empty()) top.wrong(node, "folder is empty, expected at least one name");
    for (const std::string& folder : folders)
        if (folder.empty() || folder.find('/') != folder.npos || folder.starts_with('.'))
            top.wrong(node, "folder '{}', expected the plain name of a folder", folder);
    return folders;
}

Published parse_published(Section& section, const toml::node& node) {
    Published row;
    row.column = section.text("column");
    row.source = section.text("source");
    row.mark = section.text("mark");
    const toml::node& error = section.need("error_percent", "a number from 0 to 100");
    row.error_percent = section.number_in(error, "error_percent", 0, 100);
    if (row.mark != "paper" && row.mark != "reconstructed")
        section.wrong(node, "mark is '{}', expected 'paper' or 'reconstructed'", row.mark);
    return row;
}

std::string parse_reader(Section& top) {
    std::string name = top.text("reader");
    if (find_reader(name)) return name;
    std::vector<std::string> names;
    for (const Reader& reader : readers)
        names.emplace_back(reader.name);
    top.wrong(*top.find("reader"), "unknown reader '{}'{}; there are: {}", name,
              suggestion(name, names), fmt::join(names, ", "));
}

// Keys of a task file that change no result, or that runs hold as settings of their own. The files
// themselves are told by what is in them.
const std::vector<std::string_view> not_of_results = {
    "title", "home",    "licence", "by_hand", "folder",  "class_names", "network",
    "plan",  "augment", "column",  "file",    "archive", "published"};

std::string task_name_of(const EmbeddedFile& file) {
    constexpr std::string_view folder = "datasets/";
    if (!file.path.starts_with(folder) || file.path.ends_with(".tuned.toml")) return {};
    return fs::path(file.path).stem().string();
}

Task parse_task(const std::string& file, std::string_view text);

// What a task that extends another may say: its images, their shape and files are the other's.
const std::vector<std::string_view> own_of_extension = {"base",    "title",  "network",  "plan",
                                                        "augment", "column", "published"};

// A task that other ones extend: built in, or a file whose place is told from theirs on. Its text
// and the name for messages.
std::pair<std::string, std::string> base_text(const std::string& base, const std::string& file) {
    if (base.ends_with(".toml")) {
        const std::string path = (fs::path(file).parent_path() / base).string();
        return {path, text_of_file(path, "task file")};
    }
    for (const EmbeddedFile& embedded : embedded_files())
        if (task_name_of(embedded) == base)
            return {std::string(embedded.path), std::string(embedded.text)};
    const std::vector<std::string> names = task_names();
    fail("{}: base is '{}'{}; expected the path of a .toml file, or one of: {}", file, base,
         suggestion(base, names), fmt::join(names, ", "));
}

// Puts what the task's base says into its table; the base has been parsed and is right.
void extend(toml::table& table, const std::string& file) {
    Section own(file, "", table);
    const std::string base = own.text("base");
    for (const auto& [key, value] : table)
        if (std::find(own_of_extension.begin(), own_of_extension.end(), key.str()) ==
            own_of_extension.end())
            own.wrong(value,
                      "{} has no place in a task with a base, whose images are those of '{}'; "
                      "expected {}",
                      key.str(), base, fmt::join(own_of_extension, ", "));
    const auto [path, text] = base_text(base, file);
    const toml::table inherited = parse_toml(path, text);
    if (inherited.contains("base"))
        own.wrong(*table.get("base"), "base '{}' has a base itself; name that one", base);
    parse_task(path, text);
    for (const auto& [key, value] : inherited)
        if (std::find(own_of_extension.begin(), own_of_extension.end(), key.str()) ==
            own_of_extension.end())
            table.insert(key, value);
    if (!table.contains("title")) table.insert("title", *inherited.get("title"));
    if (!table.contains("network")) table.insert("network", *inherited.get("network"));
    table.erase("base");
}

Task parse_task(const std::string& file, std::string_view text) {
    toml::table table = parse_toml(file, text);
    if (table.contains("base")) extend(table, file);
    Section top(file, "", table);
    Task task;
    task.name = fs::path(file).stem().string();
    task.title = top.text("title");
    task.home = top.text("home");
    task.licence = top.text("licence");
    task.reader = parse_reader(top);
    task.by_hand = top.optional_text("by_hand");
    task.folders = parse_folders(top);
    task.shape = parse_shape(top);
    task.classes = static_cast<int>(top.integer("classes", 2, most_classes));
    task.class_names = parse_class_names(top, task);
    task.train_count = static_cast<std::size_t>(top.integer("train_count", 1, most_images));
    task.test_count = static_cast<std::size_t>(top.integer("test_count", 1, most_images));
    task.network = top.text("network");
    task.plan = parse_table(file, top, "plan");
    task.augment = parse_table(file, top, "augment");
    task.columns = parse_columns(file, top);
    task.split = parse_split(file, top);
    task.images = parse_fingerprint(top);
    parse_idx_keys(top, task);
    parse_archives(file, top, task);
    for_each_table(file, top, "file", [&](Section& section, const toml::node& node) {
        parse_file(section, node, task);
    });
    for_each_table(file, top, "published", [&](Section& section, const toml::node& node) {
        task.published.push_back(parse_published(section, node));
    });
    top.finish();
    task.fingerprint = fingerprint_of(table, not_of_results);
    return task;
}

}  // namespace

Task load_task(const std::string& name_or_path) {
    if (name_or_path.ends_with(".toml")) {
        Task task = parse_task(name_or_path, text_of_file(name_or_path, "task file"));
        task.path = name_or_path;
        const std::string beside = tuned_path(name_or_path);
        if (fs::exists(beside))
            task.tuned = parse_tuned(beside, text_of_file(beside, "file of tuned rates"));
        return task;
    }
    for (const EmbeddedFile& file : embedded_files()) {
        if (task_name_of(file) != name_or_path) continue;
        Task task = parse_task(std::string(file.path), file.text);
        const std::string beside = tuned_path(std::string(file.path));
        for (const EmbeddedFile& other : embedded_files())
            if (other.path == beside) task.tuned = parse_tuned(beside, other.text);
        return task;
    }
    const std::vector<std::string> names = task_names();
    fail("unknown task '{}'{}; expected one of: {}, or the path of a .toml file", name_or_path,
         suggestion(name_or_path, names), fmt::join(names, ", "));
}

std::vector<std::string> task_names() {
    std::vector<std::string> names;
    for (const EmbeddedFile& file : embedded_files())
        if (const std::string name = task_name_of(file); !name.empty()) names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace crossbar
