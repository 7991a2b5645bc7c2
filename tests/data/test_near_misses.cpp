// Files whose names are nearly right are found; what cannot be taken for them is told, with what to
// do; and where to get files is said truly of built-in tasks and of a user's own.
#include <catch2/catch.hpp>
#include <filesystem>

#include "base/check.hpp"
#include "base/format.hpp"
#include "data/task.hpp"
#include "data_testing.hpp"

namespace fs = std::filesystem;
using namespace crossbar;
using namespace crossbar::testing;
using Catch::Matchers::Contains;

namespace {

// A folder of empty files, and what is found of a task there.
struct Shelf : Folder {
    std::string root() const { return fs::path(file("x")).parent_path().string(); }
    void put(const std::string& name, const Bytes& bytes = {}) const {
        fs::create_directories(fs::path(file(name)).parent_path());
        write(file(name), bytes);
    }
    std::vector<std::string> folders(const Task& task) const {
        return data_folders(task, {DataChoice::folder, root()}, "", "");
    }
    // The paths below the root of the files that are found, and what is lacking.
    std::string found(const Task& task) const {
        std::string text;
        for (const std::string& folder : folders(task)) {
            const auto found = find_data(task, {folder});
            if (!found) continue;
            for (const SourceFile& source : found->files)
                text += fs::path(source.path).lexically_relative(root()).string() + " ";
            return text + found->counts.lacking;
        }
        return text;
    }
    std::string misses(const Task& task) const {
        return fmt::format("{}", fmt::join(near_misses(task, folders(task)), "\n"));
    }
};

// One file of each part, so that nothing is read.
Task task_of(const std::string& reader, const std::vector<TaskFile>& files) {
    Task task;
    task.name = "own";
    task.path = "own.toml";
    task.reader = reader;
    task.folders = {"own"};
    task.shape = {28, 28, 1};
    task.classes = 10;
    task.files = files;
    task.files.push_back({"never", "never-there", "", false, {}});
    return task;
}

const Task idx = task_of("idx", {{"train_images", "train-images-idx3-ubyte.gz", "", false, {}}});

}  // namespace

TEST_CASE("files are found under names of other case and separators", "[data]") {
    for (const char* name :
         {"train-images-idx3-ubyte.gz", "train-images-idx3-ubyte", "train-images.idx3-ubyte",
          "train-images.idx3-ubyte.gz", "TRAIN-IMAGES-IDX3-UBYTE", "Train_Images_Idx3_Ubyte.GZ",
          "train-images-idx3-ubyte.xz", "train-images-idx3-ubyte/train-images-idx3-ubyte",
          "train-images-idx3-ubyte/train-images.idx3-ubyte", "raw/train-images-idx3-ubyte",
          "Train/train-images-idx3-ubyte.gz", "own/train-images-idx3-ubyte",
          "OWN/raw/train-images-idx3-ubyte", "own-small/train-images-idx3-ubyte"}) {
        const Shelf shelf;
        shelf.put(name);
        REQUIRE(shelf.found(idx) == std::string(name) + " never-there is missing");
    }
    for (const char* name : {"test-images-idx3-ubyte", "train-images-idx3-ubyte.zip",
                             "other/train-images-idx3-ubyte", ".train-images-idx3-ubyte"}) {
        const Shelf shelf;
        shelf.put(name);
        REQUIRE(shelf.found(idx).empty());
    }
    // The exact name is preferred.
    const Shelf shelf;
    shelf.put("TRAIN-IMAGES-IDX3-UBYTE");
    shelf.put("train-images-idx3-ubyte.xz");
    REQUIRE_THAT(shelf.found(idx), Contains("ubyte.xz"));
}

TEST_CASE("reduced images are so by any spelling of their folder", "[data]") {
    Task task = idx;
    task.files.pop_back();
    task.train_count = task.test_count = 1;
    task.files.push_back({"test_images", "train-images-idx3-ubyte", "", false, {}});
    for (const char* folder : {"own-small", "OWN_Small"}) {
        const Shelf shelf;
        shelf.put(fmt::format("{}/train-images-idx3-ubyte", folder),
                  {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28});
        REQUIRE(find_data(task, shelf.folders(task))->label == "reduced");
    }
}

