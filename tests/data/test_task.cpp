// Task files: the built-in ones, a user's own, and every way one can be wrong; where data are
// looked for.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/check.hpp"
#include "base/parallel.hpp"
#include "data/task.hpp"

namespace fs = std::filesystem;
using namespace crossbar;
using Catch::Matchers::Contains;

namespace {

const std::string good = R"(title = "made up"
home = "nowhere"
licence = "none"
reader = "idx"
folder = "made_up"
shape = [4, 3, 1]
classes = 10
train_count = 20
test_count = 11
network = "fc 10"
[plan]
rate = 0.3
epochs = 3
rule = "bm1"
[[file]]
role = "train_images"
name = "images.gz"
urls = []
sha256 = "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
[[published]]
column = "sgd"
error_percent = 1
mark = "paper"
source = "a book"
)";

fs::path work_folder() {
    return fs::temp_directory_path() / fmt::format("crossbar_task_{}", ::getpid());
}

Task load(const std::string& text) {
    fs::create_directories(work_folder());
    const fs::path path = work_folder() / "own.toml";
    std::ofstream(path) << text;
    try {
        const Task task = load_task(path.string());
        fs::remove_all(work_folder());
        return task;
    } catch (const Error&) {
        fs::remove_all(work_folder());
        throw;
    }
}

