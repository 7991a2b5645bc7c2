// Writes the script from the command line that asked for it, and from what is foretold.
#include "study/slurm.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/check.hpp"
#include "session/resolve.hpp"
#include "study/overview.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;

// Beside what is foretold: by half for a slower machine, and minutes to start and to save in. A job
// of a day queues again by itself.
constexpr double slower = 1.5, start_seconds = 600, most_seconds = 86400;
constexpr double memory_margin = 1.25, least_bytes = 2e8;

std::string time_limit(double seconds) {
    const double limit = std::min(seconds * slower + start_seconds, most_seconds);
    const auto minutes = static_cast<long>(std::ceil(limit / 600)) * 10;
    return fmt::format("{}-{:02}:{:02}:00", minutes / 1440, minutes / 60 % 24, minutes % 60);
}

std::string memory(double bytes) {
    return fmt::format(
        "{}M", static_cast<long>(std::ceil((bytes * memory_margin + least_bytes) / 1e8)) * 100);
}

std::string program() {
    std::error_code error;
    const fs::path path = fs::read_symlink("/proc/self/exe", error);
    return error ? "crossbar_sim" : path.string();
}

// The line that asks for the script, as a job has it.
std::string command_text(const Given& line, int threads, int shards) {
    std::string text = shell_word(program()) + " study";
    const auto add = [&text](const std::string& word) { text += " \\\n    " + shell_word(word); };
    for (const auto& [name, value] : line.values) {
        if (name == "slurm" || name == "threads") continue;
        // In a folder of stores each shard has its own.
        if (std::error_code error; name == "store" && fs::is_directory(value, error)) {
            add("--store=" + value);
            text += "/\"shard-$SLURM_ARRAY_TASK_ID.jsonl\"";
            continue;
        }
        // Of axes that were given each has a line.
        std::string rest = value;
        for (std::size_t end; name == "sweep" && (end = rest.find('\n')) != rest.npos;) {
            add("--sweep=" + rest.substr(0, end));
            rest.erase(0, end + 1);
        }
        add(fmt::format("--{}={}", name, rest));
    }
    return text + fmt::format(" \\\n    --threads={} --shard=\"$SLURM_ARRAY_TASK_ID/{}\"", threads,
                              shards);
}

}  // namespace

std::string slurm_script(const Given& line, const StudyOptions& asked, const Study& study) {
    StudyOptions options = asked;
    options.shard = fmt::format("1/{}", options.slurm);
    Given one = line;
    if (!one.has("threads")) one.values.emplace_back("threads", "1");
    const Overview overview = overview_of(one, options, study, true);
    Sum most;
    for (int number = 1; number <= options.slurm; ++number) {
        const Sum sum = sum_of(overview, number);
        most = {std::max(most.runs, sum.runs), std::max(most.left, sum.left),
                std::max(most.seconds, sum.seconds), std::max(most.longest, sum.longest),
                std::max(most.bytes, sum.bytes)};
    }
    const Sum all = sum_of(overview, 0);
    return fmt::format(
        R"(#!/bin/bash
#SBATCH --job-name={}
#SBATCH --array=1-{}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task={}
#SBATCH --mem={}
#SBATCH --time={}
#SBATCH --requeue
#SBATCH --signal=B:USR1@120
#SBATCH --open-mode=append
# {} of {} runs are left, in {} shards of {:.3g} h at most: {}.
cd {} || exit
{} &
study=$!
# Until the runs under way are saved.
stop() {{ kill -TERM "$study"; while kill -0 "$study" 2>/dev/null; do sleep 0.2; done; }}
# Two minutes before its time is up Slurm sends USR1, and the job queues again; TERM is for good.
trap 'stop; exec scontrol requeue "$SLURM_JOB_ID"' USR1
trap 'stop; exit 143' TERM
wait "$study"
exit
)",
        shell_word("study-" + study.experiment), options.slurm, overview.jobs * overview.threads,
        memory(most.bytes), time_limit(most.seconds), all.left, all.runs, options.slurm,
        most.seconds / 3600, overview.trials.told, shell_word(fs::current_path().string()),
        command_text(line, overview.threads, options.slurm));
}

}  // namespace crossbar::sim
