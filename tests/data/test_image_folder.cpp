// Image folders: which images are found, split and chosen; lists; the cache of pixels; real sets.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <optional>
#include <set>

#include "base/check.hpp"
#include "data/formats/split.hpp"
#include "data/readers.hpp"
#include "data/task.hpp"
#include "folder_testing.hpp"

namespace fs = std::filesystem;
using namespace crossbar;
using Catch::Matchers::Contains;

TEST_CASE("an image folder is split by its seeded rule", "[readers]") {
    const Tree tree;
    const ImageCounts counts = look_image_folder(tree.request);
    const TaskData data = read_image_folder(tree.request);
    REQUIRE(counts.lacking.empty());
    REQUIRE(counts.train == 9);
    REQUIRE(counts.test == 6);
    REQUIRE(data.train.count() == 9);
    REQUIRE(data.test.count() == 6);
    for (int label = 0; label < 3; ++label) {
        // The rule of readers.hpp by hand: 64-bit keys by address, in ascending order.
        std::vector<std::pair<std::uint64_t, int>> keys;
        const Stream s = stream(0, Purpose::split, 0, static_cast<std::uint64_t>(label));
        for (int n = 0; n < 5 + label; ++n) {
            const auto i = static_cast<std::uint64_t>(n);
            keys.emplace_back(
                std::uint64_t{random_word(s, 2 * i)} << 32 | random_word(s, 2 * i + 1),
                10 * label + n);
        }
        std::sort(keys.begin(), keys.end());
        std::multiset<int> train, test;
        for (std::size_t k = 0; k < 5; ++k)
            (k < 3 ? train : test).insert(keys[k].second);
        REQUIRE(values_of(data.train, label) == train);
        REQUIRE(values_of(data.test, label) == test);
    }
    // The first images are of all classes alike.
    REQUIRE(std::set<int>(data.train.labels.begin(), data.train.labels.begin() + 3).size() == 3);
}

TEST_CASE("splits leave nothing out and short classes train first", "[readers]") {
    const auto sizes = [](std::size_t images, Split split) {
        const Parts parts = split_class(1, images, split);
        return std::pair(parts.train.size(), parts.test.size());
    };
    REQUIRE(sizes(40, {30, 10, 0}) == std::pair<std::size_t, std::size_t>(30, 10));
    REQUIRE(sizes(33, {30, 10, 0}) == std::pair<std::size_t, std::size_t>(30, 3));
    REQUIRE(sizes(20, {30, 10, 0}) == std::pair<std::size_t, std::size_t>(20, 0));
    REQUIRE(sizes(20, {15, 0, 0}) == std::pair<std::size_t, std::size_t>(15, 5));
    REQUIRE(sizes(20, {0, 5, 0}) == std::pair<std::size_t, std::size_t>(15, 5));
    const Parts parts = split_class(2, 50, {0, 20, 0});
    std::set<std::size_t> all(parts.train.begin(), parts.train.end());
    all.insert(parts.test.begin(), parts.test.end());
    REQUIRE(all.size() == 50);
    REQUIRE(split_class(3, 50, {0, 20, 0}).test != parts.test);
}

TEST_CASE("of too many classes the rich ones are chosen at random", "[readers]") {
    std::vector<std::size_t> images(60);
    for (std::size_t i = 0; i < images.size(); ++i)
        images[i] = i % 3 == 0 ? 4 : 15;
    const std::vector<std::size_t> chosen = chosen_classes(images, 10, {10, 5, 15});
    REQUIRE(chosen.size() == 10);
    REQUIRE(std::is_sorted(chosen.begin(), chosen.end()));
    REQUIRE(std::all_of(chosen.begin(), chosen.end(), [&](auto c) { return images[c] == 15; }));
    REQUIRE(chosen.back() > 10);
    REQUIRE(chosen_classes(images, 60, {10, 5, 15}).size() == 60);

    Tree tree;
    tree.request.classes = 2;
    tree.request.split.least_per_class = 6;
    const TaskData data = read_image_folder(tree.request);  // b and c
    REQUIRE(*values_of(data.train, 0).begin() >= 10);
    REQUIRE(*values_of(data.train, 1).begin() >= 20);
}

TEST_CASE("folders below a class belong to it, and two trees share their classes", "[readers]") {
    const TestFolder folder;
    for (const char* name : {"train/cup/day1/1.png", "train/cup/day2/1.PNG", "train/box/1.png",
                             "test/cup/day3/1.png", "test/box/x.png"})
        folder.write(name, grey(name[6] == 'c' || name[5] == 'c' ? 200 : 100));
    const ReadRequest request = {
        {{"train_images", folder.file("train"), {}}, {"test_images", folder.file("test"), {}}},
        tiny,
        2,
        {},
        nullptr,
        {}};
    const TaskData data = read_image_folder(request);
    REQUIRE(values_of(data.train, 0) == std::multiset<int>{100});
    REQUIRE(values_of(data.train, 1) == std::multiset<int>{200, 200});
    REQUIRE(values_of(data.test, 1) == std::multiset<int>{200});
}

