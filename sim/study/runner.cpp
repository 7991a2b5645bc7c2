// Deals runs out to jobs, takes their records from the folder of jobs, and tells how far the study
// is.
#include "study/runner.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/check.hpp"
#include "run/progress.hpp"
#include "study/jobs.hpp"
#include "study/workshop.hpp"
#include "terminal/interrupt.hpp"
#include "terminal/machine.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// --threads of the line; 0 where it does not say.
int threads_of(const Given& line) {
    RunSettings asked;
    if (line.has("threads")) set(asked, "threads", line.value("threads"));
    return asked.threads;
}

// Text at the foot of a terminal, drawn again in place. Nothing elsewhere.
class Foot {
  public:
    explicit Foot(bool wanted) : live_(wanted && ::isatty(STDOUT_FILENO) == 1) {}
    bool live() const { return live_; }

    void clear() {
        if (lines_ > 0) print("\r\033[{}A\033[J", lines_);
        lines_ = 0;
    }
    void draw(const std::string& text) {
        if (!live_) return;
        clear();
        winsize size{};
        const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 2;
        const long most = known ? size.ws_row - 2 : 22;
        std::vector<std::string> lines;
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);)
            lines.push_back(line);
        // More than a screen cannot be drawn over: its end is what matters. A line that is longer
        // than the terminal is wide takes several of its lines.
        const std::size_t width = terminal_width();
        std::size_t first = lines.size();
        for (; first > 0; --first) {
            const auto taken = static_cast<long>((lines[first - 1].size() + width - 1) / width);
            if (lines_ + std::max(taken, 1L) > most) break;
            lines_ += std::max(taken, 1L);
        }
        for (; first < lines.size(); ++first)
            print("{}\n", lines[first]);
        flush_output();
    }

  private:
    bool live_;
    long lines_ = 0;
};

// What tells the files of a job from those of others.
std::string name_of(const StudyRun& run) {
    return fmt::format("{} {}", run.labels.key, run.labels.parts);
}

JobCall command_of(const StudyRun& run, const Workshop& workshop, const std::string& threads) {
    JobCall command;
    for (const auto& [name, value] : run.line.values) {
        if (name == "threads" || name == "quiet") continue;
        command.arguments.push_back(fmt::format("--{}={}", name, value));
    }
    command.arguments.emplace_back("--quiet");
    command.arguments.push_back("--threads=" + threads);
    for (std::size_t i = 0; i < part_names.size(); ++i)
        if (includes(run.labels.parts, 1u << i) && !run.line.has(part_names[i]))
            command.arguments.push_back(fmt::format("--{}", part_names[i]));
    command.arguments.push_back("--json=" + workshop.file(name_of(run), ".json"));
    command.log = workshop.file(name_of(run), ".log");
    return command;
}

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// One call of Runner::run: what is to be made, how far it is, and what a person sees of it.
class Session {
  public:
    Session(Store& store, std::string experiment, const std::vector<StudyRun>& runs,
            const std::string& threads, bool quiet, std::function<std::string()> text)
        : store_(store),
          experiment_(std::move(experiment)),
          text_(std::move(text)),
          quiet_(quiet),
          workshop_(store.path(), store.identity(), store.is_new()),
          foot_(!quiet) {
        std::set<std::string> seen;
        for (const StudyRun& run : runs)
            if (!answered(run) && seen.insert(run.labels.key).second) missing_.push_back(run);
        std::erase_if(missing_, [&](StudyRun& run) { return is_left(run); });
        for (const StudyRun& run : missing_) {
            commands_.push_back(command_of(run, workshop_, threads));
            epochs_left_ += run.settings.training.epochs;
        }
        tell_of_store();
        if (!quiet_)
            print("{} runs, {} of them in {}\n", runs.size(), runs.size() - missing_.size(),
                  store_.path());
        flush_output();
    }

