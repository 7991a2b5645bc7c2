// Takes one line of JSON after the other.
#include "watch/run_file.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "base/text_file.hpp"

namespace crossbar::sim {
namespace {

using SortedJson = nlohmann::json;

constexpr std::uint64_t largest = 16 << 20;  // bytes of a file
constexpr std::size_t longest_line = 1 << 16, longest_text = 4000, most_epochs = 100000;

double number(const SortedJson& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number()) return -1;
    const double value = found->get<double>();
    return std::isfinite(value) && value >= 0 && value < 1e15 ? value : -1;
}

int whole(const SortedJson& object, const char* key) {
    return static_cast<int>(std::clamp(number(object, key), 0.0, 1e9));
}

std::string text(const SortedJson& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) return {};
    return found->get<std::string>().substr(0, longest_text);
}

void take_run(RunProgress& run, const SortedJson& line) {
    run = {};
    for (const auto& [member, key] : {std::pair{&RunProgress::task, "task"},
                                      {&RunProgress::data, "data"},
                                      {&RunProgress::target, "target"},
                                      {&RunProgress::column, "column"},
                                      {&RunProgress::command, "command"},
                                      {&RunProgress::began, "began"},
                                      {&RunProgress::tested_on, "tested_on"}})
        run.*member = text(line, key);
    run.seed = number(line, "seed");
    run.train_images = number(line, "train_images");
    run.epochs = whole(line, "epochs");
    run.epoch = 1;
}

void take_epoch(RunProgress& run, const SortedJson& line) {
    const int epoch = whole(line, "epoch");
    if (epoch == 0 || run.curve.size() >= most_epochs) return;
    run.curve.push_back(
        {epoch, number(line, "train_error_percent"), number(line, "test_error_percent")});
    run.epoch = epoch + 1;
    run.image = 0;
}

void take_batch(RunProgress& run, const SortedJson& line) {
    run.epoch = whole(line, "epoch");
    run.image = std::max(number(line, "image"), 0.0);
    run.train_error = number(line, "train_error_percent");
    run.rate = number(line, "images_per_second");
    run.seconds_left = number(line, "seconds_left");
}

}  // namespace

double RunProgress::share() const {
    const double whole = static_cast<double>(epochs) * train_images;
    if (end == "finished") return 1;
    if (whole <= 0) return 0;
    return std::clamp((std::max(epoch - 1, 0) * train_images + image) / whole, 0.0, 1.0);
}

std::optional<RunProgress> run_progress_of(std::string_view whole_text) {
    RunProgress run;
    bool told = false;
    for (std::size_t first = 0; first < whole_text.size();) {
        const std::size_t end = std::min(whole_text.find('\n', first), whole_text.size());
        const std::string_view piece = whole_text.substr(first, end - first);
        first = end + 1;
        if (piece.size() > longest_line) continue;
        const SortedJson line = SortedJson::parse(piece, nullptr, false);
        if (!line.is_object()) continue;
        const std::string kind = text(line, "line");
        if (kind == "run") take_run(run, line);
        told = told || kind == "run";
        if (kind == "epoch") take_epoch(run, line);
        if (kind == "batch") take_batch(run, line);
        if (kind == "end") run.end = text(line, "how");
    }
    if (!told) return {};
    return run;
}

std::optional<RunProgress> read_run_progress(const std::string& file) try {
    return run_progress_of(text_of_file(file, "file of progress", largest));
} catch (const Error&) {
    return {};
}

}  // namespace crossbar::sim