TEST_CASE("a list of classes stands in for folders", "[readers]") {
    const TestFolder folder;
    for (int n : {1, 2, 3, 5, 10})
        folder.write(fmt::format("set/{:05}.png", n), grey(n));
    std::string lines;
    for (int n = 1; n <= 10; ++n)
        lines += n % 2 == 1 ? "11 # Odd Name\n" : "7 # Even Name\n";
    const ReadRequest request = {
        {{"images", folder.file("set"), {}}, {"class_list", folder.write("info.txt", lines), {}}},
        tiny,
        2,
        {1, 1, 0},
        nullptr,
        {}};
    REQUIRE(look_image_folder(request).absent == 5);
    const TaskData data = read_image_folder(request);
    REQUIRE(*values_of(data.train, 0).begin() % 2 == 0);  // 7 comes before 11
    REQUIRE(*values_of(data.train, 1).begin() % 2 == 1);
    folder.write("set/11.png", grey(1));
    REQUIRE_THAT(error_of([&] { look_image_folder(request); }),
                 Contains("11.png: expected a name"));
}

TEST_CASE("what an image folder lacks is said", "[readers]") {
    Tree tree;
    tree.request.classes = 5;
    tree.write("set/wedge/1.webp", std::string("no image that is read"));
    REQUIRE(look_image_folder(tree.request).lacking ==
            "3 of 5 classes (a, b, c); folders without pictures: empty (1 .txt), wedge (1 .webp); "
            "passed over: 1 .db, 2 .txt, 1 .webp, 2 hidden, 2 without a picture in it");
    REQUIRE_THAT(error_of([&] { read_image_folder(tree.request); }), Contains("3 of 5 classes"));
    tree.request.classes = 3;
    tree.request.split = {0, 0, 0};
    REQUIRE_THAT(look_image_folder(tree.request).lacking, Catch::StartsWith("no test images; "));
    tree.request.files[0].path = tree.file("nowhere");
    REQUIRE_THAT(error_of([&] { look_image_folder(tree.request); }),
                 Contains("nowhere: cannot look through this folder"));
}

TEST_CASE("a damaged image is an Error with its file", "[readers]") {
    Tree tree;
    for (const char* name : {"set/b/0.png", "set/b/1.png", "set/b/2.png"})
        tree.write(name, Bytes{0xff, 0xd8, 0xff});
    Threads threads(2);
    for (Threads* with : {static_cast<Threads*>(nullptr), &threads}) {
        tree.request.threads = with;
        REQUIRE_THAT(error_of([&] { read_image_folder(tree.request); }), Contains("set/b/"));
    }
}

TEST_CASE("the cache of pixels is used, and notices every change", "[readers]") {
    Tree tree;
    tree.request.cache = tree.file("cache/deep");
    const TaskData fresh = read_image_folder(tree.request);
    const auto caches = [&] {
        std::vector<std::string> paths;
        for (const fs::directory_entry& entry : fs::directory_iterator(tree.file("cache/deep")))
            paths.push_back(entry.path().string());
        return paths;
    };
    REQUIRE(caches().size() == 1);
    const std::string cache = caches()[0];
    const auto last_byte = [&](int xor_with) {
        std::fstream file(cache, std::ios::binary | std::ios::in | std::ios::out);
        file.seekg(-1, std::ios::end);
        const int was = file.get();
        file.seekp(-1, std::ios::end);
        file.put(static_cast<char>(was ^ xor_with));
    };
    const auto read = [&] { return read_image_folder(tree.request); };
    const auto same = [&](const TaskData& data) {
        return data.train.pixels == fresh.train.pixels && data.test.pixels == fresh.test.pixels &&
               data.train.labels == fresh.train.labels;
    };
    // Used: sources that cannot be decoded, of the same size and time, are not looked at.
    const std::string image = tree.file("set/a/0.png");
    const auto time = fs::last_write_time(image);
    const Bytes good = grey(0);
    tree.write("set/a/0.png", Bytes(good.size(), 7));
    fs::last_write_time(image, time);
    REQUIRE(same(read()));
    // A changed source is noticed by its time or its size.
    fs::last_write_time(image, time + std::chrono::seconds(1));
    REQUIRE_THAT(error_of([&] { read(); }), Contains("a/0.png"));
    tree.write("set/a/0.png", grey(99));
    const TaskData changed = read();
    REQUIRE(!same(changed));
    REQUIRE(values_of(changed.train, 0).count(99) + values_of(changed.test, 0).count(99) == 1);
    REQUIRE(caches().size() == 1);
    tree.write("set/a/0.png", good);
    REQUIRE(same(read()));
    // Damage of the cache: changed, cut, emptied.
    last_byte(1);
    REQUIRE(same(read()));
    for (const std::uintmax_t size :
         {fs::file_size(cache) - 1, std::uintmax_t{30}, std::uintmax_t{0}}) {
        fs::resize_file(cache, size);
        REQUIRE(same(read()));
    }
    // Other settings: another split, another geometry.
    tree.request.split = {2, 2, 0};
    REQUIRE(read().train.count() == 6);
    tree.request.shape = {2, 2, 1};
    REQUIRE(read().train.pixels.size() == 6 * 4);
    REQUIRE(caches().size() == 3);
    // A cache that cannot be written is no error.
    tree.write("cache/file", std::string("not a folder"));
    tree.request.cache = tree.file("cache/file");
    REQUIRE(read().train.count() == 6);
}

