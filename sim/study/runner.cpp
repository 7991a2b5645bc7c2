// Claims runs and deals them out to jobs, takes their records from the folder of jobs, and tells
// how far the study is.
#include "study/runner.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/format.hpp"
#include "base/replace_file.hpp"
#include "run/progress.hpp"
#include "run/save_interval.hpp"
#include "session/run.hpp"
#include "study/jobs.hpp"
#include "study/run_state.hpp"
#include "study/study_file.hpp"
#include "study/workshop.hpp"
#include "terminal/foot.hpp"
#include "terminal/interrupt.hpp"
#include "terminal/machine.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;

std::string first_line_of(const std::string& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

std::vector<std::string> arguments_of(const StudyRun& run, const Workshop& workshop,
                                      const RunnerOptions& options) {
    std::vector<std::string> words;
    if (run.evaluates()) words = {"eval", run.line.value("evaluate")};
    for (const auto& [name, value] : run.line.values)
        if (name != "threads" && name != "quiet" && name != "evaluate")
            words.push_back(fmt::format("--{}={}", name, value));
    for (std::size_t i = 0; i < part_names.size(); ++i)
        if (includes(run.labels.parts, 1u << i) && !run.line.has(part_names[i]))
            words.push_back(fmt::format("--{}", part_names[i]));
    words.emplace_back("--quiet");
    words.push_back(fmt::format("--threads={}", options.threads));
    words.push_back("--json=" + workshop.file(run, JobFile::record));
    if (run.evaluates()) return words;
    words.push_back("--save=" + workshop.file(run, JobFile::checkpoint));
    words.push_back("--save-every=" + options.save_every);
    words.push_back("--progress=" + workshop.file(run, JobFile::progress));
    if (workshop.has(run, JobFile::checkpoint))
        words.push_back("--resume=" + workshop.file(run, JobFile::checkpoint));
    return words;
}

// A run of the study that the store does not have.
struct PendingRun {
    StudyRun run;
    std::optional<fs::file_time_type> failed_before;  // when it failed, in an earlier call
    std::optional<FileLock> claim = {};               // while it is made here
    std::optional<fs::file_time_type> saved = {};     // when its checkpoint was last told of
    bool resumed = false, done = false;
};

std::optional<fs::file_time_type> written_at(const std::string& file) {
    std::error_code error;
    const fs::file_time_type time = fs::last_write_time(file, error);
    return error ? std::nullopt : std::optional(time);
}

// One call of Runner::run: what is to be made, how far it is, and what a person sees of it.
class Session {
  public:
    Session(Store& store, std::string experiment, const std::vector<StudyRun>& runs,
            const RunnerOptions& options, std::function<std::string()> text)
        : store_(store),
          experiment_(std::move(experiment)),
          text_(std::move(text)),
          options_(options),
          workshop_(store.path(), store.is_new()),
          file_(jobs_folder(store.path())),
          foot_(!options.quiet && options.live) {
        std::set<std::string> seen;
        for (const StudyRun& run : runs)
            if (answered(run))
                workshop_.clear(run);
            else if (seen.insert(run.labels.key).second)
                tasks_.push_back({run, written_at(workshop_.file(run, JobFile::failure))});
        std::erase_if(tasks_, [&](PendingRun& task) { return is_left(task); });
        for (const PendingRun& task : tasks_)
            left_ += task.run.operations;
        tell_of_store();
        if (!options_.quiet)
            print("{} runs, {} of them in {}\n", runs.size(), runs.size() - tasks_.size(),
                  store_.path());
        flush_output();
    }

    RunnerEnd make(std::size_t at_once) {
        JobWatch watch;
        watch.next = [&](std::size_t running) { return next(running); };
        watch.more = [&] { return more(); };
        watch.finished = [&](std::size_t job, const JobEnd& end) { ended(tasks_[job], end); };
        watch.tick = [&](std::size_t running) {
            note(running);
            if (Clock::now() - drawn_ < std::chrono::seconds(1)) return;
            drawn_ = Clock::now();
            if (foot_.live())
                draw(running);
            else if (!options_.quiet)
                tell_saved();
        };
        watch.stop = [] { return caught_signal() != 0; };
        watch_signals();
        const bool all = run_jobs(at_once, watch);
        foot_.clear();
        if (!all) end_.signal = caught_signal();
        return end_;
    }

  private:
    bool answered(const StudyRun& run) {
        const StoredRun* stored = stored_for(run, store_);
        if (!stored || !includes(stored->parts, run.labels.parts)) return false;
        unvouched_ += stored->vouched ? 0 : 1;
        return true;
    }

    // A job may have ended well whose caller was killed before it took the record. A run that is
    // made again records what it did before, too.
    bool is_left(PendingRun& task) {
        StudyRun& run = task.run;
        if (const StoredRun* stored = stored_for(run, store_)) run.labels.parts |= stored->parts;
        if (!workshop_.has(run, JobFile::record)) return false;
        const std::optional<FileLock> claim = workshop_.claim(run);
        if (!claim) return false;
        store_.refresh();
        return answered(run) || (workshop_.has(run, JobFile::record) && keep(run).empty());
    }

    bool more() {
        while (first_ < tasks_.size() && tasks_[first_].done)
            ++first_;
        return first_ < tasks_.size();
    }

    // The first run that nobody makes. Those that others make are looked at again, from time to
    // time: then they are in the store, or their makers were killed.
    std::optional<JobCall> next(std::size_t running) {
        if (Clock::now() < look_again_) return {};
        bool others = false;
        for (std::size_t i = first_; i < tasks_.size(); ++i) {
            PendingRun& task = tasks_[i];
            if (task.done || task.claim) continue;
            task.claim = workshop_.claim(task.run);
            others |= !task.claim;
            if (!task.claim) continue;
            if (std::optional<JobCall> call = begun(task, i)) return call;
        }
        if (!others) return {};
        if (running == 0) tell_waiting();
        look_again_ = Clock::now() + std::chrono::milliseconds(300);
        return {};
    }

    // What makes a run that is claimed; nothing where another process has made it meanwhile.
    std::optional<JobCall> begun(PendingRun& task, std::size_t number) {
        store_.refresh();
        StudyRun& run = task.run;
        if (answered(run) || (workshop_.has(run, JobFile::record) && keep(run).empty())) {
            clean(run);
            finished(task, "", "made by another process");
            return {};
        }
        const auto failed = written_at(workshop_.file(run, JobFile::failure));
        if (failed && failed != task.failed_before) {
            finished(task, first_line_of(workshop_.file(run, JobFile::failure)), "");
            return {};
        }
        if (const StoredRun* stored = stored_for(run, store_)) run.labels.parts |= stored->parts;
        workshop_.remove(run, JobFile::failure);
        task.failed_before = {};
        task.resumed = goes_on(run);
        task.saved = written_at(workshop_.file(run, JobFile::checkpoint));
        return JobCall{number, arguments_of(run, workshop_, options_),
                       workshop_.file(run, JobFile::log), task.claim->file()};
    }

    // Whether there is a checkpoint. Without one that is damaged, or from before files were moved,
    // the run can still be made.
    bool goes_on(const StudyRun& run) const {
        if (!workshop_.has(run, JobFile::checkpoint)) return false;
        try {
            resumed_run(settings_in(run.line), workshop_.file(run, JobFile::checkpoint));
            return true;
        } catch (const Error& error) {
            tell("notice: {} seed {} begins anew: {}", run.labels.label, run.settings.training.seed,
                 error.what());
            workshop_.remove(run, JobFile::checkpoint);
            return false;
        }
    }

    // Puts the record that the run left into the store; what went wrong, else nothing. A record
    // that a full disk keeps out of the store stays where it is, for the next call.
    std::string keep(const StudyRun& run) {
        try {
            RunLabels labels = run.labels;
            labels.experiment = experiment_;
            store_.add(labels, workshop_.file(run, JobFile::record));
        } catch (const Error& error) {
            return error.what();
        }
        clean(run);
        return {};
    }

    // Of a run that is on record.
    void clean(const StudyRun& run) const {
        for (const JobFile file : {JobFile::record, JobFile::log, JobFile::checkpoint,
                                   JobFile::failure, JobFile::progress})
            workshop_.remove(run, file);
    }

    void ended(PendingRun& task, const JobEnd& end) {
        tell_notices(task.run);
        if (caught_signal() != 0 && !end.failure.empty()) {
            end_.saved += workshop_.has(task.run, JobFile::checkpoint) ? 1 : 0;
            workshop_.remove(task.run, JobFile::log);
            workshop_.remove(task.run, JobFile::progress);
            task.claim.reset();
            return;
        }
        const std::string failure = end.failure.empty() ? keep(task.run) : end.failure;
        if (!failure.empty()) note_failure(task.run, failure);
        finished(task, failure,
                 failure.empty() ? fmt::format("took {}{}", duration(seconds_of(task.run)),
                                               task.resumed ? " since it went on" : "")
                                 : "");
    }

    void note_failure(const StudyRun& run, const std::string& failure) const try {
        replace_file(workshop_.file(run, JobFile::failure), failure + "\n");
    } catch (const Error&) {  // a full disk: the failure itself is told all the same
    }

    // Of this run nothing is left to do, in this call: it failed, or is in the store.
    void finished(PendingRun& task, const std::string& failure, const std::string& how) {
        const StudyRun& run = task.run;
        workshop_.remove(run, JobFile::log);
        workshop_.remove(run, JobFile::progress);
        task.claim.reset();
        task.done = true;
        left_ -= run.operations;
        if (how.starts_with("took")) made_ += run.operations;
        ++(failure.empty() ? end_.made : end_.failed);
        foot_.clear();
        if (!failure.empty())
            tell("{} seed {} failed: {}", run.labels.label, run.settings.training.seed, failure);
        else if (!options_.quiet)
            print("[{}/{}] {} seed {}: {:.2f} %, {}, {} left\n", end_.made + end_.failed,
                  tasks_.size(), run.labels.label, run.settings.training.seed,
                  stored_for(run, store_)->error, how, time_left());
        flush_output();
        drawn_ = {};
    }

    void tell_of_store() const {
        if (workshop_.foreign() != 0)
            tell(
                "notice: {}.jobs: removed {} records and checkpoints that killed runs left for "
                "another store of this name",
                store_.path(), workshop_.foreign());
        if (store_.unvouched() != 0)
            tell(
                "notice: {}: {} of {} runs cannot be checked: their records do not say what their "
                "target, task and data files contained; {} of them are used for runs of this "
                "study, because their settings and the names of built-in targets and tasks agree. "
                "To make those runs again, give another --store",
                store_.path(), store_.unvouched(), store_.records(), unvouched_);
    }

    // Once; again when others make other runs.
    void tell_waiting() {
        std::set<std::string> who;
        std::size_t count = 0;
        for (const PendingRun& task : tasks_)
            if (!task.done) {
                const std::string name = claimed_by(store_.path(), task.run);
                if (name.empty()) return;  // it was let go just now
                who.insert(name);
                ++count;
            }
        const std::string text =
            fmt::format("waiting for {} of the runs, made by {}", count, fmt::join(who, ", "));
        if (!options_.quiet && told_.insert(text).second) tell("{}", text);
    }

    // What a run says of its data, and other notices: each text once, whichever run says it.
    void tell_notices(const StudyRun& run) {
        std::ifstream in(workshop_.file(run, JobFile::log));
        bool fresh = false;  // lines that are indented belong to the notice above them
        for (std::string line; std::getline(in, line);) {
            fresh = line.find("notice: ") != line.npos ? told_.insert(line).second
                                                       : fresh && line.starts_with("  ");
            if (fresh) put_error(line + "\n");
        }
    }

    void draw(std::size_t running) {
        foot_.draw(fmt::format("\n{}\n{} of {} runs made, {} under way, {} left\n", text_(),
                               end_.made + end_.failed, tasks_.size(), running, time_left()));
    }

    // Where no terminal watches: how far a run is, a line for each time that it saves.
    void tell_saved() {
        for (PendingRun& task : tasks_) {
            const StudyRun& run = task.run;
            const auto saved = written_at(workshop_.file(run, JobFile::checkpoint));
            if (!task.claim || !saved || saved == task.saved) continue;
            task.saved = saved;
            const int epochs = state_beside(store_.path(), run).epochs;
            if (epochs == run.settings.training.epochs) continue;
            tell("{} seed {}: {} of {} epochs saved", run.labels.label, run.settings.training.seed,
                 epochs, run.settings.training.epochs);
        }
    }

    void note(std::size_t running) {
        file_.tell({experiment_, tasks_.size(), end_.made, end_.failed, running, seconds_left()});
    }

    double seconds_of(const StudyRun& run) const { return stored_for(run, store_)->seconds; }

    // Below 0: not known yet.
    double seconds_left() const { return made_ == 0 ? -1 : seconds_since(start_) * left_ / made_; }
    std::string time_left() const { return made_ == 0 ? "?" : duration(seconds_left()); }

    Store& store_;
    std::string experiment_;
    std::function<std::string()> text_;
    RunnerOptions options_;
    Workshop workshop_;
    StudyFile file_;
    Foot foot_;
    std::vector<PendingRun> tasks_;
    std::size_t first_ = 0;  // those before it are done
    std::set<std::string> told_;
    std::size_t unvouched_ = 0;   // runs that such records stand for
    double left_ = 0, made_ = 0;  // operations
    RunnerEnd end_;
    Clock::time_point start_ = Clock::now(), drawn_, look_again_;
};

}  // namespace

