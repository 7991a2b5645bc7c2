// Image folders: what is not used of them is counted and told.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "folder_testing.hpp"

namespace fs = std::filesystem;
using namespace crossbar;
using Catch::Matchers::Contains;

TEST_CASE("what is passed over in an image folder is counted and told", "[readers]") {
    Tree tree;
    const TaskData data = read_image_folder(tree.request);
    REQUIRE(data.class_names == std::vector<std::string>{"a", "b", "c"});
    REQUIRE(data.passed_over ==
            std::map<std::string, std::size_t>{
                {".db", 1}, {".txt", 2}, {"hidden", 2}, {"without a picture in it", 1}});
    REQUIRE(data.notices == std::vector<std::string>{
                                "passed over: 1 .db, 2 .txt, 2 hidden, 1 without a picture in it"});
    tree.write("set/a/new.webp", std::string("no image"));
    tree.write("set/outside.png", grey(1));
    const std::vector<std::string> told = read_image_folder(tree.request).notices;
    REQUIRE(told.size() == 1);
    REQUIRE_THAT(told[0], Contains("1 .webp") && Contains("1 beside the folders of classes") &&
                              Contains("converted, to PNG"));
    // Of more folders than classes, those that are left out are named.
    tree.request.classes = 2;
    const TaskData two = read_image_folder(tree.request);
    REQUIRE(two.class_names.size() == 2);
    REQUIRE_THAT(two.notices[0], Contains("3 folders for the task's 2 classes") &&
                                     Contains("left out: ") && Contains("classes = 3 takes all"));
}

TEST_CASE("folders that are parts of a set, or one too high, are no classes", "[readers]") {
    const TestFolder folder;
    for (const char* name : {"set/train/a/1.png", "set/train/b/1.png", "set/test/a/2.png"})
        folder.write(name, grey(1));
    ReadRequest request = {{{"images", folder.file("set"), {}}}, tiny, 2, {}, nullptr, {}};
    REQUIRE_THAT(look_image_folder(request).lacking, Contains("roles train_images"));
    fs::remove_all(folder.path / "set/test");
    REQUIRE_THAT(look_image_folder(request).lacking,
                 Contains("1 of 2 classes (train); pictures lie in 2 folders below train"));
}

TEST_CASE("links are followed, but not round in a circle", "[readers]") {
    const TestFolder folder;
    for (int n = 0; n < 4; ++n) {
        folder.write(fmt::format("set/a/{}.png", n), grey(n));
        folder.write(fmt::format("set/b/{}.png", n), grey(10 + n));
        folder.write(fmt::format("store/deep/{}.png", n), grey(20 + n));
    }
    const auto link = [&](const char* to, const char* at) {
        fs::create_symlink(folder.path / to, folder.path / at);
    };
    link("store", "set/a/more");
    link("store/deep", "set/c");
    link("set", "set/b/up");            // above
    link("", "set/b/above");            // further above
    link("set/b", "set/b/itself");      // itself
    link("store/deep", "set/a/twice");  // seen, or to be seen
    link("nowhere", "set/b/broken.png");
    link("set/a/0.png", "set/b/one.png");
    const ReadRequest request = {
        {{"images", folder.file("set"), {}}}, tiny, 3, {0, 1, 0}, nullptr, {}};
    const TaskData data = read_image_folder(request);
    REQUIRE(data.class_names == std::vector<std::string>{"a", "b", "c"});
    REQUIRE(data.train.count() + data.test.count() == 8 + 5 + 4);
    REQUIRE(data.passed_over.at("linked twice or in a circle") == 4);
    REQUIRE(data.passed_over.at("behind broken links") == 1);
}

TEST_CASE("damaged pictures are passed over where that is asked for", "[readers]") {
    Tree tree;
    tree.request.split = {0, 2, 0};
    const TaskData whole = read_image_folder(tree.request);
    tree.write("set/b/0.png", Bytes{0xff, 0xd8, 0xff});
    tree.write("set/c/1.png", std::string());
    REQUIRE_THAT(error_of([&] { read_image_folder(tree.request); }), Contains("--skip-bad"));
    tree.request.skip_bad = true;
    tree.request.cache = tree.file("cache");
    for (int time = 0; time < 2; ++time) {  // decoded, then from the cache
        const TaskData data = read_image_folder(tree.request);
        REQUIRE(data.passed_over.at("damaged") == 2);
        REQUIRE_THAT(data.notices[0], Contains("2 damaged pictures passed over, the first: ") &&
                                          Contains(".png: byte "));
        // The split is that of the names: the others stay where they were.
        for (int label = 0; label < 3; ++label)
            for (const bool test : {false, true}) {
                std::multiset<int> meant = values_of(test ? whole.test : whole.train, label);
                meant.erase(10);
                meant.erase(21);
                REQUIRE(values_of(test ? data.test : data.train, label) == meant);
            }
        REQUIRE(data.train.pixels.size() == data.train.count() * tiny.size());
    }
    tree.request.skip_bad = false;  // a cache that knows of damage does not hide it
    REQUIRE_THAT(error_of([&] { read_image_folder(tree.request); }), Contains(": byte "));
    tree.request.skip_bad = true;
    for (int n = 0; n < 5; ++n)
        tree.write(fmt::format("set/a/{}.png", n), std::string("x"));
    REQUIRE_THAT(error_of([&] { read_image_folder(tree.request); }),
                 Contains("2 of 3 classes (b, c)") && Contains("7 damaged pictures passed over"));
}

TEST_CASE("transparent pictures are counted, and those that nothing is left of", "[readers]") {
    const Tree tree;
    const auto drawing = [](int light) {
        return encode_png({4, 4, 2}, [=](int y, int x, int c) {
            return c == 0 ? light : y == x ? 255 : 0;
        });
    };
    tree.write("set/a/0.png", drawing(0));
    tree.write("set/b/0.png", drawing(0));
    tree.write("set/c/0.png", drawing(255));
    const ReadRequest request = {
        {{"images", tree.file("set"), {}}}, tiny, 3, {}, nullptr, tree.file("cache")};
    ReadRequest all = request;
    all.split = {4, 0, 0};
    for (int time = 0; time < 2; ++time)
        REQUIRE_THAT(read_image_folder(all).notices[0],
                     Contains("3 pictures with transparent parts, shown on white; 1 picture of "
                              "one colour"));
}