TEST_CASE("a task of pictures is found, looked at, read and cached", "[readers]") {
    const Tree tree;
    Task task;
    task.name = "pictures";
    task.reader = "image_folder";
    task.folders = {"."};
    task.shape = tiny;
    task.classes = 3;
    task.train_count = 9;
    task.test_count = 6;
    task.split = {3, 2, 0};
    task.files = {{"images", "set/", {}, false, {}}};
    const std::optional<FoundData> found = find_data(task, {tree.path.string()});
    REQUIRE(found);
    REQUIRE(found->counts.test == 6);
    Threads threads(2);
    const TaskData data = read_data(task, *found, &threads, tree.file("cache"));
    REQUIRE(data.train.count() == 9);
    REQUIRE(data.kind == "real");
    REQUIRE(!fs::is_empty(tree.file("cache")));
    REQUIRE(read_data(task, *found).train.pixels == data.train.pixels);
}

TEST_CASE("any number of threads decodes the same", "[readers]") {
    Tree tree;
    const TaskData alone = read_image_folder(tree.request);
    Threads threads(3);
    tree.request.threads = &threads;
    REQUIRE(read_image_folder(tree.request).train.pixels == alone.train.pixels);
}

TEST_CASE("real image folders: fixtures and lists", "[readers]") {
    if (real_folder("caltech101").empty()) {
        WARN("CROSSBAR_DATA does not hold them: not tested");
        return;
    }
    const Shape shape = {119, 119, 3};
    ReadRequest request = {{{"images", real_folder("caltech101/101_ObjectCategories"), {}}},
                           shape,
                           3,
                           {4, 2, 0},
                           nullptr,
                           {}};
    TaskData data = read_image_folder(request);
    REQUIRE(data.train.count() == 12);
    REQUIRE(data.test.count() == 6);
    request.classes = 102;
    REQUIRE_THAT(look_image_folder(request).lacking, Catch::StartsWith("3 of 102 classes ("));

    request.files[0].path = real_folder("caltech256/256_ObjectCategories");
    request.classes = 4;
    request.split = {6, 4, 10};
    data = read_image_folder(request);  // 001.ak47 has one image
    REQUIRE(data.train.count() == 24);
    REQUIRE(data.test.count() == 16);

    request.files[0].path = real_folder("lfw");
    request.classes = 3;
    request.split = {4, 2, 6};
    data = read_image_folder(request);
    REQUIRE(data.train.count() == 12);

    request = {{{"images", real_folder("indoorCVPR_09/Images"), {}},
                {"train_list", real_folder("indoorCVPR_09/TrainImages.txt"), {}},
                {"test_list", real_folder("indoorCVPR_09/TestImages.txt"), {}}},
               shape,
               67,
               {},
               nullptr,
               {}};
    const ImageCounts counts = look_image_folder(request);
    REQUIRE(counts.train == 3);
    REQUIRE(counts.test == 0);
    REQUIRE(counts.absent == 5360 - 3 + 1340);
    REQUIRE_THAT(counts.lacking, Catch::StartsWith("3 of 67 classes (") &&
                                     Contains("6697 pictures listed but missing, the first: "));
}

TEST_CASE("real image folders: the reduced sets are complete", "[readers]") {
    if (real_folder("caltech101-small").empty() || real_folder("lfw-small").empty()) {
        WARN("CROSSBAR_DATA does not hold them: not tested");
        return;
    }
    ReadRequest request = {{{"images", real_folder("caltech101-small/101_ObjectCategories"), {}}},
                           {119, 119, 3},
                           102,
                           {30, 10, 0},
                           nullptr,
                           {}};
    ImageCounts counts = look_image_folder(request);
    REQUIRE(counts.train == 102 * 30);
    REQUIRE(counts.test == 4009 - 102 * 30);
    REQUIRE(counts.lacking.empty());
    request.files[0].path = real_folder("lfw-small");
    request.classes = 96;
    request.split = {10, 5, 15};
    counts = look_image_folder(request);
    REQUIRE(counts.train == 960);
    REQUIRE(counts.test == 480);
    REQUIRE(counts.lacking.empty());
}
