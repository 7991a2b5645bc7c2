// Opens a store, mends its last line, sets damaged ones aside, keeps up with what others append,
// and finds runs by key.
#include "study/store.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/replace_file.hpp"
#include "base/text_file.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view our_start = "{\"key\":\"";

// Whether the file has to be made. Refuses what is no file before it is opened.
bool is_missing(const std::string& path) {
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    if (fs::is_directory(status))
        fail("--store {}: this is a folder; expected a file such as {}/results.jsonl", path, path);
    if (fs::exists(status) && !fs::is_regular_file(status))
        fail("--store {}: this is a device or a pipe; expected a file", path);
    return !fs::exists(status);
}

std::string names_of(Parts parts) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < part_names.size(); ++i)
        if (includes(parts, 1u << i)) names.emplace_back(part_names[i]);
    return fmt::format("{}", fmt::join(names, " "));
}

void check_agrees(const Json& record, const char* member, const std::string& planned) {
    const std::string made = record.value(member, "");
    if (made != planned)
        fail(
            "it ran with another {} than was planned ({} {}, expected {}): was its file changed "
            "meanwhile? The same command plans it anew",
            std::string_view(member) == "task_fingerprint" ? "task" : "target", member, made,
            planned);
}

// The first is kept where it records more.
void keep_fuller(StoredRun& kept, const StoredRun& next) {
    const bool fuller =
        kept.error >= 0 && includes(kept.parts, next.parts) && kept.parts != next.parts;
    if (!fuller) kept = next;
}

}  // namespace

// What was read, by line.
struct Store::Lines {
    struct Line {
        std::string_view text;
        std::optional<Skimmed> record;
        Seal seal;
        bool ended;  // by a line break

        bool sound() const { return record && seal != Seal::broken; }
        // A writer that was killed left a part of it.
        bool broken_off() const { return !ended && !record; }
        bool damaged() const { return !sound() && !broken_off() && !text.empty(); }
    };
    std::vector<Line> list;

    explicit Lines(std::string_view text) {
        for (std::size_t first = 0; first < text.size();) {
            const std::size_t end = std::min(text.find('\n', first), text.size());
            const std::string_view line = text.substr(first, end - first);
            list.push_back({line, skim(line), seal_of(line), end != text.size()});
            first = end + 1;
        }
    }
};

Store::Store(const std::string& path, Use use) : path_(path) {
    new_ = is_missing(path);
    if (use == Use::read) {
        if (!new_) load();
        return;
    }
    const FileLock locked = lock();
    new_ = is_missing(path);  // still, and now nobody else makes it
    file_.emplace("--store " + path, path, O_RDWR | O_APPEND | O_CREAT, AppendFile::Lock::none);
    if (!file_->open()) file_->give_up(errno, "");
    load();
}

// Beside the file itself, wherever links to it are.
FileLock Store::lock() const {
    return FileLock::take(destination_of(path_) + ".lock", "--store " + path_);
}

// All of the file anew.
void Store::load() {
    runs_.clear();
    records_ = unvouched_ = lines_ = 0;
    const std::string text =
        file_ ? file_->read(0, static_cast<std::size_t>(file_->size()))
              : text_of_file(path_, "store", std::numeric_limits<std::uint64_t>::max());
    const Lines lines(text);
    check_ours(lines);
    take(lines);
    if (!file_) return;
    if (!lines.list.empty() && !set_aside(lines)) mend_end(lines);
    taken_ = file_->size();
}

void Store::mend_end(const Lines& lines) {
    if (lines.list.back().broken_off())
        file_->cut(file_->size() - static_cast<std::int64_t>(lines.list.back().text.size()));
    else if (!lines.list.back().ended)
        file_->append("\n");
}

void Store::refresh() {
    const FileLock locked = lock();
    catch_up();
}