// The Error of the good text with `from` replaced by `to`.
std::string error_with(const std::string& from, const std::string& to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    REQUIRE(at != text.npos);
    try {
        load(text.replace(at, from.size(), to));
    } catch (const Error& e) {
        return e.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("the built-in MNIST task says what it must", "[data]") {
    const Task task = load_task("mnist");
    REQUIRE(task.name == "mnist");
    REQUIRE(task.shape == Shape{28, 28, 1});
    REQUIRE(task.classes == 10);
    REQUIRE(task.train_count == 60000);
    REQUIRE(task.test_count == 10000);
    REQUIRE(task.files.size() == 4);
    for (const TaskFile& file : task.files)
        REQUIRE(file.download.urls.size() >= 2);
    REQUIRE(task.published.size() == 15);
    REQUIRE(task.published.front().column == "sgd");
    REQUIRE(task.published.front().error_percent == 0.67);
}

TEST_CASE("every built-in task loads and can be rendered", "[data]") {
    REQUIRE_FALSE(task_names().empty());
    for (const std::string& name : task_names()) {
        const Task task = load_task(name);
        const TaskData data = synthetic_data(task, 3, 2);
        REQUIRE(data.kind == "synthetic");
        REQUIRE(data.train.count() == 3);
        REQUIRE(data.test.count() == 2);
        REQUIRE(data.train.pixels.size() == 3 * task.shape.size());
    }
}

TEST_CASE("the stand-in is the same for any number of threads", "[data]") {
    const Task task = load_task("mnist");
    Threads threads(3);
    const TaskData one = synthetic_data(task, 600, 300);
    const TaskData three = synthetic_data(task, 600, 300, &threads);
    REQUIRE(one.train.pixels == three.train.pixels);
    REQUIRE(one.train.labels == three.train.labels);
    REQUIRE(one.test.pixels == three.test.pixels);
}

TEST_CASE("a user's own task file is read", "[data]") {
    const Task task = load(good);
    REQUIRE(task.name == "own");
    using Plan = std::vector<std::pair<std::string, std::string>>;
    REQUIRE(task.plan == Plan{{"rate", "0.3"}, {"epochs", "3"}, {"rule", "bm1"}});
    REQUIRE(task.files[0].role == "train_images");
    REQUIRE(task.published[0].error_percent == 1.0);
}

TEST_CASE("errors of a task file name the line, what was seen and what is expected", "[data]") {
    struct Case {
        std::string from, to, line;
        std::vector<std::string> says;
    };
    const std::vector<Case> cases = {
        {"title = \"made up\"", "title = 5", ":1:", {"title is an integer", "a string"}},
        {"home = \"nowhere\"", "home = \"\"", ":2:", {"home is empty"}},
        {"home =", "hoem =", ":2:", {"'home' is missing", "'hoem' meant"}},
        {"licence = \"none\"\n", "", ":1:", {"'licence' is missing"}},
        {"\"idx\"", "\"idy\"", ":4:", {"unknown reader 'idy'", "did you mean 'idx'"}},
        {"[4, 3, 1]", "\"4x3\"", ":6:", {"shape is a string", "[height, width, channels]"}},
        {"[4, 3, 1]", "[4, 3]", ":6:", {"shape has 2 numbers"}},
        {"[4, 3, 1]", "[4, 0, 1]", ":6:", {"shape is 0", "1 to 4096"}},
        {"[4, 3, 1]", "[4, 3.5, 1]", ":6:", {"a number with a point"}},
        {"classes = 10", "classes = 1", ":7:", {"classes is 1", "2 to 65535"}},
        {"train_count = 20", "train_count = -20", ":8:", {"train_count is -20"}},
        {"network", "label_offset = -1\nnetwork", ":10:", {"label_offset is -1", "0 to 65535"}},
        {"network", "transposed = 1\nnetwork", ":10:", {"transposed is an integer", "true"}},
        {"network", "class_names = 3\nnetwork", ":10:", {"class_names is an integer"}},
        {"network",
         "class_names = [\"a\", \"b\"]\nnetwork",
         ":10:",
         {"class_names has 2 names, but there are 10 classes"}},
        {"network",
         "class_names = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\",\n\"i\", "
         "\"b\"]\nnetwork",
         ":11:",
         {"class_names has 'b' twice, for labels 1 and 9"}},
        {"network",
         "class_names = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"\", "
         "\"j\"]\nnetwork",
         ":10:",
         {"an empty name, that of label 8"}},
        {"network", "netwrk = 3\nnetwork", ":10:", {"unknown key 'netwrk'", "'network'"}},
        {"rate = 0.3", "rate = [1]", ":12:", {"[plan] rate is an array"}},
        {"[[file]]", "[file]", ":15:", {"file is a table", "[[file]]"}},
        {"urls = []", "urls = [3]", ":18:", {"[[file]] urls holds an integer"}},
        {"\"440f", "\"440F", ":15:", {"sha256", "64 hexadecimal"}},
        {"folder = \"made_up\"", "folder = []", ":5:", {"folder is empty"}},
        {"folder = \"made_up\"", "folder = \"../up\"", ":5:", {"folder '../up'", "plain name"}},
        {"\"train_images\"", "\"images\"", ":15:", {"no role 'images'", "train_images"}},
        {"[[file]]", "[[archive]]\nname = \"x/../../y\"\n[[file]]", ":15:", {"leaves the data"}},
        {"urls = []", "archive = \"no.tar\"", ":15:", {"archive 'no.tar' is not among"}},
        {"[[published]]",
         "[[file]]\nrole = \"train_images\"\nname = \"b\"\n[[published]]",
         ":20:",
         {"role 'train_images' is given twice"}},
        {"[plan]",
         "[split]\ntrain_per_class = -1\n[plan]",
         ":12:",
         {"[split] train_per_class is -1", "from 0 to"}},
        {"[plan]",
         "[split]\ntrain_per_clas = 1\n[plan]",
         ":12:",
         {"[split] unknown key 'train_per_clas'", "did you mean 'train_per_class'"}},
        {"[plan]", "split = 3\n[plan]", ":11:", {"split is an integer", "[split]"}},
        {"images.gz", "../images.gz", ":15:", {"leaves the data folder"}},
        {"error_percent = 1", "error_percent = 101", ":22:", {"from 0 to 100"}},
        {"\"paper\"", "\"rumour\"", ":20:", {"mark is 'rumour'", "'reconstructed'"}},
        {"\"a book\"", "\"a book", ":24:", {"not valid TOML"}},
    };
    for (const Case& c : cases) {
        const std::string error = error_with(c.from, c.to);
        REQUIRE_THAT(error, Contains("own.toml" + c.line));
        for (const std::string& word : c.says)
            REQUIRE_THAT(error, Contains(word));
    }
}

TEST_CASE("names of classes come with the images, and change no fingerprint", "[data]") {
    const std::vector<std::string> names = {"0,5", "\"q\"", "=1+1", "l\nm", "<b>",
                                            "&",   "6",     "7",    "8",    "9"};
    std::string listed;
    for (const std::string& name : names) {
        std::string text;
        for (const char c : name)
            text += c == '\n' ? "\\n" : c == '"' ? "\\\"" : std::string(1, c);
        listed += "\"" + text + "\", ";
    }
    std::string text = good;
    text.replace(text.find("network"), 7, "class_names = [" + listed + "]\nnetwork");
    const Task task = load(text);
    REQUIRE(task.class_names == names);
    REQUIRE(task.fingerprint == load(good).fingerprint);
    REQUIRE(synthetic_data(task, 2, 1).class_names == names);
    REQUIRE(synthetic_data(load(good), 2, 1).class_names.empty());
    text.replace(text.find("\"idx\""), 5, "\"timit\"");
    REQUIRE_THROWS_WITH(load(text), Contains(":10: class_names") && Contains("timit takes names"));
    for (const std::string& name : task_names()) {
        const Task built_in = load_task(name);
        REQUIRE((built_in.class_names.empty() ||
                 built_in.class_names.size() == static_cast<std::size_t>(built_in.classes)));
    }
    REQUIRE(load_task("cifar10-resnet20").class_names[3] == "cat");
}

TEST_CASE("where labels begin and how pixels lie is said of IDX files alone", "[data]") {
    const std::string keys = "label_offset = 1\ntransposed = true\nnetwork";
    std::string text = good;
    text.replace(text.find("network"), 7, keys);
    const Task task = load(text);
    REQUIRE(task.label_offset == 1);
    REQUIRE(task.transposed);
    REQUIRE_FALSE(load(good).transposed);
    text.replace(text.find("\"idx\""), 5, "\"cifar\"");
    REQUIRE_THROWS_WITH(load(text), Contains(":10: label_offset belongs to the readers idx"));
}

TEST_CASE("unknown tasks are errors with the nearest name", "[data]") {
    REQUIRE_THROWS_WITH(load_task("mnsit"), Contains("did you mean 'mnist'?"));
    REQUIRE_THROWS_WITH(load_task("zebra"), Contains("unknown task") && !Contains("mean"));
    REQUIRE_THROWS_WITH(load_task("/nowhere/x.toml"), Contains("/nowhere/x.toml"));
}

TEST_CASE("data are looked for in the named folders, in order", "[data]") {
    const Task task = load(good);
    using Folders = std::vector<std::string>;
    REQUIRE(data_folders(task, {}, "/env", "/cache") ==
            Folders{"/env/made_up", "/env/made_up-small", "/env", "datasets/data/made_up",
                    "datasets/data/made_up-small", "datasets/data", "/cache/made_up",
                    "/cache/made_up-small", "/cache"});
    REQUIRE(data_folders(task, {DataChoice::folder, "/own"}, "/env", "/cache") ==
            Folders{"/own/made_up", "/own/made_up-small", "/own"});
    REQUIRE(data_folders(task, {DataChoice::synthetic, ""}, "/env", "").empty());
}

namespace {

// The CIFAR-like task of two files in one archive, and a folder to find them in.
struct Place {
    fs::path root = work_folder();
    Task task = load(records);
    Place() { fs::create_directories(root); }
    ~Place() { fs::remove_all(root); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    static const std::string records;

    void put(const std::string& name, int count) const {
        const fs::path path = root / name;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary)
            << std::string(static_cast<std::size_t>(count) * 3073, '\1');
    }
    std::optional<FoundData> find() const {
        return find_data(task, data_folders(task, {DataChoice::folder, root.string()}, "", ""));
    }
};
const std::string Place::records = R"(title = "made up"
home = "nowhere"
licence = "none"
reader = "cifar"
folder = ["records", "old-records"]
shape = [32, 32, 3]
classes = 10
train_count = 2
test_count = 1
network = "fc 10"
[[archive]]
name = "all.tar"
[[file]]
role = "train"
name = "bin/train.bin"
archive = "all.tar"
[[file]]
role = "test"
name = "bin/test.bin"
archive = "all.tar"
)";

}  // namespace

TEST_CASE("data are found by folder, packing and label", "[data]") {
    const Place place;
    REQUIRE_FALSE(place.find());
    place.put("bin/train.bin", 2);
    REQUIRE(place.find()->counts.lacking == "bin/test.bin is missing");
    REQUIRE_THROWS_WITH(read_data(place.task, *place.find()), Contains("bin/test.bin is missing") &&
                                                                  Contains("own.toml") &&
                                                                  !Contains("fetch.sh"));
    place.put("bin/test.bin", 1);
    REQUIRE(place.find()->folder == place.root.string());
    REQUIRE(place.find()->label == "full");
    // Reduced images are labelled, and a full set in the folder before them is preferred.
    place.put("records-small/bin/train.bin", 2);
    place.put("records-small/bin/test.bin", 1);
    REQUIRE(place.find()->label == "reduced");
    place.put("records/bin/train.bin", 1);  // cannot train without its test file
    REQUIRE(place.find()->label == "reduced");
    place.put("records/bin/test.bin", 1);
    REQUIRE(place.find()->folder == (place.root / "records").string());
    REQUIRE(place.find()->label == "subset");
    REQUIRE(place.find()->counts.train == 1);
    const TaskData data = read_data(place.task, *place.find());
    REQUIRE(data.kind == "real");
    REQUIRE(data.label == "subset");
    REQUIRE(data.train.count() == 1);
    REQUIRE(data.class_names.empty());
    Task named = place.task;
    named.class_names = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    REQUIRE(read_data(named, *place.find()).class_names == named.class_names);
    // The folder inside does as well, and so does another name of the set.
    const std::string inside = (place.root / "records" / "bin").string();
    REQUIRE(find_data(place.task, {inside})->folder == inside);
    fs::remove_all(place.root / "records");
    place.put("old-records/bin/train.bin.gz", 3);  // not packed in fact, which does not matter
    place.put("old-records/bin/test.bin.xz", 1);
    fs::remove_all(place.root / "records-small");
    REQUIRE(place.find()->folder == (place.root / "old-records").string());
    REQUIRE(place.find()->label == "full");
    REQUIRE(place.find()->counts.train == 3);
}

TEST_CASE("damaged files are errors when they are looked at and when they are read", "[data]") {
    const Place place;
    place.put("bin/train.bin", 2);
    place.put("bin/test.bin", 0);
    REQUIRE_THROWS_WITH(place.find(), Contains("bin/test.bin: 0 bytes, expected"));
    std::ofstream(place.root / "bin/test.bin") << std::string(3073, '\12');
    REQUIRE_THROWS_WITH(read_data(place.task, *place.find()),
                        Contains("test.bin: byte 0: label 10") && !Contains("fetch.sh"));
}
