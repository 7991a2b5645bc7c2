// Goes through stores and the folders of jobs beside them.
#include "watch/status.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/check.hpp"
#include "base/text_file.hpp"
#include "study/stored_line.hpp"
#include "study/workshop.hpp"
#include "terminal/file_lock.hpp"
#include "terminal/machine.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t most_last = 12, most_jobs = 500, most_points = 400;

// Changes whenever the file does.
std::string identity_of(const std::string& file) {
    struct stat s {};
    if (::stat(file.c_str(), &s) != 0) return "-";
    return fmt::format("{}:{}:{}:{}.{}", s.st_dev, s.st_ino, s.st_size, s.st_mtim.tv_sec,
                       s.st_mtim.tv_nsec);
}

double seconds_since_change(const std::string& file) {
    struct stat s {};
    if (::stat(file.c_str(), &s) != 0) return -1;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const double changed =
        static_cast<double>(s.st_mtim.tv_sec) + 1e-9 * static_cast<double>(s.st_mtim.tv_nsec);
    return std::max(0.0, std::chrono::duration<double>(now).count() - changed);
}

// Regular files of a folder with one of the suffixes, by name; links are none.
std::vector<fs::path> files_in(const fs::path& folder,
                               std::initializer_list<const char*> suffixes) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        std::error_code ignored;
        const bool wanted = std::any_of(suffixes.begin(), suffixes.end(), [&](const char* suffix) {
            return at->path().extension() == suffix;
        });
        if (wanted && fs::is_regular_file(at->symlink_status(ignored))) files.push_back(at->path());
    }
    std::sort(files.begin(), files.end());
    files.resize(std::min(files.size(), most_jobs));
    return files;
}

JobStatus failed_job(const fs::path& file) {
    JobStatus job{
        file.filename().string(), "failed", "", "", seconds_since_change(file.string()), {}};
    std::ifstream in(file);
    std::string why(1000, '\0');
    in.read(why.data(), static_cast<std::streamsize>(why.size()));
    why.resize(static_cast<std::size_t>(in.gcount()));
    job.why = why.substr(0, why.find('\n'));
    return job;
}

// The name of a claim is that of the run's other files without what they record.
std::string claim_beside(const fs::path& file) {
    static const std::regex parts("_[0-9]+$");
    const std::string stem = file.stem().string();
    const std::string digits =
        stem.starts_with("job_") ? "job_" + std::regex_replace(stem.substr(4), parts, "") : stem;
    return (file.parent_path() / (digits + ".lock")).string();
}

std::vector<JobStatus> jobs_in(const fs::path& folder) {
    std::vector<JobStatus> jobs;
    for (const fs::path& file : files_in(folder, {".progress", ".failed"})) {
        if (file.extension() == ".failed") {
            jobs.push_back(failed_job(file));
            continue;
        }
        const std::optional<RunProgress> run = read_run_progress(file.string());
        if (!run) continue;
        JobStatus job{file.filename().string(),
                      "running",
                      FileLock::holder(claim_beside(file)),
                      "",
                      seconds_since_change(file.string()),
                      *run};
        if (job.who.empty()) job.state = run->end.empty() ? "left" : "ended";
        jobs.push_back(std::move(job));
    }
    return jobs;
}

std::vector<StudyStatus> studies_in(const fs::path& folder) {
    std::vector<StudyStatus> studies;
    for (const fs::path& file : files_in(folder, {".progress"})) {
        const std::string who = FileLock::holder(claim_beside(file));
        if (!file.filename().string().starts_with("study_") || who.empty()) continue;
        std::ifstream in(file);
        std::string line(4096, '\0');
        in.read(line.data(), static_cast<std::streamsize>(line.size()));
        line.resize(static_cast<std::size_t>(in.gcount()));
        const Json json = Json::parse(line, nullptr, false);
        if (!json.is_object()) continue;
        const auto number = [&](const char* key) {
            const auto found = json.find(key);
            return found != json.end() && found->is_number() ? found->get<double>() : -1;
        };
        const auto found = json.find("experiment");
        studies.push_back(
            {who, found != json.end() && found->is_string() ? found->get<std::string>() : "",
             number("runs"), number("made"), number("failed"), number("running"),
             number("seconds_left")});
    }
    return studies;
}