// Under the lock. A file that was replaced or cut since is another one.
void Store::catch_up() {
    const std::string before = file_->identity();
    file_->follow_path();
    const std::int64_t size = file_->size();
    if (file_->identity() != before || size < taken_) {
        load();
        return;
    }
    if (size == taken_) return;
    const std::string text = file_->read(taken_, static_cast<std::size_t>(size - taken_));
    const Lines lines(text);
    take(lines);
    mend_end(lines);
    taken_ = file_->size();
}

// A store may be damaged in its first line; what was never one has no record, or begins otherwise.
void Store::check_ours(const Lines& lines) const {
    const auto first = std::find_if(lines.list.begin(), lines.list.end(),
                                    [](const Lines::Line& line) { return !line.text.empty(); });
    if (lines.list.empty()) return;
    const bool any = std::any_of(lines.list.begin(), lines.list.end(),
                                 [](const Lines::Line& line) { return line.record.has_value(); });
    if (first != lines.list.end() && (first->record || first->text.starts_with(our_start) ||
                                      (first->broken_off() && our_start.starts_with(first->text)) ||
                                      (any && first->text.starts_with(our_start.substr(0, 2)))))
        return;
    fail(
        "--store {}: this file is not a result store: its first line is {}; it is left as it is. "
        "Give another file",
        path_, no_record_text);
}

void Store::take(const Lines& lines) {
    for (const Lines::Line& line : lines.list) {
        ++lines_;
        if (line.broken_off() && file_)
            notices_.push_back(fmt::format(
                "{}:{}: the last line broke off after {} bytes; it is cut off, its run is made "
                "again",
                path_, lines_, line.text.size()));
        else if (line.damaged())
            notices_.push_back(
                fmt::format("{}:{}: {}; left out{}", path_, lines_,
                            line.seal == Seal::broken ? changed_text : no_record_text,
                            file_ ? fmt::format(", and set aside into {}.bad", path_) : ""));
        if (!line.sound()) continue;
        ++records_;
        if (!line.record->run.vouched) ++unvouched_;
        if (!line.record->key.empty()) keep_fuller(runs_[line.record->key], line.record->run);
    }
}

// First the damaged lines are written elsewhere, then the store without them replaces the old one:
// whatever happens in between, none is lost. Where that cannot be they stay. False where nothing
// was changed.
bool Store::set_aside(const Lines& lines) {
    std::string bad, good;
    for (const Lines::Line& line : lines.list)
        if (line.damaged())
            bad.append(line.text).append("\n");
        else if (line.sound())
            good.append(line.text).append("\n");
    if (bad.empty()) return false;
    try {
        AppendFile aside(path_ + ".bad", path_ + ".bad", O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW);
        if (!aside.open()) aside.give_up(errno, "");
        aside.append(bad);
        aside.sync();
        replace_file(path_, good);
        file_->follow_path();
        return true;
    } catch (const Error& error) {
        notices_.push_back(fmt::format("{}: damaged lines stay in it: {}", path_, error.what()));
        return false;
    }
}

const StoredRun* Store::find(const std::string& key) const {
    const auto found = runs_.find(key);
    return found == runs_.end() ? nullptr : &found->second;
}

void Store::add(const RunLabels& labels, const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    const Json record = Json::parse(text, nullptr, false);
    const std::optional<Skimmed> skimmed = skim(text);
    if (!record.is_object() || !skimmed) fail("{}: not the record of a run", file);
    check_agrees(record, "task_fingerprint", labels.task_fingerprint);
    check_agrees(record, "target_fingerprint", labels.target_fingerprint);
    StoredRun run = skimmed->run;
    run.parts |= labels.parts;
    run.vouched = true;
    Json line;
    line["key"] = labels.key;
    line["experiment"] = labels.experiment;
    line["label"] = labels.label;
    line["recorded"] = names_of(run.parts);
    line["data_fingerprint"] = labels.data_fingerprint;
    line.update(record);
    const FileLock locked = lock();
    catch_up();
    file_->append(sealed(line.dump(-1, ' ', false, Json::error_handler_t::replace)) + "\n");
    file_->sync();
    taken_ = file_->size();
    ++lines_;
    keep_fuller(runs_[labels.key], run);
}

}  // namespace crossbar::sim
