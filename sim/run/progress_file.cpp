// Appends whole lines, each by one write, so that a reader sees at most the last one unfinished.
#include "run/progress_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "run/record.hpp"
#include "run/record_costs.hpp"
#include "session/resolve.hpp"
#include "terminal/machine.hpp"

namespace crossbar::sim {
namespace {

constexpr std::chrono::seconds pause{2};  // between lines of one epoch

Json percent_or_null(const Metrics& metrics) {
    return metrics.images == 0 ? Json() : Json(rounded(percent_wrong(metrics)));
}

std::string line_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json run_line(const Run& run) {
    RunSettings shown = run.settings;
    shown.data = run.data.kind;  // a folder is of this machine alone
    Json json;
    json["line"] = "run";
    json["task"] = run.task.name;
    json["data"] = run.data.kind;
    json["target"] = run.target.name;
    json["column"] = run.settings.column;
    json["seed"] = run.settings.training.seed;
    json["epochs"] = run.plan.epochs;
    json["train_images"] = run.data.train.count();
    json["tested_on"] = run.settings.holdout != 0 ? "holdout" : "test";
    json["command"] = command_of(shown);
    json["began"] = date_now();
    return json;
}

Json epoch_line(const EpochRecord& epoch) {
    Json json;
    json["line"] = "epoch";
    json["epoch"] = epoch.epoch;
    json["train_error_percent"] = percent_or_null(epoch.train);
    json["test_error_percent"] = percent_or_null(epoch.test);
    json["train_seconds"] = rounded(epoch.seconds);
    return json;
}

}  // namespace

ProgressFile::ProgressFile(std::string path, const Run& run) : run_(run) {
    if (path.empty()) return;
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
                   0666);
    if (file_ < 0) fail("--progress {}: cannot write: {}", path, std::strerror(errno));
    images_before_ = images_done(run.progress);
    std::string text = line_of(run_line(run));
    for (const EpochRecord& epoch : run.progress.history)
        text += line_of(epoch_line(epoch));
    append(text);
}

ProgressFile::~ProgressFile() {
    if (file_ >= 0) ::close(file_);
}

void ProgressFile::batch(const Progress& p) {
    const Clock::time_point now = Clock::now();
    if (file_ < 0 || now - told_ < pause) return;
    told_ = now;
    const double all = static_cast<double>(run_.data.train.count()) * run_.plan.epochs;
    const double done = images_done(p);
    const double elapsed = std::chrono::duration<double>(now - began_).count();
    Json json;
    json["line"] = "batch";
    json["epoch"] = p.epoch + 1;
    json["image"] = p.image;
    json["train_error_percent"] = percent_or_null(p.train);
    json["images_per_second"] =
        rounded(static_cast<double>(p.train.images) / std::max(p.seconds, 1e-9));
    json["seconds_left"] = rounded(elapsed * (all - done) / std::max(done - images_before_, 1.0));
    append(line_of(json));
}

void ProgressFile::epoch(const Progress& p) {
    if (file_ >= 0) append(line_of(epoch_line(p.history.back())));
}

void ProgressFile::end(const char* how) {
    Json json;
    json["line"] = "end";
    json["how"] = how;
    if (file_ >= 0) append(line_of(json));
}

void ProgressFile::append(const std::string& line) const {
    if (::write(file_, line.data(), line.size()) < 0) return;
}

double ProgressFile::images_done(const Progress& p) const {
    return static_cast<double>(p.epoch) * static_cast<double>(run_.data.train.count()) +
           static_cast<double>(p.image);
}

}  // namespace crossbar::sim
