#include "store.hpp"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "crossbar/check.hpp"

namespace crossbar::sim {
namespace {

using Json = nlohmann::ordered_json;

// Discarded where the text is no JSON.
Json parsed(std::string_view text) {
    return Json::parse(text, nullptr, false);
}

double number_at(const Json& record, const char* key) {
    const auto found = record.find(key);
    return found != record.end() && found->is_number() ? found->get<double>() : -1;
}

bool is_record(const Json& json) {
    return json.is_object() && json.contains("key") && json["key"].is_string() &&
           number_at(json, "test_error_percent") >= 0;
}

StoredRun run_of(const Json& record) {
    return {number_at(record, "test_error_percent"), number_at(record, "test_loss"),
            number_at(record, "seconds")};
}

}  // namespace

Store::Store(const std::string& path)
    : path_(path),
      file_("--store " + path, path, O_RDWR | O_APPEND | O_CREAT, AppendFile::Lock::try_once) {
    if (!file_.open()) {
        const int error = errno;
        if (std::error_code ignored; std::filesystem::is_directory(path, ignored))
            fail("--store {}: this is a folder; expected a file such as {}/results.jsonl", path,
                 path);
        file_.give_up(error, "");
    }
    if (!file_.locked())
        fail(
            "--store {}: another run of the program is writing to it; wait for it, or give this "
            "one a store of its own",
            path);
    load();
}

void Store::load() {
    const std::string text = file_.read(0, static_cast<std::size_t>(file_.size()));
    std::size_t number = 0;
    for (std::size_t first = 0; first < text.size();) {
        const std::size_t end = std::min(text.find('\n', first), text.size());
        const std::string_view line = std::string_view(text).substr(first, end - first);
        const Json json = parsed(line);
        ++number;
        if (is_record(json)) {
            runs_[json["key"].get<std::string>()] = run_of(json);
            if (end == text.size()) file_.append("\n");
        } else if (end == text.size()) {
            notices_.push_back(fmt::format(
                "{}:{}: the last line broke off after {} bytes; it is cut off, its run is made "
                "again",
                path_, number, line.size()));
            file_.cut(static_cast<std::int64_t>(first));
        } else if (!line.empty()) {
            notices_.push_back(
                fmt::format("{}:{}: not a record of a run; left out", path_, number));
        }
        first = end + 1;
    }
}

const StoredRun* Store::find(const std::string& key) const {
    const auto found = runs_.find(key);
    return found == runs_.end() ? nullptr : &found->second;
}

void Store::add(const RunLabels& labels, const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    const Json record = parsed(text);
    Json line;
    line["key"] = labels.key;
    line["experiment"] = labels.experiment;
    line["label"] = labels.label;
    if (record.is_object()) line.update(record);
    if (!record.is_object() || !is_record(line)) fail("{}: not the record of a run", file);
    file_.append(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    file_.sync();
    runs_[labels.key] = run_of(line);
}

}  // namespace crossbar::sim