// Nobody claims a single run: one that was not heard of for a while may be gone.
std::vector<JobStatus> single_runs_in(const fs::path& folder) {
    constexpr double quiet = 60;  // seconds; there is a line every two while a batch takes less
    std::vector<JobStatus> jobs;
    for (const fs::path& file : files_in(folder, {".progress"}))
        if (const std::optional<RunProgress> run = read_run_progress(file.string())) {
            JobStatus job{file.filename().string(),
                          "running",
                          "",
                          "",
                          seconds_since_change(file.string()),
                          *run};
            if (!run->end.empty())
                job.state = "ended";
            else if (job.seconds_ago > quiet)
                job.state = "left";
            jobs.push_back(std::move(job));
        }
    return jobs;
}

DoneRun done_run(const std::string& line, const StoredRun& stored) {
    const Json json = Json::parse(line, nullptr, false);
    const auto text = [&](const char* key) {
        const auto found = json.is_object() ? json.find(key) : json.end();
        return found != json.end() && found->is_string() ? found->get<std::string>().substr(0, 400)
                                                         : "";
    };
    DoneRun run{text("label"), -1, stored.error, stored.seconds};
    if (run.name.empty()) run.name = text("column");
    if (run.name.empty()) run.name = text("task");
    if (json.is_object() && json.contains("seed") && json["seed"].is_number())
        run.seed = json["seed"].get<double>();
    return run;
}

void take_lines(const std::string& text, StoreStatus& store) {
    std::vector<std::pair<std::string, StoredRun>> last;
    for (std::size_t first = 0; first < text.size();) {
        const std::size_t end = std::min(text.find('\n', first), text.size());
        const std::string line = text.substr(first, end - first);
        first = end + 1;
        if (line.find_first_not_of(" \t\r") == line.npos) continue;
        const std::optional<Skimmed> skimmed = skim(line);
        if (!skimmed) {
            store.others += end < text.size() ? 1 : 0;  // the last one may be half written
            continue;
        }
        ++store.runs;
        last.emplace_back(line, skimmed->run);
        if (last.size() > 2 * most_last)
            last.erase(last.begin(), last.begin() + static_cast<std::ptrdiff_t>(most_last));
    }
    for (std::size_t i = 0; i < std::min(last.size(), most_last); ++i)
        store.last.push_back(
            done_run(last[last.size() - 1 - i].first, last[last.size() - 1 - i].second));
}

Json json_of(const RunProgress& run) {
    Json json;
    json["task"] = run.task;
    json["data"] = run.data;
    json["target"] = run.target;
    json["column"] = run.column;
    json["command"] = run.command;
    json["began"] = run.began;
    json["tested_on"] = run.tested_on;
    const auto known = [](double value) { return value < 0 ? Json() : Json(value); };
    json["seed"] = known(run.seed);
    json["epochs"] = run.epochs;
    json["epoch"] = std::min(run.epoch, std::max(run.epochs, 1));
    json["share"] = run.share();
    json["train_error_percent"] = known(run.train_error);
    json["images_per_second"] = known(run.rate);
    json["seconds_left"] = known(run.seconds_left);
    json["curve"] = Json::array();
    const std::size_t stride = 1 + run.curve.size() / most_points;
    for (std::size_t i = 0; i < run.curve.size(); ++i)
        if (i % stride == 0 || i + 1 == run.curve.size())
            json["curve"].push_back({run.curve[i].epoch, known(run.curve[i].train_error),
                                     known(run.curve[i].test_error)});
    return json;
}

