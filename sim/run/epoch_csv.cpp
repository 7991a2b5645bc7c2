// Keeps the rows of a file that are the run's own, and appends to them.
#include "run/epoch_csv.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/replace_file.hpp"
#include "run/epoch_figures.hpp"
#include "terminal/append_file.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> fields_of(const std::string& row) {
    std::vector<std::string> fields;
    std::stringstream in(row);
    for (std::string field; std::getline(in, field, ',');)
        fields.push_back(field);
    if (row.ends_with(',')) fields.emplace_back();
    return fields;
}

std::string text_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    if (!in) fail("--epoch-csv {}: cannot read the file that is there", path);
    return text.str();
}

// The head, from the columns of any record.
std::string head_of(const Run& run, std::span<const LayerReport> layers, bool diagnose) {
    std::string head = "epoch";
    for (const EpochFigure& figure : epoch_figures(run, {}, layers, false, diagnose))
        head += "," + figure.column;
    return head + "\n";
}

// Whether the run alone tells it, whenever it is made: other than its time, and what no checkpoint
// holds.
bool tells_run(const std::string& column) {
    return column != "train_seconds" && column != "saturated_percent";
}

}  // namespace

EpochCsv::EpochCsv(std::string path, const Run& run, bool diagnose)
    : path_(std::move(path)), run_(run), diagnose_(diagnose) {
    if (path_.empty()) return;
    layers_ = layer_reports(run_);
    kept_ = head_of(run_, layers_, diagnose_);
    std::error_code ignored;
    const auto status = fs::status(path_, ignored);
    if (fs::exists(status) && !fs::is_regular_file(status))
        fail("--epoch-csv {}: this is no file; rows are appended to files", path_);
    if (!fs::exists(status)) {
        rehearse_replacing(path_, kept_);
        return;
    }
    const AppendFile file("--epoch-csv " + path_, path_, O_RDWR | O_APPEND);
    if (!file.open()) file.give_up(errno, "");
    check_rows(text_of(path_));
}

// What follows the last line break is a row that broke off.
void EpochCsv::check_rows(const std::string& text) {
    if (text.empty()) return;
    std::stringstream in(text.substr(0, text.rfind('\n') + 1));
    std::string line;
    std::getline(in, line);
    if (line + "\n" != kept_)
        fail(
            "--epoch-csv {}:1: the file has other columns than this run writes: '{}', expected "
            "'{}'; name another file{}",
            path_, line.substr(0, 60), kept_.substr(0, kept_.size() - 1),
            line.starts_with("epoch,") ? ", or give --diagnose as it was given before" : "");
    const std::vector<std::string> columns = fields_of(line);
    const std::vector<EpochRecord>& history = run_.progress.history;
    for (std::size_t epoch = 1; std::getline(in, line); ++epoch) {
        const std::vector<std::string> seen = fields_of(line);
        if (seen.size() != columns.size() || seen[0] != fmt::format("{}", epoch))
            fail("--epoch-csv {}:{}: '{}', expected the row of epoch {}; name another file", path_,
                 epoch + 1, line.substr(0, 60), epoch);
        if (epoch > history.size()) continue;
        const std::vector<std::string> own = fields_of(past_row(history[epoch - 1]));
        for (std::size_t i = 1; i < columns.size(); ++i)
            if (seen[i] != own[i] && tells_run(columns[i]))
                fail(
                    "--epoch-csv {}:{}: {} is {}, but {} in the checkpoint: this is the file of "
                    "another run; name another file",
                    path_, epoch + 1, columns[i], seen[i], own[i]);
        kept_ += line + "\n";
    }
}

void EpochCsv::begin() {
    if (path_.empty()) return;
    const auto known = static_cast<std::size_t>(std::count(kept_.begin(), kept_.end(), '\n')) - 1;
    const std::vector<EpochRecord>& history = run_.progress.history;
    for (std::size_t i = known; i < history.size(); ++i)
        kept_ += past_row(history[i]) + "\n";
    // A file that is right already stays the file that its readers have open.
    if (std::error_code ignored; !fs::exists(path_, ignored) || text_of(path_) != kept_)
        replace_file(path_, kept_);
    size_ = static_cast<std::int64_t>(kept_.size());
}

std::string EpochCsv::row(const EpochRecord& record, std::span<const LayerReport> layers,
                          bool as_it_ended) const {
    std::string text = fmt::format("{}", record.epoch);
    for (const EpochFigure& figure : epoch_figures(run_, record, layers, as_it_ended, diagnose_))
        text += figure.value ? fmt::format(",{}", *figure.value) : ",";
    return text;
}

void EpochCsv::add(const EpochRecord& record) {
    if (path_.empty()) return;
    waiting_ += row(record, layer_reports(run_), true) + "\n";
    finish();
}

void EpochCsv::finish() {
    if (waiting_.empty()) return;
    AppendFile file("--epoch-csv " + path_, path_, O_RDWR | O_APPEND);
    if (!file.open()) file.give_up(errno, "");
    if (file.size() != size_)
        fail("--epoch-csv {}: something else has written to the file since this run has; {}", path_,
             "its rows are not appended");
    file.append(waiting_);
    size_ += static_cast<std::int64_t>(waiting_.size());
    waiting_.clear();
}

}  // namespace crossbar::sim