TEST_CASE("folders are found so too, and where they lie in one of their own name", "[data]") {
    const Task task = task_of("image_folder", {{"images", "Some_Pictures/", "", false, {}}});
    for (const auto& [file, folder] :
         {std::pair{"Some_Pictures/a/1.png", "Some_Pictures/"},
          std::pair{"some-pictures/a/1.png", "some-pictures"},
          std::pair{"data/SOME_PICTURES/a/1.png", "data/SOME_PICTURES"},
          std::pair{"Some_Pictures/Some_Pictures/a/1.png", "Some_Pictures/Some_Pictures/"}}) {
        const Shelf shelf;
        shelf.put(file);
        REQUIRE(shelf.found(task) == std::string(folder) + " never-there is missing");
    }
}

TEST_CASE("what may be meant and is no use as it is is told", "[data]") {
    struct Case {
        const char* file;
        std::vector<std::string> says;
    };
    const std::vector<Case> cases = {
        {"trian-images-idx3-ubyte", {"trian-images-idx3-ubyte: is this train-images-idx3-ubyte?"}},
        {"train-images-idx3-ubyte.zip", {"unpack it: unzip ", "train-images-idx3-ubyte.zip -d "}},
        {"own.tar.gz", {"unpack it: tar -xf ", "own.tar.gz -C "}},
        {"own/archive.zip", {"own/archive.zip: unpack it"}},
        {"archive.zip", {"archive.zip: unpack it"}},
        {"own.csv", {"own.csv: this is a table, which is not read; wanted: train-images-idx3"}},
        {"own/data.npz", {"own/data.npz: this is NumPy arrays"}},
        {"mine/train-images-idx3-ubyte",
         {"mine: it contains train-images-idx3-ubyte: use --data "}},
        {"train-images-idx3-ubyte/other", {"this is a folder, expected a file"}},
        {"notes.txt", {}},
        {"own/notes.txt", {}},
    };
    for (const Case& c : cases) {
        const Shelf shelf;
        shelf.put(c.file);
        const std::string misses = shelf.misses(idx);
        for (const std::string& text : c.says)
            REQUIRE_THAT(misses, Contains(text));
        if (c.says.empty()) REQUIRE(misses.empty());
    }
    // Among other sets, an archive has to bear the task's name.
    const Shelf sets;
    sets.put("archive.zip");
    sets.put("own.zip");
    DataRequest automatic;
    const std::vector<std::string> searched = data_folders(idx, automatic, sets.root(), "/nowhere");
    REQUIRE(near_misses(idx, searched).size() == 1);
    REQUIRE_THAT(looked_in(idx, searched), Contains("/nowhere/own   (not there)") &&
                                               Contains("   (holds archive.zip, own.zip)") &&
                                               Contains("found there:\n    "));
    const Shelf shelf;
    for (int i = 0; i < 30; ++i)
        shelf.put(fmt::format("own/{:02}.zip", i));
    REQUIRE(near_misses(idx, shelf.folders(idx)).size() == 9);
    REQUIRE_THAT(shelf.misses(idx), Contains("and 22 more"));
}

TEST_CASE("packed archives where a folder is wanted, and other versions of CIFAR", "[data]") {
    const Shelf shelf;
    shelf.put("caltech101/101_ObjectCategories.tar.gz");
    REQUIRE(shelf.found(load_task("cal101")).empty());
    REQUIRE_THAT(shelf.misses(load_task("cal101")),
                 Contains("101_ObjectCategories.tar.gz: unpack it: tar -xf "));
    for (const auto& [task, file] : {std::pair{"cifar10", "cifar-10-batches-py/data_batch_1"},
                                     {"cifar10", "cifar-10/cifar-10-python.tar.gz"},
                                     {"cifar100", "cifar-100-python/train"}}) {
        const Shelf python;
        python.put(file);
        REQUIRE(python.found(load_task(task)).empty());
        REQUIRE_THAT(
            python.misses(load_task(task)),
            Contains("this is the Python version; the binary version is wanted, cifar-10"));
    }
}

TEST_CASE("where to get files is said truly", "[data]") {
    REQUIRE(how_to_get(load_task("mnist")) ==
            "get the files with: datasets/fetch.sh mnist   (or: make data TASK=mnist)");
    REQUIRE_THAT(how_to_get(load_task("cal101")),
                 Contains("by hand: download caltech-101.zip") && !Contains("fetch.sh"));
    Task task = idx;
    REQUIRE_THAT(how_to_get(task), Contains("[[file]] in own.toml") && !Contains("fetch.sh"));
    for (TaskFile& file : task.files)
        file.download.urls = {"https://localhost/x"};
    REQUIRE(how_to_get(task) == "get the files with: datasets/fetch.sh own.toml");
}