    RunnerEnd make(std::size_t at_once) {
        JobWatch callbacks;
        callbacks.finished = [&](std::size_t job, const std::string& failure) {
            finished(missing_[job], failure);
        };
        callbacks.tick = [&](std::size_t running) {
            if (foot_.live() && Clock::now() - drawn_ > std::chrono::seconds(1)) draw(running);
        };
        callbacks.stop = [] { return caught_signal() != 0; };
        watch_signals();
        const bool all = run_jobs(commands_, at_once, callbacks);
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
    bool is_left(StudyRun& run) {
        if (const StoredRun* stored = stored_for(run, store_)) run.labels.parts |= stored->parts;
        return fs::exists(workshop_.file(name_of(run), ".json")) && keep(run).empty();
    }

    void tell_of_store() const {
        if (workshop_.foreign() != 0)
            tell(
                "notice: {}.jobs: removed {} records that killed jobs left for "
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

    // Puts the record that the run left into the store; what went wrong, else nothing. A record
    // that a full disk keeps out of the store stays where it is, for the next call.
    std::string keep(const StudyRun& run) {
        const std::string file = workshop_.file(name_of(run), ".json");
        try {
            RunLabels labels = run.labels;
            labels.experiment = experiment_;
            store_.add(labels, file);
        } catch (const Error& error) {
            return error.what();
        }
        std::error_code ignored;
        fs::remove(file, ignored);
        return {};
    }

    // What a run says of its data, and other notices: each text once, whichever run says it.
    void tell_notices(const StudyRun& run) {
        std::ifstream in(workshop_.file(name_of(run), ".log"));
        bool fresh = false;  // lines that are indented belong to the notice above them
        for (std::string line; std::getline(in, line);) {
            fresh = line.find("notice: ") != line.npos ? told_.insert(line).second
                                                       : fresh && line.starts_with("  ");
            if (fresh) put_error(line + "\n");
        }
    }

    void finished(const StudyRun& run, std::string failure) {
        epochs_done_ += run.settings.training.epochs;
        epochs_left_ -= run.settings.training.epochs;
        foot_.clear();
        tell_notices(run);
        if (failure.empty()) failure = keep(run);
        ++(failure.empty() ? end_.made : end_.failed);
        if (!failure.empty())
            tell("{} seed {} failed: {}", run.labels.label, run.settings.training.seed, failure);
        else if (!quiet_)
            print("[{}/{}] {} seed {}: {:.2f} %, took {}, {} left\n", end_.made + end_.failed,
                  missing_.size(), run.labels.label, run.settings.training.seed,
                  stored_for(run, store_)->error, duration(stored_for(run, store_)->seconds),
                  time_left());
        flush_output();
        drawn_ = {};
    }

    void draw(std::size_t running) {
        foot_.draw(fmt::format("\n{}\n{} of {} runs made, {} under way, {} left\n", text_(),
                               end_.made + end_.failed, missing_.size(), running, time_left()));
        drawn_ = Clock::now();
    }

    std::string time_left() const {
        if (epochs_done_ == 0) return "?";
        return duration(seconds_since(start_) * epochs_left_ / epochs_done_);
    }

    Store& store_;
    std::string experiment_;
    std::function<std::string()> text_;
    bool quiet_;
    Workshop workshop_;
    Foot foot_;
    std::vector<StudyRun> missing_;
    std::set<std::string> told_;
    std::vector<JobCall> commands_;
    std::size_t unvouched_ = 0;  // runs that such records stand for
    double epochs_left_ = 0, epochs_done_ = 0;
    RunnerEnd end_;
    Clock::time_point start_ = Clock::now(), drawn_;
};

}  // namespace

int exit_status(const RunnerEnd& end) {
    if (end.failed != 0) tell("{} runs failed; the same command tries them again", end.failed);
    if (end.signal == 0) return end.failed != 0 ? 2 : 0;
    tell("{}; finished runs are kept, the same command goes on", signal_name(end.signal));
    return 128 + end.signal;
}

Runner::Runner(const Given& line, const StudyOptions& options)
    : jobs_(options.jobs),
      threads_(threads_of(line)),
      quiet_(line.has("quiet")),
      store_(options.store) {
    for (const std::string& notice : store_.notices())
        tell("notice: {}", notice);
}

RunnerEnd Runner::run(const std::string& experiment, const std::vector<StudyRun>& runs,
                      const std::function<std::string()>& text) {
    const int threads = threads_ != 0 ? threads_ : std::max(1, cpu_count() / jobs_);
    Session session(store_, experiment, runs, fmt::format("{}", threads), quiet_, text);
    return session.make(static_cast<std::size_t>(jobs_));
}

}  // namespace crossbar::sim