Json json_of(const std::vector<JobStatus>& jobs) {
    Json list = Json::array();
    for (const JobStatus& job : jobs) {
        Json json;
        json["file"] = job.file;
        json["state"] = job.state;
        json["who"] = job.who;
        json["why"] = job.why;
        json["seconds_ago"] = job.seconds_ago < 0 ? Json() : Json(job.seconds_ago);
        json["run"] = json_of(job.run);
        list.push_back(std::move(json));
    }
    return list;
}

}  // namespace

StatusReader::StatusReader(std::string path) : path_(std::move(path)) {
    std::error_code error;
    if (!fs::exists(path_, error) && !fs::exists(jobs_folder(path_), error))
        fail(
            "{}: there is no such store or folder, nor runs under way beside it; expected the "
            "store "
            "of a study, or a folder of stores",
            path_.empty() ? "''" : path_);
}

std::vector<std::string> StatusReader::stores() const {
    std::error_code error;
    if (!fs::is_directory(path_, error)) return {path_};
    std::vector<std::string> files;
    for (const fs::path& file : files_in(path_, {".jsonl"}))
        files.push_back(file.string());
    // Stores of which no run has ended yet.
    for (fs::directory_iterator at(path_, error), end; !error && at != end; at.increment(error))
        if (at->path().extension() == ".jobs") {
            const std::string store = (at->path().parent_path() / at->path().stem()).string();
            if (std::find(files.begin(), files.end(), store) == files.end()) files.push_back(store);
        }
    std::sort(files.begin(), files.end());
    return files;
}

StoreStatus StatusReader::store_status(const std::string& file) {
    Known& known = known_[file];
    const std::string identity = identity_of(file);
    if (identity != known.identity || identity == "-") {
        known = {identity, {fs::path(file).filename().string(), "", 0, 0, {}, {}, {}}};
        std::error_code error;
        if (!fs::exists(file, error)) {
            known.status.problem = "there is no such file yet, or no longer";
        } else {
            try {
                take_lines(text_of_file(file, "store", std::uint64_t{1} << 31), known.status);
            } catch (const Error& refused) {
                known.status.problem = refused.what();
            }
        }
    }
    StoreStatus status = known.status;
    status.jobs = jobs_in(jobs_folder(file));
    status.studies = studies_in(jobs_folder(file));
    return status;
}

Status StatusReader::read() {
    std::error_code unknown;
    const fs::path whole = fs::absolute(path_, unknown).lexically_normal();
    Status status{unknown ? path_ : whole.string(), date_now(), {}, {}};
    for (const std::string& file : stores())
        status.stores.push_back(store_status(file));
    std::error_code error;
    if (fs::is_directory(path_, error)) status.alone = single_runs_in(path_);
    return status;
}

std::string StatusReader::fingerprint() const {
    std::string text;
    for (const std::string& file : stores())
        text += file + " " + identity_of(file) + "\n";
    return text;
}

std::string json_of(const Status& status) {
    Json json;
    json["path"] = status.path;
    json["time"] = status.time;
    json["stores"] = Json::array();
    for (const StoreStatus& store : status.stores) {
        Json each;
        each["name"] = store.name;
        each["problem"] = store.problem;
        each["runs"] = store.runs;
        each["other_lines"] = store.others;
        each["last"] = Json::array();
        for (const DoneRun& run : store.last) {
            const auto known = [](double value) { return value < 0 ? Json() : Json(value); };
            each["last"].push_back({{"name", run.name},
                                    {"seed", known(run.seed)},
                                    {"error_percent", known(run.error)},
                                    {"seconds", known(run.seconds)}});
        }
        each["studies"] = Json::array();
        for (const StudyStatus& study : store.studies)
            each["studies"].push_back(
                {{"who", study.who},
                 {"experiment", study.experiment},
                 {"runs", study.runs},
                 {"made", study.made},
                 {"failed", study.failed},
                 {"running", study.running},
                 {"seconds_left", study.seconds_left < 0 ? Json() : Json(study.seconds_left)}});
        each["jobs"] = json_of(store.jobs);
        json["stores"].push_back(std::move(each));
    }
    json["single_runs"] = json_of(status.alone);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace crossbar::sim
