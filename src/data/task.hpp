// A task is data: the TOML of datasets/NAME.toml (embedded into the program at build) or a user's
// own file. It names the reader, the files and their checksums, the network, the plan (option
// values that replace the program's defaults) and published error rates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crossbar/task.hpp"
#include "data/dataset.hpp"
#include "data/readers.hpp"
#include "data/tuned.hpp"

namespace crossbar {

// What fetch.sh can download, and what it must be then.
struct Download {
    std::string name;               // below the task's folder
    std::vector<std::string> urls;  // tried in order; empty: by hand
    std::string sha256;             // empty where none is known
    bool unpack = false;            // an archive that fetch.sh unpacks beside itself
};

// A file or folder that the reader wants. A file that is not there under its name (with or without
// .gz, .xz) is looked for in its archive; a folder has to be unpacked.
struct TaskFile {
    std::string role;       // the reader's name for it, e.g. "train_images"
    std::string name;       // e.g. "train-images-idx3-ubyte.gz"; a folder ends in '/'
    std::string archive;    // the name of the archive that holds it; empty: `download` is the file
    bool optional = false;  // the reader does without it
    Download download;
};

struct Published {
    std::string column;  // e.g. "frsf+bn+bm1"
    std::string source;
    std::string mark;  // "paper" or "reconstructed"
    double error_percent = 0;
};

// Option values of a task for one column of an experiment: [column."usf+bn"].
struct ColumnPlan {
    std::string column;
    std::vector<std::pair<std::string, std::string>> values;
};

struct Task {
    std::string name;
    std::string path;  // of a user's own file; empty: built in
    std::string title;
    std::string home;
    std::string licence;
    std::string by_hand;               // how to get what fetch.sh cannot download; may be empty
    std::string reader;                // a row of the readers table
    std::vector<std::string> folders;  // looked for below every data folder, in order
    Shape shape;
    int classes = 0;
    std::vector<std::string> class_names;  // by label; empty where the file names none
    std::size_t train_count = 0;           // images of the full set; a stand-in has as many
    std::size_t test_count = 0;
    std::string network;                                       // notation of network text
    std::vector<std::pair<std::string, std::string>> plan;     // option name (no dashes) -> value
    std::vector<std::pair<std::string, std::string>> augment;  // "crop" -> value, likewise
    std::vector<ColumnPlan> columns;
    std::vector<Tuned> tuned;  // of the file beside the task's
    Split split;
    std::uint64_t images = 0;  // fingerprint of the full training set, then test set; 0: not known
    int label_offset = 0;      // as in ReadRequest
    bool transposed = false;   // likewise
    std::vector<TaskFile> files;
    std::vector<Download> archives;
    std::vector<Published> published;
    // Of all that the file says but what its results do not depend on (titles, addresses) and what
    // becomes settings of a run (network, plan, columns).
    std::uint64_t fingerprint = 0;
};

// A built-in task by name, or a file when the text ends in .toml. Throws Error with the nearest
// name, or with file and line of what is wrong in the TOML.
Task load_task(const std::string& name_or_path);

// How data are asked for on the command line.
enum class DataChoice { automatic, real, synthetic, folder };

struct DataRequest {
    DataChoice choice = DataChoice::automatic;
    std::string folder;  // with DataChoice::folder
};

// Folders that are searched for a task's files, in order: the request's folder (alone when given),
// $CROSSBAR_DATA, datasets/data, the user's cache; each as DIR/<folder>, DIR/<folder>-small (for
// every folder of the task) and DIR. `environment_data` and `cache` are passed in: nothing below
// sim reads the environment.
std::vector<std::string> data_folders(const Task& task, const DataRequest& request,
                                      const std::string& environment_data,
                                      const std::string& cache);

// A folder with files of a task, looked at but not read.
struct FoundData {
    std::string folder;
    std::vector<SourceFile> files;  // those that are there
    ImageCounts counts;             // .lacking also where files are missing
    // "reduced": from a folder named *-small, whose images have been made smaller. "subset": fewer
    // images than the task's counts. Else "full", which reading them may make "other": as many
    // images, but not those that the task's fingerprint is of.
    std::string label;
};

// The first of the folders that the task can train on, else the first with any of its files (whose
// counts says what is lacking), else none. Throws Error for damaged files.
std::optional<FoundData> find_data(const Task& task, const std::vector<std::string>& folders);

// What lies in the folders and may be meant by files of the task that are not found there, but
// cannot be taken for them: a line each, with what to do.
std::vector<std::string> near_misses(const Task& task, const std::vector<std::string>& folders);

// "looked in:", the folders with some of what they hold, and those misses; several lines.
std::string looked_in(const Task& task, const std::vector<std::string>& folders);

// How to get the task's files: a command where there is one that helps, else words.
std::string how_to_get(const Task& task);

// Reads the real files of a folder through the task's reader. Throws Error where something is
// lacking or damaged, naming file and offset. Decodes with the threads (null: alone); decoded
// images are kept in the folder `cache` (empty: nowhere); damaged pictures are passed over where
// `skip_bad` says so.
TaskData read_data(const Task& task, const FoundData& found, Threads* threads = nullptr,
                   const std::string& cache = {}, bool skip_bad = false);

// Renders the stand-in of the task's geometry, deterministic by address; the same for every run and
// any threads. Counts of 0 mean the full set's; only that many images are rendered.
TaskData synthetic_data(const Task& task, std::size_t train_count, std::size_t test_count,
                        Threads* threads = nullptr);

}  // namespace crossbar
