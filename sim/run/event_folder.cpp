// Names event files so that TensorBoard finds them and reads them in their order.
#include "run/event_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>

#include "base/check.hpp"
#include "base/format.hpp"
#include "run/epoch_figures.hpp"
#include "run/event_record.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "events.out.tfevents.";
constexpr std::int64_t most_seconds = 9'999'999'999;  // of ten digits, by which names are in order

double now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// The seconds in the names of the event files of a folder; of others 0.
std::vector<std::int64_t> moments_in(const std::string& folder) {
    std::vector<std::int64_t> moments;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        const std::string name = at->path().filename().string();
        if (name.find("tfevents") == name.npos) continue;
        std::int64_t seconds = 0;
        if (name.starts_with(prefix))
            std::from_chars(name.data() + prefix.size(), name.data() + name.size(), seconds);
        moments.push_back(seconds < most_seconds ? seconds : 0);
    }
    if (error) fail("--tensorboard {}: cannot look into the folder: {}", folder, error.message());
    return moments;
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "host";
    std::string text = name.data();
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

}  // namespace

EventFolder::EventFolder(std::string folder, const Run& run, bool diagnose)
    : folder_(std::move(folder)), run_(run), diagnose_(diagnose) {
    if (folder_.empty()) return;
    std::error_code ignored;
    if (!fs::exists(folder_, ignored)) {
        fs::path above = fs::absolute(folder_, ignored).parent_path();
        while (!fs::exists(above, ignored) && above.has_relative_path())
            above = above.parent_path();
        if (!fs::is_directory(above, ignored) || ::access(above.c_str(), W_OK) != 0)
            fail("--tensorboard {}: no folder can be made in {}", folder_, above.string());
        return;
    }
    if (!fs::is_directory(folder_, ignored))
        fail("--tensorboard {}: this is no folder; give one for the event files", folder_);
    if (::access(folder_.c_str(), W_OK | X_OK) != 0)
        fail("--tensorboard {}: this folder cannot be written to", folder_);
    if (run_.progress.step == 0 && !moments_in(folder_).empty())
        fail(
            "--tensorboard {0}: the folder has event files of another run, with which TensorBoard "
            "would mix this one; give each run a folder of its own, such as {0}/run2",
            folder_);
}

// TensorBoard reads a folder's files in the order of their names.
void EventFolder::begin() {
    if (folder_.empty()) return;
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) fail("--tensorboard {}: cannot make the folder: {}", folder_, error.message());
    const std::vector<std::int64_t> before = moments_in(folder_);
    const double time = now();
    auto seconds = static_cast<std::int64_t>(time);
    for (const std::int64_t moment : before)
        seconds = std::max(seconds, moment + 1);
    const fs::path path =
        fs::path(folder_) / fmt::format("{}{:010}.{}.{}", prefix, seconds, host_name(), ::getpid());
    file_.emplace("--tensorboard " + path.string(), path.string(), O_RDWR | O_APPEND | O_CREAT,
                  AppendFile::Lock::none);
    if (!file_->open()) file_->give_up(errno, "");
    waiting_ = version_record(time);
    if (!before.empty()) waiting_ += restart_record(time, run_.progress.epoch + 1);
    const std::vector<LayerReport> layers = layer_reports(run_);
    for (const EpochRecord& record : run_.progress.history)
        if (before.empty()) waiting_ += record_of(record, layers, false);
    finish();
}

std::string EventFolder::record_of(const EpochRecord& record, std::span<const LayerReport> layers,
                                   bool as_it_ended) const {
    std::vector<std::pair<std::string, float>> scalars;
    for (const EpochFigure& figure : epoch_figures(run_, record, layers, as_it_ended, diagnose_))
        if (figure.value) scalars.emplace_back(figure.tag, static_cast<float>(*figure.value));
    return scalars_record(now(), record.epoch, scalars);
}

void EventFolder::add(const EpochRecord& record) {
    if (!file_) return;
    waiting_ += record_of(record, layer_reports(run_), true);
    finish();
}

void EventFolder::finish() {
    if (!file_ || waiting_.empty()) return;
    file_->append(waiting_);
    waiting_.clear();
}

}  // namespace crossbar::sim
