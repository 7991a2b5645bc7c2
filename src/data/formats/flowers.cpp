// Oxford Flowers 17 and 102: a folder of image_NNNN.jpg, numbered from 1. Roles:
//   images
//   labels?  imagelabels.mat: `labels`, the class 1.. of every image. Without it, 80 images per
//   class
//            in order (the 17 flowers)
//   splits?  setid.mat (trnid, valid, tstid) or datasplits.mat (trn1, val1, tst1, the first of its
//            three splits): numbers of images. Without it, the split rule
// Training and validation images train: a held-out part is the program's own affair (--holdout).
// Numbers whose image is not there are passed over and counted.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>

#include "base/check.hpp"
#include "data/formats/image_list.hpp"
#include "data/formats/mat.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

constexpr int most_flowers = 1'000'000;
constexpr int images_a_class = 80;  // of the 17 flowers

using Numbered = std::map<int, std::string>;  // number: path

// image_NNNN.jpg; 0 for other names.
int number_of(const std::string& name) {
    constexpr std::string_view head = "image_", tail = ".jpg";
    if (!name.starts_with(head) || !name.ends_with(tail)) return 0;
    int number = 0;
    const char* end = name.data() + name.size() - tail.size();
    const auto read = std::from_chars(name.data() + head.size(), end, number);
    return read.ec == std::errc() && read.ptr == end && number <= most_flowers ? number : 0;
}

Numbered images_in(const std::string& folder) try {
    Numbered images;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        if (const int number = number_of(entry.path().filename().string()); number > 0)
            images[number] = entry.path().string();
    return images;
} catch (const fs::filesystem_error& error) {
    fail("{}: cannot look through this folder: {}", folder, error.code().message());
}

struct Flowers {
    Numbered images;
    std::vector<int> labels;  // of image number i at i - 1; empty: 80 a class
    std::string labels_path;
    int classes = 0;

    std::uint16_t label_of(int number) const {
        const int label = labels.empty() ? (number - 1) / images_a_class
                          : number > static_cast<int>(labels.size())
                              ? classes
                              : labels[static_cast<std::size_t>(number - 1)] - 1;
        if (label >= classes)
            fail("{}: image {} is of no class, expected {} classes",
                 labels_path.empty() ? images.begin()->second : labels_path, number, classes);
        return static_cast<std::uint16_t>(label);
    }
};

// The paths of the numbers that are there, label by label.
std::vector<ClassPaths> by_class(const Flowers& flowers, const std::vector<int>& numbers,
                                 ImageLists& lists) {
    std::vector<ClassPaths> classes(static_cast<std::size_t>(flowers.classes));
    for (const int number : numbers) {
        const auto image = flowers.images.find(number);
        if (image != flowers.images.end())
            classes[flowers.label_of(number)].push_back(image->second);
        else if (lists.absent++ == 0)
            lists.first_absent = fmt::format("image_{:04}.jpg", number);
    }
    return classes;
}

// The numbers of both training parts, and of the test part. Nothing may be in two.
void read_splits(const std::string& path, std::vector<int>& train, std::vector<int>& test) {
    const MatFile file(path);
    const bool seventeen = file.has("trn1");
    for (const char* name : {seventeen ? "trn1" : "trnid", seventeen ? "val1" : "valid"}) {
        const std::vector<int> more = file.integers(name, 1, most_flowers);
        train.insert(train.end(), more.begin(), more.end());
    }
    test = file.integers(seventeen ? "tst1" : "tstid", 1, most_flowers);
    std::vector<int> all = train;
    all.insert(all.end(), test.begin(), test.end());
    std::sort(all.begin(), all.end());
    if (const auto twice = std::adjacent_find(all.begin(), all.end()); twice != all.end())
        fail("{}: image {} is named twice, expected in one part", path, *twice);
}

ImageLists find_flowers(const ReadRequest& request) {
    Flowers flowers{images_in(path_of(request, "images")), {}, {}, request.classes};
    if (has_role(request, "labels")) {
        flowers.labels_path = path_of(request, "labels");
        flowers.labels = MatFile(flowers.labels_path).integers("labels", 1, request.classes);
    }
    ImageLists lists;
    if (has_role(request, "splits")) {
        std::vector<int> train, test;
        read_splits(path_of(request, "splits"), train, test);
        lists.train = listed(by_class(flowers, train, lists));
        lists.test = listed(by_class(flowers, test, lists));
    } else {
        std::vector<int> all;
        for (const auto& [number, path] : flowers.images)
            all.push_back(number);
        split_lists(by_class(flowers, all, lists), request.split, lists);
    }
    find_lacking(lists, request.classes);
    return lists;
}

}  // namespace

ImageCounts look_flowers(const ReadRequest& request) {
    return counts_of(find_flowers(request));
}

TaskData read_flowers(const ReadRequest& request) {
    return load_images(find_flowers(request), request);
}

}  // namespace crossbar