int threads_for(const Given& line, const StudyOptions& options) {
    RunSettings asked;
    if (line.has("threads")) set(asked, "threads", line.value("threads"));
    return asked.threads != 0 ? asked.threads : std::max(1, cpu_count() / options.jobs);
}

int exit_status(const RunnerEnd& end) {
    if (end.failed != 0) tell("{} runs failed; the same command tries them again", end.failed);
    if (end.signal == 0) return end.failed != 0 ? 2 : 0;
    tell("{}; finished runs are kept, {} under way saved; the same command goes on",
         signal_name(end.signal), end.saved);
    return 128 + end.signal;
}

Runner::Runner(const Given& line, const StudyOptions& options)
    : jobs_(options.jobs), store_(options.store) {
    options_.threads = threads_for(line, options);
    options_.quiet = line.has("quiet");
    options_.live = options.alone;
    options_.save_every = line.has("save-every") ? line.value("save-every") : "10min";
    parse_save_interval(options_.save_every);
    for (const std::string& notice : store_.notices())
        tell("notice: {}", notice);
}

RunnerEnd Runner::run(const std::string& experiment, const std::vector<StudyRun>& runs,
                      const std::function<std::string()>& text) {
    Session session(store_, experiment, runs, options_, text);
    return session.make(static_cast<std::size_t>(jobs_));
}

}  // namespace crossbar::sim
